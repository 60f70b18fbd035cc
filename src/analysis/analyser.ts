/**
 * Reads a program and says what a policy objects to, where, and what to write instead. What cannot be read to its end
 * is denied, never passed.
 *
 * A program is read once, whatever the number of policies: what is in it does not depend on them.
 *
 * A fence and a tripwire, not a boundary: a program can always build a name at run time. The guest's own fence and the
 * sandbox stop what is missed here.
 */

import { JavaParser } from "./java/parser.js";
import { checkJava } from "./java/check.js";
import { checkJavaScript, type JavaScriptShape } from "./javascript/check.js";
import { type Analysis, type Inspected, judge } from "../policy/judge.js";
import { PatternSearch, patternTexts } from "../policy/patterns.js";
import type { Policy } from "../policy/policy.js";
import { PythonParser } from "./python/parser.js";
import { checkPython } from "./python/check.js";
import { type Reading, Report } from "./report.js";
import type { Language } from "../language.js";

export type { JavaScriptShape } from "./javascript/check.js";
export type { Analysis, Violation } from "../policy/judge.js";
export type { SyntaxProblem } from "./report.js";

/** What was read of a program. */
export interface Inspection extends Inspected {
  /** How to run a JavaScript program; absent when it cannot be parsed as a script. */
  readonly javascript?: JavaScriptShape;
}

export interface Analyser {
  /** Never throws for what is in `code`; the same program under the same policy gets the same answer. */
  analyse(code: string, language: Language, policy: Policy): Analysis & { readonly javascript?: JavaScriptShape };
  /** Reads a program, so that `judge` can be asked about it under several policies. */
  inspect(code: string, language: Language): Inspection;
}

/** Loads the parsers; Java's when it is first needed, for nothing runs Java. One analyser serves the whole process. */
export async function createAnalyser(): Promise<Analyser> {
  const [python, java] = [await PythonParser.load(), await JavaParser.load()];
  const inspect = (code: string, language: Language): Inspection => {
    const report = new Report(code, language);
    if (language === "python") return inspected(report, checkPython(python, report));
    if (language === "java") return inspected(report, checkJava(java, report));
    const { shape, ...found } = checkJavaScript(report);
    return { ...inspected(report, found), ...(shape === null ? {} : { javascript: shape }) };
  };
  return {
    inspect,
    analyse(code, language, policy) {
      const inspection = inspect(code, language);
      const { javascript } = inspection;
      return { ...judge(inspection, policy), ...(javascript === undefined ? {} : { javascript }) };
    },
  };
}

function inspected(report: Report, { syntaxError, comments, strings }: Reading): Inspected {
  let made: PatternSearch | null = null;
  return {
    report,
    syntaxError,
    patterns: () => (made ??= new PatternSearch(patternTexts(report.code, comments, strings))),
  };
}
