/** What is known of a JavaScript program besides its findings: whether and how it can run, and what it imports. */

import type { Imports } from "../imports.js";
import type { Reading } from "../report.js";
import { editModule, type ModuleBody } from "./export-edits.js";
import type { Script } from "./node.js";
import { describeProgram, type JavaScriptProgram } from "./program.js";
import { scriptImports } from "./requests.js";
import type { JavaScriptValues } from "./values.js";

/** A program runs by itself. A file of a project is imported by others. */
export type ScriptRole = "program" | "file";

export interface JavaScriptReading extends Reading {
  readonly javascript?: JavaScriptProgram;
  /** A file of a project as the body of a function. Absent if it could mean something else there. */
  readonly asModule?: ModuleBody;
  readonly imports?: Imports;
}

/** Describes a program that was parsed and checked. */
export function describeReading(
  code: string,
  tree: Script,
  values: JavaScriptValues,
  role: ScriptRole,
): JavaScriptReading {
  const { nodes, comments, strings, kind, runsAsScript } = tree;
  const program = describeProgram(code, tree);
  return {
    syntaxError: null,
    comments,
    strings,
    imports: scriptImports(nodes, (node) => values.constants.text(node)),
    ...(runsAsScript ? { javascript: program } : {}),
    ...(role === "file" && (kind === "script" || !hasMarkupComment(code, tree))
      ? { asModule: editModule(program, code) }
      : {}),
  };
}

/** Is there an HTML-like comment outside of comments and texts? Scripts have them, and modules have not. */
function hasMarkupComment(code: string, { comments, strings }: Script): boolean {
  const inside = [...comments, ...strings].sort((a, b) => a.start - b.start);
  let next = 0;
  for (const { index } of code.matchAll(/<!--|-->/g)) {
    while ((inside[next]?.end ?? Infinity) <= index) next++;
    if ((inside[next]?.start ?? Infinity) > index) return true;
  }
  return false;
}
