/**
 * The rules that depend on the arguments of a call: text that runs as code, files that are written, values that are
 * larger than the memory of a program.
 */

import type { Invocation } from "./invocation.js";
import { CLASS, CONSTRUCTOR } from "./members.js";
import { type AnyNode, isFunction, part, partsOf, requiredPart, type ScriptNode, unwrap } from "./node.js";
import type { PathTexts } from "./path-texts.js";
import { pathsOutside } from "./paths.js";
import type { JavaScriptRuleId } from "./rules.js";
import { isCallee } from "./usage.js";
import type { JavaScriptValues } from "./values.js";

export interface CallFinding {
  readonly rule: JavaScriptRuleId;
  /** Follows `Cannot `, before the quoted resource. */
  readonly verb: string;
  readonly resource: string;
}

/** Most memory of a program. */
const MAX_BYTES = 268_435_456;
/** Most elements of an array, at eight bytes each. */
export const MAX_ELEMENTS: number = MAX_BYTES / 8;

const TIMERS = /^set(?:Timeout|Interval|Immediate)$/;
/** Methods of texts that can return a text of any length. */
const LENGTHENS: ReadonlySet<string> = new Set(["repeat", "padStart", "padEnd"]);
/** Methods of arrays that read or write every element. */
const FILLS: ReadonlySet<string> = new Set(["fill", "join", "keys", "values", "entries", "toString", "map", "forEach"]);
const BUFFERS = new RegExp(
  "^(?:ArrayBuffer|SharedArrayBuffer|Buffer\\.alloc(?:Unsafe)?|(?:Ui|I)nt(?:8|16|32)Array|Uint8ClampedArray|" +
    "Float(?:32|64)Array|Big(?:Ui|I)nt64Array)$",
);
const OPENS_FILE = /^node:fs\.(?:promises\.)?open(?:Sync)?$/;

interface CallContext {
  readonly values: JavaScriptValues;
  readonly paths: PathTexts;
  /** Returns the program's text of a node. */
  readonly textOf: (node: AnyNode) => string;
}

/** Findings about one call. */
export function* callFindings(
  entry: ScriptNode,
  invocation: Invocation,
  { values, paths, textOf }: CallContext,
): Iterable<CallFinding> {
  for (const full of invocation.names) {
    if (makesCode(full, entry, invocation, values))
      yield { rule: "JS-ESC-001", verb: "call", resource: textOf(invocation.callee) };
    const finding =
      findTimer(full, invocation, values, textOf) ??
      findFileWrite(full, invocation, values) ??
      findLargeValue(full, invocation, values);
    if (finding !== null) yield finding;
  }
  for (const path of pathsOutside(invocation, values, paths))
    yield { rule: "JS-FILE-004", verb: "use", resource: path };
  yield* findLargeResult(entry.node, values);
}

/** `setTimeout("text")` runs the text as code. */
function findTimer(
  full: string,
  { given: [first] }: Invocation,
  values: JavaScriptValues,
  textOf: (node: AnyNode) => string,
): CallFinding | null {
  if (first === undefined || !TIMERS.test(full)) return null;
  const text = values.constants.text(first);
  if (text === null && !isText(first, values)) return null;
  return { rule: "JS-DYN-001", verb: `run a string with ${full} as`, resource: text ?? textOf(first) };
}

/** A file that is opened to be written, or with unknown flags. */
function findFileWrite(full: string, { given: [, second] }: Invocation, values: JavaScriptValues): CallFinding | null {
  if (second === undefined || !OPENS_FILE.test(full) || isFunction(unwrap(second))) return null;
  const flags = values.constants.text(second);
  if (flags !== null && !/[wax+]/.test(flags)) return null;
  return { rule: "JS-FILE-002", verb: "use", resource: full.slice("node:".length) };
}

/** Can the callee be the constructor of functions? */
function makesCode(full: string, entry: ScriptNode, invocation: Invocation, values: JavaScriptValues): boolean {
  const [first] = invocation.given;
  // `get(get([], "constructor"), "constructor")(text)()`: the result is called, so it is a function and no object.
  if (full === CLASS) return first !== undefined && isText(first, values) && isCallee(entry);
  return full === CONSTRUCTOR && (entry.type === "TaggedTemplateExpression" || mayMakeCode(invocation, values));
}

