/**
 * Reads programs and reports every finding, that is, every part of a program that a rule is about. Folder policy/
 * decides whether a finding is allowed.
 *
 * The analysis is an early check and not a boundary: a program can always build a name at run time. The checks in the
 * guest and the sandbox stop the programs that the analysis misses.
 */

import { JavaParser } from "./java/parser.js";
import { checkJava } from "./java/check.js";
import { checkTypeScript, isTypeScript } from "./typescript/check.js";
import type { JavaScriptProgram } from "./javascript/check.js";
import type { ModuleBody } from "./javascript/export-edits.js";
import { readJavaScript } from "./javascript/read.js";
import type { ScriptRole } from "./javascript/reading.js";
import { PythonParser } from "./python/parser.js";
import { checkPython } from "./python/check.js";
import type { Imports } from "./imports.js";
import { type Inspection, Report } from "./report.js";
import type { Language, ParsedLanguage } from "../language.js";

export type { JavaScriptProgram } from "./javascript/check.js";

export interface ProgramInspection extends Inspection {
  /** The parsed program and how to run it. Absent for other languages, and if the program is not a script. */
  readonly javascript?: JavaScriptProgram;
  /** A JavaScript file of a project as the body of a function. Absent for programs, and if it cannot be one. */
  readonly asModule?: ModuleBody;
  /** The JavaScript that runs in the place of a TypeScript program, with the same lines and columns. */
  readonly code?: string;
  /** The modules that the program asks for. Absent if the language has no modules of a project. */
  readonly imports?: Imports;
}

export interface Analyser {
  /** Never throws because of `code`. The same program gives the same inspection. */
  inspect(code: string, language: ParsedLanguage): ProgramInspection;
  /**
   * Does the same for every language. Tells of a program that is TypeScript and was called JavaScript.
   *
   * @param role A file of a project may export to the others.
   */
  read(code: string, language: Language, role?: ScriptRole): Promise<ProgramInspection>;
}

/** Loads the parsers. One analyser serves the whole process. */
export async function createAnalyser(): Promise<Analyser> {
  const [python, java] = [await PythonParser.load(), await JavaParser.load()];
  const analyser: Analyser = {
    inspect(code, language) {
      const report = new Report(code, language);
      switch (language) {
        case "python":
          return { report, ...checkPython(python, report) };
        case "java":
          return { report, ...checkJava(java, report) };
        case "javascript":
          return readJavaScript(code, language, "program");
      }
    },
    async read(code, language, role = "program") {
      if (language === "typescript") return checkTypeScript(code, role);
      const inspection =
        language === "javascript" ? readJavaScript(code, language, role) : analyser.inspect(code, language);
      const { syntaxError } = inspection;
      if (language !== "javascript" || syntaxError === null || !(await isTypeScript(code))) return inspection;
      const report = new Report(code, language);
      for (const found of inspection.report.findings())
        report.add(found.rule, found.range, { ...found, suggestion: SAY_TYPESCRIPT });
      const message = `${syntaxError.message}. This is TypeScript: ${SAY_TYPESCRIPT}`;
      return { ...inspection, report, syntaxError: { ...syntaxError, message } };
    },
  };
  return analyser;
}

const SAY_TYPESCRIPT = 'Set `language` to "typescript"';
