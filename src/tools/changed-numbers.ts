/** Refuses numbers that arrived as other numbers than the caller sent. */

import { quote } from "../errors.js";
import { type InexactNumber, inexactNumbersOf } from "../mcp/exact-numbers.js";

/** Longest path of a number in a refusal. */
const MAX_PATH = 300;

/**
 * Returns the numbers in arguments that arrived changed. Their paths begin with the name of the argument.
 *
 * @param given The arguments as they came.
 * @param args The arguments as they were read: objects that came as texts are noted themselves.
 */
export function changedNumbers(given: unknown, args: Readonly<Record<string, unknown>>): readonly InexactNumber[] {
  const inTexts = Object.entries(args).flatMap(([name, value]) =>
    inexactNumbersOf(value).map((number) => ({ ...number, path: [name, ...number.path] })),
  );
  return [...inexactNumbersOf(given), ...inTexts];
}

/** Says which number it is, and what to send instead. */
export function describeChangedNumber({ path, literal, isInfinite }: InexactNumber): string {
  const must = isInfinite
    ? `a number must be from ${-Number.MAX_VALUE} to ${Number.MAX_VALUE}`
    : `a whole number must be from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}`;
  return `Cannot use ${nameOf(path)}: ${must}, it is ${literal}; send it as a text`;
}

function nameOf(path: InexactNumber["path"]): string {
  const [first = "", ...rest] = path;
  const steps = rest.map((step) => {
    if (typeof step === "number") return `[${step}]`;
    return /^[A-Za-z_$][\w$]{0,60}$/.test(step) ? `.${step}` : `[${quote(step, 60)}]`;
  });
  const name = `${first}${steps.join("")}`;
  return name.length > MAX_PATH ? `${name.slice(0, MAX_PATH)}...` : name;
}
