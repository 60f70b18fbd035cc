/** A builtin of Python that passes the check is there in the run: for each preset and each name of CPython. */

import { expect, it } from "vitest";
import { judge } from "../../src/policy/judge.js";
import { parseWords } from "../../src/analysis/word-list.js";
import { createAnalyser } from "../../src/analysis/analyser.js";
import * as product from "../support/built-modules.js";
import { forEachEngine } from "../support/engines.js";
import { presetNamed, SAFE_BUILTINS } from "../support/preset-facts.js";

/** All names of CPython's module `builtins`, and those that `site` adds. */
const NAMES: readonly string[] = [
  // Class statements need it, so the check lets it pass. A run with the safe builtins hides it from the program.
  ...SAFE_BUILTINS.filter((name) => name !== "__build_class__"),
  ...parseWords(`
    breakpoint compile eval exec globals input locals open __import__ __name__ __doc__ __package__ __loader__ __spec__
    copyright credits help license
  `),
];
const analyser = await createAnalyser();
const PRESETS = product.presets.PRESETS;

forEachEngine("The check and the run agree on builtins under", (engine) => {
  it.each(PRESETS.map(({ name }) => name))("%s", async (name) => {
    const policy = presetNamed(name);
    if (policy === undefined) throw new Error(`There is no preset ${name}`);
    const passes = NAMES.filter((one) => judge(analyser.inspect(`x = ${one}`, "python"), policy).verdict === "allow");
    const guestPolicy = product.guestPolicy.deriveGuestPolicy(
      policy,
      new product.policySet.PolicySet([...PRESETS], "strict"),
    );
    const code = [
      "found = []",
      ...NAMES.map((one) => `try:\n    ${one}\n    found.append('${one}')\nexcept NameError: pass`),
      "for n in found: print(n)",
    ].join("\n");
    const ran = await engine.run({ code, fence: guestPolicy });
    expect(ran.ending).toBe("ok");
    const found = new Set(ran.stdout.text.trim().split("\n"));
    expect(passes.filter((one) => !found.has(one))).toEqual([]);
  });
});
