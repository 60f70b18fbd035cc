/**
 * Removes the types of a program with SWC. Spaces take their place, so every line and column stays.
 *
 * It runs in a thread of its own (strip-thread.ts): some short texts take SWC minutes, and one that is nested deeply
 * leaves it unusable. In both cases the thread is thrown away.
 */

import { createRequire } from "node:module";
import type { Range } from "../report.js";

/** A program without its types, or the reason that there is none. */
export type Stripped =
  | { readonly kind: "stripped"; readonly code: string }
  /** The program has a part that is more than a type. SWC's words for it are in `construct`. */
  | { readonly kind: "unsupported"; readonly construct: string; readonly range: Range }
  | { readonly kind: "error"; readonly message: string; readonly at: number }
  | { readonly kind: "too-hard" };

interface Swc {
  transformSync(source: string, options: { readonly mode: "strip-only" }): { readonly code: string };
}

/** An error of SWC. Lines count from 1, columns from 0. */
interface SwcError {
  readonly code: "UnsupportedSyntax" | "InvalidSyntax";
  readonly message: string;
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Longest message of SWC that is kept, in UTF-16 units: it quotes the program. */
const MAX_MESSAGE = 200;

/** Characters of which SWC counts columns in its own way, and line ends that it does not count. */
const ODD_CHARACTER = /[^\x20-\x7e\r\n]/g;

let swc: Swc | null = null;

/**
 * Removes the types. A program that is nested too deeply makes it throw, and it cannot be used again.
 *
 * @throws {Error} If SWC has failed.
 */
export function removeTypes(source: string): Stripped {
  swc ??= createRequire(import.meta.url)("@swc/wasm-typescript") as Swc;
  try {
    const { code } = swc.transformSync(source, { mode: "strip-only" });
    if (code.length !== source.length) throw new Error("SWC has moved the columns of a program");
    return { kind: "stripped", code };
  } catch (error) {
    if (error instanceof Error || !isSwcError(error)) throw error;
    const range = placeOf(error, source, swc);
    const message = error.message.slice(0, MAX_MESSAGE);
    return error.code === "UnsupportedSyntax"
      ? { kind: "unsupported", construct: message, range }
      : { kind: "error", message, at: range.start };
  }
}

/** The place of an error. It is asked for again with plain characters, of which each is one column. */
function placeOf(error: SwcError, source: string, { transformSync }: Swc): Range {
  const plain = source.replace(ODD_CHARACTER, (one) => (/\s/.test(one) ? " " : "_"));
  let place = error;
  if (plain !== source) {
    try {
      transformSync(plain, { mode: "strip-only" });
    } catch (again) {
      if (again instanceof Error || !isSwcError(again)) throw again;
      place = again;
    }
  }
  const lines = [0];
  for (const match of plain.matchAll(/\r\n|\r|\n/g)) lines.push(match.index + match[0].length);
  const offsetOf = (line: number, column: number): number =>
    Math.min(source.length, (lines[line - 1] ?? source.length) + column);
  const start = offsetOf(place.startLine, place.startColumn);
  return { start, end: Math.max(start, offsetOf(place.endLine, place.endColumn)) };
}

function isSwcError(error: unknown): error is SwcError {
  return typeof error === "object" && error !== null && "code" in error && "startLine" in error;
}
