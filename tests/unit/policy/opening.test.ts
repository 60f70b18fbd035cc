/** The words that tell a person what a policy opens. */

import { describe, expect, it } from "vitest";
import { languageOf, RULE_IDS, RULES } from "../../../src/analysis/rule-catalogue.js";
import { SEVERITY } from "../../../src/analysis/severity.js";
import { describeOpening } from "../../../src/policy/opening.js";
import { definePolicy, type Policy } from "../../../src/policy/policy.js";
import { PRESETS, STRICT } from "../../../src/policy/presets.js";
import { isAtLeastAsStrict } from "../../../src/policy/strictness.js";
import { presetNamed } from "../../support/preset-facts.js";

const { SAFE, HIGH } = SEVERITY;
const WORKSPACE = presetNamed("workspace") ?? STRICT;

describe("what a policy opens beyond another", () => {
  it("is told of workspace in these words", () => {
    expect(describeOpening(STRICT, WORKSPACE, true)).toEqual([
      "read, delete and write files in their own throw-away workspace",
      "use the environment, names, threads and settings of their own process",
      "analyse their own code and objects, and find tests by name",
      "read data formats such as pickle, in which code can be hidden",
      "import nearly all modules that are installed",
    ]);
  });

  it("is told as what happens to the machine, if there is no sandbox", () => {
    const minimal = presetNamed("minimal") ?? STRICT;
    const told = describeOpening(STRICT, minimal, false);
    expect(told).toEqual(
      expect.arrayContaining([
        "read, delete and write files on this machine",
        "run commands and other programs of this machine",
        "use the network of this machine",
      ]),
    );
    expect(told.join()).not.toMatch(/sandbox|throw-away/);
  });

  it.each(
    RULE_IDS.filter(
      (id) => languageOf(id) !== "java" && !["syntax", "modules", "resource abuse"].includes(RULES[id].category),
    ),
  )("is told of every rule: %s", (rule) => {
    const opened = definePolicy({ ...STRICT, severities: { ...STRICT.severities, [rule]: SAFE } });
    const base = definePolicy({ ...STRICT, severities: { ...STRICT.severities, [rule]: HIGH } });
    expect(describeOpening(base, opened, true)).toHaveLength(1);
    expect(describeOpening(opened, base, true)).toEqual([]);
  });

  it("is told of the workspace of JavaScript programs", () => {
    const own = definePolicy({ ...STRICT, workspace: true });
    expect(describeOpening(STRICT, own, true)).toEqual([
      "read, delete and write files in their own throw-away workspace",
      "use the environment, names, threads and settings of their own process",
    ]);
    expect(describeOpening(own, STRICT, true)).toEqual([]);
  });

  it("is told of modules and of the operator's patterns", () => {
    const more = definePolicy({ ...STRICT, modules: [...STRICT.modules, "os"] });
    expect(describeOpening(STRICT, more, true)).toEqual(["import more modules"]);
    const pattern = { id: "A-1", pattern: "a", in: "all", description: "d", severity: HIGH, suggestion: "s" } as const;
    const own = definePolicy({ ...STRICT, patterns: [pattern] });
    expect(describeOpening(own, STRICT, true)).toEqual(["do what patterns of the operator refuse"]);
  });

  it("is nothing for a policy that is at least as strict, and something for any other preset", () => {
    const pairs = PRESETS.flatMap((base) => PRESETS.map((policy): [Policy, Policy] => [base, policy]));
    for (const [base, policy] of pairs)
      expect(describeOpening(base, policy, true).length === 0, `${base.name} ${policy.name}`).toBe(
        isAtLeastAsStrict(policy, base),
      );
  });
});
