/** Adds findings about a JavaScript program to its report. */

import { quote } from "../../errors.js";
import { adviceOn, adviceOnMember, adviceOnValue } from "./instead.js";
import { CONSTRUCTOR, GLOBAL, MAKER, PROCESS } from "./members.js";
import { plainMemberName, type ScriptNode } from "./node.js";
import type { JavaScriptRuleId } from "./rules.js";
import { isWorkspaceModule, isWorkspaceUse, moduleNamed, ruleOf, ruleOfGlobal, ruleOfModule } from "./targets.js";
import { isOnlyTested } from "./usage.js";
import { type Range, type Report, suggesting } from "../report.js";

/** Most characters of the program in one finding. */
const MAX_RESOURCE_LENGTH = 120;

/** How the program reaches a value. */
interface Access {
  /** As a member of the global object. */
  readonly isGlobal?: boolean;
  /** Through the member `constructor`. */
  readonly isWalk?: boolean;
}

export class JavaScriptReporter {
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  /**
   * @param isOfWorkspace The value is a part of the program's own workspace, which some policies give.
   * @param advice Takes the place of the rule's suggestion.
   */
  add(
    rule: JavaScriptRuleId,
    { start, end }: Range,
    verb: string,
    resource: string,
    isOfWorkspace = false,
    advice?: string,
  ): void {
    const marks = { ...(isOfWorkspace ? { isOfWorkspace } : {}), ...suggesting(advice) };
    this.#report.add(rule, { start, end }, { action: `${verb} ${quote(resource)}`, resource, ...marks });
  }

  /** Adds a finding about a module that a program imports by this name. */
  addImport(
    place: Range,
    verb: string,
    resource: string,
    name: string,
    isOfWorkspace: boolean = isWorkspaceModule(name),
  ): void {
    this.add("JS-IMPORT-001", place, verb, resource, isOfWorkspace, adviceOn(name));
  }

  /** Adds a finding if a rule is about the value with this full name. */
  addNamed(place: Range | ScriptNode, full: string, verb: string, { isGlobal, isWalk }: Access = {}): void {
    const rule = full === CONSTRUCTOR ? null : ruleOf(full);
    if (rule === null) return;
    if (full === MAKER && "node" in place && isOnlyTested(place)) return;
    if (full === MAKER && isWalk === true) return this.add("JS-ESC-001", place, "use", this.textOf(place));
    const isMember = isGlobal === true && isGlobalName(full);
    const resource = isMember ? `${GLOBAL}.${full}` : full.replace(/^node:/, "");
    const advice = (full === PROCESS ? adviceOnUse(place) : undefined) ?? adviceOnValue(rule, full);
    this.add(rule, place, verb, resource, isWorkspaceUse(rule, full), advice);
  }

  /** Adds a finding if a rule is about the module as a whole. */
  addModule(place: Range, name: string): void {
    const full = moduleNamed(name);
    const rule = ruleOfModule(full.replace(/^node:/, ""));
    if (rule !== null) this.add(rule, place, "use", name, isWorkspaceUse(rule, full), adviceOnValue(rule, full));
  }

  /** The program's text, shortened. */
  textOf({ start, end }: Range): string {
    const text = this.#report.code.slice(start, end);
    return text.length > MAX_RESOURCE_LENGTH ? `${text.slice(0, MAX_RESOURCE_LENGTH)}...` : text;
  }
}

/** The advice on the member that the program takes at this place, if it takes one of a known name. */
function adviceOnUse(place: Range | ScriptNode): string | undefined {
  const { parent = null, key = null } = "node" in place ? place : {};
  const name = parent?.type === "MemberExpression" && key === "object" ? plainMemberName(parent.node) : null;
  return name === null ? undefined : adviceOnMember(name);
}

/** Is the full name that of a global that a rule is about? */
export function isGlobalName(full: string): boolean {
  return !full.includes(".") && !full.includes(":") && ruleOfGlobal(full) !== null;
}
