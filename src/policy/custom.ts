/**
 * Makes policies from the documents of operators and callers: a policy to start from, and the changes to it. An error
 * names all problems of a document at once, each by its path.
 */

import { quote } from "../errors.js";
import { isRuleId, RULES } from "../analysis/rule-catalogue.js";
import { SEVERITY, type Severity } from "../analysis/severity.js";
import { CUSTOM_POLICY, type CustomPolicy, POLICY_FILE, PolicyError, readDocument } from "./custom-schema.js";
import { MAX_PATTERNS_SIZE, patternSize } from "./patterns.js";
import { definePolicy, type Pattern, type Policy, type PolicyData } from "./policy.js";

/** Finds a policy by its name. */
type FindPolicy = (name: string) => Policy | undefined;

/**
 * Makes the policies of a policy file: `{"policies": [...]}`.
 *
 * @param presets Policies that an entry may extend. An entry may also extend the entries before it.
 * @throws {PolicyError} With all problems of the file.
 */
export function parsePolicyFile(text: string, presets: readonly Policy[]): Policy[] {
  const { policies } = readDocument(POLICY_FILE, parseJson(text), "");
  const made: Policy[] = [];
  const problems: string[] = [];
  for (const [index, document] of policies.entries()) {
    const path = `policies[${index}]`;
    const known = [...presets, ...made];
    try {
      made.push(makePolicy(document, path, (name) => known.find((one) => one.name === name)));
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      problems.push(...error.problems);
    }
  }
  // A refusal names the other policies that allow a program, so one search looks for the patterns of all policies.
  if (problems.length === 0)
    problems.push(...sizeProblems("policies have patterns that", sizeOf(made.flatMap(({ patterns }) => patterns))));
  if (problems.length > 0) throw new PolicyError(problems);
  return made;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (cause) {
    // The message may quote the file, and the operator may have named the wrong file. So only the position is kept.
    const position = /position \d+/.exec((cause as Error).message)?.[0];
    throw new PolicyError([position === undefined ? "it must be JSON" : `it must be JSON, and is not at ${position}`]);
  }
}

/**
 * Makes a policy from a document. The policy that it extends does not change.
 *
 * @param path Place of the document: every problem begins with it.
 * @param find Finds the policy to extend, and any other whose name is taken.
 * @param fallbackName Name of the policy if the document has none.
 * @throws {PolicyError} With all problems of the document.
 */
export function makePolicy(value: unknown, path: string, find: FindPolicy, fallbackName?: string): Policy {
  const custom = readDocument(CUSTOM_POLICY, value, path);
  const problems: string[] = [];
  const base = find(custom.extends);
  if (base === undefined) problems.push(`${path}.extends must be the name of a policy, it is ${quote(custom.extends)}`);
  const name = custom.name ?? fallbackName;
  if (custom.name !== undefined && find(custom.name) !== undefined)
    problems.push(`${path}.name must be a name that no other policy has, it is ${quote(custom.name)}`);
  if (name === undefined) problems.push(`${path}.name must be given`);
  const { patterns, problems: patternProblems } = patternsOf(custom, base?.patterns ?? [], path);
  problems.push(...patternProblems, ...exceptProblems(custom.except, path), ...moduleProblems(custom, path));
  if (base === undefined || name === undefined || problems.length > 0) throw new PolicyError(problems);
  return definePolicy({
    name,
    description: custom.description ?? `${base.name}, changed`,
    threshold: custom.severity_threshold === undefined ? base.threshold : SEVERITY[custom.severity_threshold],
    severities: { ...base.severities, ...Object.fromEntries(custom.except.map((rule) => [rule, SEVERITY.SAFE])) },
    ...modulesOf(custom, base),
    ...(base.workspace === true ? { workspace: true } : {}),
    patterns: [...base.patterns, ...patterns],
  });
}

/** @param before Patterns of the base. Patterns without an id are numbered after them, and their size counts too. */
function patternsOf(
  custom: CustomPolicy,
  before: readonly Pattern[],
  path: string,
): { readonly patterns: readonly Pattern[]; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const ids = new Set(before.map(({ id }) => id));
  let size = sizeOf(before);
  const patterns = custom.patterns.map((one, index): Pattern => {
    const at = `${path}.patterns[${index}]`;
    try {
      // The first excess is enough. To compile the others would take time.
      if (size <= MAX_PATTERNS_SIZE) size += patternSize(one.pattern);
    } catch (cause) {
      problems.push(`${at}.pattern cannot be used: ${(cause as Error).message}`);
    }
    const id = one.id ?? `CUSTOM-${String(before.length + index + 1).padStart(3, "0")}`;
    if (isRuleId(id)) problems.push(`${at}.id must not be the id of a rule, it is ${quote(id)}`);
    else if (ids.has(id)) problems.push(`${at}.id must be an id that no other pattern has, it is ${quote(id)}`);
    ids.add(id);
    const { pattern, in: scope, description, suggestion } = one;
    return { id, pattern, in: scope, description, severity: SEVERITY[one.severity], suggestion };
  });
  return { patterns, problems: [...problems, ...sizeProblems(`${path}.patterns`, size)] };
}

/**
 * Number of instructions that the patterns compile to, or a number above the limit as soon as it is exceeded. Equal
 * patterns count once.
 */
function sizeOf(patterns: readonly Pattern[]): number {
  return [...new Set(patterns.map(({ pattern }) => pattern))].reduce(
    (sum, pattern) => (sum > MAX_PATTERNS_SIZE ? sum : sum + patternSize(pattern)),
    0,
  );
}

function sizeProblems(subject: string, size: number): string[] {
  if (size <= MAX_PATTERNS_SIZE) return [];
  return [
    `${subject} are too large together (${size} instructions or more, at most ${MAX_PATTERNS_SIZE}): ` +
      "write fewer or smaller repetitions",
  ];
}

/** Rules of syntax always count. The rules of imports count too: `allowed_modules` opens modules. */
function exceptProblems(except: readonly string[], path: string): string[] {
  return except.flatMap((id, index) => {
    const at = `${path}.except[${index}]`;
    if (!isRuleId(id)) return [`${at} must be the id of a rule, it is ${quote(id)}`];
    if (RULES[id].category === "syntax")
      return [`${at} cannot be ${id}: a program that cannot be read is never allowed`];
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
  // An allowed module below a restricted one needs an entry: the longest name decides.
  for (const allowed of custom.allowed_modules) if (allowed.includes(".")) restricted.set(allowed, SEVERITY.SAFE);
  for (const { name, severity } of custom.restricted_modules) restricted.set(name, SEVERITY[severity]);
  const modules =
    base.modules === "all"
      ? base.modules
      : [...new Set([...base.modules, ...custom.allowed_modules.flatMap((name) => [name, `${name}.*`])])];
  return { modules, restrictedModules: Object.fromEntries(restricted) };
}
