/** Computes the expressions of a JavaScript program from the values of their parts. */

import {
  type Constant,
  type Folded,
  isTrue,
  Opaque,
  operate,
  operateUnary,
  Pattern,
  textOf,
  UNKNOWN,
} from "./computed.js";
import type { Folder } from "./folder.js";
import { type AnyNode, isFunction, part, partsOf, plainPropertyName } from "./node.js";

export function literalValue(node: AnyNode): Folded {
  const regex = node["regex"] as { readonly pattern: string; readonly flags: string } | undefined;
  return regex === undefined ? (node["value"] as Constant) : new Pattern(regex.pattern, regex.flags);
}

export function foldPart(node: AnyNode, name: string, folder: Folder): Folded {
  const inner = part(node, name);
  return inner === null ? UNKNOWN : folder.value(inner);
}

export function foldTemplate(node: AnyNode, kind: "cooked" | "raw", folder: Folder): Folded {
  const holes = partsOf(node, "expressions");
  let text = "";
  for (const [index, quasi] of partsOf(node, "quasis").entries()) {
    text += (quasi?.["value"] as Record<string, string> | undefined)?.[kind] ?? "";
    const hole = holes[index];
    if (hole == null) continue;
    const value = folder.value(hole);
    if (value === UNKNOWN) return UNKNOWN;
    text += textOf(value);
  }
  return text;
}

export function foldBinary(node: AnyNode, folder: Folder): Folded {
  const left = foldPart(node, "left", folder);
  const right = left === UNKNOWN ? UNKNOWN : foldPart(node, "right", folder);
  return left === UNKNOWN || right === UNKNOWN ? UNKNOWN : operate(String(node["operator"]), left, right);
}

export function foldUnary(node: AnyNode, folder: Folder): Folded {
  const value = foldPart(node, "argument", folder);
  if (node["operator"] === "void") return undefined;
  return value === UNKNOWN ? UNKNOWN : operateUnary(String(node["operator"]), value);
}

export function foldLogical(node: AnyNode, folder: Folder): Folded {
  const left = foldPart(node, "left", folder);
  if (left === UNKNOWN) return UNKNOWN;
  const operator = node["operator"];
  const isRight = operator === "??" ? left === null || left === undefined : isTrue(left) === (operator === "&&");
  return isRight ? foldPart(node, "right", folder) : left;
}

export function foldConditional(node: AnyNode, folder: Folder): Folded {
  const test = foldPart(node, "test", folder);
  return test === UNKNOWN ? UNKNOWN : foldPart(node, isTrue(test) ? "consequent" : "alternate", folder);
}

/** The text of an object literal, if it is empty or has a method for its conversion. */
export function foldObject(node: AnyNode, folder: Folder): Folded {
  const properties = partsOf(node, "properties");
  if (properties.length === 0) return new Opaque("[object Object]");
  for (const property of properties) {
    const key = property?.type === "Property" ? plainPropertyName(property) : null;
    if (property === null || (key !== "toString" && key !== "valueOf" && key !== null)) continue;
    const fn = part(property, "value");
    const value = fn !== null && isFunction(fn) ? folder.run(fn, []) : UNKNOWN;
    if (value !== UNKNOWN) return value;
  }
  return UNKNOWN;
}
