/** What a caller hears when its program is denied: what is wrong, and what would work instead. */

import { beforeAll, describe, expect, it } from "vitest";
import { type Analyser, createAnalyser } from "../../../src/analysis/analyser.js";
import { SEVERITY } from "../../../src/analysis/severity.js";
import { Refusal } from "../../../src/errors.js";
import type { RunnableLanguage } from "../../../src/language.js";
import { judge } from "../../../src/policy/judge.js";
import { definePolicy, type Policy, type PolicyData } from "../../../src/policy/policy.js";
import { PolicySet } from "../../../src/policy/policy-set.js";
import { STRICT } from "../../../src/policy/presets.js";
import type { EngineModules } from "../../../src/sandbox/engine.js";
import { denialOf } from "../../../src/run/policy-denial.js";
import { presetNamed } from "../../support/preset-facts.js";

const { LOW, HIGH, SAFE } = SEVERITY;

let analyser: Analyser;
beforeAll(async () => {
  analyser = await createAnalyser();
});

const named = (name: string, change: Partial<PolicyData> = {}): Policy => definePolicy({ ...STRICT, name, ...change });

interface Circumstances {
  readonly policy?: Policy;
  readonly others?: readonly Policy[];
  readonly allowed?: readonly string[];
  readonly language?: RunnableLanguage;
  readonly modules?: EngineModules;
}

/** Returns the refusal of a program, or null if it is allowed. */
function refusalOf(code: string, circumstances: Circumstances = {}): Refusal | null {
  const { policy = STRICT, others = [], allowed = [], language = "python", modules } = circumstances;
  const inspection = analyser.inspect(code, language);
  const program = { policy, inspection, analysis: judge(inspection, policy), hasStdin: false };
  if (program.analysis.verdict === "allow") return null;
  return denialOf(program, new PolicySet([policy, ...others], policy.name, allowed), modules);
}

describe("a program", () => {
  it("that the policy allows is not refused, not even with warnings", () => {
    expect(refusalOf("1")).toBeNull();
    expect(
      refusalOf("import os", { policy: named("p", { threshold: HIGH, restrictedModules: { os: LOW } }) }),
    ).toBeNull();
  });

  it("is refused for the first violation that denies, and not for a warning before it", () => {
    const policy = named("p", { threshold: HIGH, restrictedModules: { json: LOW } });
    const refusal = refusalOf("import json\nimport os", { policy });
    expect(refusal).toMatchObject({
      reason: "policy-denied",
      detail: {
        stage: "policy",
        rule: "PY-IMPORT-001",
        line: 2,
        column: 8,
        snippet: "import os",
        resource: "os",
        retryable: false,
      },
    });
    expect(refusal?.message).toMatch(/^Cannot import "os": .* \(line 2, column 8\)\. /);
    expect(refusal?.message).not.toMatch(/finding/);
  });

  it("is refused at the very threshold", () => {
    const policy = named("p", { threshold: LOW, restrictedModules: { os: LOW } });
    expect(refusalOf("import os", { policy })).not.toBeNull();
  });

  it("that cannot be read is refused for its syntax, if the threshold is above all severities", () => {
    const policy = named("p", { threshold: 4 as unknown as typeof HIGH, restrictedModules: { os: HIGH } });
    const refusal = refusalOf("import os\nprint(", { policy });
    expect(refusal).toMatchObject({ detail: { rule: "PY-SYNTAX-001", line: 2 } });
    expect(refusal?.detail).not.toHaveProperty("resource");
  });
});

describe("the message", () => {
  it("ends in full sentences, with the rule's advice", () => {
    const { message, detail } = refusalOf("x.__globals__") ?? {};
    expect(message).toMatch(/^Cannot use .*\(line 1, column \d+\)\. .*[^.]\.$/);
    expect(message).toContain(detail?.suggestion ?? "none");
  });

  it.each([
    ["import os", /finding/, false],
    ["import os\nimport site", /There is 1 more finding, listed under policy\.violations\./, true],
    ["import os\nimport site\nimport socket", /There are 2 more findings, listed under policy\.violations\./, true],
  ])("says how many other violations deny: %j", (code, words, isSaid) => {
    expect(words.test(refusalOf(code)?.message ?? "")).toBe(isSaid);
  });
});

