/** Policies that operators and callers write: their effect, and the messages about wrong ones. */

import { beforeAll, describe, expect, it } from "vitest";
import { createJudgingAnalyser, type JudgingAnalyser } from "../../support/analyser.js";
import { makePolicy, parsePolicyFile } from "../../../src/policy/custom.js";
import { PolicyError } from "../../../src/policy/custom-schema.js";
import { canonicalJson, type Policy } from "../../../src/policy/policy.js";
import { PRESETS, STRICT } from "../../../src/policy/presets.js";
import { presetNamed } from "../../support/preset-facts.js";
import { startProcessorClock } from "../../support/processor-time.js";

let analyser: JudgingAnalyser;
beforeAll(async () => {
  analyser = await createJudgingAnalyser();
});

const make = (custom: object): Policy => makePolicy(custom, "custom", presetNamed, "custom");
const found = (code: string, policy: Policy): string[] =>
  analyser.analyse(code, "python", policy).violations.map(({ rule, line, column }) => `${rule} ${line}:${column}`);

function problems(make: () => unknown): readonly string[] {
  try {
    make();
  } catch (error) {
    if (error instanceof PolicyError) return error.problems;
    throw error;
  }
  return [];
}

describe("a custom policy", () => {
  it("equals strict if it is empty", () => {
    const policy = make({});
    expect({ ...policy, name: "", description: "", hash: "" }).toEqual({
      ...STRICT,
      name: "",
      description: "",
      hash: "",
    });
  });

  it("finds its patterns in code, but not in comments or strings", () => {
    const policy = make({
      patterns: [{ id: "ACME-001", pattern: "boto3|google\\.cloud", description: "Cloud SDK usage", severity: "HIGH" }],
    });
    const code = "# boto3\nx = 'boto3'\nboto3.client('s3')\n'''\ngoogle.cloud\n'''\nf'boto3 {boto3}'";
    expect(found(code, policy).filter((one) => one.startsWith("ACME"))).toEqual(["ACME-001 3:1", "ACME-001 7:10"]);
    const [violation] = analyser.analyse(code, "python", policy).violations.filter(({ rule }) => rule === "ACME-001");
    expect(violation).toMatchObject({
      category: "pattern",
      severity: 3,
      message: "Cannot use this: Cloud SDK usage",
      snippet: "boto3.client('s3')",
    });
  });

  it("finds its patterns in strings only, or in code and strings, if they say so", () => {
    const inside = (where: string): string[] =>
      found(
        "intern = 'http://intern'  # intern",
        make({ patterns: [{ pattern: "intern", description: "d", severity: "HIGH", in: where }] }),
      );
    expect(inside("code")).toEqual(["CUSTOM-001 1:1"]);
    expect(inside("strings")).toEqual(["CUSTOM-001 1:18"]);
    expect(inside("all")).toEqual(["CUSTOM-001 1:1", "CUSTOM-001 1:18"]);
  });

  it("finds its patterns in JavaScript too", () => {
    const policy = make({ patterns: [{ pattern: "secret", description: "d", severity: "HIGH" }] });
    const code = "// secret\nlet a = 'secret' + `secret ${secret}`; /secret/.test(a)";
    expect(analyser.analyse(code, "javascript", policy).violations.map(({ line, column }) => [line, column])).toEqual([
      [2, 30],
    ]);
  });

  it("warns about findings below its threshold, and denies the others", () => {
    const policy = (severity: string): Policy =>
      make({ severity_threshold: "MEDIUM", patterns: [{ pattern: "torch", description: "d", severity }] });
    expect(analyser.analyse("torch", "python", policy("LOW"))).toMatchObject({
      verdict: "allow",
      maxSeverity: 1,
      violations: [{ rule: "CUSTOM-001" }],
    });
    expect(analyser.analyse("torch", "python", policy("MEDIUM"))).toMatchObject({ verdict: "deny" });
    expect(analyser.analyse("torch", "python", policy("SAFE")).violations).toEqual([]);
  });

  it("allows and restricts modules, with the modules below them", () => {
    const policy = make({
      extends: "web_scraping",
      allowed_modules: ["os.path"],
      restricted_modules: [{ name: "numpy.linalg", severity: "HIGH" }],
    });
    expect(found("import os.path, numpy, numpy.linalg.lapack, os", policy)).toEqual([
      "PY-IMPORT-001 1:24",
      "PY-IMPORT-001 1:45",
    ]);
    expect(found("import os, os.path", make({ allowed_modules: ["os"] }))).toEqual([]);
  });

  it("recognises a module in every form of import", () => {
    const policy = make({
      extends: "web_scraping",
      allowed_modules: ["os.path"],
      restricted_modules: [{ name: "xml.dom", severity: "HIGH" }],
    });
    const verdicts = (programs: readonly string[]): string[] =>
      programs.map((code) => analyser.analyse(code, "python", policy).verdict);
    expect(
      verdicts([
        "import xml.dom",
        "from xml import dom",
        "from xml.dom import minidom",
        "import xml\nxml.dom",
        "import os",
        "from os import listdir",
      ]),
    ).toEqual(Array(6).fill("deny"));
    expect(
      verdicts([
        "import xml.sax",
        "from xml import sax",
        "import os.path",
        "from os import path",
        "from os.path import join",
      ]),
    ).toEqual(Array(5).fill("allow"));
    expect(analyser.analyse("from xml import dom", "python", policy).violations[0]).toMatchObject({
      resource: "xml.dom",
      message: expect.stringContaining('import "xml.dom"') as string,
    });
  });

  it("can exclude a rule", () => {
    expect(found("import os\nos.getpid()", make({ allowed_modules: ["os"] }))).toEqual(["PY-SYS-001 2:1"]);
    expect(found("import os\nos.getpid()", make({ allowed_modules: ["os"], except: ["PY-SYS-001"] }))).toEqual([]);
    expect(make({ except: ["PY-DYN-001"] }).builtins).toBe("all");
  });

  it("changes no other policy, and a check changes no policy", () => {
    const before = PRESETS.map((preset) => canonicalJson(preset));
    const policy = make({
      extends: "production",
      patterns: [{ pattern: "a", description: "d", severity: "HIGH" }],
      allowed_modules: ["os"],
      except: ["PY-EXEC-001"],
    });
    const own = canonicalJson(policy);
    for (let i = 0; i < 3; i++)
      for (const one of [...PRESETS, policy]) analyser.analyse("import os\nos.system('a')", "python", one);
    expect(PRESETS.map((preset) => canonicalJson(preset))).toEqual(before);
    expect(canonicalJson(policy)).toBe(own);
    expect(policy.patterns).toHaveLength(1);
  });

  it("searches in time for a pattern that other engines need exponential time for", () => {
    const policy = make({
      patterns: [
        { pattern: "(a*)*b", description: "d", severity: "HIGH" },
        { pattern: "(x+x+)+y", description: "d", severity: "HIGH" },
      ],
    });
    const elapsedMs = startProcessorClock();
    expect(found(`${"a".repeat(5_000)}\n${"x".repeat(5_000)}`, policy)).toEqual([]);
    expect(elapsedMs()).toBeLessThan(250);
  });

  it("reports at most a hundred matches of a pattern, in time", () => {
    const policy = make({ patterns: [{ pattern: "(?s)(.*b|a)", description: "d", severity: "HIGH" }] });
    const elapsedMs = startProcessorClock();
    expect(found("a".repeat(10_240), policy).length).toBeLessThanOrEqual(100);
    expect(elapsedMs()).toBeLessThan(250);
  });
});

