/** What a policy makes of the findings in a program. */

import { beforeAll, describe, expect, it } from "vitest";
import { type Analyser, createAnalyser } from "../../../src/analysis/analyser.js";
import { SEVERITY } from "../../../src/analysis/severity.js";
import { type Analysis, judge } from "../../../src/policy/judge.js";
import { definePolicy, type PolicyData, severitiesWith } from "../../../src/policy/policy.js";
import { STRICT } from "../../../src/policy/presets.js";
import { replPolicy } from "../../../src/policy/repl.js";

const { SAFE, LOW, MEDIUM, HIGH } = SEVERITY;

let analyser: Analyser;
beforeAll(async () => {
  analyser = await createAnalyser();
});

/** Judges a Python program under the strict policy, changed. */
const judged = (code: string, change: Partial<PolicyData> = {}): Analysis =>
  judge(analyser.inspect(code, "python"), definePolicy({ ...STRICT, ...change }));
const rules = ({ violations }: Analysis): string[] => violations.map(({ rule }) => rule);
const pattern = (id: string, pattern: string, severity: 0 | 1 | 2 | 3 = HIGH) =>
  ({ id, pattern, in: "code", severity, description: "A thing", suggestion: "Do another" }) as const;

describe("a policy that opens builtins for a REPL", () => {
  const repl = (code: string): string[] => rules(judge(analyser.inspect(code, "python"), replPolicy(STRICT)));

  it.each(["open('x')", "open('x', 'w')", "globals()", "locals()", "__import__('math')"])("lets %s by", (code) => {
    expect(repl(code)).toEqual([]);
    expect(rules(judged(code))).not.toEqual([]);
  });

  it.each([
    ["a module that has the name of an opened builtin", "import open", "PY-IMPORT-001"],
    ["a builtin that it does not open", "eval('1')", "PY-DYN-001"],
    ["a module that an opened builtin imports", "__import__('os')", "PY-IMPORT-001"],
    ["an attribute", "x.__globals__", "PY-ESC-001"],
    ["a program that cannot be read", "open(", "PY-SYNTAX-001"],
  ])("denies %s", (_, code, rule) => {
    expect(repl(code)).toEqual([rule]);
  });
});

describe("a program that cannot be read", () => {
  it("is denied at the highest severity, whatever the policy says of the rule", () => {
    const change = { threshold: HIGH, severities: severitiesWith({ "PY-SYNTAX-001": SAFE }) } as const;
    const { verdict, maxSeverity, syntaxError, violations } = judged("print(", change);
    expect({ verdict, maxSeverity, syntaxError }).toMatchObject({
      verdict: "deny",
      maxSeverity: HIGH,
      syntaxError: { line: 1 },
    });
    expect(violations).toMatchObject([{ rule: "PY-SYNTAX-001", category: "syntax", severity: HIGH }]);
    expect(violations[0]).not.toHaveProperty("resource");
  });

  it("is denied even if the threshold is above all severities", () => {
    expect(judged("print(", { threshold: 4 as unknown as typeof HIGH }).verdict).toBe("deny");
  });
});

describe("a severity", () => {
  it("below the threshold warns; at the threshold it denies", () => {
    const severities = severitiesWith({ "PY-ESC-001": MEDIUM });
    expect(judged("x.__globals__", { severities, threshold: HIGH })).toMatchObject({
      verdict: "allow",
      maxSeverity: MEDIUM,
      violations: [{ rule: "PY-ESC-001", severity: MEDIUM }],
    });
    expect(judged("x.__globals__", { severities, threshold: MEDIUM }).verdict).toBe("deny");
  });

  it("of SAFE is no violation", () => {
    const severities = severitiesWith({ "PY-ESC-001": SAFE, "PY-IMPORT-001": SAFE });
    expect(judged("x.__globals__\nimport os", { severities })).toMatchObject({
      verdict: "allow",
      maxSeverity: SAFE,
      violations: [],
    });
  });

  it("is the highest of all, wherever it stands", () => {
    const severities = severitiesWith({ "PY-ESC-001": LOW, "PY-DYN-001": MEDIUM });
    for (const code of ["x.__globals__\neval('1')", "eval('1')\nx.__globals__"])
      expect(judged(code, { severities, threshold: HIGH }).maxSeverity).toBe(MEDIUM);
  });
});

describe("a module", () => {
  const os = { modules: "all", restrictedModules: { os: HIGH, "os.path": LOW, "xml.sax": MEDIUM }, threshold: HIGH };
  const severitiesOf = (code: string) => {
    const change = os as Partial<PolicyData>;
    return judged(code, change)
      .violations.filter(({ rule }) => rule === "PY-IMPORT-001")
      .map(({ severity, resource }) => [resource, severity]);
  };

  it("has the severity that the policy gives it", () => {
    expect(severitiesOf("import os")).toEqual([["os", HIGH]]);
    expect(severitiesOf("import os.path")).toEqual([["os.path", LOW]]);
    expect(severitiesOf("import os.path, xml.sax")).toEqual([
      ["os.path", LOW],
      ["xml.sax", MEDIUM],
    ]);
    expect(severitiesOf("import xml")).toEqual([]);
  });

  it("that is taken from another one has its own severity, and is named by its full name", () => {
    expect(severitiesOf("from os import path")).toEqual([["os.path", LOW]]);
    expect(severitiesOf("from xml import sax")).toEqual([["xml.sax", MEDIUM]]);
    expect(severitiesOf("from xml import dom")).toEqual([]);
    expect(severitiesOf("from os import sep")).toEqual([["os", HIGH]]);
  });

  it("is judged once for its import, and at its members only for an entry of their own", () => {
    expect(severitiesOf("import os\nos.sep")).toEqual([["os", HIGH]]);
    expect(severitiesOf("import xml\nxml.sax")).toEqual([["xml.sax", MEDIUM]]);
  });

  it("has a suggestion of its own if there is one, and that of the rule otherwise", () => {
    const suggestion = (code: string): string | undefined => judged(code).violations[0]?.suggestion;
    expect(suggestion("import requests")).toMatch(/no network/);
    expect(suggestion("import nosuchmodule")).not.toBe(suggestion("import requests"));
    expect(judged("from os import path", os as Partial<PolicyData>).violations[0]?.message).toMatch(
      /^May import "os.path", with care: /,
    );
  });
});

describe("the patterns of a policy", () => {
  it("give violations beside those of the rules, in the order of the text", () => {
    const patterns = [pattern("second", "beta"), pattern("first", "alpha")];
    const { violations, verdict } = judged("x = alpha; eval('1'); y = beta\nz = alpha", { patterns });
    expect(violations.map(({ rule, line, column }) => [rule, line, column])).toEqual([
      ["first", 1, 5],
      ["PY-DYN-001", 1, 12],
      ["second", 1, 27],
      ["first", 2, 5],
    ]);
    expect(verdict).toBe("deny");
    expect(violations[0]).toMatchObject({
      category: "pattern",
      severity: HIGH,
      message: "Cannot use this: A thing",
      suggestion: "Do another",
      snippet: "x = alpha; eval('1'); y = beta",
    });
  });

  it("count by their own severity, and not at all if it is SAFE", () => {
    const patterns = [pattern("low", "alpha", LOW), pattern("none", "beta", SAFE)];
    expect(judged("alpha, beta", { patterns, threshold: MEDIUM })).toMatchObject({
      verdict: "allow",
      maxSeverity: LOW,
      violations: [{ rule: "low" }],
    });
  });
});
