/** Writes findings about modules, members and attributes of a Python program into its report. */

import { quote } from "../../errors.js";
import { adviceOn } from "./advice.js";
import { memberOf } from "./members.js";
import { CLIMBING_ATTRIBUTES, INNER_MODULES, isInternal } from "./names.js";
import type { PythonNode, TextOf } from "./node.js";
import type { PythonRuleId } from "./rules.js";
import { RISKY_MODULES, ruleOf } from "./targets.js";
import type { Report } from "../report.js";

export class PythonFindings {
  /** Full names of the modules that import statements take, and of their top packages. */
  readonly imported: Set<string> = new Set();
  readonly #report: Report;
  readonly #textOf: TextOf;

  constructor(report: Report, textOf: TextOf) {
    this.#report = report;
    this.#textOf = textOf;
  }

  /**
   * Adds a finding. `verb` follows `Cannot `, before the quoted resource.
   *
   * @param full The full name that the finding is about, if the resource is another text.
   */
  deny(rule: PythonRuleId, node: PythonNode, verb: string, resource: string, full: string = resource): void {
    const suggestion = adviceOn(full);
    const advice = suggestion === undefined ? {} : { suggestion };
    this.#report.add(rule, node, { action: `${verb} ${quote(resource)}`, resource, ...advice });
  }

  /** The program takes a module. The policy decides whether it may. */
  module(node: PythonNode, verb: string, resource: string, module: string): void {
    this.#report.add("PY-IMPORT-001", node, { action: `${verb} ${quote(resource)}`, resource, module });
  }

  /** The program takes a member of a module. */
  memberOfModule(node: PythonNode, module: string, member: string): void {
    this.#report.add("PY-IMPORT-001", node, {
      action: `import ${quote(module)}`,
      resource: module,
      module,
      member,
    });
  }

  /** The program uses a member of a module that it has imported. */
  memberOfImported(node: PythonNode, module: string, member: string): void {
    const resource = `${module}.${member}`;
    this.#report.add("PY-IMPORT-001", node, {
      action: `use ${quote(resource)}`,
      resource,
      module,
      member,
      isImported: true,
    });
  }

  /**
   * A member of a module: the rules for the member, and whether it is a module that the other one imports for itself.
   *
   * @param written The member as the program writes it.
   */
  member(node: PythonNode, verb: string, owner: string, name: string, written: string): void {
    const fulls = memberOf(owner, name);
    this.named(node, verb, fulls, written);
    if (isInnerModule(owner, name) && !fulls.some((full) => RISKY_MODULES.has(full)))
      this.module(node, verb, written, written);
  }

  /**
   * The rules for these full names.
   *
   * @param written The name as the program writes it. Null if that is the full name.
   */
  named(node: PythonNode, verb: string, fulls: readonly string[], written: string | null = null): void {
    for (const full of fulls) {
      const rule = ruleOf(full);
      if (rule !== null) this.deny(rule, node, verb, this.resourceOf(full, node), full);
      // The program reaches the module through another module, or by a text.
      else if (RISKY_MODULES.has(full) && !this.imported.has(full)) this.module(node, verb, written ?? full, full);
    }
  }

  /** Reports an attribute that leads into the interpreter. Returns true if it is one that leads directly into it. */
  attribute(name: string, node: PythonNode, verb: string, resource: string): boolean {
    const rule = CLIMBING_ATTRIBUTES.has(name) ? "PY-ESC-002" : isInternal(name) ? "PY-ESC-001" : null;
    if (rule !== null) this.deny(rule, node, verb, resource);
    return rule === "PY-ESC-001";
  }

  /** The full name for a message, or the program's own text if both end alike: `io.open` has the full name `open`. */
  resourceOf(full: string, node: PythonNode): string {
    const plain = full.replace(/^builtins\./, "").replaceAll("()", "");
    const text = this.#textOf(node);
    const last = plain.slice(plain.lastIndexOf(".") + 1);
    return text.endsWith(`.${last}`) && /^[\w.]{1,60}$/.test(text) ? text : plain;
  }
}

/** Is the member a submodule, or a module that the other one imports for itself? */
function isInnerModule(module: string, name: string): boolean {
  return Object.hasOwn(INNER_MODULES, module) && INNER_MODULES[module]?.has(name) === true;
}
