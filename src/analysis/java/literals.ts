/** Reads the values of Java's literals. */

import type { JavaNode } from "./node.js";

/** Constants of the library that stand for numbers. Numbers that JavaScript cannot hold are rounded. */
export const LIMITS: Readonly<Record<string, number>> = {
  "Integer.MAX_VALUE": 2 ** 31 - 1,
  "Long.MAX_VALUE": Number.MAX_SAFE_INTEGER,
  "Short.MAX_VALUE": 32_767,
};

const ESCAPED: Readonly<Record<string, string>> = { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", s: " ", "\n": "" };

/** Returns null for a literal that is not finite. */
export function readInteger(text: string): number | null {
  const plain = text.replace(/[_lL]/g, "");
  const value = /^0[0-7]+$/.test(plain) ? Number.parseInt(plain, 8) : Number(plain);
  return Number.isFinite(value) ? value : null;
}

export function readFloat(text: string): number {
  return Number(text.replace(/[_dfDF]/g, ""));
}

/** Returns the code of a character literal. */
export function readCharacter(text: string): number {
  return unescape(text.slice(1, -1)).charCodeAt(0);
}

/** Reads a string or a text block. Returns null for a template with values in it. */
export function readString(node: JavaNode): string | null {
  if (node.children.some(({ type }) => type === "string_interpolation")) return null;
  const isBlock = node.text.startsWith('"""');
  const raw = isBlock ? node.text.slice(3, -3).replace(/^[^\n]*\n/, "") : node.text.slice(1, -1);
  return unescape(isBlock ? stripIndent(raw) : raw);
}

/**
 * Removes the white space at the start of the lines of a text block as far as all lines share it, and at their ends.
 */
function stripIndent(text: string): string {
  const lines = text.split("\n");
  const counted = lines.filter((line, index) => line.trim() !== "" || index === lines.length - 1);
  const indent = Math.min(...counted.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(indent).trimEnd()).join("\n");
}

function unescape(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(?:([0-3]?[0-7]{1,2})|([^]))/g, (_, octal?: string, other?: string) =>
    octal === undefined ? (ESCAPED[other ?? ""] ?? other ?? "") : String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