describe("a wrong policy is refused with the path of the problem:", () => {
  it.each<[string, object, string[]]>([
    ["a field that does not exist", { patern: [] }, ["custom.patern is not a field"]],
    ["a base that does not exist", { extends: "lax" }, ['custom.extends must be the name of a policy, it is "lax"']],
    [
      "a bad severity",
      { patterns: [{ pattern: "a", description: "d", severity: "BAD" }] },
      ["custom.patterns[0].severity must be SAFE, LOW, MEDIUM or HIGH"],
    ],
    [
      "a threshold that would deny everything",
      { severity_threshold: "SAFE" },
      ["custom.severity_threshold must be LOW, MEDIUM or HIGH"],
    ],
    [
      "no description",
      { patterns: [{ pattern: "a", severity: "LOW" }] },
      ["custom.patterns[0].description must be a text"],
    ],
    [
      "an invalid regular expression",
      { patterns: [{ pattern: "(", description: "d", severity: "LOW" }] },
      [expect.stringMatching(/^custom\.patterns\[0\]\.pattern cannot be used: .*parenthesis|missing/) as string],
    ],
    [
      "a pattern that needs more than linear time",
      { patterns: [{ pattern: "(a)\\1", description: "d", severity: "LOW" }] },
      [expect.stringMatching(/^custom\.patterns\[0\]\.pattern cannot be used/) as string],
    ],
    [
      "a pattern that matches everywhere",
      { patterns: [{ pattern: "a*", description: "d", severity: "LOW" }] },
      [expect.stringContaining("matches the empty text") as string],
    ],
    [
      "a pattern that matches only empty texts",
      { patterns: [{ pattern: "\\b", description: "d", severity: "LOW" }] },
      [expect.stringContaining("matches the empty text") as string],
    ],
    [
      "the same id twice",
      { patterns: ["a", "b"].map((pattern) => ({ id: "A-1", pattern, description: "d", severity: "LOW" })) },
      ['custom.patterns[1].id must be an id that no other pattern has, it is "A-1"'],
    ],
    [
      "the same module twice",
      {
        restricted_modules: [
          { name: "os", severity: "LOW" },
          { name: "os", severity: "HIGH" },
        ],
      },
      ['custom.restricted_modules[1].name must be a name that no other entry has, it is "os"'],
    ],
    [
      "the name of a preset",
      { name: "strict" },
      ['custom.name must be a name that no other policy has, it is "strict"'],
    ],
    [
      "a field with control characters of a terminal",
      { "a\n\u001b[31m": 1 },
      ['custom."a\\n\\u001b[31m" is not a field'],
    ],
    [
      "a pattern that is too large",
      { patterns: [{ pattern: "[ab]{1000}", description: "d", severity: "LOW" }] },
      [expect.stringContaining("too large") as string],
    ],
    [
      "patterns that are too large together",
      { patterns: Array.from({ length: 5 }, () => ({ pattern: "[ab]{200}", description: "d", severity: "LOW" })) },
      [expect.stringContaining("custom.patterns are too large together") as string],
    ],
    [
      "too many patterns",
      { patterns: Array.from({ length: 51 }, () => ({ pattern: "a", description: "d", severity: "LOW" })) },
      ["custom.patterns must have at most 50 entries"],
    ],
    [
      "a rule that does not exist",
      { except: ["PY-NO-001"] },
      ['custom.except[0] must be the id of a rule, it is "PY-NO-001"'],
    ],
    [
      "a rule of syntax",
      { except: ["PY-SYNTAX-001"] },
      ["custom.except[0] cannot be PY-SYNTAX-001: a program that cannot be read is never allowed"],
    ],
    [
      "the rule about imports",
      { except: ["PY-IMPORT-001"] },
      ["custom.except[0] cannot be PY-IMPORT-001: name the modules in allowed_modules"],
    ],
    [
      "a pattern with the id of a rule",
      { patterns: [{ id: "PY-EXEC-001", pattern: "a", description: "d", severity: "LOW" }] },
      [expect.stringContaining("custom.patterns[0].id must not be the id of a rule") as string],
    ],
    [
      "names that no module can have",
      { allowed_modules: ["os; rm"], restricted_modules: [{ name: "", severity: "LOW" }] },
      [
        expect.stringContaining("custom.restricted_modules[0].name must be") as string,
        expect.stringContaining("custom.allowed_modules[0] must be") as string,
      ],
    ],
    [
      "a module that is allowed and restricted",
      { allowed_modules: ["os"], restricted_modules: [{ name: "os", severity: "LOW" }] },
      ['custom.allowed_modules[0] must not be one of restricted_modules, it is "os"'],
    ],
    [
      "lists of another type",
      { patterns: "a", except: null },
      ["custom.patterns must be a list", "custom.except must be a list"],
    ],
  ])("%s", (_, custom, expected) => {
    expect(problems(() => make(custom))).toEqual(expected);
  });
});

