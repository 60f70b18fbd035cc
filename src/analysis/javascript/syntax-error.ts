/** Reports a text that is no JavaScript program, and says what it probably is. */

import { quote } from "../../errors.js";
import { type Report, suggesting, type SyntaxProblem } from "../report.js";

/** The start of an element of JSX, where JavaScript has an expression. */
const ELEMENT = /^<(?:[A-Za-z][\w.-]*(?:[\s/>]|$)|>)/;

/** An element of JSX after what comes before an expression, anywhere in a text that has an end of one. */
const ANY_ELEMENT = /(?:^|[=(,?:&|{[]|\breturn|=>)\s*<(?:[A-Za-z][\w.:-]*(?:\s[^<]*)?>|>)/m;
const ELEMENT_END = /<\/[A-Za-z>]|\/>/;
const JSX = "this is JSX, which no engine here runs; call functions that return the text or the objects";
const DECORATOR =
  "this is a decorator, which no engine here runs; call its function on the class or the method after the class";
const ANGLE_BRACKETS = "this is a type assertion with angle brackets; write value as const";
const ACCESSOR = "this is an auto-accessor, which no engine here runs; write get and set methods";

const PYTHON = 'this is Python: set `language` to "python"';
/** The beginnings of lines that are no JavaScript. */
const LINES: readonly (readonly [line: RegExp, hint: string])[] = [
  [
    /^\s*(?:[$%!]\s*)?(?:npm|npx|yarn|pnpm|bun|deno)\s+\w/,
    "nothing can be installed here, and no other program runs; use the modules of Node that a program has, or name " +
      "files in `files`",
  ],
  [/^\s*(?:[$!]\s*)?node\s+[\w./-]+/, "send the program itself, as `code`"],
  [/^\s*>{1,3} /, "this is a transcript of a session; send the statements alone, without the prompts and the results"],
  [/^\s*(?:async )?def \w+\(.*\).*:/, PYTHON],
  [/^\s*(?:from [\w.]+ import\b|import [\w.]+(?: as \w+)?\s*$)/, PYTHON],
  [/^\s*(?:elif\b.*:|print [^(]|(?:class|for|if|while|with|try|except)\b[^{]*:\s*(?:#.*)?$)/, PYTHON],
];

/** Says of a text in TypeScript that is no program whether JSX is the reason. */
export function jsxHint(source: string): string | undefined {
  return ELEMENT_END.test(source) && ANY_ELEMENT.test(source) ? JSX : undefined;
}

/** Adds the finding for a syntax error at the offset `at`, and returns the error. */
export function reportSyntaxError(report: Report, message: string, at: number): SyntaxProblem {
  const text = report.code.slice(at).split(/[\r\n]/, 1)[0] ?? "";
  const hint = syntaxHint(text, report.code.slice(Math.max(0, at - 20), at)) ?? hintOn(report.code, message, at);
  const range = { start: at, end: Math.min(at + 1, report.code.length) };
  report.add("JS-SYNTAX-001", range, { action: `parse ${quote(text, 40)}`, ...suggesting(hint) });
  return { message, ...report.place(at), ...(hint === undefined ? {} : { hint }) };
}

/** The line of an offset, or as much of it as a hint needs. */
function lineOf(code: string, at: number): string {
  const start = Math.max(code.lastIndexOf("\n", at - 1), code.lastIndexOf("\r", at - 1)) + 1;
  return code.slice(start, start + 200).split(/[\r\n]/, 1)[0] ?? "";
}

/** Returns the rest of a sentence about the error's message, or about the line that it is in. */
function hintOn(code: string, message: string, at: number): string | undefined {
  if (message.startsWith("'return' outside")) return "a program is no function; write the value as its last expression";
  // The parser may find the error behind the first line of another language.
  const lines = [lineOf(code, at), lineOf(code, Math.max(0, code.search(/\S/)))];
  return LINES.find(([pattern]) => lines.some((line) => pattern.test(line)))?.[1];
}

/** Returns the rest of a sentence about the syntax error between two texts; undefined for most errors. */
function syntaxHint(text: string, before: string): string | undefined {
  if (/^@[A-Za-z_$(]/.test(text)) return DECORATOR;
  if (/\baccessor\s+$/.test(before)) return ACCESSOR;
  if (text.startsWith("<const>")) return ANGLE_BRACKETS;
  if (/\bawait\s+$/.test(before)) return "this function is not async; write async before it";
  if (/^[\u2018\u2019\u201c\u201d]/.test(text)) return "this is a typographic quote; write ' or \"";
  return ELEMENT.test(text) ? JSX : undefined;
}
