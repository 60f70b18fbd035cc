/** A caller may never choose a policy that allows more than the operator does. */

import { beforeEach, describe, expect, it } from "vitest";
import { Refusal, SetupError } from "../../../src/errors.js";
import { makePolicy } from "../../../src/policy/custom.js";
import type { Policy } from "../../../src/policy/policy.js";
import { PolicySet } from "../../../src/policy/policy-set.js";
import { PRESETS, STRICT } from "../../../src/policy/presets.js";
import { isAtLeastAsStrict } from "../../../src/policy/strictness.js";
import { presetNamed } from "../../support/preset-facts.js";

const preset = (name: string): Policy => {
  const found = presetNamed(name);
  if (found === undefined) throw new Error(`There is no preset ${name}`);
  return found;
};
const changed = (change: object, base = "strict"): Policy =>
  makePolicy({ extends: base, ...change }, "p", presetNamed, "changed");

function refusalOf(choose: () => unknown): Refusal {
  try {
    choose();
  } catch (error) {
    if (error instanceof Refusal) return error;
  }
  throw new Error("It was not refused");
}

describe("a policy is at least as strict as another", () => {
  it("if both are the same", () => {
    for (const one of PRESETS) expect(isAtLeastAsStrict(one, one), one.name).toBe(true);
  });

  it("if it is the strict preset", () => {
    for (const one of PRESETS) expect(isAtLeastAsStrict(STRICT, one), one.name).toBe(true);
  });

  it("if it denies more by a pattern, a module or a threshold", () => {
    const base = preset("data_science");
    for (const change of [
      { patterns: [{ pattern: "boto3", description: "Cloud", severity: "HIGH" }] },
      { restricted_modules: [{ name: "psutil", severity: "HIGH" }] },
      { severity_threshold: "LOW" },
    ]) {
      const stricter = changed(change, base.name);
      expect(isAtLeastAsStrict(stricter, base), JSON.stringify(change)).toBe(true);
      expect(isAtLeastAsStrict(base, stricter), JSON.stringify(change)).toBe(false);
    }
  });

  it.each([
    ["it allows one more module", { allowed_modules: ["os"] }],
    ["it excludes a rule", { except: ["PY-PROC-004"] }],
    ["it denies less", { severity_threshold: "HIGH" }],
    [
      "it only warns about a module that the other does not list",
      { severity_threshold: "MEDIUM", restricted_modules: [{ name: "socket", severity: "LOW" }] },
    ],
  ])("but not if %s", (_, change) => {
    expect(isAtLeastAsStrict(changed(change), STRICT)).toBe(false);
    expect(isAtLeastAsStrict(STRICT, changed(change))).toBe(true);
  });

  it("but not if it matches fewer patterns, even under the same name", () => {
    const with_ = changed({ patterns: [{ pattern: "a", description: "A", severity: "HIGH" }] });
    const without = changed({ patterns: [{ pattern: "a", description: "A", severity: "HIGH", in: "strings" }] });
    expect(isAtLeastAsStrict(without, with_)).toBe(false);
  });

  it("but not if it opens a module below one that both withhold", () => {
    const base = preset("data_science");
    for (const name of ["posix.x", "ctypes.util", "subprocess.x"]) {
      expect(isAtLeastAsStrict(changed({ allowed_modules: [name] }, "data_science"), base), name).toBe(false);
      expect(isAtLeastAsStrict(base, changed({ allowed_modules: [name] }, "data_science")), name).toBe(true);
    }
  });

  it("but not if it is a preset that opens more", () => {
    expect(isAtLeastAsStrict(preset("data_science"), preset("production"))).toBe(false);
    expect(isAtLeastAsStrict(preset("development"), preset("educational"))).toBe(false);
    expect(isAtLeastAsStrict(preset("minimal"), preset("development"))).toBe(false);
  });
});

