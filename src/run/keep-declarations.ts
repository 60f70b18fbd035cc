/**
 * Rewrites a JavaScript program so that its top-level declarations stay for the next program of the same guest. The
 * next program may declare the same names again.
 *
 * In a script, `const`, `let` and `class` become `var`; `var` and `function` are globals already. A program that awaits
 * runs inside a function. So its names are declared before that function, its declarations become assignments, and its
 * functions move out. Nothing else of the text changes. The edits give the original place of every line and column.
 * A program that declares a name of the realm runs inside a block: see realm-names.ts. If it awaits, its functions stay
 * where they are, because they must not find the built-in of that name.
 *
 * Not kept: a constant can be assigned, a name exists before its declaration, and a program that awaits loses the
 * functions that it declares in blocks.
 */

import type { JavaScriptProgram } from "../analysis/analyser.js";
import { declaresAny, namesOf } from "../analysis/javascript/declared-names.js";
import { type Edit, editImports, type ImportEdits } from "../analysis/javascript/import-edits.js";
import { type AnyNode, nameOf, part, partsOf, requiredPart, type ScriptNode } from "../analysis/javascript/node.js";
import { editSeparators } from "../analysis/javascript/separator-edits.js";
import { REAL_GLOBALS } from "../analysis/javascript/targets.js";
import type { Job, ScriptModules } from "../sandbox/engine.js";
import { fixedNames, letFixed, setGlobals } from "./realm-names.js";

const STRICT = '"use strict";';

type Range = readonly [from: number, to: number];

/** A rewritten program. Ranges are in UTF-16 units of the original. */
interface KeptDeclarations {
  /** New text before the program. */
  readonly texts: readonly string[];
  /** Functions that move out, behind that text. */
  readonly functions: readonly Range[];
  /** Replacements in the order of the program. */
  readonly edits: readonly Edit[];
}

type Globals = NonNullable<NonNullable<Job["javascript"]>["globals"]>;
type Rewritten = Pick<Globals, "before" | "edits">;

/**
 * Returns the part of a job that tells a guest how to run a JavaScript program.
 *
 * @param isKept The guest stays for another program, so the names of this one become globals.
 */
export function describeJavaScript(
  program: JavaScriptProgram,
  { isKept, modules }: { readonly isKept: boolean; readonly modules?: ScriptModules | undefined },
): NonNullable<Job["javascript"]> {
  const { lastExpression, isAsync } = program;
  const fixed = fixedNames(program);
  const imports = editImports(program, isKept ? (isAsync ? "" : "var") : "const", fixed);
  const hasImports = imports.edits.length > 0 || modules !== undefined;
  const separators = editSeparators(program, imports.edits);
  // The names that stay the program's own.
  const local = isKept ? new Set([...fixed, ...(isAsync ? declaredBuiltins : hiddenBuiltins)(program)]) : fixed;
  // A file of the project comes before the program, and must not find the names of it.
  const hasBlock = !isAsync && (local.size > 0 || (!isKept && modules !== undefined));
  if (!isKept && !hasImports && !hasBlock && separators.length === 0) return { lastExpression, isAsync };
  const kept = isKept
    ? keepDeclarations(program, local)
    : { texts: [], functions: [], edits: hasBlock ? letFixed(program, fixed) : [] };
  const placed = { before: imports.before, edits: [...imports.edits, ...separators].sort(([a], [b]) => a - b) };
  const joined = join(kept, placed);
  const { before, edits } = hasBlock ? inBlock(joined, program) : joined;
  // A directive works only at the start.
  const isBehind = before.length > 0 || modules !== undefined;
  const needsStrict = program.isModule || (isBehind && isDeclaredStrict(program));
  const given = modules === undefined ? {} : { modules };
  return {
    lastExpression,
    isAsync,
    globals: { before: needsStrict ? [STRICT, ...before] : before, edits, hasImports, ...given },
  };
}

/** Puts other edits among those of declarations. Functions that move out take the edits inside them along. */
function join({ texts, functions, edits }: KeptDeclarations, others: ImportEdits): Rewritten {
  const stays = (edit: Edit): boolean => !functions.some((range) => isInside(edit, range));
  return {
    before: [...texts, ...others.before, ...functions.flatMap((range) => withEdits(range, others.edits))],
    edits: [...edits, ...others.edits.filter(stays)].sort(([a], [b]) => a - b),
  };
}

/** An edit is inside of a function or outside, because none begins at the first letter of a function. */
function isInside([from]: Edit, [start, end]: Range): boolean {
  return start < from && from < end;
}

/** A range of the program as parts, with the edits inside it. */
function withEdits(range: Range, edits: readonly Edit[]): Globals["before"] {
  const parts: (string | Range)[] = [];
  let [at, end] = range;
  for (const [from, to, text] of edits.filter((edit) => isInside(edit, range))) {
    parts.push([at, from], text);
    at = to;
  }
  return [...parts, [at, end]];
}

/** Puts the program into a block. */
function inBlock({ before, edits }: Rewritten, { nodes: [program] }: JavaScriptProgram): Rewritten {
  const end = program?.end ?? 0;
  return { before: ["{", ...before], edits: [...edits, [end, end, "\n}"]] };
}

