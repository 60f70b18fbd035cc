/**
 * Policies that an operator or a caller writes: a preset, and what is to be different. Everything that is wrong with
 * one is said at once, by its path.
 */

import { z } from "zod";
import { quote } from "../errors.js";
import { compilePattern, MAX_PATTERN_LENGTH, MAX_PATTERNS_SIZE } from "./patterns.js";
import { definePolicy, type Pattern, type Policy, type PolicyData } from "./policy.js";
import { isRuleId, RULES } from "../analysis/rule-catalogue.js";
import { SEVERITY, SEVERITY_NAMES, type Severity, type SeverityName } from "../analysis/severity.js";

/** Entries of one list. */
const MAX_ENTRIES = 200;
const MAX_PATTERNS = 50;
const MAX_POLICIES = 50;

/** A policy document is wrong; each problem names its field by path. */
export class PolicyError extends Error {
  override readonly name: string = "PolicyError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join(". "));
    this.problems = problems;
  }
}

/** A denial needs something to be found: at SAFE a policy would deny everything, or, as elsewhere, nothing. */
const THRESHOLDS = ["LOW", "MEDIUM", "HIGH"] as const;

const SEVERITY_FIELD = z.enum(SEVERITY_NAMES as [SeverityName, ...SeverityName[]], {
  error: "must be SAFE, LOW, MEDIUM or HIGH",
});
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
    .string()
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

/** What may be written; the same in a file and in a tool's argument. */
export const CUSTOM_POLICY: z.ZodType<CustomPolicy> = z.strictObject({
  name: z
    .string({ error: "must be a name" })
    .regex(/^[a-z][a-z0-9_-]{0,49}$/, {
      error: "must be small letters, digits, _ and -, at most 50, beginning with a letter",
    })
    .optional()
    .describe("Name of the policy"),
  description: TEXT.optional().describe("What it is for"),
  extends: z
    .string({ error: "must be the name of a policy" })
    .max(100)
    .default("strict")
    .describe("Policy that it starts from"),
  severity_threshold: z
    .enum(THRESHOLDS, { error: "must be LOW, MEDIUM or HIGH" })
    .optional()
    .describe("Findings at or above it deny"),
  patterns: list(PATTERN_FIELDS, MAX_PATTERNS).describe(
    "Regular expressions (RE2 syntax, linear time); `in`: code (comments and strings blanked), strings, or all (comments blanked)",
  ),
  restricted_modules: list(
    z.strictObject({ name: MODULE_NAME, description: TEXT.optional(), severity: SEVERITY_FIELD }),
    MAX_ENTRIES,
  ).describe("Python modules and how bad it is to import them"),
  allowed_modules: list(MODULE_NAME, MAX_ENTRIES).describe("Python modules that may be imported besides"),
  except: list(z.string(), MAX_ENTRIES).describe("Ids of rules that do not hold"),
}) as unknown as z.ZodType<CustomPolicy>;

export interface CustomPolicy {
  readonly name?: string;
  readonly description?: string;
  readonly extends: string;
  readonly severity_threshold?: (typeof THRESHOLDS)[number];
  readonly patterns: readonly {
    readonly id?: string;
    readonly pattern: string;
    readonly in: Pattern["in"];
    readonly description: string;
    readonly severity: SeverityName;
    readonly suggestion: string;
  }[];
  readonly restricted_modules: readonly {
    readonly name: string;
    readonly description?: string;
    readonly severity: SeverityName;
  }[];
  readonly allowed_modules: readonly string[];
  readonly except: readonly string[];
}

type Named = (name: string) => Policy | undefined;

/**
 * Reads a policy file: `{"policies": [...]}`.
 *
 * @param presets What an entry may extend; entries may extend earlier ones too.
 * @throws {PolicyError}
 */