describe("the policies of a server", () => {
  it("let a caller choose allowed policies and stricter ones only", () => {
    const allowed = (fallback: string, more: readonly string[] = []): string[] =>
      new PolicySet(PRESETS, fallback, more).entries
        .filter(({ isAllowed }) => isAllowed)
        .map(({ policy }) => policy.name);
    expect(allowed("strict")).toEqual(["strict"]);
    expect(allowed("production")).toEqual(["strict", "production"]);
    expect(allowed("strict", ["data_science"])).toEqual(expect.arrayContaining(["strict", "data_science"]));
    expect(allowed("minimal")).toEqual(expect.arrayContaining(["strict", "production", "development", "minimal"]));
  });

  it("refuse a looser policy, and name the allowed ones and the setting that allows it", () => {
    const refusal = refusalOf(() => new PolicySet(PRESETS, "production").choose("development"));
    expect(refusal).toMatchObject({
      reason: "policy-not-allowed",
      detail: { stage: "policy", resource: "development", alternatives: ["strict", "production"], retryable: false },
    });
    expect(refusal.message).toContain("RLM_POLICY_ALLOWED=development");
  });

  it("refuse a policy that does not exist, and name those that do", () => {
    const refusal = refusalOf(() => new PolicySet(PRESETS, "strict").choose("lax"));
    expect(refusal).toMatchObject({
      reason: "bad-input",
      detail: { stage: "policy", resource: "lax", alternatives: PRESETS.map(({ name }) => name), retryable: false },
    });
  });

  it("allow a stricter policy of the operator without a setting", () => {
    const own = makePolicy(
      { name: "own", extends: "production", restricted_modules: [{ name: "numpy", severity: "HIGH" }] },
      "p",
      presetNamed,
    );
    expect(new PolicySet([...PRESETS, own], "production").choose("own")).toBe(own);
  });

  it("stop the start if a setting names no policy, or two policies have the same name", () => {
    expect(() => new PolicySet(PRESETS, "lax")).toThrow(SetupError);
    expect(() => new PolicySet(PRESETS, "lax")).toThrow(/RLM_POLICY="lax"/);
    expect(() => new PolicySet(PRESETS, "strict", ["strict", "development"])).not.toThrow();
    expect(() => new PolicySet(PRESETS, "strict", ["lax"])).toThrow(/RLM_POLICY_ALLOWED="lax"/);
    expect(() => new PolicySet([STRICT, STRICT], "strict")).toThrow(/two policies named "strict"/);
  });
});

describe("a PolicySet whose session interpreters have the builtins of a REPL", () => {
  let set: PolicySet;
  beforeEach(() => {
    set = new PolicySet([STRICT, preset("development")], "strict", [], { repl: true });
  });

  it("has a different policy for sessions only if the builtins differ", () => {
    expect(set.adaptToMode(STRICT, "fresh")).toBe(STRICT);
    expect(set.adaptToMode(preset("development"), "session")).toBe(preset("development"));
    const repl = set.adaptToMode(STRICT, "session");
    expect(repl).toMatchObject({
      name: "strict+repl",
      builtins: "safe",
      reads: true,
      opened: ["globals", "locals", "__import__", "open"],
    });
    expect(repl.hash).not.toBe(STRICT.hash);
    expect(set.adaptToMode(STRICT, "session")).toBe(repl);
  });

  it("is not what a server has without the setting", () => {
    const plain = new PolicySet([STRICT, preset("development")], "development");
    expect(plain.adaptToMode(STRICT, "session")).toBe(STRICT);
    expect(plain.entries.map(({ policy, isDefault }) => [policy.name, isDefault])).toEqual([
      ["strict", false],
      ["development", true],
    ]);
    expect(plain.find(undefined)).toMatchObject({ policy: { name: "development" }, isDefault: true, isAllowed: true });
    expect(plain.fallback).toBe(preset("development"));
  });

  it("does not list the policy of the caller among the others", () => {
    for (const mode of ["fresh", "session"] as const) {
      expect(set.listOthers(set.adaptToMode(STRICT, mode)).map(({ policy }) => policy.name)).toEqual(["development"]);
    }
  });
});
