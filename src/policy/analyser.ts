/**
 * Reads a program and says what the policy objects to, where, and what to write
 * instead. What cannot be read to its end is denied, never passed.
 *
 * A fence and a tripwire, not a boundary: a program can always build a name at
 * run time. The guest's own fence and the sandbox stop what is missed here.
 */

import { checkJavaScript, type JavaScriptShape } from "./javascript-check.js";
import type { Policy } from "./policy.js";
import { PythonParser } from "./python.js";
import { checkPython } from "./python-check.js";
import { Report, type SyntaxProblem, type Violation } from "./report.js";
import type { Language } from "./rule.js";
import { SEVERITY, type Severity } from "./severity.js";

export type { JavaScriptShape } from "./javascript-check.js";
export type { SyntaxProblem, Violation } from "./report.js";
export type { Language } from "./rule.js";

export interface Analysis {
  readonly verdict: "allow" | "deny";
  /** Set when the program cannot be parsed; a violation says so too. */
  readonly syntaxError: SyntaxProblem | null;
  readonly maxSeverity: Severity;
  /** Every finding, in order of place, those below the policy's threshold too. */
  readonly violations: readonly Violation[];
  /** How to run a JavaScript program; absent when it cannot be parsed as a script. */
  readonly javascript?: JavaScriptShape;
}

export interface Analyser {
  /** Never throws for what is in `code`; the same program under the same policy gets the same answer. */
  analyse(code: string, language: Language, policy: Policy): Analysis;
}

/** Loads the parsers. One analyser serves the whole process. */
export async function createAnalyser(): Promise<Analyser> {
  const parser = await PythonParser.load();
  return {
    analyse(code, language, policy) {
      const report = new Report(code, language, policy);
      if (language === "python") return conclude(report, checkPython(parser, report));
      const { syntaxError, shape } = checkJavaScript(report);
      return { ...conclude(report, syntaxError), ...(shape === null ? {} : { javascript: shape }) };
    },
  };
}

function conclude(report: Report, syntaxError: SyntaxProblem | null): Analysis {
  const violations = report.violations();
  const maxSeverity = violations.reduce<Severity>((worst, { severity }) => (severity > worst ? severity : worst), SEVERITY.SAFE);
  // A program that was not read to its end is denied whatever the threshold.
  const denied = syntaxError !== null || violations.some(({ severity }) => severity >= report.policy.threshold);
  return { verdict: denied ? "deny" : "allow", syntaxError, maxSeverity, violations };
}