describe("the policies under which the program would pass", () => {
  const open = (name: string): Policy => named(name, { modules: ["os"] });

  it("are named if the caller may choose them", () => {
    const refusal = refusalOf("import os", { others: [open("a"), open("b"), named("c")], allowed: ["a", "b"] });
    expect(refusal?.detail.passesUnder).toEqual([
      { policy: "a", allowed: true },
      { policy: "b", allowed: true },
    ]);
    expect(refusal?.message).toContain('. It passes with `policy` set to "a", "b".');
    expect(refusal?.message).not.toContain("operator");
  });

  it("are named as the operator's to allow if the caller may choose none of them", () => {
    const refusal = refusalOf("import os", { others: [open("a"), named("c")] });
    expect(refusal?.detail.passesUnder).toEqual([{ policy: "a", allowed: false }]);
    expect(refusal?.message).toContain('. The operator could allow a policy under which it passes: "a".');
    expect(refusal?.message).not.toContain("It passes with");
  });

  it("leave those of the operator out if the caller may choose one", () => {
    const refusal = refusalOf("import os", {
      others: [open("a"), named("b", { modules: ["os", "sys"] })],
      allowed: ["a"],
    });
    expect(refusal?.detail.passesUnder).toEqual([
      { policy: "a", allowed: true },
      { policy: "b", allowed: false },
    ]);
    expect(refusal?.message).toContain('set to "a".');
    expect(refusal?.message).not.toContain('"b"');
  });

  it("are not spoken of if there is none", () => {
    const refusal = refusalOf("import os", { others: [named("a")] });
    expect(refusal?.detail.passesUnder).toEqual([]);
    expect(refusal?.message).not.toMatch(/passes/);
  });
});

