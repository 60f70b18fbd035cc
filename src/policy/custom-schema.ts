/** The form of a policy document that an operator or a caller writes, and the messages about a wrong one. */

import { z } from "zod";
import { quote } from "../errors.js";
import { SEVERITY_NAMES, type SeverityName } from "../analysis/severity.js";
import { MAX_PATTERN_LENGTH } from "./patterns.js";
import type { PatternScope } from "./policy.js";

/** Most entries of one list. */
const MAX_ENTRIES = 200;
const MAX_PATTERNS = 50;
const MAX_POLICIES = 50;

/** A policy document is wrong. Each problem begins with the path of its field: `policies[0].name must be given`. */
export class PolicyError extends Error {
  override readonly name: string = "PolicyError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join(". "));
    this.problems = problems;
  }
}

/** SAFE is no threshold, because SAFE findings are not reported. */
const THRESHOLDS = ["LOW", "MEDIUM", "HIGH"] as const;

/** A policy document after its defaults were filled in. The fields are those of `CUSTOM_POLICY`. */
export interface CustomPolicy {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly extends: string;
  readonly severity_threshold?: (typeof THRESHOLDS)[number] | undefined;
  readonly patterns: readonly {
    readonly id?: string | undefined;
    readonly pattern: string;
    readonly in: PatternScope;
    readonly description: string;
    readonly severity: SeverityName;
    readonly suggestion: string;
  }[];
  readonly restricted_modules: readonly {
    readonly name: string;
    readonly description?: string | undefined;
    readonly severity: SeverityName;
  }[];
  readonly allowed_modules: readonly string[];
  readonly except: readonly string[];
}

const SEVERITY_FIELD = z.enum(SEVERITY_NAMES, { error: "must be SAFE, LOW, MEDIUM or HIGH" });
const MODULE_NAME = z
  .string({ error: "must be the name of a module" })
  .regex(/^(?=.{1,100}$)[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/, {
    error: "must be the name of a module, such as os or urllib.request, of at most 100 characters",
  });
const TEXT = z
  .string({ error: "must be a text" })
  .min(1, { error: "must not be empty" })
  .max(300, { error: "must have at most 300 characters" });

const PATTERN_FIELDS = z.strictObject({
  id: z
    .string({ error: "must be an id" })
    .regex(/^(?=.{1,40}$)[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$/, {
      error: "must be capital letters and digits with hyphens, such as ACME-CLOUD-001, at most 40",
    })
    .optional(),
  pattern: z
    .string({ error: "must be a regular expression" })
    .min(1, { error: "must not be empty" })
    .max(MAX_PATTERN_LENGTH, { error: `must have at most ${MAX_PATTERN_LENGTH} characters` }),
  in: z.enum(["code", "strings", "all"], { error: "must be code, strings or all" }).default("code"),
  description: TEXT,
  severity: SEVERITY_FIELD,
  suggestion: TEXT.default("Write the program without it"),
});

const list = <Item extends z.ZodType>(item: Item, max: number): z.ZodDefault<z.ZodArray<Item>> =>
  z
    .array(item, { error: "must be a list" })
    .max(max, { error: `must have at most ${max} entries` })
    .default([]);

/** A policy document. It has the same form in a file and in the argument of a tool. */
export const CUSTOM_POLICY: z.ZodType<CustomPolicy> = z.strictObject({
  name: z
    .string({ error: "must be a name" })
    .regex(/^[a-z][a-z0-9_-]{0,49}$/, {
      error: "must be small letters, digits, _ and -, at most 50, beginning with a letter",
    })
    .optional()
    .describe("Name of the policy"),
  description: TEXT.optional().describe("Purpose of the policy"),
  extends: z
    .string({ error: "must be the name of a policy" })
    .max(100, { error: "must have at most 100 characters" })
    .default("strict")
    .describe("Name of the policy to start from"),
  severity_threshold: z
    .enum(THRESHOLDS, { error: "must be LOW, MEDIUM or HIGH" })
    .optional()
    .describe("A finding of this severity or a higher one denies the program"),
  patterns: list(PATTERN_FIELDS, MAX_PATTERNS).describe(
    "Regular expressions in the syntax of RE2, matched in linear time. `in` is the text to search: " +
      "code (without comments and strings), strings, or all (without comments)",
  ),
  restricted_modules: list(
    z.strictObject({ name: MODULE_NAME, description: TEXT.optional(), severity: SEVERITY_FIELD }),
    MAX_ENTRIES,
  ).describe("Python modules, each with the severity of importing it"),
  allowed_modules: list(MODULE_NAME, MAX_ENTRIES).describe("More Python modules that may be imported"),
  except: list(z.string({ error: "must be the id of a rule" }), MAX_ENTRIES).describe("Ids of rules that do not count"),
});

/** A policy file: an object with a list of policy documents, each still to be read. */
export const POLICY_FILE: z.ZodType<{ readonly policies: readonly unknown[] }> = z.strictObject({
  policies: z
    .array(z.unknown(), { error: "must be a list of policies" })
    .min(1, { error: "must have at least one policy" })
    .max(MAX_POLICIES, { error: `must have at most ${MAX_POLICIES} policies` }),
});

/**
 * Reads a value by a schema.
 *
 * @param path Place of the value in its document: every problem begins with it.
 * @throws {PolicyError} With all problems of the value.
 */
export function readDocument<Document>(schema: z.ZodType<Document>, value: unknown, path: string): Document {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new PolicyError(parsed.error.issues.flatMap((issue) => describeIssue(issue, path)));
  return parsed.data;
}

function describeIssue(issue: z.core.$ZodIssue, path: string): string[] {
  const at = issue.path.reduce<string>(
    (sum, key) => (typeof key === "number" ? `${sum}[${key}]` : sum === "" ? String(key) : `${sum}.${String(key)}`),
    path,
  );
  const where = at === "" ? "it" : at;
  if (issue.code === "unrecognized_keys")
    return issue.keys.map(
      (key) => `${where === "it" ? "" : `${where}.`}${/^\w{1,60}$/.test(key) ? key : quote(key, 60)} is not a field`,
    );
  // Every field above has its own message. Only an object has none.
  return [`${where} ${issue.message.startsWith("must") ? issue.message : "must be an object"}`];
}
