/** A policy is at least as strict as another only if that one allows everything that it allows. */

import { describe, expect, it } from "vitest";
import { definePolicy, type Policy, type PolicyData } from "../../../src/policy/policy.js";
import { STRICT } from "../../../src/policy/presets.js";
import { replPolicy } from "../../../src/policy/repl.js";
import { isAtLeastAsStrict } from "../../../src/policy/strictness.js";
import { SEVERITY } from "../../../src/analysis/severity.js";
import { presetNamed } from "../../support/preset-facts.js";

let count = 0;
/** The strict policy, changed. Each has its own name, so no two are the same policy. */
const policy = (change: Partial<PolicyData>): Policy => definePolicy({ ...STRICT, name: `p${++count}`, ...change });

const { LOW, MEDIUM, HIGH } = SEVERITY;
const pattern = (change: object = {}) =>
  ({ id: "a", pattern: "x", in: "code", severity: HIGH, description: "", suggestion: "", ...change }) as const;

describe("modules: a policy that", () => {
  it.each<[string, Partial<PolicyData>, Partial<PolicyData>, boolean]>([
    ["lists fewer", { modules: ["a"] }, { modules: ["a", "b"] }, true],
    ["lists the same", { modules: ["a"] }, { modules: ["a"] }, true],
    ["lists one more", { modules: ["a", "b"] }, { modules: ["a"] }, false],
    ["lists some, beside all", { modules: ["a"] }, { modules: "all" }, true],
    ["allows all, beside a list", { modules: "all" }, { modules: ["a"] }, false],
    ["allows all, beside all", { modules: "all" }, { modules: "all" }, true],
    ["lists one that the other denies", { modules: ["a"] }, { modules: "all", restrictedModules: { a: HIGH } }, false],
    [
      "lists one that the other denies at its very threshold",
      { modules: ["a"], threshold: MEDIUM },
      { modules: "all", restrictedModules: { a: MEDIUM }, threshold: MEDIUM },
      false,
    ],
    [
      "lists one that the other only warns of",
      { modules: ["a"], threshold: MEDIUM },
      { modules: ["b"], restrictedModules: { a: LOW }, threshold: MEDIUM },
      true,
    ],
    ["lists a whole package, beside the package alone", { modules: ["a.*"] }, { modules: ["a"] }, false],
    ["lists a whole package, beside the same", { modules: ["a.*"] }, { modules: ["a.*"] }, true],
    ["lists a whole package, beside all", { modules: ["a.*"] }, { modules: "all" }, true],
    [
      "lists a whole package, beside all but a module in it",
      { modules: ["a.*"] },
      { modules: "all", restrictedModules: { "a.b": HIGH } },
      false,
    ],
    [
      "lists a whole package, beside all but the package",
      { modules: ["a.*"] },
      { modules: "all", restrictedModules: { a: HIGH } },
      false,
    ],
    [
      "lists a whole package, beside the same but a module in it",
      { modules: ["a.*"] },
      { modules: ["a.*"], restrictedModules: { "a.b": HIGH } },
      false,
    ],
    [
      "lists a whole package, beside all but a package with a longer name",
      { modules: ["a.*"] },
      { modules: "all", restrictedModules: { ab: HIGH, "x.a": HIGH } },
      true,
    ],
    [
      "lists a module beside one that the other denies",
      { modules: ["a.c"] },
      { modules: "all", restrictedModules: { "a.b": HIGH } },
      true,
    ],
    [
      "denies what the other denies, and more",
      { modules: "all", restrictedModules: { a: HIGH, b: HIGH } },
      { modules: "all", restrictedModules: { a: HIGH } },
      true,
    ],
    [
      "denies less",
      { modules: "all", restrictedModules: { a: HIGH } },
      { modules: "all", restrictedModules: { a: HIGH, b: HIGH } },
      false,
    ],
    [
      "only warns of what the other denies",
      { modules: "all", restrictedModules: { a: LOW }, threshold: HIGH },
      { modules: "all", restrictedModules: { a: HIGH }, threshold: HIGH },
      false,
    ],
    [
      "opens the same module below one that both deny",
      { modules: "all", restrictedModules: { a: HIGH, "a.b": LOW }, threshold: HIGH },
      { modules: "all", restrictedModules: { a: HIGH, "a.b": LOW }, threshold: HIGH },
      true,
    ],
    [
      "opens a module below one that both deny",
      { modules: "all", restrictedModules: { a: HIGH, "a.b": LOW }, threshold: HIGH },
      { modules: "all", restrictedModules: { a: HIGH }, threshold: HIGH },
      false,
    ],
  ])("%s", (_, one, other, expected) => {
    expect(isAtLeastAsStrict(policy(one), policy(other))).toBe(expected);
  });

  it("is as strict as itself, even if it denies a part of a package that it lists whole", () => {
    const one = policy({ modules: ["a.*"], restrictedModules: { "a.b": HIGH } });
    expect(isAtLeastAsStrict(one, one)).toBe(true);
  });
});

