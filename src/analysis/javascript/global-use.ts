/**
 * Decides whether a program uses the global object as a value. Then the program may reach its members under any name,
 * and the check reports `eval` and `Function` on unknown objects too.
 */

import { TAKES_NAME } from "./call-results.js";
import { type AnyNode, part, type ScriptNode, unwrap, userOf } from "./node.js";
import { isOnlyTested } from "./usage.js";
import type { JavaScriptValues } from "./values.js";

/** Does the program pass on the global object, which this node is: as an argument, an element, or a result? */
export function isGlobalPassedOn(entry: ScriptNode, values: JavaScriptValues): boolean {
  const user = userOf(entry);
  if (user === null || user.parent.type === "ExpressionStatement" || user.key === "object" || isOnlyTested(entry))
    return false;
  const { parent, key } = user;
  const holder = holderOf(parent);
  // The analysis follows names and patterns.
  if (holder !== null && (key === "left" || unwrap(holder).type === "Identifier" || holder.type === "ObjectPattern"))
    return false;
  // The analysis follows the results of these calls.
  return !(
    parent.type === "CallExpression" &&
    values.invocation(parent.node).names.some((full) => TAKES_NAME.has(full) || full.startsWith("Object."))
  );
}

/** The name or pattern that gets the value of a declaration or an assignment. */
function holderOf({ type, node }: ScriptNode): AnyNode | null {
  if (type === "VariableDeclarator") return part(node, "id");
  return type === "AssignmentExpression" ? part(node, "left") : null;
}
