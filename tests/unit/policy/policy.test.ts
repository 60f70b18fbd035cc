import { describe, expect, it } from "vitest";
import { canonicalJson, definePolicy } from "../../../src/policy/policy.js";
import { RULES } from "../../../src/policy/rule.js";
import { SEVERITY, SEVERITY_NAMES, severityName } from "../../../src/policy/severity.js";
import { DENIED_BUILTINS, IMPORTABLE_MODULES, SAFE_BUILTINS, STRICT } from "../../../src/policy/strict.js";

describe("a policy", () => {
  it("is named by its content, whatever the order of its keys", () => {
    const { hash, ...data } = STRICT;
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(definePolicy(Object.fromEntries(Object.entries(data).reverse()) as unknown as typeof data).hash).toBe(hash);
    expect(definePolicy({ ...data, threshold: SEVERITY.HIGH }).hash).not.toBe(hash);
    expect(definePolicy({ ...data, importableModules: [...data.importableModules, "os"] }).hash).not.toBe(hash);
    expect(definePolicy({ ...data, safeBuiltins: [] }).hash).not.toBe(hash);
  });

  it("cannot be changed, not even through the data it was made of", () => {
    const modules = ["math"];
    const policy = definePolicy({ ...STRICT, importableModules: modules });
    modules.push("os");
    expect(policy.importableModules).toEqual(["math"]);
    expect(() => (policy.importableModules as string[]).push("os")).toThrow(TypeError);
    expect(() => Object.assign(policy, { threshold: 3 })).toThrow(TypeError);
    expect(() => Object.assign(policy.deniedBuiltins, { open: null })).toThrow(TypeError);
  });

  it("has one canonical text", () => {
    expect(canonicalJson({ b: [2, { d: 1, c: null }], a: "x" })).toBe('{"a":"x","b":[2,{"c":null,"d":1}]}');
  });
});

describe("the strict policy", () => {
  it("lists each module once and gives no builtin that it denies", () => {
    expect(new Set(IMPORTABLE_MODULES).size).toBe(IMPORTABLE_MODULES.length);
    for (const name of ["globals", "locals", "__import__", "open", "eval", "exec", "compile", "input", "breakpoint"]) {
      expect(SAFE_BUILTINS).not.toContain(name);
      expect(DENIED_BUILTINS).toHaveProperty(name);
    }
    for (const name of ["os", "sys", "subprocess", "socket", "urllib.request", "pickle"]) expect(IMPORTABLE_MODULES).not.toContain(name);
  });
});

describe("the rule catalogue", () => {
  it("has a rule's language in its id, and a full sentence to give", () => {
    for (const [id, rule] of Object.entries(RULES)) {
      expect(id).toMatch(rule.language === "python" ? /^PY-[A-Z]+-\d{3}$/ : /^JS-[A-Z]+-\d{3}$/);
      expect(rule.suggestion).toMatch(/^[A-Z].*[^.]$/);
      expect(rule.message).toMatch(/^[a-z].*[^.]$/);
    }
  });

  it("names its severities", () => {
    expect(SEVERITY_NAMES.map((name) => severityName(SEVERITY[name]))).toEqual(["SAFE", "LOW", "MEDIUM", "HIGH"]);
  });
});