describe("a policy file", () => {
  it("may hold only as many patterns as can be searched for in time", () => {
    const policies = Array.from({ length: 3 }, (_, i) => ({
      name: `p${i}`,
      ...(i === 0 ? {} : { extends: `p${i - 1}` }),
      patterns: [{ pattern: `[ab]{${140 + i}}`, description: "d", severity: "HIGH" }],
    }));
    expect(problems(() => parsePolicyFile(JSON.stringify({ policies }), PRESETS))).toEqual([
      expect.stringContaining("too large together"),
    ]);
    expect(parsePolicyFile(JSON.stringify({ policies: policies.slice(0, 2) }), PRESETS)).toHaveLength(2);
  });

  it("holds policies that extend a preset or an earlier policy", () => {
    const text = JSON.stringify({
      policies: [
        { name: "acme", extends: "production", restricted_modules: [{ name: "numpy", severity: "HIGH" }] },
        { name: "acme-lab", extends: "acme", allowed_modules: ["numpy"], severity_threshold: "MEDIUM" },
      ],
    });
    const [acme, lab] = parsePolicyFile(text, PRESETS);
    if (acme === undefined || lab === undefined) throw new Error("The file has two policies");
    expect([acme.name, lab.name]).toEqual(["acme", "acme-lab"]);
    expect(found("import numpy", acme)).toEqual(["PY-IMPORT-001 1:8"]);
    expect(found("import numpy", lab)).toEqual([]);
  });

  it.each<[string, string, string[]]>([
    ["that is not JSON", "{", ["it must be JSON, and is not at position 1"]],
    ["that is a list", "[]", ["it must be an object"]],
    ["without policies", "{}", ["policies must be a list of policies"]],
    ["with an empty list", '{"policies":[]}', ["policies must have at least one policy"]],
    ["with a policy that has no name", '{"policies":[{}]}', ["policies[0].name must be given"]],
    [
      "with the name of a preset",
      '{"policies":[{"name":"strict"}]}',
      ['policies[0].name must be a name that no other policy has, it is "strict"'],
    ],
    [
      "with the same name twice",
      '{"policies":[{"name":"a"},{"name":"a"}]}',
      ['policies[1].name must be a name that no other policy has, it is "a"'],
    ],
    [
      "with several mistakes",
      '{"policies":[{"name":"A"},{"name":"b","patterns":[{}]}]}',
      [
        expect.stringContaining("policies[0].name must be small letters") as string,
        ...["pattern", "description", "severity"].map(
          (field) => expect.stringContaining(`policies[1].patterns[0].${field} must`) as string,
        ),
      ],
    ],
  ])("%s is refused with the path of the problem", (_, text, expected) => {
    expect(problems(() => parsePolicyFile(text, PRESETS))).toEqual(expected);
  });
});
