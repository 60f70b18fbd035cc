/** What a call gives its program, a standard input and files of a project, changes what its policy denies. */

import { beforeAll, describe, expect, it } from "vitest";
import { type Analyser, createAnalyser } from "../../../src/analysis/analyser.js";
import { SEVERITY } from "../../../src/analysis/severity.js";
import type { Language } from "../../../src/language.js";
import { judge, needsStdin } from "../../../src/policy/judge.js";
import { makePolicy } from "../../../src/policy/custom.js";
import { describeOpening } from "../../../src/policy/opening.js";
import {
  definePolicy,
  exemptModules,
  memberSeverity,
  severitiesWith,
  withheldModules,
  withheldNames,
} from "../../../src/policy/policy.js";
import { PolicySet } from "../../../src/policy/policy-set.js";
import { PRESETS, STRICT } from "../../../src/policy/presets.js";
import { isAtLeastAsStrict } from "../../../src/policy/strictness.js";
import { presetNamed } from "../../support/preset-facts.js";

let analyser: Analyser;
beforeAll(async () => {
  analyser = await createAnalyser();
});

const inspect = (code: string, language: Language = "python") => analyser.inspect(code, language as "python");
const preset = (name: string) => presetNamed(name) ?? STRICT;

describe("a program that reads a standard input", () => {
  it.each<[string, Language]>([
    ["input()", "python"],
    ["import sys\nsys.stdin.read()", "python"],
    ["process.stdin.on('data', f)", "javascript"],
  ])("passes only in a call that gives one: %j", (code, language) => {
    const inspection = inspect(code, language);
    expect([judge(inspection, STRICT).verdict, judge(inspection, STRICT, true).verdict]).toEqual(["deny", "allow"]);
    expect(judge(inspection, STRICT).violations[0]?.suggestion).toContain("`stdin`");
    expect(needsStdin(inspection, STRICT)).toBe(true);
    // Under a policy that lets every program ask for a line, nothing is needed.
    expect(judge(inspection, preset("workspace")).verdict).toBe("allow");
    expect(needsStdin(inspection, preset("workspace"))).toBe(false);
  });

  it.each(["breakpoint()", "help()", "print(1)", "open('/dev/stdin')", "import os"])("is not: %j", (code) => {
    const inspection = inspect(code);
    expect(judge(inspection, STRICT, true)).toEqual(judge(inspection, STRICT));
    expect(needsStdin(inspection, STRICT)).toBe(false);
  });

  it("needs one if its rule is at the very threshold, and by one line of many", () => {
    const inspection = inspect("print(1)\nx.__globals__\ninput()");
    const at = (severity: 0 | 1 | 2 | 3) =>
      definePolicy({ ...STRICT, threshold: SEVERITY.MEDIUM, severities: severitiesWith({ "PY-PROC-001": severity }) });
    expect([SEVERITY.LOW, SEVERITY.MEDIUM, SEVERITY.HIGH].map((one) => needsStdin(inspection, at(one)))).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe("a program that opens its own streams by their paths is told what to use:", () => {
  it.each([
    ["open('/dev/stdin')", /^Read sys\.stdin\. .*`stdin`/],
    ["open('/dev/fd/0')", /^Read sys\.stdin\. .*`stdin`/],
    ["open('/dev/stdout', 'w')", /^Use print, sys\.stdout or sys\.stderr$/],
    ["open('/dev/stderr', 'w')", /^Use print, sys\.stdout or sys\.stderr$/],
    ["open('/dev/fd/1', 'w')", /^Use print, sys\.stdout or sys\.stderr$/],
    ["open('/dev/fd/3')", /^Pass the data/],
    ["open('/etc/passwd')", /^Pass the data/],
  ])("%s", (code, suggestion) => {
    const [violation] = judge(inspect(code), preset("production")).violations.filter(
      ({ rule }) => rule === "PY-FILE-005",
    );
    expect(violation?.suggestion).toMatch(suggestion);
  });
});

describe("a program that looks into the interpreter is told what to use:", () => {
  it.each([
    ["class A: pass\nA.__subclasses__()", /^Collect the classes yourself: __init_subclass__ /],
    ["import sys\nsys._getframe().f_code.co_name", /^Write the name of the function out\./],
    ["import inspect\ninspect.currentframe()", /^Write the name of the function out\./],
    ["def f(): pass\nf.__code__.co_varnames", /^Use inspect\.signature /],
    ["def f(): pass\nf.__globals__", /^Use the names of the program/],
    [
      "import cProfile\ncProfile.run('f()')",
      /^Profile a call in the place of the text: cProfile\.Profile\(\)\.runcall/,
    ],
    ["import cProfile\ncProfile.Profile().run('f()')", /^Profile a call in the place of the text/],
    ["x.__reduce__", /^Work with the values themselves/],
  ])("%j", (code, suggestion) => {
    const { violations } = judge(inspect(code), preset("workspace"));
    expect(violations.find(({ rule }) => /ESC-001|DYN-001/.test(rule))?.suggestion).toMatch(suggestion);
  });
});

describe("modules of the project", () => {
  it.each<[string, Language, string]>([
    ["import slug", "python", "slug"],
    ["import './slug.js'", "javascript", "./slug.js"],
  ])("are no finding, and others are: %s", (code, language, own) => {
    const inspection = inspect(code, language);
    const denied = (...names: string[]) => judge(inspection, STRICT, false, (name) => names.includes(name)).verdict;
    expect([denied(own), denied("other"), denied(), judge(inspection, STRICT).verdict]).toEqual([
      "allow",
      "deny",
      "deny",
      "deny",
    ]);
    expect(judge(inspect("eval('1')"), STRICT, false, () => true).verdict).toBe("deny");
  });
});

describe("a policy for workspaces", () => {
  it("stays one if it is changed, and is never as strict as one that gives no workspace", () => {
    const workspace = preset("workspace");
    const changed = makePolicy({ extends: "workspace", allowed_modules: ["os"] }, "p", presetNamed, "changed");
    expect(changed.workspace).toBe(true);
    expect(makePolicy({ extends: "strict" }, "p", presetNamed, "own")).not.toHaveProperty("workspace");
    const without = definePolicy({ ...workspace, name: "without", workspace: false });
    expect([isAtLeastAsStrict(without, workspace), isAtLeastAsStrict(workspace, without)]).toEqual([true, false]);
    expect(isAtLeastAsStrict(workspace, workspace)).toBe(true);
  });
});

describe("a policy that the person may allow", () => {
  const set = new PolicySet(PRESETS, "strict", [], { repl: false, ask: ["workspace"] });
  const person = (...opened: string[]) => ({
    isOpened: (name: string) => opened.includes(name),
    adviceAbout: (name: string) => `, ask about ${name}`,
  });

  it("may be chosen after a yes only, and no other with it", () => {
    expect(set.choose("workspace", person("workspace")).name).toBe("workspace");
    for (const choose of [
      () => set.choose("workspace"),
      () => set.choose("workspace", person()),
      () => set.choose("workspace", person("minimal")),
      () => set.choose("minimal", person("minimal")),
    ])
      expect(choose).toThrow(expect.objectContaining({ reason: "policy-not-allowed" }));
    expect(() => set.choose("workspace", person())).toThrow(/ask about workspace$/);
    expect(() => set.choose("minimal", person())).toThrow(/RLM_POLICY_ALLOWED=minimal$/);
  });

  it("must be one that the server has", () => {
    expect(() => new PolicySet(PRESETS, "strict", [], { repl: false, ask: ["none"] })).toThrow(/RLM_POLICY_ASK/);
  });
});

it("a policy with all builtins withholds the names that its rules deny, at the very threshold too", () => {
  const at = (severity: 0 | 1 | 2 | 3) =>
    withheldNames({ ...STRICT, threshold: SEVERITY.MEDIUM, severities: severitiesWith({ "PY-DYN-001": severity }) });
  expect(at(SEVERITY.HIGH)).toContain("builtins.eval");
  expect(at(SEVERITY.MEDIUM)).toContain("builtins.eval");
  expect(at(SEVERITY.LOW)).not.toContain("builtins.eval");
});

it("one verb about files stands alone, several are joined, and none is not spoken of", () => {
  const files = (...rules: ("PY-FILE-001" | "PY-FILE-002" | "PY-FILE-003")[]) => {
    const open = Object.fromEntries(rules.map((rule) => [rule, SEVERITY.SAFE]));
    return describeOpening(STRICT, definePolicy({ ...STRICT, severities: { ...STRICT.severities, ...open } }), true);
  };
  const place = "files in their own throw-away workspace";
  expect(files("PY-FILE-001")).toEqual([`read ${place}`]);
  expect(files("PY-FILE-001", "PY-FILE-002")).toEqual([`read and write ${place}`]);
  expect(files("PY-FILE-001", "PY-FILE-002", "PY-FILE-003")).toEqual([`read, delete and write ${place}`]);
  expect(files()).toEqual([]);
});

describe("a member of a module", () => {
  const { HIGH, LOW, SAFE } = SEVERITY;

  it("that is a listed module itself is allowed, and no other of that module", () => {
    const policy = { ...STRICT, modules: ["os.path", "math"] };
    expect(memberSeverity(policy, "os", "path")).toBe(SAFE);
    expect(memberSeverity(policy, "os", "system")).toBeGreaterThan(SAFE);
    expect(memberSeverity(policy, "math", "sqrt")).toBe(SAFE);
  });

  it("has its own severity, or that of its module, if all modules are allowed but some", () => {
    const policy = { ...STRICT, modules: "all", restrictedModules: { os: HIGH, "os.path": LOW } } as const;
    expect(["path", "system"].map((name) => memberSeverity(policy, "os", name))).toEqual([LOW, HIGH]);
    expect(memberSeverity(policy, "math", "sqrt")).toBe(SAFE);
  });

  it("is withheld or exempt as a module, in the order of names", () => {
    const restrictedModules = { "z.b": LOW, z: HIGH, "z.a": LOW, a: HIGH, b: LOW, "a.x": HIGH } as const;
    const policy = { ...STRICT, modules: "all", threshold: HIGH, restrictedModules } as const;
    expect(withheldModules(policy)).toEqual(["a", "a.x", "z"]);
    expect(exemptModules(policy)).toEqual(["z.a", "z.b"]);
  });
});
