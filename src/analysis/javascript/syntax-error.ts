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

/** Says of a text in TypeScript that is no program whether JSX is the reason. */
export function jsxHint(source: string): string | undefined {
  return ELEMENT_END.test(source) && ANY_ELEMENT.test(source) ? JSX : undefined;
}

/** Adds the finding for a syntax error at the offset `at`, and returns the error. */
export function reportSyntaxError(report: Report, message: string, at: number): SyntaxProblem {
  const text = report.code.slice(at).split(/[\r\n]/, 1)[0] ?? "";
  const hint = syntaxHint(text, report.code.slice(Math.max(0, at - 20), at));
  const range = { start: at, end: Math.min(at + 1, report.code.length) };
  report.add("JS-SYNTAX-001", range, { action: `parse ${quote(text, 40)}`, ...suggesting(hint) });
  return { message, ...report.place(at), ...(hint === undefined ? {} : { hint }) };
}

/** Returns the rest of a sentence about the syntax error between two texts; undefined for most errors. */
function syntaxHint(text: string, before: string): string | undefined {
  if (/^@[A-Za-z_$(]/.test(text)) return DECORATOR;
  if (/\baccessor\s+$/.test(before)) return ACCESSOR;
  if (/^<const>/.test(text)) return ANGLE_BRACKETS;
  return ELEMENT.test(text) ? JSX : undefined;
}
