/**
 * Reads an argument as models send it: a number, a boolean, an object or a list as a text, null for what is left out.
 *
 * A value that cannot be read so comes back as it is, and the schema of the argument refuses it.
 */

import { z } from "zod";
import { inexactNumbersIn, noteInexactNumbers } from "../mcp/exact-numbers.js";
import { isRecord } from "../mcp/incoming.js";
import { NotJson, parseJsonInSteps } from "../mcp/json-steps.js";
import { describeExcess, describeExcessInSteps } from "../mcp/line-guard.js";
import { FENCE_NAMES } from "./program-text.js";

/** The start of JSON that an argument may be given as. */
const LIKE_JSON = /^\s*(?:[[{"]|null\s*$)/;

/** Longest text that may be a number or a boolean. */
const MAX_WORD = 30;

/** A longer text comes in a long message only, and was read by `readLongArgument` if it is JSON. */
const MAX_READ_AT_ONCE = 262_144;

/** Kinds of JSON and choices by schema, because each call asks for them. */
const kinds = new WeakMap<z.ZodType, { readonly kind: string; readonly choices: readonly unknown[] }>();

/** Returns the value that `value` stands for; undefined if the argument was left out. */
export function readArgument(schema: unknown, value: unknown): unknown {
  if (!(schema instanceof z.ZodType) || (value !== null && typeof value !== "string")) return value;
  const { kind, choices } = describeSchema(schema);
  if (kind === "") return value;
  const read =
    typeof value !== "string" ? null : choices.length > 0 ? readChoice(choices, value) : readText(kind, value);
  return read === null && schema.safeParse(undefined).success ? undefined : (read ?? value);
}

/**
 * Reads an argument of a long message if it is the JSON of an object or a list, with other work of the server between
 * the steps. Returns what `readArgument` returns, or a text for it.
 */
export async function readLongArgument(schema: unknown, value: unknown): Promise<unknown> {
  if (!(schema instanceof z.ZodType) || typeof value !== "string" || !LIKE_JSON.test(value)) return value;
  const { kind } = describeSchema(schema);
  if ((kind !== "object" && kind !== "array") || (await describeExcessInSteps(value)) !== null) return value;
  try {
    const { value: read, inexactNumbers } = await parseJsonInSteps(value);
    if (!isOfKind(kind, read)) return value;
    if (isRecord(read)) noteInexactNumbers(read, inexactNumbers);
    return typeof read === "string" ? [read] : read;
  } catch (error) {
    if (error instanceof NotJson) return value;
    throw error;
  }
}

/** Returns null for the text of a null, and the text itself if it is nothing else. */
function readText(kind: string, text: string): unknown {
  if (kind === "integer" || kind === "boolean") return readWord(kind, text);
  if (kind !== "object" && kind !== "array") return text;
  const read = readJson(text, kind);
  if (kind === "object") return read;
  // The text of a list that is broken is no path. Other texts are one item, also those with brackets in them.
  if (read === text) return text === "" || /^\s*\[\s*["']/.test(text) ? text : [text];
  return typeof read === "string" ? [read] : read;
}

/** Reads `Python`, `js` and the like. */
function readChoice(choices: readonly unknown[], text: string): string | null {
  const word = text.length > MAX_WORD ? text : text.trim().toLowerCase();
  if (word === "null") return null;
  if (choices.includes(text)) return text;
  const named = Object.hasOwn(FENCE_NAMES, word) ? FENCE_NAMES[word] : undefined;
  return [word, named].find((one) => one !== undefined && choices.includes(one)) ?? text;
}

function readWord(kind: string, text: string): unknown {
  if (text.length > MAX_WORD) return text;
  const word = text.trim();
  if (word === "null") return null;
  if (kind === "boolean") return /^(?:true|false)$/i.test(word) ? word.toLowerCase() === "true" : text;
  return /^-?\d+(?:\.0+)?$/.test(word) ? Number(word) : text;
}

function readJson(text: string, kind: string): unknown {
  if (text.length > MAX_READ_AT_ONCE || !LIKE_JSON.test(text)) return text;
  // The values inside a text were not counted when the message came in.
  if (describeExcess(text) !== null) return text;
  try {
    const value: unknown = JSON.parse(text);
    if (value === null) return null;
    if (!isOfKind(kind, value)) return text;
    if (isRecord(value)) noteInexactNumbers(value, inexactNumbersIn(text));
    return value;
  } catch {
    return text;
  }
}

function isOfKind(kind: string, value: unknown): boolean {
  return kind === "object" ? isRecord(value) : Array.isArray(value) || typeof value === "string";
}

/** The kind is "" for a schema of several kinds, or of any. */
function describeSchema(schema: z.ZodType): { readonly kind: string; readonly choices: readonly unknown[] } {
  const known = kinds.get(schema);
  if (known !== undefined) return known;
  const options = { target: "draft-7", io: "input", unrepresentable: "any" } as const;
  const { type, enum: choices = [] } = z.toJSONSchema(schema, options);
  const described = { kind: typeof type === "string" ? type : "", choices };
  kinds.set(schema, described);
  return described;
}
