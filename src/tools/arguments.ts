/**
 * Checks a tool's arguments. A refusal names several problems at once: which field, what it must be, and what it is.
 *
 * Large garbage must be cheap to refuse: the number of values and the depth are checked before a schema looks at them,
 * and the length of the refusal has a bound.
 */

import { z } from "zod";
import { Refusal, quote } from "../errors.js";
import { inexactNumbersOf, noteInexactNumbers } from "../mcp/exact-numbers.js";
import { adviceFor as adviceForJson, isRecord } from "../mcp/incoming.js";
import { nearName } from "../near-name.js";
import { type Inputs, measureInSteps, sizeAsJson } from "../run/inputs.js";
import { changedNumbers, describeChangedNumber } from "./changed-numbers.js";
import { findTextProblem } from "./program-text.js";
import { readArgument, readLongArgument } from "./read-argument.js";

/** Deepest nesting of a value: the code that reads values later, here and in the guests, is recursive. */
export const MAX_NESTING = 100;

/** Most values inside one argument, itself not counted: a schema may find several problems in each. */
export const MAX_VALUES = 200_000;

/** Problems that a refusal names, and its longest text, in UTF-16 units. */
const MAX_PROBLEMS = 10;
const MAX_PROBLEMS_LENGTH = 4_000;

/** The rule of one argument, beside its schema. */
export interface ArgumentRule {
  /** Ends the sentence "Cannot use NAME: it must be ...". */
  readonly must: string;
  /** Most values inside it. */
  readonly maxValues: number;
}

/** The rules, by schema. Each is added once, when the schema is made. */
const ARGUMENT_RULES: z.core.$ZodRegistry<ArgumentRule> = z.registry<ArgumentRule>();

/** Returns the schema of an argument, and keeps its rule in ARGUMENT_RULES. */
export function argument<Schema extends z.ZodType>(
  schema: Schema,
  must: string,
  maxValues: number = MAX_VALUES,
): Schema {
  ARGUMENT_RULES.add(schema, { must, maxValues });
  return schema;
}

/** Returns the rule of an argument of a tool. */
export function ruleOf(input: z.ZodObject, name: string): ArgumentRule {
  const schema = input.shape[name];
  const rule = schema instanceof z.ZodType ? ARGUMENT_RULES.get(schema) : undefined;
  if (rule === undefined) throw new Error(`The argument ${name} has no rule`);
  return rule;
}

/**
 * Does the long work on the arguments of a long message, with other work of the server between the steps: it reads JSON
 * in texts, and measures objects. Returns the arguments for `parseArguments`.
 */
export async function prepareArguments(input: z.ZodObject, given: Readonly<Record<string, unknown>>): Promise<unknown> {
  const args: Record<string, unknown> = { ...given };
  for (const name of Object.keys(input.shape)) {
    if (!Object.hasOwn(given, name)) continue;
    const value = await readLongArgument(input.shape[name], given[name]);
    if (isRecord(value)) await measureInSteps(value as Inputs);
    args[name] = value;
  }
  noteInexactNumbers(args, inexactNumbersOf(given));
  return args;
}

/**
 * Returns the arguments with defaults filled in.
 *
 * @param input A strict object of schemas that `argument` made.
 * @throws {Refusal} `bad-input`, naming the problems.
 */
export function parseArguments<Input extends z.ZodObject>(input: Input, given: unknown): z.output<Input> {
  if (!isRecord(given)) throw refuseArguments([`Cannot use the arguments: ${describeWrongArguments(given)}`]);
  const names = Object.keys(input.shape);
  const unknown = Object.keys(given).filter((name) => !names.includes(name));
  const excesses = new Map<string, string>();
  const args: Record<string, unknown> = {};
  const fitting: Record<string, unknown> = {};
  for (const name of names) {
    const value = Object.hasOwn(given, name) ? readArgument(input.shape[name], given[name]) : undefined;
    if (value === undefined) continue;
    args[name] = value;
    const excess = describeExcess(value, ruleOf(input, name).maxValues);
    if (excess === null) fitting[name] = value;
    else excesses.set(name, excess);
  }
  // No schema looks at a value that is too large.
  const parsed = input.safeParse(fitting);
  const changed = changedNumbers(given, args);
  if (parsed.success && excesses.size + unknown.length + changed.length === 0) return parsed.data;

  const issues = parsed.error?.issues ?? [];
  const wrong = [...new Set([...issues.map(({ path }) => String(path[0])), ...excesses.keys()])];
  const problems = wrong.map((name) => {
    const value = args[name];
    const item = issues.find(({ path }) => path[0] === name && typeof path[1] === "number")?.path[1];
    const rule = ruleOf(input, name);
    const is = describeProblem(value, excesses.get(name), item, rule.must);
    return `Cannot use ${name}: it must be ${rule.must}, ${is}${adviceFor(value, rule.must, input.shape[name])}`;
  });
  problems.push(...changed.filter(({ path }) => !wrong.includes(String(path[0]))).map(describeChangedNumber));
  for (const name of unknown.slice(0, MAX_PROBLEMS)) {
    const near = nearName(name, names);
    const advice = near === null ? "" : `; did you mean ${near}?`;
    problems.push(`Cannot use field ${quote(name)}: it must be one of ${names.join(", ")}${advice}`);
  }
  const [first = changed[0]?.path[0]] = wrong;
  throw refuseArguments(problems, Math.max(unknown.length - MAX_PROBLEMS, 0), first?.toString());
}

