/** Reports a text that is no JavaScript program, and says what it probably is. */

import { quote } from "../../errors.js";
import { type Report, suggesting, type SyntaxProblem } from "../report.js";

/** The start of an element of JSX, where JavaScript has an expression. */
const ELEMENT = /^<(?:[A-Za-z][\w.-]*(?:[\s/>]|$)|>)/;

/** Adds the finding for a syntax error at the offset `at`, and returns the error. */
export function reportSyntaxError(report: Report, message: string, at: number): SyntaxProblem {
  const text = report.code.slice(at).split(/[\r\n]/, 1)[0] ?? "";
  const hint = syntaxHint(text);
  const range = { start: at, end: Math.min(at + 1, report.code.length) };
  report.add("JS-SYNTAX-001", range, { action: `parse ${quote(text, 40)}`, ...suggesting(hint) });
  return { message, ...report.place(at), ...(hint === undefined ? {} : { hint }) };
}

/** Returns the rest of a sentence about the syntax error before `text`; undefined for most errors. */
function syntaxHint(text: string): string | undefined {
  return ELEMENT.test(text)
    ? "this is JSX, which no engine here runs; call functions that return the text or the objects"
    : undefined;
}
