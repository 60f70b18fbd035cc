/** Adds findings about a JavaScript program to its report. */

import { isBuiltin } from "node:module";
import { quote } from "../../errors.js";
import { CONSTRUCTOR, GLOBAL, MAKER } from "./members.js";
import type { ScriptNode } from "./node.js";
import { DATA_ADVICE, JAVASCRIPT_RULES, type JavaScriptRuleId } from "./rules.js";
import {
  isWorkspaceModule,
  isWorkspaceUse,
  moduleNamed,
  PROCESS_VIEW,
  ruleOf,
  ruleOfGlobal,
  ruleOfModule,
} from "./targets.js";
import { isPath } from "./requests.js";
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
    this.add(rule, place, verb, resource, isWorkspaceUse(rule, full), adviceOnProcess(rule, full));
  }

  /** Adds a finding if a rule is about the module as a whole. */
  addModule(place: Range, name: string): void {
    const full = moduleNamed(name);
    const rule = ruleOfModule(full.replace(/^node:/, ""));
    if (rule !== null) this.add(rule, place, "use", name, isWorkspaceUse(rule, full));
  }

  /** The program's text, shortened. */
  textOf({ start, end }: Range): string {
    const text = this.#report.code.slice(start, end);
    return text.length > MAX_RESOURCE_LENGTH ? `${text.slice(0, MAX_RESOURCE_LENGTH)}...` : text;
  }
}

const STREAMS =
  "Work on arrays, on strings or with async generators; under the policy workspace node:fs has createReadStream and " +
  "createWriteStream, and node:readline reads their lines";
const MODULE_PLACE =
  "Name files in the `files` argument and read `files`; under the policy workspace use __dirname, __filename or a " +
  "path relative to the current directory";

/** What works in the place of a module of Node that no guest has and no rule is about. */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  ["stream", STREAMS],
  ["stream/promises", STREAMS],
  ["stream/web", STREAMS],
  ["string_decoder", "Use new TextDecoder(), whose method decode takes { stream: true }"],
  ["async_hooks", "Pass the value as an argument, or keep it in a Map"],
  ["punycode", "Use new URL, which converts the host name"],
  ["diagnostics_channel", "Use node:events"],
  ["import.meta", MODULE_PLACE],
]);

/** Says what to do instead of importing a module. Undefined for a module of Node that no rule is about. */
function adviceOn(module: string): string | undefined {
  if (isPath(module))
    return `Name the file ${quote(module)} in the \`files\` argument of the call that runs the program`;
  const bare = module.replace(/^node:/, "");
  const instead = INSTEAD.get(bare);
  if (instead !== undefined) return instead;
  const rule = ruleOfModule(bare);
  if (rule !== null) return JAVASCRIPT_RULES[rule].suggestion;
  if (isBuiltin(bare) || bare !== module) return undefined;
  return (
    `${quote(module)} is not here, and nothing can be installed: write the functions that you need, or name its file ` +
    "in the `files` argument and import it as ./name.js"
  );
}

/** Names the members that a program has, if it asks for `process` as a whole or for another member. */
function adviceOnProcess(rule: JavaScriptRuleId, full: string): string | undefined {
  if (rule !== "JS-HOST-001" || !/^process(?:\.|$)/.test(full)) return undefined;
  const members = [...PROCESS_VIEW].sort().map((name) => `process.${name}`);
  return `Use one of these by its name: ${members.join(", ")}; ${DATA_ADVICE}`;
}

/** Is the full name that of a global that a rule is about? */
export function isGlobalName(full: string): boolean {
  return !full.includes(".") && !full.includes(":") && ruleOfGlobal(full) !== null;
}
