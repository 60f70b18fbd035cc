/**
 * How a program is changed so that what it declares at its top is there for the next program of the same guest, which
 * may declare it again.
 *
 * A script's `const`, `let` and `class` become `var`; its `var` and `function` are globals already. A program that
 * awaits runs inside a function, so there its names are declared before that function, its declarations become
 * assignments, and its functions move out. Nothing else of the text changes, and all lines and columns can be found
 * again from the ranges given here.
 *
 * Not kept: that a constant cannot be assigned, that a name is unknown before its declaration, and, where the program
 * awaits, the functions that it declares in blocks.
 */

import type { JavaScriptProgram } from "../analysis/analyser.js";
import type { AnyNode, ScriptNode } from "../analysis/javascript/parser.js";
import { nameOf, part, partsOf } from "../analysis/javascript/node.js";
import { REAL_GLOBALS } from "../analysis/javascript/targets.js";
import type { Job } from "../sandbox/engine.js";

/** Ranges are in UTF-16 units of the program. */
interface ProgramGlobals {
  /** What comes before the program: text of ours, or a part of it. */
  readonly before: readonly (string | readonly [number, number])[];
  /** What is replaced (from, to, text), in the order of the program. */
  readonly edits: readonly Edit[];
}

type Edit = readonly [from: number, to: number, text: string];

/**
 * Returns the part of a job that tells a guest how to run a JavaScript program.
 *
 * @param isKept The guest stays for another program, so the names of this one become globals.
 */
export function describeJavaScript(
  program: JavaScriptProgram,
  { isKept }: { readonly isKept: boolean },
): NonNullable<Job["javascript"]> {
  const { lastExpression, isAsync } = program;
  return { lastExpression, isAsync, ...(isKept ? { globals: globalsOf(program) } : {}) };
}

function globalsOf({ nodes, isAsync }: JavaScriptProgram): ProgramGlobals {
  const [program] = nodes;
  if (program === undefined) return { before: [], edits: [] };
  // Only at the start of all it holds for what is moved, or is a directive behind what is put there.
  const strict = program.children.some(({ node }) => node["directive"] === "use strict") ? ['"use strict";'] : [];
  const taken = takenNames(program);
  const unset = taken.length === 0 ? [] : [`var ${taken.map((name) => `${name}=void 0`).join(",")};`];
  if (!isAsync) {
    const edits = program.children.flatMap((statement) => edited(statement, "var"));
    return { before: unset.length === 0 ? [] : [...strict, ...unset], edits };
  }

  const functions = program.children.filter(({ type }) => type === "FunctionDeclaration");
  // Nodes do not come in the order of the text.
  const nested = nodes.filter(isNestedVar);
  const declarations =
    nested.length === 0 ? program.children : [...program.children, ...nested].sort((a, b) => a.start - b.start);
  const names = [...(program.scope?.declared() ?? [])];
  return {
    before: [
      ...strict,
      ...unset,
      ...(names.length === 0 ? [] : [`var ${names.join(",")};`]),
      ...functions.map(({ start, end }): [number, number] => [start, end]),
    ],
    edits: declarations.flatMap(editedInFunction),
  };
}

/**
 * Names of built-ins that the program takes for something else. The check holds that they mean that wherever they
 * stand, so they must not mean the built-in before the declaration is reached.
 */
function takenNames({ scope }: ScriptNode): string[] {
  return [...REAL_GLOBALS].filter((name) =>
    scope?.find(name)?.bindings.some(({ kind, value }) => kind === "lexical" && value?.type !== "FunctionDeclaration"),
  );
}

/** Is it a `var` in a block, that is the program's all the same? */
function isNestedVar({ type, node, parent, scope }: ScriptNode): boolean {
  return (
    type === "VariableDeclaration" &&
    node["kind"] === "var" &&
    parent?.type !== "Program" &&
    scope?.body().kind === "script"
  );
}

function editedInFunction(entry: ScriptNode): Edit[] {
  const { type, start, end, key, node, parent } = entry;
  // The statement before must still end here.
  if (type === "FunctionDeclaration") return [[start, end, ";"]];
  const isLoops = type === "VariableDeclaration" && (key === "init" || key === "left");
  if (!isLoops) return edited(entry, "void(");
  const [first] = partsOf(node, "declarations");
  const target = first == null ? null : part(first, "id");
  // `for (async of` and `for (let in` mean something else, and `for (var i = 0 in` nothing without its `var`.
  const isFixed =
    (target?.type === "Identifier" && /^(?:async|let)$/.test(nameOf(target))) ||
    (parent?.type === "ForInStatement" && first != null && part(first, "init") !== null);
  return isFixed ? [] : [[start, start + "var".length, ""]];
}

/** Changes a declaration: into one by `var`, or into an expression in parentheses that assigns. */
function edited({ type, start, end, node }: ScriptNode, opening: "var" | "void("): Edit[] {
  if (type === "ClassDeclaration") {
    const name = nameOf(part(node, "id") as AnyNode);
    return [
      [start, start, `${opening === "var" ? "var " : ""}${name}=`],
      // A class needs no semicolon to end, an expression does.
      [end, end, ";"],
    ];
  }
  if (type !== "VariableDeclaration") return [];
  const kind = String(node["kind"]);
  if (kind === opening || (kind !== "var" && kind !== "let" && kind !== "const")) return [];
  const declarators = partsOf(node, "declarations") as readonly AnyNode[];
  // `let x;` makes it undefined again.
  const unset = declarators
    .filter((one) => kind === "let" && part(one, "init") === null)
    .map((one): Edit => [one.end, one.end, "=void 0"]);
  const lastEnd = declarators.at(-1)?.end ?? end;
  // What comes next did not go on with this one, but may go on with a value or a parenthesis.
  const closing = `${opening === "var" ? "" : ")"}${lastEnd === end ? ";" : ""}`;
  return [[start, start + kind.length, opening.padEnd(kind.length)], ...unset, [lastEnd, lastEnd, closing]];
}
