/** Decides which uses of a global that a rule is about are harmless. */

import { isUsedByMember } from "./by-member.js";
import { MAKER, PROCESS } from "./members.js";
import { plainMemberName, type ScriptNode } from "./node.js";
import { calledWith } from "./requests.js";
import { isGuestModule } from "./targets.js";
import { isOnlyTested } from "./usage.js";
import type { JavaScriptValues } from "./values.js";

/** A test whether a global exists, a comparison with `Function`, `require` of a guest's module, a part of `process`. */
export function isHarmlessUse(entry: ScriptNode, name: string, values: JavaScriptValues): boolean {
  if (name === "require" && isGuestRequire(entry, values)) return true;
  if (name === PROCESS && isUsedByMember(entry, values)) return true;
  if (name !== MAKER) return entry.parent?.type === "UnaryExpression" && entry.parent.node["operator"] === "typeof";
  if (isOnlyTested(entry)) return true;
  const { parent, key } = entry;
  return (
    parent?.type === "MemberExpression" && key === "object" && values.namesOfMember(parent.node).includes("prototype")
  );
}

/** `require("node:path")`, and `require.main` in a comparison. */
function isGuestRequire(entry: ScriptNode, values: JavaScriptValues): boolean {
  const { parent, key } = entry;
  if (parent?.type === "MemberExpression" && key === "object")
    return parent.node["computed"] !== true && plainMemberName(parent.node) === "main" && isOnlyTested(parent);
  const name = calledWith(entry, values);
  return name !== null && isGuestModule(name);
}