function findLargeValue(full: string, { given: [first] }: Invocation, values: JavaScriptValues): CallFinding | null {
  if (BUFFERS.test(full)) {
    const size = values.constants.number(first);
    return size !== null && size > MAX_BYTES
      ? { rule: "JS-RES-001", verb: "make", resource: `${full}(${size})` }
      : null;
  }
  const size = full === "Array.from" && first !== undefined ? lengthOf(first, values) : 0;
  return size > MAX_ELEMENTS ? { rule: "JS-RES-001", verb: "make", resource: `${full} of ${size}` } : null;
}

/** Is the expression a text, constant or not? */
function isText(node: AnyNode, values: JavaScriptValues): boolean {
  const inner = unwrap(node);
  return inner.type === "TemplateLiteral" || values.constants.text(inner) !== null || isSumWithText(inner, values);
}

function isSumWithText(node: AnyNode, values: JavaScriptValues): boolean {
  for (let at = node; at.type === "BinaryExpression" && at["operator"] === "+"; at = unwrap(requiredPart(at, "left"))) {
    for (const side of ["left", "right"]) {
      const inner = unwrap(requiredPart(at, side));
      if (inner.type === "TemplateLiteral" || values.constants.text(inner) !== null) return true;
    }
  }
  return false;
}

/** Can the constructor of an unknown value be that of functions here? With `new`, most programs copy an object. */
function mayMakeCode({ given, isNew, callee }: Invocation, values: JavaScriptValues): boolean {
  const last = given.at(-1);
  if (last === undefined) return false;
  if (!isNew) return given.some((argument) => !isNoText(unwrap(argument)));
  if (last.type === "SpreadElement") return unwrap(callee).type !== "MemberExpression" || !isThis(unwrap(callee));
  return isText(last, values);
}

function isThis(member: AnyNode): boolean {
  return part(member, "object")?.type === "ThisExpression";
}

function isNoText(node: AnyNode): boolean {
  if (node.type === "Literal") return typeof node["value"] !== "string";
  return isFunction(node) || node.type === "ArrayExpression" || node.type === "ObjectExpression";
}

/** Methods whose result, or whose work, needs too much memory. */
function* findLargeResult(node: AnyNode, values: JavaScriptValues): Iterable<CallFinding> {
  const callee = part(node, "callee");
  const target = callee === null ? null : unwrap(callee);
  if (target?.type !== "MemberExpression") return;
  const [method] = values.namesOfMember(target);
  const object = requiredPart(target, "object");
  if (method === undefined || object.type === "Super") return;
  const [first] = partsOf(node, "arguments");
  if (LENGTHENS.has(method)) {
    const count = values.constants.number(first);
    const text = values.constants.text(object);
    const size = (count ?? 0) * (method === "repeat" ? (text?.length ?? 1) : 1);
    if (size > MAX_BYTES) yield { rule: "JS-RES-001", verb: "make", resource: `${method}(${String(count)})` };
  } else if (FILLS.has(method)) {
    const size = lengthOf(object, values);
    if (size > MAX_ELEMENTS) yield { rule: "JS-RES-001", verb: "make", resource: `Array(${size}).${method}` };
  }
}

/** Length of `new Array(n)`, `Array(n)` or `{ length: n }`, if it is constant. 0 for any other expression. */
export function lengthOf(outer: AnyNode, values: JavaScriptValues): number {
  const node = values.links.literal(outer) ?? unwrap(outer);
  if (node.type === "ObjectExpression") {
    const [length] = values.links.parts(node, "length");
    return values.constants.number(length) ?? 0;
  }
  if (node.type !== "CallExpression" && node.type !== "NewExpression") return 0;
  const { names, given } = values.invocation(node);
  const isArray = names.includes("Array") && given.length === 1;
  return isArray ? (values.constants.number(given[0]) ?? 0) : 0;
}

/** `10n ** 1000000000n`, `1n << 10000000000n`: the size of a BigInt has no limit. */
export function isHugeNumber(node: AnyNode, values: JavaScriptValues): boolean {
  const operator = node["operator"];
  if (operator !== "**" && operator !== "<<") return false;
  const right = requiredPart(node, "right");
  if (unwrap(right)["bigint"] === undefined && values.links.literal(right)?.["bigint"] === undefined) return false;
  const count = values.constants.number(right);
  const base = values.constants.number(part(node, "left"));
  if (count === null) return false;
  return (operator === "<<" ? count : count * Math.log2(Math.max(2, Math.abs(base ?? 2)))) > MAX_BYTES * 8;
}