export function parsePolicyFile(text: string, presets: readonly Policy[]): Policy[] {
  let document: unknown;
  try {
    document = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (cause) {
    // The message may hold what is in the file, which may be another file than was meant.
    const position = /position \d+/.exec((cause as Error).message)?.[0];
    throw new PolicyError([position === undefined ? "it must be JSON" : `it must be JSON, and is not at ${position}`]);
  }
  const outer = z
    .strictObject({
      policies: z
        .array(z.unknown(), { error: "must be a list of policies" })
        .min(1, { error: "must have at least one policy" })
        .max(MAX_POLICIES),
    })
    .safeParse(document);
  if (!outer.success) throw new PolicyError(problemsOf(outer.error, ""));
  const made: Policy[] = [];
  const problems: string[] = [];
  outer.data.policies.forEach((one, index) => {
    const path = `policies[${index}]`;
    const known = [...presets, ...made];
    try {
      const policy = makePolicy(one, path, (name) => known.find((policy) => policy.name === name));
      if (known.some(({ name }) => name === policy.name))
        problems.push(`${path}.name must be a name that no other policy has, it is ${quote(policy.name)}`);
      else made.push(policy);
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      problems.push(...error.problems);
    }
  });
  // A refusal says under which other policies a program would pass, so all of them are searched for at once.
  const size = problems.length > 0 ? 0 : sizeOf(made.flatMap(({ patterns }) => patterns));
  if (size > MAX_PATTERNS_SIZE)
    problems.push(
      `policies have patterns that are too large together (${size} instructions, at most ${MAX_PATTERNS_SIZE}): write fewer or smaller repetitions`,
    );
  if (problems.length > 0) throw new PolicyError(problems);
  return made;
}

/**
 * Makes a policy of what somebody wrote. The one it extends stays as it is.
 *
 * @param path Where the value is: it begins every problem.
 * @param named Finds a policy to extend.
 * @throws {PolicyError}
 */
export function makePolicy(value: unknown, path: string, named: Named, fallbackName?: string): Policy {
  const parsed = CUSTOM_POLICY.safeParse(value);
  if (!parsed.success) throw new PolicyError(problemsOf(parsed.error, path));
  const custom = parsed.data;
  const problems: string[] = [];
  const base = named(custom.extends);
  if (base === undefined) problems.push(`${path}.extends must be the name of a policy, it is ${quote(custom.extends)}`);
  const name = custom.name ?? fallbackName;
  if (custom.name !== undefined && fallbackName !== undefined && named(custom.name) !== undefined)
    problems.push(`${path}.name must be a name that no other policy has, it is ${quote(custom.name)}`);
  if (name === undefined) problems.push(`${path}.name must be given`);
  const patterns = patternsOf(custom, base?.patterns ?? [], path, problems);
  problems.push(...exceptProblems(custom.except, path), ...moduleProblems(custom, path));
  if (base === undefined || name === undefined || problems.length > 0) throw new PolicyError(problems);
  return definePolicy({
    name,
    description: custom.description ?? `${base.name}, changed`,
    threshold: custom.severity_threshold === undefined ? base.threshold : SEVERITY[custom.severity_threshold],
    severities: { ...base.severities, ...Object.fromEntries(custom.except.map((rule) => [rule, SEVERITY.SAFE])) },
    ...modulesOf(custom, base),
    patterns: [...base.patterns, ...patterns],
  });
}

/** @param before The base's patterns: those without an id are numbered on, and their size counts. */
function patternsOf(custom: CustomPolicy, before: readonly Pattern[], path: string, problems: string[]): Pattern[] {
  const ids = new Set(before.map(({ id }) => id));
  let size = sizeOf(before);
  const found = custom.patterns.map((one, index): Pattern => {
    const at = `${path}.patterns[${index}]`;
    try {
      size += compilePattern(one.pattern).programSize();
    } catch (cause) {
      problems.push(`${at}.pattern cannot be used: ${(cause as Error).message}`);
    }
    const id = one.id ?? `CUSTOM-${String(before.length + index + 1).padStart(3, "0")}`;
    if (isRuleId(id)) problems.push(`${at}.id must not be the id of a rule, it is ${quote(id)}`);
    else if (ids.has(id)) problems.push(`${at}.id must be an id that no other pattern has, it is ${quote(id)}`);
    ids.add(id);
    return {
      id,
      pattern: one.pattern,
      in: one.in,
      description: one.description,
      severity: SEVERITY[one.severity],
      suggestion: one.suggestion,
    };
  });
  if (size > MAX_PATTERNS_SIZE)
    problems.push(
      `${path}.patterns are too large together (${size} instructions, at most ${MAX_PATTERNS_SIZE}): write fewer or smaller repetitions`,
    );
  return found;
}

/** Instructions that patterns compile to, each counted once. */
function sizeOf(patterns: readonly Pattern[]): number {
  return [...new Set(patterns.map(({ pattern }) => pattern))].reduce(
    (sum, pattern) => sum + compilePattern(pattern).programSize(),
    0,
  );
}

/** What cannot be read is never passed, and which modules there are is said by their names. */
function exceptProblems(except: readonly string[], path: string): string[] {
  return except.flatMap((id, index) => {
    const at = `${path}.except[${index}]`;
    if (!isRuleId(id)) return [`${at} must be the id of a rule, it is ${quote(id)}`];
    if (RULES[id].category === "syntax") return [`${at} cannot be ${id}: what cannot be read is never allowed`];
    return id === "PY-IMPORT-001" || id === "JS-IMPORT-001"
      ? [`${at} cannot be ${id}: name the modules in allowed_modules`]
      : [];
  });
}

function moduleProblems(custom: CustomPolicy, path: string): string[] {
  const restricted = new Set(custom.restricted_modules.map(({ name }) => name));
  const twice = custom.restricted_modules.flatMap(({ name }, index) =>
    custom.restricted_modules.findIndex((one) => one.name === name) === index
      ? []
      : [`${path}.restricted_modules[${index}].name must be a name that no other entry has, it is ${quote(name)}`],
  );
  return [
    ...twice,
    ...custom.allowed_modules.flatMap((name, index) =>
      restricted.has(name)
        ? [`${path}.allowed_modules[${index}] must not be one of restricted_modules, it is ${quote(name)}`]
        : [],
    ),
  ];
}

function modulesOf(custom: CustomPolicy, base: Policy): Pick<PolicyData, "modules" | "restrictedModules"> {
  const restricted = new Map<string, Severity>(Object.entries(base.restrictedModules));
  for (const allowed of custom.allowed_modules)
    for (const name of restricted.keys())
      if (name === allowed || name.startsWith(`${allowed}.`)) restricted.delete(name);
  // What is below a restricted module, and allowed, comes first by being the longer name.
  for (const allowed of custom.allowed_modules) if (allowed.includes(".")) restricted.set(allowed, SEVERITY.SAFE);
  for (const { name, severity } of custom.restricted_modules) restricted.set(name, SEVERITY[severity]);
  const modules =
    base.modules === "all"
      ? base.modules
      : [...new Set([...base.modules, ...custom.allowed_modules.flatMap((name) => [name, `${name}.*`])])];
  return { modules, restrictedModules: Object.fromEntries(restricted) };
}

function problemsOf(error: z.ZodError, path: string): string[] {
  return error.issues.flatMap((issue) => {
    const at = issue.path.reduce<string>(
      (sum, key) => (typeof key === "number" ? `${sum}[${key}]` : sum === "" ? String(key) : `${sum}.${String(key)}`),
      path,
    );
    const where = at === "" ? "it" : at;
    if (issue.code === "unrecognized_keys")
      return issue.keys.map(
        (key) => `${where === "it" ? "" : `${where}.`}${/^\w{1,60}$/.test(key) ? key : quote(key, 60)} is not a field`,
      );
    if (issue.code === "invalid_type" && !/^must/.test(issue.message))
      return [`${where} must be ${issue.expected === "object" ? "an object" : `of type ${issue.expected}`}`];
    return [`${where} ${/^must/.test(issue.message) ? issue.message : `is not right: ${issue.message}`}`];
  });
}