function keepDeclarations(source: JavaScriptProgram, local: ReadonlySet<string>): KeptDeclarations {
  const { nodes, isAsync } = source;
  const [program] = nodes;
  if (program === undefined) return { texts: [], functions: [], edits: [] };
  const stays = ({ node }: ScriptNode): boolean => declaresAny(node, local);
  if (!isAsync) {
    const edits = program.children.flatMap((one) => (stays(one) ? setGlobals(one) : rewriteDeclaration(one, "var")));
    return { texts: [], functions: [], edits: [...edits, ...letFixed(source, local)].sort(([a], [b]) => a - b) };
  }
  const hidden = hiddenBuiltins(source).filter((name) => !local.has(name));
  const unset = hidden.length === 0 ? [] : [`var ${hidden.map((name) => `${name}=void 0`).join(",")};`];
  const functions = program.children.filter((one) => one.type === "FunctionDeclaration" && !stays(one));
  const staying = declaredBuiltins(source).length === 0 ? [] : functions.flatMap(({ node }) => namesOf(node));
  const moved = staying.length === 0 ? functions : [];
  const names = [...(program.scope?.declared() ?? [])].filter((name) => !local.has(name) && !staying.includes(name));
  const declared = names.length === 0 ? [] : [`var ${names.join(",")};`];
  const edits = findDeclarations(program, nodes).flatMap((one) => {
    if (stays(one)) return setGlobals(one);
    return one.type === "FunctionDeclaration" && staying.length > 0 ? [] : rewriteInFunction(one);
  });
  return {
    texts: [...unset, ...declared],
    functions: moved.map(({ start, end }): Range => [start, end]),
    edits: [...setAtStart(program, staying), ...edits],
  };
}

/** Sets globals before the first statement. The functions of a body are there from its start. */
function setAtStart({ children }: ScriptNode, names: readonly string[]): Edit[] {
  const start = children[0]?.start ?? 0;
  return names.map((name): Edit => [start, start, `this.${name}=${name};`]);
}

/** Names of built-ins that a declaration of the program binds at its place. Imports bind theirs at the start. */
function declaredBuiltins(source: JavaScriptProgram): string[] {
  const statements = source.nodes[0]?.children.filter(({ type }) => type !== "ImportDeclaration") ?? [];
  const names = new Set(statements.flatMap(({ node }) => namesOf(node)));
  return hiddenBuiltins(source).filter((name) => names.has(name));
}

function isDeclaredStrict({ nodes: [program] }: JavaScriptProgram): boolean {
  return program?.children.some(({ node }) => node["directive"] === "use strict") === true;
}

/** The statements at the top level, and every `var` in a block, in the order of the text. */
function findDeclarations(program: ScriptNode, nodes: readonly ScriptNode[]): readonly ScriptNode[] {
  const nested = nodes.filter(isNestedVar);
  return nested.length === 0 ? program.children : [...program.children, ...nested].sort((a, b) => a.start - b.start);
}

/**
 * Names of built-ins that the program declares. The analysis assumes that these names never mean the built-ins. So they
 * must not mean the built-ins before their declarations either.
 */
function hiddenBuiltins({ nodes: [program] }: JavaScriptProgram): string[] {
  return [...REAL_GLOBALS].filter((name) =>
    program?.scope
      ?.find(name)
      ?.bindings.some(({ kind, value }) => kind === "lexical" && value?.type !== "FunctionDeclaration"),
  );
}

/** Is the node a `var` in a block, whose names belong to the top level? */
function isNestedVar({ node, parent, scope }: ScriptNode): boolean {
  return node["kind"] === "var" && parent?.type !== "Program" && scope?.body().kind === "script";
}

/** Rewrites a declaration of a program that runs inside a function. */
function rewriteInFunction(entry: ScriptNode): Edit[] {
  const { type, start, end, key, node, parent } = entry;
  // The semicolon ends the statement before, as the function did.
  if (type === "FunctionDeclaration") return [[start, end, ";"]];
  if (key !== "init" && key !== "left") return rewriteDeclaration(entry, "void(");
  const [first] = partsOf(node, "declarations");
  const target = first == null ? null : part(first, "id");
  // Without `var`, `for (async of` and `for (let in` have another meaning, and `for (i = 0 in` is an error.
  const isFixed =
    (target?.type === "Identifier" && /^(?:async|let)$/.test(nameOf(target))) ||
    (parent?.type === "ForInStatement" && first != null && part(first, "init") !== null);
  return isFixed ? [] : [[start, start + "var".length, ""]];
}

/** Turns a declaration into a `var`, or into an assignment in parentheses. */
function rewriteDeclaration({ type, start, end, node }: ScriptNode, opening: "var" | "void("): Edit[] {
  if (type === "ClassDeclaration") {
    const name = nameOf(requiredPart(node, "id"));
    return [
      [start, start, `${opening === "var" ? "var " : ""}${name}=`],
      // An assignment needs a semicolon, a class does not.
      [end, end, ";"],
    ];
  }
  const kind = String(node["kind"]);
  if (kind === opening || (kind !== "var" && kind !== "let" && kind !== "const")) return [];
  const declarators = partsOf(node, "declarations") as readonly AnyNode[];
  // `let x;` sets the name to undefined, also if an earlier program gave it a value.
  const unset = declarators
    .filter((one) => kind === "let" && part(one, "init") === null)
    .map((one): Edit => [one.end, one.end, "=void 0"]);
  const lastEnd = declarators.at(-1)?.end ?? end;
  // The semicolon keeps the next line apart: it may continue an expression, but not a declaration.
  const closing = `${opening === "var" ? "" : ")"}${lastEnd === end ? ";" : ""}`;
  return [[start, start + kind.length, opening.padEnd(kind.length)], ...unset, [lastEnd, lastEnd, closing]];
}
