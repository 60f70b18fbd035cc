/** Full names of the members of modules and objects. One thing has one full name: `io.open` is `builtins.open`. */

import { RISKY_MODULES, ruleOf, SAME_MEMBER, SAME_MODULE } from "./targets.js";

/** Full name of the table that `globals()` returns. */
export const GLOBALS = "@globals";

/** Ends the full name of the table of an object's members: `os.__dict__`. */
export const NAMESPACE = ".__dict__";

/** Methods that take one entry from a dict. */
const LOOK_UPS: ReadonlySet<string> = new Set(["get", "__getitem__", "pop", "setdefault"]);

const NONE: readonly string[] = [];

/** Is it a dict of names with the things that the names stand for? */
export function isTable(full: string): boolean {
  return full === GLOBALS || full === "sys.modules" || full.endsWith(NAMESPACE);
}

/** The table in which the method `full` looks up an entry: `sys.modules` for `sys.modules.get`. Null for others. */
export function tableOf(full: string): string | null {
  const at = full.lastIndexOf(".");
  const table = full.slice(0, Math.max(0, at));
  return LOOK_UPS.has(full.slice(at + 1)) && isTable(table) ? table : null;
}

/** The full names that `owner.name` may have. */
export function memberOf(owner: string, name: string): readonly string[] {
  // The result of a look-up is computed at its call.
  if (isTable(owner)) return LOOK_UPS.has(name) ? [`${owner}.${name}`] : NONE;
  if (owner.startsWith("@")) return NONE;
  if (name === "__dict__") return [owner + NAMESPACE];
  if (name === "__call__" || name === "__func__" || name === "__wrapped__") return [owner];
  if (name === "__self__" && owner.startsWith("builtins.")) return ["builtins"];
  const full = sameMember(`${owner}.${name}`);
  if (ruleOf(full) !== null) return [full];
  if (!owner.startsWith("builtins") && !owner.includes("()") && !isHarmlessSubmodule(owner, name)) {
    const bare = name.replace(/^_+/, "");
    if (RISKY_MODULES.has(name)) return [sameModule(name)];
    if (RISKY_MODULES.has(bare)) return [sameModule(bare)];
  }
  return [full];
}

/** A submodule or a value that has the name of a risky module and is no risk. */
function isHarmlessSubmodule(owner: string, name: string): boolean {
  return (
    (owner === "logging" && name === "handlers") ||
    owner === "numpy" ||
    owner === "scipy" ||
    (owner === "os" && name === "path") ||
    (owner === "sys" && name === "platform") ||
    (owner === "xml" && name === "sax")
  );
}

/** The one full name of a module, or of a member that begins with the name of its module. */
export function sameModule(full: string): string {
  const top = full.split(".", 1)[0] ?? full;
  const known = Object.hasOwn(SAME_MODULE, top) ? SAME_MODULE[top] : undefined;
  return sameMember(known === undefined ? full : known + full.slice(top.length));
}

/** The one full name of a member. */
export function sameMember(full: string): string {
  return Object.hasOwn(SAME_MEMBER, full) ? (SAME_MEMBER[full] ?? full) : full;
}
