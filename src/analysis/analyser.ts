/**
 * Reads programs and reports every finding, that is, every part of a program that a rule is about. Folder policy/
 * decides whether a finding is allowed.
 *
 * The analysis is an early check and not a boundary: a program can always build a name at run time. The checks in the
 * guest and the sandbox stop the programs that the analysis misses.
 */

import { JavaParser } from "./java/parser.js";
import { checkJava } from "./java/check.js";
import { checkJavaScript, type JavaScriptProgram } from "./javascript/check.js";
import { PythonParser } from "./python/parser.js";
import { checkPython } from "./python/check.js";
import { type Inspection, Report } from "./report.js";
import type { Language } from "../language.js";

export type { JavaScriptProgram } from "./javascript/check.js";

export interface ProgramInspection extends Inspection {
  /** The parsed program and how to run it. Absent for other languages, and if the program is not a script. */
  readonly javascript?: JavaScriptProgram;
}

export interface Analyser {
  /** Never throws because of `code`. The same program gives the same inspection. */
  inspect(code: string, language: Language): ProgramInspection;
}

/** Loads the parsers. One analyser serves the whole process. */
export async function createAnalyser(): Promise<Analyser> {
  const [python, java] = [await PythonParser.load(), await JavaParser.load()];
  return {
    inspect(code, language) {
      const report = new Report(code, language);
      switch (language) {
        case "python":
          return { report, ...checkPython(python, report) };
        case "java":
          return { report, ...checkJava(java, report) };
        case "javascript":
          return { report, ...checkJavaScript(report) };
      }
    },
  };
}
