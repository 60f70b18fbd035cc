import { describe, expect, it } from "vitest";
import { PURE_MODULES } from "../../../src/policy/modules.js";
import {
  canonicalJson,
  definePolicy,
  importableModules,
  moduleSeverity,
  severitiesWith,
} from "../../../src/policy/policy.js";
import { PRESETS, STRICT } from "../../../src/policy/presets.js";
import { languageOf, RULE_IDS, RULES } from "../../../src/analysis/rule-catalogue.js";
import { SEVERITY, SEVERITY_NAMES, severityName } from "../../../src/analysis/severity.js";
import { SAFE_BUILTINS } from "../../support/preset-facts.js";

describe("a policy", () => {
  it("has a hash of its content, for any order of its keys", () => {
    const { hash, ...data } = STRICT;
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(definePolicy(Object.fromEntries(Object.entries(data).reverse()) as unknown as typeof data).hash).toBe(hash);
    expect(definePolicy({ ...data, threshold: SEVERITY.HIGH }).hash).not.toBe(hash);
    expect(definePolicy({ ...data, modules: [...PURE_MODULES, "os"] }).hash).not.toBe(hash);
    expect(definePolicy({ ...data, severities: { ...data.severities, "PY-EXEC-001": SEVERITY.LOW } }).hash).not.toBe(
      hash,
    );
    expect(definePolicy({ ...data, restrictedModules: { math: SEVERITY.LOW } }).hash).not.toBe(hash);
  });

  it("cannot be changed, not even through the data that it was made from", () => {
    const modules = ["math"];
    const policy = definePolicy({ ...STRICT, modules });
    modules.push("os");
    expect(policy.modules).toEqual(["math"]);
    expect(() => (policy.modules as string[]).push("os")).toThrow(TypeError);
    expect(() => Object.assign(policy, { threshold: 3 })).toThrow(TypeError);
    expect(() => Object.assign(policy.severities, { "PY-EXEC-001": 0 })).toThrow(TypeError);
  });

  it("has the same canonical text for the same value", () => {
    expect(canonicalJson({ b: [2, { d: 1, c: null }], a: "x" })).toBe('{"a":"x","b":[2,{"c":null,"d":1}]}');
  });

  it("judges a module by the longest restricted name, and then by the list", () => {
    const policy = {
      ...STRICT,
      modules: ["a", "b.*", "os.path"],
      restrictedModules: { os: SEVERITY.HIGH, "os.path": SEVERITY.LOW, "b.c": SEVERITY.MEDIUM },
    };
    const judged = ["a", "a.x", "b", "b.x", "b.c", "b.c.d", "os", "os.path", "os.x", "osx", "."].map((name) =>
      moduleSeverity(policy, name),
    );
    expect(judged).toEqual([0, 3, 0, 0, 2, 2, 3, 1, 3, 3, 3]);
    expect(moduleSeverity({ ...policy, modules: "all" }, "anything.at.all")).toBe(0);
    expect(moduleSeverity({ ...policy, modules: "all" }, ".relative")).toBe(3);
  });

  it("gives a program in the guest the builtins and modules that the check allows", () => {
    const open = definePolicy({
      ...STRICT,
      severities: severitiesWith({
        "PY-FILE-001": SEVERITY.SAFE,
        "PY-PROC-004": SEVERITY.LOW,
        "PY-DYN-001": SEVERITY.HIGH,
      }),
    });
    expect(open).toMatchObject({ builtins: "safe", reads: true });
    expect(definePolicy({ ...STRICT, threshold: SEVERITY.HIGH })).toMatchObject({ builtins: "all", reads: false });
    expect(
      importableModules({
        ...STRICT,
        threshold: SEVERITY.HIGH,
        restrictedModules: { sys: SEVERITY.LOW, math: SEVERITY.HIGH },
      }),
    ).toEqual(expect.arrayContaining(["sys", "sys.*", "cmath"]));
    expect(importableModules({ ...STRICT, restrictedModules: { math: SEVERITY.HIGH } })).not.toContain("math");
  });
});

describe("the strict policy", () => {
  it("lists each module once, and its safe builtins are not denied", () => {
    expect(new Set(PURE_MODULES).size).toBe(PURE_MODULES.length);
    for (const name of ["globals", "locals", "__import__", "open", "eval", "exec", "compile", "input", "breakpoint"])
      expect(SAFE_BUILTINS).not.toContain(name);
    for (const name of ["os", "subprocess", "socket", "urllib.request", "pickle"])
      expect(PURE_MODULES).not.toContain(name);
  });

  it("denies by every rule", () => {
    expect(RULE_IDS.filter((id) => STRICT.severities[id] < STRICT.threshold)).toEqual([]);
  });
});

describe("the presets", () => {
  it.each([
    ["strict", "LOW", "safe", false],
    ["production", "LOW", "safe", true],
    ["workspace", "MEDIUM", "all", true],
    ["web_scraping", "MEDIUM", "all", true],
    ["data_science", "MEDIUM", "all", true],
    ["educational", "MEDIUM", "all", true],
    ["development", "HIGH", "all", true],
    ["minimal", "HIGH", "all", true],
  ])("%s denies at %s and gives %s builtins, reading of files: %s", (name, threshold, builtins, reads) => {
    const preset = PRESETS.find((one) => one.name === name);
    expect(preset).toMatchObject({ threshold: SEVERITY[threshold as keyof typeof SEVERITY], builtins, reads });
  });

  it("are these eight and no more", () => {
    expect(PRESETS).toHaveLength(8);
  });
});

describe("the rule catalogue", () => {
  it("has the language of each rule in its id, and a message and a suggestion", () => {
    for (const id of RULE_IDS) {
      expect(id).toMatch(/^(PY|JS|TS|JAVA)-[A-Z]+-\d{3}$/);
      expect(
        id.startsWith({ python: "PY-", javascript: "JS-", typescript: "TS-", java: "JAVA-" }[languageOf(id)]),
      ).toBe(true);
      expect(RULES[id].suggestion).toMatch(/^[A-Z].*[^.]$/);
      expect(RULES[id].message).toMatch(/^[a-z].*[^.]$/);
    }
  });

  it("names its severities", () => {
    expect(SEVERITY_NAMES.map((name) => severityName(SEVERITY[name]))).toEqual(["SAFE", "LOW", "MEDIUM", "HIGH"]);
  });
});
