/**
 * Finds the numbers in a JSON text that JSON.parse changes: whole numbers from 2^53 on, and those beyond the largest
 * number. A program would compute with another number than the caller sent, and nobody would notice.
 */

import { isRecord } from "./incoming.js";

/** A number that arrived changed. */
export interface InexactNumber {
  /** Names and indexes from the value that holds it. */
  readonly path: readonly (string | number)[];
  /** As the caller wrote it, at most `MAX_LITERAL` characters. */
  readonly literal: string;
  /** True if it is beyond the largest number. */
  readonly isInfinite: boolean;
}

/** Most numbers that are found in one text: a refusal names few. */
export const MAX_FOUND = 20;
/** Longest literal that is kept. */
const MAX_LITERAL = 40;

/**
 * No other text has a number that changes: 2^53 has 16 digits before its point, and a smaller exponent does not lead
 * beyond the largest number. Most texts of data have fractions of 16 digits.
 */
const MAY_CHANGE = /(?:^|[^.\d])\d{16}|\d[eE]\+?0*\d{2}/;

/** The start of a text, a number, or a mark. */
const TOKEN = /"|-?\d[\d.eE+-]*|[[\]{},]/g;

const found = new WeakMap<object, readonly InexactNumber[]>();

/** Keeps the numbers that arrived changed in a value. */
export function noteInexactNumbers(value: object, numbers: readonly InexactNumber[]): void {
  if (numbers.length > 0) found.set(value, numbers);
}

/** Returns the numbers that arrived changed in a value, as far as somebody has looked. */
export function inexactNumbersOf(value: unknown): readonly InexactNumber[] {
  return typeof value === "object" && value !== null ? (found.get(value) ?? []) : [];
}

/** Keeps the numbers that changed in the arguments of a call, or of each call of a batch. */
export function noteInexactArguments(numbers: readonly InexactNumber[], message: unknown): void {
  for (const number of numbers) {
    const isInBatch = typeof number.path[0] === "number";
    const one: unknown = isInBatch && Array.isArray(message) ? message[number.path[0] as number] : message;
    const [params, name, ...path] = isInBatch ? number.path.slice(1) : number.path;
    if (params !== "params" || name !== "arguments" || !isRecord(one) || !isRecord(one["params"])) continue;
    const args = one["params"]["arguments"];
    if (isRecord(args)) found.set(args, [...inexactNumbersOf(args), { ...number, path }]);
  }
}

/** Finds the numbers of valid JSON that change when it is parsed. */
export function inexactNumbersIn(text: string): InexactNumber[] {
  return MAY_CHANGE.test(text) ? findInexact(text) : [];
}

function findInexact(text: string): InexactNumber[] {
  const numbers: InexactNumber[] = [];
  /** Of each open list the index; of each open object the present name as JSON, "" before its first. */
  const path: (string | number)[] = [];
  let isName = false;
  const tokens = new RegExp(TOKEN);
  for (let match = tokens.exec(text); match !== null && numbers.length < MAX_FOUND; match = tokens.exec(text)) {
    const [token] = match;
    const last = path.length - 1;
    const at = path[last];
    if (token === "{" || token === "[") path.push(token === "{" ? "" : 0);
    else if (token === "}" || token === "]") path.pop();
    else if (token === '"') {
      tokens.lastIndex = endOfText(text, match.index);
      if (isName) path[last] = text.slice(match.index, tokens.lastIndex);
    } else if (token !== ",") {
      const number = changedNumber(token, Number(token), () => path.map(nameOf));
      if (number !== null) numbers.push(number);
    } else if (typeof at === "number") path[last] = at + 1;
    isName = token === "{" || (token === "," && typeof at === "string");
  }
  return numbers;
}

/** Returns the place behind a text that starts at `start`. A long text costs no step for each character. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let first = end;
    while (text[first - 1] === "\\") first--;
    if ((end - first) % 2 === 0) return end + 1;
  }
  return text.length;
}

/**
 * Returns a number if JSON.parse changes it.
 *
 * @param value What it becomes.
 * @param path Called if it changes.
 */
export function changedNumber(literal: string, value: number, path: () => InexactNumber["path"]): InexactNumber | null {
  const isInfinite = !Number.isFinite(value);
  if (!isInfinite && (Number.isSafeInteger(value) || !/^-?\d+$/.test(literal))) return null;
  const isLong = literal.length > MAX_LITERAL;
  return { path: path(), literal: isLong ? `${literal.slice(0, MAX_LITERAL)}...` : literal, isInfinite };
}

/** A step of a path: an index, or a name as JSON. */
function nameOf(step: string | number): string | number {
  return typeof step === "number" ? step : (JSON.parse(step || '""') as string);
}
