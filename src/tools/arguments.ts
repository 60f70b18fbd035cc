/**
 * Checks a tool's arguments and says everything that is wrong with them at once:
 * which field, what it must be, and what it is.
 */

import { z } from "zod";
import { Refusal, quote } from "../errors.js";
import { MAX_EXEC_CODE_SIZE } from "../limits.js";

/** Deepest nesting of a value. What reads values after us, here and in the guests, is recursive. */
export const MAX_NESTING = 100;

/** Stands for a value that is nested deeper; no schema accepts it. */
const TOO_DEEP = Symbol("nested too deeply");

/** One field: its schema, and the words that end "it must be ...". */
export interface Field {
  readonly schema: z.ZodType;
  readonly must: string;
}

/** A strict object schema made of fields. */
export function schemaOf(fields: Readonly<Record<string, Field>>): z.ZodType<Record<string, unknown>> {
  return z.strictObject(Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema])));
}

/**
 * Returns the arguments with defaults filled in.
 *
 * @throws {Refusal} `bad-input`, naming every problem.
 */
export function parseArguments<Parsed>(fields: Readonly<Record<string, Field>>, args: unknown): Parsed {
  const given = withoutDeepValues(args);
  const parsed = schemaOf(fields).safeParse(given);
  if (parsed.success) return parsed.data as Parsed;
  const problems = parsed.error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => `Cannot use field ${quote(key)}: it must be one of ${Object.keys(fields).join(", ")}`);
    }
    const name = String(issue.path[0] ?? "");
    const field = fields[name];
    if (field === undefined) return ["Cannot use the arguments: they must be an object"];
    return [`Cannot use ${name}: it must be ${field.must}, it is ${describe((given as Record<string, unknown>)[name])}`];
  });
  const resource = String(parsed.error.issues[0]?.path[0] ?? "");
  throw new Refusal("bad-input", [...new Set(problems)].join(". "), {
    stage: "limits",
    ...(resource === "" ? {} : { resource }),
    retryable: false,
  });
}

function withoutDeepValues(args: unknown): unknown {
  if (typeof args !== "object" || args === null || Array.isArray(args)) return args;
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, isTooDeep(value) ? TOO_DEEP : value]));
}

/** Level by level, for recursion is what must not happen. */
function isTooDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; depth <= MAX_NESTING; depth++) {
    level = level.flatMap((one) => (typeof one === "object" && one !== null ? Object.values(one) : []));
    if (level.length === 0) return false;
  }
  return true;
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
  if (value === TOO_DEEP) return `nested more than ${MAX_NESTING} deep`;
  if (value === null) return "null";
  if (typeof value === "string") return value === "" ? "empty" : (problemOf(value) ?? quote(value, 60));
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  const size = Buffer.byteLength(JSON.stringify(value) ?? "", "utf8");
  return `an object of ${size} bytes`;
}
