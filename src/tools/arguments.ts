/**
 * Checks a tool's arguments and says what is wrong with them, several problems at once: which field, what it must be,
 * and what it is.
 *
 * Garbage is cheap: how much of a value there is, and how deep, is looked at before the schema sees it, and what is
 * said of it has a bound.
 */

import { z } from "zod";
import { Refusal, quote } from "../errors.js";
import { MAX_EXEC_CODE_SIZE } from "../limits.js";

/** Deepest nesting of a value. What reads values after us, here and in the guests, is recursive. */
export const MAX_NESTING = 100;

/** Most values in one, itself not counted: for each of them a schema may find several problems. */
export const MAX_VALUES = 200_000;

/** Problems that a refusal names, and how long it may be with them, in UTF-16 units. */
const MAX_PROBLEMS = 10;
const MAX_PROBLEMS_LENGTH = 4_000;

const MAX_SESSION_ID_LENGTH = 200;

/** One field: its schema, and the words that end "it must be ...". */
export interface Field {
  readonly schema: z.ZodType;
  readonly must: string;
  /** Most values in it, if that is fewer than MAX_VALUES. */
  readonly maxValues?: number;
}

/** A strict object schema made of fields. */
export function schemaOf(fields: Readonly<Record<string, Field>>): z.ZodType<Record<string, unknown>> {
  return z.strictObject(Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema])));
}

/**
 * Returns the arguments with defaults filled in.
 *
 * @throws {Refusal} `bad-input`, naming the problems.
 */
export function parseArguments<Parsed>(fields: Readonly<Record<string, Field>>, args: unknown): Parsed {
  if (typeof args !== "object" || args === null || Array.isArray(args))
    throw badInput(["Cannot use the arguments: they must be an object"]);
  const given = args as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(fields, name));
  const tooMuch = new Map<string, string>();
  const fitting: Record<string, unknown> = {};
  for (const [name, { maxValues }] of Object.entries(fields)) {
    if (!Object.hasOwn(given, name)) continue;
    const excess = excessOf(given[name], maxValues);
    if (excess === null) fitting[name] = given[name];
    else tooMuch.set(name, excess);
  }
  // No schema looks at what is too much.
  const parsed = schemaOf(fields).safeParse(fitting);
  if (parsed.success && tooMuch.size + unknown.length === 0) return parsed.data as Parsed;

  const wrong = [
    ...new Set([...(parsed.error?.issues ?? []).map((issue) => String(issue.path[0])), ...tooMuch.keys()]),
  ];
  const problems = [
    ...wrong.map(
      (name) =>
        `Cannot use ${name}: it must be ${fields[name]?.must}, it is ${tooMuch.get(name) ?? describe(given[name])}`,
    ),
    ...unknown
      .slice(0, MAX_PROBLEMS)
      .map((key) => `Cannot use field ${quote(key)}: it must be one of ${Object.keys(fields).join(", ")}`),
  ];
  throw badInput(problems, Math.max(unknown.length - MAX_PROBLEMS, 0), wrong[0]);
}

/**
 * The session that a call names, before anything else in its arguments is looked at; undefined for what can name none.
 */
export function sessionIdIn(args: unknown): string | undefined {
  const given = typeof args === "object" && args !== null && "session_id" in args ? args.session_id : undefined;
  return typeof given === "string" && given !== "" && given.length <= MAX_SESSION_ID_LENGTH ? given : undefined;
}

/** The `session_id` field of a tool. */
export function sessionId(description: string, must: string): Field {
  return { schema: z.string().min(1).max(MAX_SESSION_ID_LENGTH).optional().describe(description), must };
}

/** Puts problems into a text that is short, however many and long they are. */
export function listProblems(problems: readonly string[], unnamed = 0): string {
  const first = problems.slice(0, MAX_PROBLEMS);
  while (first.length > 1 && first.join(". ").length > MAX_PROBLEMS_LENGTH) first.pop();
  const more = problems.length - first.length + unnamed;
  return `${first.join(". ").slice(0, MAX_PROBLEMS_LENGTH)}${more === 0 ? "" : `. And ${more} more problem${more === 1 ? "" : "s"}`}`;
}

function badInput(problems: readonly string[], unnamed = 0, resource?: string): Refusal {
  const detail = { stage: "limits", ...(resource === undefined ? {} : { resource }), retryable: false } as const;
  return new Refusal("bad-input", listProblems(problems, unnamed), detail);
}

/** Says what a value is that is too much, or null. Level by level, for recursion is what must not happen. */
function excessOf(value: unknown, maxValues: number = MAX_VALUES): string | null {
  let level: readonly unknown[] = [value];
  let room = maxValues;
  for (let depth = 0; depth <= MAX_NESTING; depth++) {
    const next: unknown[] = [];
    for (const one of level) {
      if (typeof one !== "object" || one === null) continue;
      // The names alone, which are the cheaper half of a large object.
      const keys = Array.isArray(one) ? null : Object.keys(one);
      room -= keys?.length ?? (one as readonly unknown[]).length;
      if (room < 0) return `more than ${maxValues} values, which is the most that it may hold`;
      if (keys === null) for (const child of one as readonly unknown[]) next.push(child);
      else for (const key of keys) next.push((one as Readonly<Record<string, unknown>>)[key]);
    }
    if (next.length === 0) return null;
    level = next;
  }
  return `nested more than ${MAX_NESTING} deep`;
}

/** The `code` field, the same in every tool. */
export const CODE: Field = {
  schema: z
    .string()
    .min(1)
    .refine((code) => problemOf(code) === null)
    .describe(`The program: 1 to ${MAX_EXEC_CODE_SIZE} bytes of UTF-8 without NUL`),
  must: `1 to ${MAX_EXEC_CODE_SIZE} bytes of well-formed text without NUL`,
};

function problemOf(code: string): string | null {
  const bytes = Buffer.byteLength(code, "utf8");
  if (bytes > MAX_EXEC_CODE_SIZE) return `${bytes} bytes long`;
  if (!code.isWellFormed()) return "text with a lone surrogate";
  const nul = code.indexOf("\0");
  return nul >= 0 ? `text with a NUL at position ${nul}` : null;
}

/** What the caller sent, in few words. */
function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (typeof value === "string") return value === "" ? "empty" : (problemOf(value) ?? quote(value, 60));
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  const size = Buffer.byteLength(JSON.stringify(value) ?? "", "utf8");
  return `an object of ${size} bytes`;
}
