/** Reads text that a Python program writes as a constant: literals, adjacent literals and their sums. */

import type { PythonNode } from "./python.js";

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  n: "\n", r: "\r", t: "\t", a: "\x07", b: "\b", f: "\f", v: "\v", "\n": "", "\r": "",
};

/** Returns the text, or null if it is not constant, is bytes, or names a character by `\N{...}`. */
export function constantText(code: string, root: PythonNode): string | null {
  const open = [root];
  let text = "";
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.type === "string") {
      const piece = literalText(code, node);
      if (piece === null) return null;
      text += piece;
    } else if (node.type === "concatenated_string" || node.type === "parenthesized_expression" || isSum(code, node)) {
      open.push(...node.children.toReversed());
    } else return null;
  }
  return text;
}

function isSum(code: string, node: PythonNode): boolean {
  const [left, right] = node.children;
  if (node.type !== "binary_operator" || left === undefined || right === undefined) return false;
  return /^[\s\\]*\+[\s\\]*$/.test(code.slice(left.end, right.start));
}

function literalText(code: string, node: PythonNode): string | null {
  const opening = node.children.find(({ type }) => type === "string_start");
  if (opening === undefined || node.children.some(({ type }) => type === "interpolation")) return null;
  const prefix = code.slice(opening.start, opening.end).toLowerCase();
  if (prefix.includes("b")) return null;
  const contents = node.children.filter(({ type }) => type === "string_content");
  const text = contents.map(({ start, end }) => code.slice(start, end)).join("");
  if (prefix.includes("r")) return text;
  if (text.includes("\\N{")) return null;
  return text.replace(
    /\\(?:x([\da-f]{2})|u([\da-f]{4})|U([\da-f]{8})|([0-7]{1,3})|(\r\n|[^]))/gi,
    (whole, x?: string, u?: string, U?: string, octal?: string, other?: string) => {
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      if (other !== undefined) return other === "\r\n" ? "" : (SIMPLE_ESCAPES[other] ?? (/[\\'"]/.test(other) ? other : whole));
      const point = Number.parseInt(x ?? u ?? U ?? "", 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    },
  );
}