describe("a program that cannot run on this engine passes under no policy:", () => {
  const open = presetNamed("minimal") ?? STRICT;
  const wasm = { kind: "wasm", packages: "none" } as const;
  const core = { kind: "container", packages: "none" } as const;
  const data = { kind: "container", packages: "data-science" } as const;
  const own = { kind: "container", packages: "unknown" } as const;
  const local = { kind: "local", packages: "unknown" } as const;

  it.each<[string, string, EngineModules, RegExp]>([
    [
      "a package of the data image",
      "import numpy as np",
      wasm,
      /"numpy" is not on the embedded engine: the Docker .*`/,
    ],
    ["a module of one", "from sklearn.linear_model import Ridge", wasm, /`rlm-mcp image build --target data-science`/],
    [
      "a package, in the core image",
      "import pandas",
      core,
      /"pandas" is not in this image: the image data-science has/,
    ],
    [
      "a module that only containers have",
      "import lzma",
      wasm,
      /"lzma" is not in the embedded Python: the Docker engine/,
    ],
    ["a module that no engine has", "import tkinter", core, /"tkinter" is on no engine, under no policy/],
    [
      "a package that no image has",
      "import tensorflow",
      data,
      /No image has "tensorflow", and nothing can be installed\.$/,
    ],
    [
      "a package for the network, and it leads to the arguments",
      "import requests",
      data,
      /There is no network: .* in `inputs` or `files`\. No image has "requests", and nothing can be installed\.$/,
    ],
    ["a module of the project", "from slug.sub import x", wasm, /if it is a module of your own, put it into `files`/],
    [
      "a package, behind another violation",
      "import os\nos.getcwd()\nimport numpy",
      wasm,
      /"numpy" is not on the embedded/,
    ],
    [
      "a connection",
      "import os\nimport socket\nsocket.create_connection(('a', 1))",
      data,
      /No policy gives it a network: there is none\.$/,
    ],
    [
      "threads",
      "from concurrent.futures import ThreadPoolExecutor as Pool\nimport os",
      wasm,
      /The embedded engine has no threads: the Docker engine has them\.$/,
    ],
    ["a thread", "import os, threading\nthreading.Thread(target=print).start()", wasm, /engine has no threads: the/],
    ["a command", "import os\nos.system('ls')", data, /No policy gives it other programs: there are none here\.$/],
  ])("%s", (_, code, modules, says) => {
    const refusal = refusalOf(code, { others: [open], allowed: ["minimal"], modules });
    expect(refusal?.detail.passesUnder).toEqual([]);
    expect(refusal?.message).not.toMatch(/passes/);
    expect(refusal?.message).toMatch(says);
  });

  it.each<[string, string, EngineModules | undefined]>([
    ["a module of the library", "import os", wasm],
    ["a package, in the data image", "import os, numpy", data],
    ["a package, in an image of the operator's own", "import tensorflow", own],
    ["a package, in the user's own Python", "import tensorflow", local],
    ["a package, if nothing is known of the engine", "import numpy, os", undefined],
    ["a module of other systems, in the user's own Python", "import os, tkinter", local],
    ["a network of the user's own Python", "import os, socket\nsocket.create_connection(('a', 1))", local],
    ["a command of the user's own Python", "import os\nos.system('ls')", local],
    ["a module that containers have", "import os, lzma", core],
    ["threads of a container", "import os, threading\nthreading.Thread(target=print).start()", core],
    ["a class with the name of a thread", "import os\nclass Timer: pass", wasm],
    [
      "a package that the program can do without",
      "import os\ntry:\n    import numpy\nexcept ImportError:\n    x = 1",
      wasm,
    ],
  ])("not %s", (_, code, modules) => {
    const refusal = refusalOf(code, { others: [open], allowed: ["minimal"], ...(modules && { modules }) });
    expect(refusal?.detail.passesUnder).toEqual([{ policy: "minimal", allowed: true }]);
  });

  it("not a JavaScript program, whose modules are others", () => {
    for (const code of ['require("child_process").exec("ls")', 'require("net").connect(1)', 'require("numpy")']) {
      const refusal = refusalOf(code, { others: [open], allowed: ["minimal"], language: "javascript", modules: wasm });
      expect(refusal?.message).not.toMatch(/No image has|No policy gives|on no engine/);
    }
  });

  it("and a package of JavaScript is named, whatever way the program asks for it", () => {
    for (const code of ["import x from 'express'", "require('express')()", "await import('express')"]) {
      const refusal = refusalOf(code, { others: [open], allowed: ["minimal"], language: "javascript", modules: wasm });
      expect(refusal).toMatchObject({ detail: { resource: "express", passesUnder: [] } });
      expect(refusal?.message).toMatch(/^Cannot (?:import|require) "express": /);
    }
  });

  it("and the list of modules stands in the refusal once at most", () => {
    const { message, detail } = refusalOf("import slug, slag", { modules: wasm }) ?? {};
    expect(message).not.toMatch(/itertools|statistics/);
    expect(detail?.suggestion).not.toMatch(/itertools|statistics/);
    expect(detail?.alternatives).toContain("itertools");
  });
});

describe("the modules that may be imported instead", () => {
  const policy = named("p", { modules: ["math", "json"] });

  it("are named for a module in Python, if the policy lists them", () => {
    expect(refusalOf("import os", { policy })?.detail.alternatives).toEqual(["math", "json"]);
  });

  it.each<[string, string, Circumstances]>([
    ["for a violation that is about no module", "eval('1')", { policy }],
    ["in JavaScript", "import('fs')", { policy, language: "javascript" }],
    [
      "if the policy allows all but some",
      "import os",
      { policy: named("p", { modules: "all", restrictedModules: { os: HIGH } }) },
    ],
  ])("are not named %s", (_, code, circumstances) => {
    const refusal = refusalOf(code, circumstances);
    expect(refusal).not.toBeNull();
    expect(refusal?.detail).not.toHaveProperty("alternatives");
  });

  it("are those of the preset", () => {
    const development = presetNamed("development") ?? STRICT;
    const severities = { ...development.severities, "PY-IMPORT-001": SAFE };
    expect(refusalOf("import os", { policy: definePolicy({ ...development, severities }) })).toBeNull();
  });
});
