/**
 * Programs that declare a name of their realm. `Error`, `undefined` and the like can be no global of a program in one
 * of the engines. And a program may ask for `globalThis.Map` before its own class `Map` is there, so the global must
 * not lose its value before. Such a program runs inside a block, where these names stay its own, as in a file of Node.
 * If its declarations are kept, the block also sets the globals that can be set.
 */

import type { JavaScriptProgram } from "../analysis/analyser.js";
import { declaresAny, namesOf } from "../analysis/javascript/declared-names.js";
import type { Edit } from "../analysis/javascript/import-edits.js";
import type { ScriptNode } from "../analysis/javascript/node.js";

/** Globals that a program cannot set or declare in one of the engines. */
const FIXED: ReadonlySet<string> = new Set(["Error", "Infinity", "NaN", "undefined"]);

/** The fixed names that a program declares. */
export function fixedNames({ nodes }: JavaScriptProgram): ReadonlySet<string> {
  return new Set([...(nodes[0]?.scope?.declared() ?? [])].filter((name) => FIXED.has(name)));
}

/** `var undefined = 1` sets nothing at the top level of a script. So it becomes a `let` of the block. */
export function letFixed({ nodes }: JavaScriptProgram, fixed: ReadonlySet<string>): Edit[] {
  return (nodes[0]?.children ?? [])
    .filter(({ node }) => node["kind"] === "var" && declaresAny(node, fixed))
    .map(({ start }): Edit => [start, start + "var".length, "let"]);
}

/** Sets the globals of a statement whose names stay those of the block. `this` is the global object there. */
export function setGlobals({ node, end }: ScriptNode): Edit[] {
  const names = namesOf(node).filter((name) => !FIXED.has(name));
  return names.length === 0 ? [] : [[end, end, `;${names.map((name) => `this.${name}=${name};`).join("")}`]];
}
