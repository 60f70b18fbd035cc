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
import { type Edit, editImports } from "../analysis/javascript/import-edits.js";
import { type AnyNode, nameOf, part, partsOf, requiredPart, type ScriptNode } from "../analysis/javascript/node.js";
import { editSeparators } from "../analysis/javascript/separator-edits.js";
import { REAL_GLOBALS } from "../analysis/javascript/targets.js";
import type { Job, ScriptModules } from "../sandbox/engine.js";
import { fixedNames, letFixed, setGlobals } from "./realm-names.js";

const STRICT = '"use strict";';

/** A rewritten program. Ranges are in UTF-16 units of the original. */
interface KeptDeclarations {
  /** The parts before the program: new text, or a range of the program. */
  readonly before: readonly (string | readonly [number, number])[];
  /** Replacements in the order of the program. */
  readonly edits: readonly Edit[];
}

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
    : { before: [], edits: hasBlock ? letFixed(program, fixed) : [] };
  const placed = { before: imports.before, edits: [...imports.edits, ...separators].sort(([a], [b]) => a - b) };
  const joined = inBlock(join(kept, placed, program), hasBlock ? program : null);
  // The modules of the project come before the program, and a directive works only at the start.
  const lostStrict = modules !== undefined && isStrict(program) && joined.before[0] !== STRICT;
  const before = lostStrict ? [STRICT, ...joined.before] : joined.before;
  const given = modules === undefined ? {} : { modules };
  return { lastExpression, isAsync, globals: { ...joined, before, hasImports, ...given } };
}

/** Puts the edits of imports among those of declarations. Functions that move out take the edits inside them along. */
function join(
  kept: KeptDeclarations,
  imports: KeptDeclarations & { readonly before: readonly string[] },
  { isModule }: JavaScriptProgram,
): KeptDeclarations {
  const isMoved = ([from, to]: Edit): boolean =>
    kept.before.some((part) => typeof part !== "string" && part[0] <= from && to <= part[1]);
  const texts = kept.before.filter((part) => typeof part === "string");
  const functions = kept.before
    .filter((part) => typeof part !== "string")
    .flatMap((range) => withEdits(range, imports.edits.filter(isMoved)));
  const strict = isModule && !texts.includes(STRICT) ? [STRICT] : [];
  return {
    before: [...strict, ...texts, ...imports.before, ...functions],
    edits: [...kept.edits, ...imports.edits.filter((edit) => !isMoved(edit))].sort(([a], [b]) => a - b),
  };
}

/** A range of the program as parts, with the edits inside it. */
function withEdits(
  [start, end]: readonly [number, number],
  edits: readonly Edit[],
): KeptDeclarations["before"][number][] {
  const parts: KeptDeclarations["before"][number][] = [];
  let at = start;
  for (const [from, to, text] of edits.filter((edit) => start <= edit[0] && edit[1] <= end)) {
    parts.push([at, from], text);
    at = to;
  }
  return [...parts, [at, end]];
}

/** Puts the program into a block, or leaves it as it is. */
function inBlock(kept: KeptDeclarations, program: JavaScriptProgram | null): KeptDeclarations {
  if (program === null) return kept;
  // A directive works only at the start.
  const strict = isStrict(program) ? [STRICT] : [];
  const before = kept.before[0] === STRICT ? kept.before.slice(1) : kept.before;
  const end = program.nodes[0]?.end ?? 0;
  return { before: [...strict, "{", ...before], edits: [...kept.edits, [end, end, "\n}"]] };
}

function keepDeclarations(source: JavaScriptProgram, local: ReadonlySet<string>): KeptDeclarations {
  const { nodes, isAsync } = source;
  const [program] = nodes;
  if (program === undefined) return { before: [], edits: [] };
  const stays = ({ node }: ScriptNode): boolean => declaresAny(node, local);
  if (!isAsync) {
    const edits = program.children.flatMap((one) => (stays(one) ? setGlobals(one) : rewriteDeclaration(one, "var")));
    return { before: [], edits: [...edits, ...letFixed(source, local)].sort(([a], [b]) => a - b) };
  }
  // A directive works only at the start, so it goes before the new text too.
  const strict = isStrict(source) ? [STRICT] : [];
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
    before: [...strict, ...unset, ...declared, ...moved.map(({ start, end }): [number, number] => [start, end])],
    edits: [...setAtStart(program, staying), ...edits],
  };
}

/** Sets globals before the first statement. The functions of a body are there from its start. */
function setAtStart({ children: [first] }: ScriptNode, names: readonly string[]): Edit[] {
  if (first === undefined || names.length === 0) return [];
  return [[first.start, first.start, names.map((name) => `this.${name}=${name};`).join("")]];
}

/** Names of built-ins that a declaration of the program binds at its place. */
function declaredBuiltins(source: JavaScriptProgram): string[] {
  const statements = source.nodes[0]?.children ?? [];
  const isDeclaration = ({ type, node }: ScriptNode): boolean =>
    type === "ClassDeclaration" || (type === "VariableDeclaration" && node["kind"] !== "var");
  const names = new Set(statements.filter(isDeclaration).flatMap(({ node }) => namesOf(node)));
  return hiddenBuiltins(source).filter((name) => names.has(name));
}

function isStrict({ nodes, isModule }: JavaScriptProgram): boolean {
  return isModule || nodes[0]?.children.some(({ node }) => node["directive"] === "use strict") === true;
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
function isNestedVar({ type, node, parent, scope }: ScriptNode): boolean {
  return (
    type === "VariableDeclaration" &&
    node["kind"] === "var" &&
    parent?.type !== "Program" &&
    scope?.body().kind === "script"
  );
}

/** Rewrites a declaration of a program that runs inside a function. */
function rewriteInFunction(entry: ScriptNode): Edit[] {
  const { type, start, end, key, node, parent } = entry;
  // The semicolon ends the statement before, as the function did.
  if (type === "FunctionDeclaration") return [[start, end, ";"]];
  const isLoopHead = type === "VariableDeclaration" && (key === "init" || key === "left");
  if (!isLoopHead) return rewriteDeclaration(entry, "void(");
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
  if (type !== "VariableDeclaration") return [];
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
