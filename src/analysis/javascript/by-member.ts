/**
 * Decides whether a program uses `process`, of which it gets a part, member by member. Then the analysis knows each of
 * these. If the program passes it on, or takes a member of unknown name, the analysis does not.
 */

import {
  type AnyNode,
  part,
  partsOf,
  plainPropertyName,
  requiredPart,
  type ScriptNode,
  unwrap,
  userOf,
} from "./node.js";
import { PROCESS_VIEW } from "./targets.js";
import { isOnlyTested } from "./usage.js";
import type { JavaScriptValues } from "./values.js";

/** Does the program only test `process`, take members of its part by name, or give it a name? */
export function isUsedByMember(entry: ScriptNode, values: JavaScriptValues): boolean {
  if (isOnlyTested(entry)) return true;
  const user = userOf(entry);
  if (user === null) return false;
  const { parent, key } = user;
  if (parent.type === "AssignmentExpression" && key === "left") return true;
  if (parent.type === "MemberExpression") return key === "object" && isOpenMember(parent.node, values);
  const holder =
    parent.type === "VariableDeclarator"
      ? part(parent.node, "id")
      : parent.type === "AssignmentExpression" && key === "right"
        ? part(parent.node, "left")
        : null;
  if (holder === null) return false;
  const target = unwrap(holder);
  if (target.type !== "ObjectPattern") return target.type === "Identifier";
  return partsOf(target, "properties").every((property) => property !== null && isOpenProperty(property, values));
}

/** Is the property of a pattern computed from a text that is known only at run time? */
export function isOfUnknownName(property: AnyNode, { texts }: JavaScriptValues): boolean {
  if (property["computed"] !== true) return false;
  const key = requiredPart(property, "key");
  return texts.of(key).length === 0 || !texts.areAll(key);
}

function isOpenMember(member: AnyNode, values: JavaScriptValues): boolean {
  const names = values.namesOfMember(member);
  const areAll = member["computed"] !== true || values.texts.areAll(requiredPart(member, "property"));
  return names.length > 0 && areAll && names.every(isOpenName);
}

function isOpenProperty(property: AnyNode, values: JavaScriptValues): boolean {
  // The rest is a new object, which is followed as the whole.
  if (property.type === "RestElement") return true;
  const name = plainPropertyName(property);
  if (name !== null) return isOpenName(name);
  return !isOfUnknownName(property, values) && values.texts.of(requiredPart(property, "key")).every(isOpenName);
}

/** Is it a member that every program has? The module of that name has itself as a member. */
function isOpenName(name: string): boolean {
  return PROCESS_VIEW.has(name) || name === "default";
}
