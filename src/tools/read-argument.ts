/**
 * Reads an argument as models send it: a number, a boolean, an object or a list as a text, null for what is left out.
 *
 * A value that cannot be read so comes back as it is, and the schema of the argument refuses it.
 */

import { z } from "zod";
import { inexactNumbersIn, noteInexactNumbers } from "../mcp/exact-numbers.js";
import { isRecord } from "../mcp/incoming.js";
import { describeExcess } from "../mcp/line-guard.js";
import { FENCE_NAMES } from "./program-text.js";

/** Longest text that may be a number or a boolean. */
const MAX_WORD = 30;

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

/** Returns null for the text of a null, and the text itself if it is nothing else. */
function readText(kind: string, text: string): unknown {
  if (kind === "integer" || kind === "boolean") return readWord(kind, text);
  if (kind === "object") return readJson(text, isRecord);
  if (kind !== "array") return text;
  const read = readJson(text, (value) => Array.isArray(value) || typeof value === "string");
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

function readJson(text: string, isFitting: (value: unknown) => boolean): unknown {
  if (!/^\s*(?:[[{"]|null\s*$)/.test(text)) return text;
  // The values inside a text were not counted when the message came in.
  if (describeExcess(text) !== null) return text;
  try {
    const value: unknown = JSON.parse(text);
    if (value === null) return null;
    if (!isFitting(value)) return text;
    if (isRecord(value)) noteInexactNumbers(value, inexactNumbersIn(text));
    return value;
  } catch {
    return text;
  }
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