/**
 * Joins problems to one text of bounded length.
 *
 * @param unnamed Further problems, which are only counted.
 */
export function joinProblems(problems: readonly string[], unnamed = 0): string {
  const first = problems.slice(0, MAX_PROBLEMS);
  while (first.length > 1 && first.join(". ").length > MAX_PROBLEMS_LENGTH) first.pop();
  const text = first.join(". ").slice(0, MAX_PROBLEMS_LENGTH);
  const more = problems.length - first.length + unnamed;
  return more === 0 ? text : `${text}. And ${more} more problem${more === 1 ? "" : "s"}`;
}

function refuseArguments(problems: readonly string[], unnamed = 0, resource?: string): Refusal {
  const detail = { stage: "limits", ...(resource === undefined ? {} : { resource }), retryable: false } as const;
  return new Refusal("bad-input", joinProblems(problems, unnamed), detail);
}

function describeWrongArguments(args: unknown): string {
  if (typeof args !== "string")
    return `they must be an object, they are ${Array.isArray(args) ? "a list" : String(args)}`;
  return `they must be an object, they are a text of ${args.length} characters${adviceForJson(args)}`;
}

/** Describes a value that is too large or too deep; otherwise null. It goes level by level, without recursion. */
function describeExcess(value: unknown, maxValues: number): string | null {
  let level: readonly unknown[] = [value];
  let room = maxValues;
  for (let depth = 0; depth <= MAX_NESTING; depth++) {
    const next: unknown[] = [];
    for (const one of level) {
      if (typeof one !== "object" || one === null) continue;
      // The names alone: they are the cheaper half of a large object.
      const keys = Array.isArray(one) ? null : Object.keys(one);
      room -= keys?.length ?? (one as readonly unknown[]).length;
      if (room < 0) return `larger than its limit of ${maxValues} values`;
      if (keys === null) for (const child of one as readonly unknown[]) next.push(child);
      else for (const key of keys) next.push((one as Readonly<Record<string, unknown>>)[key]);
    }
    if (next.length === 0) return null;
    level = next;
  }
  return `nested more than ${MAX_NESTING} deep`;
}

function describeProblem(
  value: unknown,
  excess: string | undefined,
  item: PropertyKey | undefined,
  must: string,
): string {
  if (excess !== undefined) return `it is ${excess}`;
  if (typeof item === "number") return describeItem(value, item);
  // Only where objects have a limit does their size say what is wrong: to find it takes time.
  if (isRecord(value) && must.startsWith("an object")) return `it is an object of ${sizeAsJson(value)} bytes`;
  return `it is ${describeValue(value)}`;
}

/** Describes the first wrong item of a list. Items count from 1. */
function describeItem(list: unknown, index: number): string {
  const item: unknown = Array.isArray(list) ? list[index] : undefined;
  const is =
    typeof item === "string" && item.length > 200 ? `a text of ${item.length} characters` : describeValue(item);
  return `its item ${index + 1} is ${is}`;
}

/** Tells how to write a value that has only the wrong kind; "" if that is not clear. */
function adviceFor(value: unknown, must: string, schema: unknown): string {
  if (typeof value === "string" && value !== "" && must.startsWith("a list")) {
    return value.trimStart().startsWith("[")
      ? "; send the list itself, not its JSON in a text"
      : `; for one, write [${quote(value, 60)}]`;
  }
  if (typeof value === "string" && must.startsWith("an object"))
    return adviceForJson(value) || '; give the value a name, such as {"data": ...}';
  if (Array.isArray(value) && must.startsWith("an object")) return '; give the list a name, such as {"data": [...]}';
  if (typeof value === "string" && /^\d+$/.test(value) && must.startsWith("a whole number"))
    return "; write the number without quotes";
  if (isRecord(value) && must.startsWith("an object of JSON values"))
    return "; put data into a file and name it in `files`";
  if (value !== null || !(schema instanceof z.ZodType) || !schema.safeParse(undefined).success) return "";
  return "; leave the field out for its default";
}

/** Describes a value of the caller in few words. */
function describeValue(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (typeof value === "string") return value === "" ? "empty" : (findTextProblem(value) ?? quote(value, 60));
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return "an object";
}
