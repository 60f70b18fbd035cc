/**
 * What a call does, as far as its arguments tell: text that is run, files that are written, values larger than memory.
 */

import type { AnyNode, ScriptNode } from "./parser.js";
import { CLASS, CONSTRUCTOR } from "./members.js";
import { isCallee, isFunction, part, partsOf, unwrap } from "./node.js";
import { type Invocation, type JavaScriptValues } from "./values.js";
import type { JavaScriptRuleId } from "./rules.js";

export interface CallFinding {
  readonly rule: JavaScriptRuleId;
  /** Follows `Cannot `, before the quoted resource. */
  readonly verb: string;
  readonly resource: string;
}

/** Memory that a program may have at most. */
const MAX_BYTES = 268_435_456;
/** Elements of an array that it may have, at eight bytes each. */
export const MAX_ELEMENTS: number = MAX_BYTES / 8;

const TIMERS = /^set(?:Timeout|Interval|Immediate)$/;
/** Members of `String.prototype` that make a text of any length. */
const LENGTHENS: ReadonlySet<string> = new Set(["repeat", "padStart", "padEnd"]);
/** Members that put something in each place of an array, or read each. */
const FILLS: ReadonlySet<string> = new Set(["fill", "join", "keys", "values", "entries", "toString", "map", "forEach"]);
const BUFFERS =
  /^(?:ArrayBuffer|SharedArrayBuffer|Buffer\.alloc(?:Unsafe)?|(?:Ui|I)nt(?:8|16|32)Array|Uint8ClampedArray|Float(?:32|64)Array|Big(?:Ui|I)nt64Array)$/;

/** What a call does; `textOf` gives a node as the program writes it. */
export function* callFindings(
  entry: ScriptNode,
  invocation: Invocation,
  values: JavaScriptValues,
  textOf: (node: AnyNode) => string,
): Iterable<CallFinding> {
  const { names, given } = invocation;
  const { node } = entry;
  const [first] = given;
  for (const full of names) {
    if (TIMERS.test(full) && first !== undefined) {
      const text = values.constants.text(first);
      if (text !== null || isText(first, values))
        yield { rule: "JS-DYN-001", verb: `run a string with ${full} as`, resource: text ?? textOf(first) };
    }
    if (
      /^node:fs\.(?:promises\.)?open(?:Sync)?$/.test(full) &&
      given[1] !== undefined &&
      !isFunction(unwrap(given[1]))
    ) {
      const flags = values.constants.text(given[1]);
      if (flags === null || /[wax+]/.test(flags))
        yield { rule: "JS-FILE-002", verb: "use", resource: full.slice("node:".length) };
    }
    // `get(get([], "constructor"), "constructor")(text)()`: an object that is made is not called.
    if (full === CLASS && first !== undefined && isText(first, values) && isCallee(entry)) {
      yield { rule: "JS-ESC-001", verb: "call", resource: textOf(invocation.callee) };
    }
    if (full === CONSTRUCTOR && (node.type === "TaggedTemplateExpression" || mayMakeCode(node, invocation, values))) {
      yield { rule: "JS-ESC-001", verb: "call", resource: textOf(invocation.callee) };
    }
    if (BUFFERS.test(full)) {
      const size = values.constants.number(first);
      if (size !== null && size > MAX_BYTES) yield { rule: "JS-RES-001", verb: "make", resource: `${full}(${size})` };
    }
    if (full === "Array.from" && first !== undefined) {
      const size = lengthOf(first, values);
      if (size > MAX_ELEMENTS) yield { rule: "JS-RES-001", verb: "make", resource: `${full} of ${size}` };
    }
  }
  yield* sizeFindings(node, values);
}

/** Is it a text, constant or not? */
function isText(node: AnyNode, values: JavaScriptValues): boolean {
  const inner = unwrap(node);
  return inner.type === "TemplateLiteral" || values.constants.text(inner) !== null || isSumWithText(inner, values);
}

function isSumWithText(node: AnyNode, values: JavaScriptValues): boolean {
  for (
    let at = node;
    at.type === "BinaryExpression" && at["operator"] === "+";
    at = unwrap(part(at, "left") as AnyNode)
  ) {
    for (const side of ["left", "right"]) {
      const inner = unwrap(part(at, side) as AnyNode);
      if (inner.type === "TemplateLiteral" || values.constants.text(inner) !== null) return true;
    }
  }
  return false;
}

/** Could the constructor of who knows what be that of functions here? With `new` it is mostly a copy that is made. */
function mayMakeCode(node: AnyNode, { given, isNew, callee }: Invocation, values: JavaScriptValues): boolean {
  const last = given.at(-1);
  if (last === undefined) return false;
  if (!isNew) return given.some((argument) => !isNoText(unwrap(argument)));
  if (last.type === "SpreadElement") return unwrap(callee).type !== "MemberExpression" || !isThis(unwrap(callee));
  return isText(last, values) && node.type !== "TaggedTemplateExpression";
}

function isThis(member: AnyNode): boolean {
  return part(member, "object")?.type === "ThisExpression";
}

function isNoText(node: AnyNode): boolean {
  if (node.type === "Literal") return typeof node["value"] !== "string";
  return isFunction(node) || node.type === "ArrayExpression" || node.type === "ObjectExpression";
}

function* sizeFindings(node: AnyNode, values: JavaScriptValues): Iterable<CallFinding> {
  const callee = part(node, "callee");
  const target = callee === null ? null : unwrap(callee);
  if (target?.type !== "MemberExpression") return;
  const [method] = values.namesOfMember(target);
  const object = part(target, "object") as AnyNode;
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

/** Length of `new Array(n)`, `Array(n)` or `{ length: n }`, if it is constant; 0 for everything else. */
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

/** `10n ** 1000000000n`, `1n << 10000000000n`: numbers that have no limit of their own. */
export function isHugeNumber(node: AnyNode, values: JavaScriptValues): boolean {
  const operator = node["operator"];
  if (operator !== "**" && operator !== "<<") return false;
  const right = part(node, "right") as AnyNode;
  if (unwrap(right)["bigint"] === undefined && values.links.literal(right)?.["bigint"] === undefined) return false;
  const count = values.constants.number(right);
  const base = values.constants.number(part(node, "left"));
  if (count === null) return false;
  return (operator === "<<" ? count : count * Math.log2(Math.max(2, Math.abs(base ?? 2)))) > MAX_BYTES * 8;
}
