/** The paths that a JavaScript program gives to functions for files, and those that lie outside its workspace. */

import type { Invocation } from "./invocation.js";
import { type AnyNode, plainMemberName, requiredPart } from "./node.js";
import type { PathTexts } from "./path-texts.js";
import type { JavaScriptValues } from "./values.js";
import { type KnownText, outsidePath } from "../known-texts.js";

/** Functions that use the file at the path that is their first argument. */
const USES_PATH = /^node:fs\.(?:promises\.)?\w+$|^process\.chdir$/;

/** Functions whose second argument is a path too. */
const TWO_PATHS = /^node:fs\.(?:promises\.)?(?:rename|copyFile|cp|link|symlink|copy|move)(?:Sync)?$/;

/** Methods of lists that call a function with each element. */
const CALLS_WITH_ITEMS = /^(?:map|forEach|filter|flatMap|some|every|find)$/;

/** A secret in the home directory. Other names there may be those of a program's own settings. */
const SECRET_AT_HOME =
  /^~[\\/]\.(?:ssh|aws|gnupg|kube|docker|netrc|npmrc|pypirc|git-credentials|env|\w+_history)(?:[\\/.]|$)/i;

/** The paths that a call uses and that lead out of the workspace and the directory for temporary files. */
export function* pathsOutside(
  { names, given, callee }: Invocation,
  values: JavaScriptValues,
  texts: PathTexts,
): Iterable<string> {
  const places = new Set<AnyNode>();
  for (const full of names)
    if (USES_PATH.test(full)) for (const node of given.slice(0, TWO_PATHS.test(full) ? 2 : 1)) places.add(node);
  for (const node of places) yield* firstOutside(texts.of(node));
  // `names.map(fs.readFileSync)`
  const [first] = given;
  if (callee.type !== "MemberExpression" || first === undefined) return;
  const object = requiredPart(callee, "object");
  if (object.type === "Super" || !CALLS_WITH_ITEMS.test(plainMemberName(callee) ?? "")) return;
  if (values.of(first).some((full) => USES_PATH.test(full))) yield* firstOutside(texts.ofEach(object));
}

function firstOutside(texts: readonly KnownText[]): readonly string[] {
  return texts.flatMap((text) => (SECRET_AT_HOME.test(text.text) ? text.text : (outsidePath(text) ?? []))).slice(0, 1);
}