describe("patterns: a policy", () => {
  it.each<[string, Partial<PolicyData>, Partial<PolicyData>, boolean]>([
    ["has the same one", { patterns: [pattern()] }, { patterns: [pattern()] }, true],
    ["has one more", { patterns: [pattern(), pattern({ pattern: "y" })] }, { patterns: [pattern()] }, true],
    ["has one less", { patterns: [pattern()] }, { patterns: [pattern(), pattern({ pattern: "y" })] }, false],
    ["has another one", { patterns: [pattern({ pattern: "y" })] }, { patterns: [pattern()] }, false],
    ["looks in another place", { patterns: [pattern({ in: "strings" })] }, { patterns: [pattern()] }, false],
    ["denies by it at its very threshold", { patterns: [pattern({ severity: LOW })] }, { patterns: [pattern()] }, true],
    [
      "only warns by it",
      { patterns: [pattern({ severity: LOW })], threshold: MEDIUM },
      { patterns: [pattern()], threshold: MEDIUM },
      false,
    ],
    [
      "lacks one by which the other only warns",
      { threshold: MEDIUM },
      { patterns: [pattern({ severity: LOW })], threshold: MEDIUM },
      true,
    ],
    [
      "lacks one by which the other denies at its very threshold",
      { threshold: MEDIUM },
      { patterns: [pattern({ severity: MEDIUM })], threshold: MEDIUM },
      false,
    ],
  ])("%s", (_, one, other, expected) => {
    expect(isAtLeastAsStrict(policy(one), policy(other))).toBe(expected);
  });
});

describe("rules and builtins: a policy", () => {
  it("that denies by one rule less is not as strict", () => {
    const lax = policy({ severities: { ...STRICT.severities, "PY-EXEC-001": SEVERITY.SAFE } });
    expect([isAtLeastAsStrict(lax, STRICT), isAtLeastAsStrict(STRICT, lax)]).toEqual([false, true]);
  });

  it("that denies by a rule at its very threshold is as strict", () => {
    const severities = { ...STRICT.severities, "PY-EXEC-001": MEDIUM };
    const base = { threshold: MEDIUM } as const;
    expect(isAtLeastAsStrict(policy({ ...base, severities }), policy({ threshold: MEDIUM }))).toBe(true);
    expect(isAtLeastAsStrict(policy({ ...base, severities }), policy({ ...base, severities }))).toBe(true);
  });

  it("that opens builtins for a REPL is not as strict as one that opens none, though that one reads files", () => {
    const repl = replPolicy(STRICT);
    expect([isAtLeastAsStrict(repl, STRICT), isAtLeastAsStrict(STRICT, repl)]).toEqual([false, true]);
    const production = presetNamed("production") ?? STRICT;
    expect(production).toMatchObject({ builtins: "safe", reads: true });
    expect(isAtLeastAsStrict(repl, production)).toBe(false);
  });

  it("that opens builtins is as strict as one that opens the same or has them all", () => {
    expect(isAtLeastAsStrict(policy({ opened: ["open"] }), policy({ opened: ["globals", "open"] }))).toBe(true);
    expect(isAtLeastAsStrict(policy({ opened: ["open", "globals"] }), policy({ opened: ["open"] }))).toBe(false);
    const all = policy({ severities: { ...STRICT.severities, "PY-DYN-001": SEVERITY.SAFE } });
    expect(all.builtins).toBe("all");
    expect(isAtLeastAsStrict(policy({ opened: ["open"] }), all)).toBe(true);
  });
});
