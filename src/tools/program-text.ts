/** The program in a caller's text: without a byte order mark and without the Markdown around it. */

import type { Language } from "../language.js";
import { MAX_EXEC_CODE_SIZE } from "../limits.js";

const BYTE_ORDER_MARK = "\uFEFF";

/** Names that Markdown gives to languages. */
export const FENCE_NAMES: Readonly<Record<string, Language>> = Object.fromEntries(
  (
    [
      ["python", "python py python3 py3 ipython pycon"],
      ["javascript", "javascript js mjs cjs node ecmascript"],
      ["typescript", "typescript ts tsx mts cts"],
      ["java", "java"],
    ] as const
  ).flatMap(([language, names]) => names.split(" ").map((name) => [name, language])),
);

/** A program, as it was in a caller's text. */
export interface ProgramText {
  readonly code: string;
  /** A sentence for the caller about the Markdown that was taken off; null if there was none. */
  readonly note: string | null;
}

/** Returns the program in a text. */
export function readProgram(text: string, language: Language): ProgramText {
  const plain = withoutMark(text);
  const fence = unwrapFence(plain);
  if (fence === null) return { code: plain, note: null };
  const said = FENCE_NAMES[fence.name];
  const other =
    said === undefined || said === language ? "" : ` The fence says ${said}, and the call says ${language}.`;
  const note = `The program was taken out of its Markdown fence: line 1 is the first line inside.${other}`;
  return { code: withoutMark(fence.code), note };
}

/**
 * Describes the reason that a text cannot be a program: half a surrogate pair, a NUL, or its size. Otherwise null.
 *
 * @param maxBytes The longest program.
 */
export function findTextProblem(text: string, maxBytes: number = MAX_EXEC_CODE_SIZE): string | null {
  const plain = withoutMark(text);
  // A text far beyond the limit is not looked at.
  const code = plain.length > 2 * maxBytes ? plain : (unwrapFence(plain)?.code ?? plain);
  const bytes = Buffer.byteLength(code, "utf8");
  const isTooLong = bytes > maxBytes;
  if (!isTooLong && !text.isWellFormed()) return "text with a lone surrogate";
  const nul = isTooLong ? -1 : text.indexOf("\0");
  if (nul >= 0) return `text with a NUL at position ${nul}`;
  return isTooLong ? `${bytes} bytes long` : null;
}

function withoutMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
}

/**
 * Returns the content of the only fence of a Markdown text, if there is nothing else in the text. A fence with several
 * blocks inside is no program. One without its end is: it was cut off, as the rest of the text.
 */
function unwrapFence(text: string): { readonly code: string; readonly name: string } | null {
  // Nearly every program ends here.
  if (!/^\s*(?:```|~~~)/.test(text)) return null;
  const lines = text.trimEnd().split("\n");
  const first = lines.findIndex((line) => line.trim() !== "");
  const [, indent = "", marks = "", info = ""] =
    /^([ \t]*)(`{3,}|~{3,})([^]*)$/.exec(lines[first]?.trimEnd() ?? "") ?? [];
  const mark = marks.charAt(0);
  if (mark === "" || (mark === "`" && info.includes("`"))) return null;
  const isFence = (line: string): boolean => new RegExp(`^ {0,3}${mark}{${marks.length},}`).test(dedent(line, indent));
  const isEnd = (line: string | undefined): boolean =>
    line !== undefined && isFence(line) && line.trim().replaceAll(mark, "") === "";
  const inside = lines.slice(first + 1);
  if (isEnd(inside.at(-1))) inside.pop();
  if (inside.some(isFence)) return null;
  const code = inside.map((line) => dedent(line, indent)).join("\n");
  const [name = ""] = /[a-z]+\d?/.exec(info.toLowerCase()) ?? [];
  return code.trim() === "" ? null : { code: code.replace(/\r$/, ""), name };
}

/** Takes the indent of a fence off a line, as far as the line has it. */
function dedent(line: string, indent: string): string {
  let at = 0;
  while (at < indent.length && (line[at] === " " || line[at] === "\t")) at++;
  return line.slice(at);
}
