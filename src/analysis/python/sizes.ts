/** Finds values that need more memory than any machine has: `10 ** 10 ** 10`, `"a" * 10 ** 15`. */

import type { Constant } from "./constant.js";
import type { ConstantFolder } from "./constants.js";
import type { PythonNode } from "./node.js";

/** Bytes that no machine has. A smaller value ends at the memory limit of the program, which reports it. */
export const MAX_BYTES: number = 2 ** 44;

/** Binary digits of a whole number that no run has the time to compute. */
const MAX_BITS = 2 ** 34;

/** Does this binary operation, in the program `code`, make a value that is too large? */
export function isTooLarge(operation: PythonNode, code: string, constants: ConstantFolder): boolean {
  const [left, right] = operation.children;
  if (left === undefined || right === undefined) return false;
  const operator = code.slice(left.end, right.start).trim();
  if (operator !== "**" && operator !== "<<" && operator !== "*") return false;
  const [a, b] = [constants.value(left), constants.value(right)];
  const [count, times] = [numberOf(a), numberOf(b)];
  if (operator === "*") return isTooLong(lengthOf(a, left), times) || isTooLong(lengthOf(b, right), count);
  if (times === null) return false;
  if (operator === "<<") return times > MAX_BITS;
  return count !== null && Math.abs(count) > 1 && Math.log2(Math.abs(count)) * times > MAX_BITS;
}

function isTooLong(length: number | null, times: number | null): boolean {
  return length !== null && times !== null && length * times > MAX_BYTES;
}

function numberOf(value: Constant | null): number | null {
  return typeof value === "number" ? value : null;
}

function lengthOf(value: Constant | null, { type, children }: PythonNode): number | null {
  if (value !== null && typeof value !== "number") return value.length;
  return type === "list" ? children.length : null;
}
