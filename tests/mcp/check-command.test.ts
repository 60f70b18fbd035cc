import { symlink } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { wantsColour } from "../../src/config.js";
import { type Finished, runCommand } from "../support/command.js";
import { sarifProblems } from "../support/sarif-schema.js";
import { tempDir, type TempDir } from "../support/temp-dir.js";

/** A check needs no engine. */
const NO_ENGINE = { RLM_EXECUTION_MODE: "docker", DOCKER_HOST: "unix:///nonexistent.sock" };

/** Characters that move the cursor, change colours or reverse a line. */
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

const OWN_POLICY = {
  policies: [
    {
      name: "acme",
      extends: "development",
      patterns: [
        {
          id: "ACME-001",
          pattern: "launch_\\w+",
          description: "rockets are launched by people",
          severity: "HIGH",
          suggestion: "Ask a person",
        },
      ],
    },
  ],
};

let dir: TempDir;

beforeAll(async () => {
  dir = await tempDir({
    "good.py": "import math\nprint(math.pi)\n",
    "good.js": "console.log(1);\n",
    "Good.java": "class Good { }\n",
    "denied.py": "import math\n\nimport subprocess\n",
    "denied.js": 'const fs = require("fs");\n',
    "warned.py": "import os\nos.system('ls')\n",
    "broken.py": "def f(:\n",
    "empty.py": "",
    "program.txt": "import subprocess\n",
    "latin.py": Buffer.from([0x27, 0xe9, 0x27]),
    "nul.py": "print(1)\0",
    "limit.py": "#".padEnd(10_240, "x"),
    "long.py": "#".padEnd(10_241, "x"),
    "marked.py": `\ufeff${"import os #".padEnd(10_240, "x")}`,
    "wide.py": 'x = "日本語"; import subprocess\n',
    "tabs.py": "if 1:\n\tx =\t1; import subprocess\n",
    "combined.py": 'x = "e\u0301"; import subprocess\n',
    "lines.py": "import math\r\n\r\nprint(1); __import__(\r\n  'os')\r\n",
    "far.py": `x = "${"a".repeat(3_000)}"; import subprocess; y = "${"b".repeat(3_000)}"\n`,
    "hostile.py":
      `import subprocess # \u001b[31m\u001b[2K\u009b1A\r`.replace("\r", "") + "\u202e\u2066\u200d\u2028 end\n",
    "tree/b.py": "import subprocess\n",
    "tree/a/z.js": 'require("fs")\n',
    "tree/a/y.mjs": "console.log(1)\n",
    "tree/c.pyw": "print(1)\n",
    "tree/D.java": "class D { }\n",
    "tree/readme.md": "import subprocess\n",
    "tree/node_modules/m/x.py": "import subprocess\n",
    "tree/__pycache__/x.py": "import subprocess\n",
    "tree/.git/x.py": "import subprocess\n",
    "tree/.venv/x.py": "import subprocess\n",
    "tree/.hidden/x.py": "import subprocess\n",
    "barren/readme.md": "nothing\n",
    "odd/with space & ünïcode #1%.py": "import subprocess\n",
    "rocket.py": "launch_rocket()\n",
    "policies.json": JSON.stringify(OWN_POLICY),
  });
  await symlink(dir.at("tree"), dir.at("tree", "loop"));
  await symlink(dir.at("denied.py"), dir.at("tree", "outside.py"));
  await symlink(dir.at("tree", "readme.md"), dir.at("tree", "inside.py"));
  await symlink(dir.at("none"), dir.at("tree", "dangling.py"));
  await symlink(dir.at("barren"), dir.at("tree", "elsewhere"));
});
afterAll(async () => {
  await dir[Symbol.asyncDispose]();
});

interface Around {
  readonly stdin?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

function check(args: readonly string[], { env, cwd, stdin }: Around = {}): Promise<Finished> {
  return runCommand(["check", ...args], {
    env: { ...NO_ENGINE, ...env },
    cwd: cwd ?? dir.path,
    ...(stdin === undefined ? {} : { stdin }),
  });
}

interface JsonReport {
  readonly policy: { readonly name: string; readonly hash: string; readonly severity_threshold: string };
  readonly files: readonly {
    readonly path: string;
    readonly language: string;
    readonly verdict: string;
    readonly violations: readonly {
      readonly rule: string;
      readonly line: number;
      readonly column: number;
      readonly severity: string;
      readonly denies: boolean;
    }[];
  }[];
  readonly unchecked: readonly { readonly path: string; readonly reason: string }[];
}

async function checkJson(args: readonly string[], around?: Around): Promise<JsonReport> {
  const { stdout, stderr } = await check([...args, "--format", "json"], around);
  expect(stderr).toBe("");
  return JSON.parse(stdout) as JsonReport;
}

interface SarifRun {
  readonly tool: {
    readonly driver: { readonly name: string; readonly version: string; readonly rules: readonly SarifRule[] };
  };
  readonly columnKind: string;
  readonly invocations: readonly [
    {
      readonly executionSuccessful: boolean;
      readonly toolExecutionNotifications: readonly {
        readonly message: { readonly text: string };
        readonly locations: readonly SarifLocation[];
      }[];
    },
  ];
  readonly results: readonly {
    readonly ruleId: string;
    readonly ruleIndex: number;
    readonly level: string;
    readonly message: { readonly text: string };
    readonly locations: readonly [SarifLocation];
  }[];
}

interface SarifRule {
  readonly id: string;
  readonly shortDescription: { readonly text: string };
  readonly help: { readonly text: string };
  readonly defaultConfiguration: { readonly level: string };
  readonly properties: Readonly<Record<string, unknown>>;
}

interface SarifLocation {
  readonly physicalLocation: {
    readonly artifactLocation: { readonly uri: string; readonly uriBaseId?: string };
    readonly region?: Readonly<Record<string, unknown>>;
  };
}

/** Returns the only run of a log that is valid. */
async function checkSarif(args: readonly string[], around?: Around): Promise<SarifRun> {
  const { stdout, stderr } = await check([...args, "--format", "sarif"], around);
  expect(stderr).toBe("");
  const log = JSON.parse(stdout) as { $schema: string; version: string; runs: SarifRun[] };
  expect(sarifProblems(log)).toEqual([]);
  expect(log).toMatchObject({ $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0" });
  expect(log.runs).toHaveLength(1);
  return log.runs[0] as SarifRun;
}

describe.concurrent("rlm-mcp check ends with", () => {
  it.each([
    { what: "0 for an allowed program", args: ["good.py"], status: 0 },
    { what: "0 for an empty file", args: ["empty.py"], status: 0 },
    { what: "0 for a program of exactly 10 240 bytes", args: ["limit.py"], status: 0 },
    { what: "0 for a warning only", args: ["warned.py", "--policy", "minimal"], status: 0 },
    { what: "1 for a denied program", args: ["denied.py"], status: 1 },
    { what: "1 for a denied program among allowed ones", args: ["good.py", "denied.js", "Good.java"], status: 1 },
    { what: "1 for a program that is no Python", args: ["broken.py", "--policy", "minimal"], status: 1 },
    { what: "2 for a file that could not be checked", args: ["good.py", "latin.py"], status: 2 },
    {
      what: "2 for a file that could not be checked, though another is denied",
      args: ["denied.py", "latin.py"],
      status: 2,
    },
  ])("$what, in every format", async ({ args, status }) => {
    const ended = await Promise.all(["text", "json", "sarif"].map((format) => check([...args, "--format", format])));
    expect(ended.map((one) => ({ status: one.status, stderr: one.stderr }))).toEqual(
      ended.map(() => ({ status, stderr: "" })),
    );
  });

  it.each([
    { what: "no file", args: [], says: 'Cannot check: name a file, a directory or "-"' },
    { what: "an unknown option", args: ["good.py", "--colour"], says: "--colour" },
    {
      what: "an unknown format",
      args: ["good.py", "--format", "xml"],
      says: 'Cannot use --format "xml": it must be text, json or sarif',
    },
    {
      what: "an unknown language",
      args: ["good.py", "--language", "ruby"],
      says: 'Cannot use --language "ruby": it must be python, javascript, typescript or java',
    },
    {
      what: "an unknown policy",
      args: ["good.py", "--policy", "none"],
      says: '"none": the policies are strict, production, ',
    },
  ])("2 and a sentence for $what", async ({ args, says }) => {
    const { status, stdout, stderr } = await check(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(says);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it("0 for --help", async () => {
    const { status, stdout, stderr } = await check(["--help"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("rlm-mcp check FILE|DIR...");
    expect((await runCommand(["--help"])).stdout).toContain("rlm-mcp check FILE|DIR...");
  });
});

describe.concurrent("rlm-mcp check takes", () => {
  it("the language from the file's name, or from the option", async () => {
    const byName = await checkJson(["good.py", "good.js", "Good.java"]);
    expect(byName.files.map(({ path: file, language }) => [file, language])).toEqual([
      ["good.py", "python"],
      ["good.js", "javascript"],
      ["Good.java", "java"],
    ]);
    expect(await checkJson(["program.txt", "--language", "python"])).toMatchObject({
      files: [{ path: "program.txt", language: "python", verdict: "deny" }],
    });
    expect(await checkJson(["program.txt"])).toMatchObject({
      files: [],
      unchecked: [{ path: "program.txt", reason: "its name does not tell its language, use --language" }],
    });
  });

  it("stdin, as Python without --language", async () => {
    expect(await checkJson(["-"], { stdin: "import subprocess" })).toMatchObject({
      files: [{ path: "<stdin>", language: "python", verdict: "deny" }],
    });
    expect(await checkJson(["-", "--language", "javascript"], { stdin: "require('fs')" })).toMatchObject({
      files: [{ language: "javascript", verdict: "deny" }],
    });
    expect((await check(["-"], { stdin: "import subprocess" })).stdout).toContain("<stdin>:1:8: error[PY-IMPORT-001]");
    expect(await checkJson(["-"], { stdin: "x".repeat(1_000_000) })).toMatchObject({
      unchecked: [{ path: "<stdin>", reason: "it has more than 10240 bytes" }],
    });
  });

  it("every program below a directory in order, except hidden, installed and outside ones", async () => {
    const { files, unchecked } = await checkJson(["tree"]);
    expect(files.map((file) => file.path)).toEqual([
      "tree/D.java",
      "tree/a/y.mjs",
      "tree/a/z.js",
      "tree/b.py",
      "tree/c.pyw",
      "tree/inside.py",
    ]);
    expect(unchecked).toEqual([]);
  });

  it("the programs of one language in a directory", async () => {
    const { files } = await checkJson(["tree", "--language", "javascript"]);
    expect(files.map((file) => file.path)).toEqual(["tree/a/y.mjs", "tree/a/z.js"]);
  });

  it("the working directory, and prints its names unchanged", async () => {
    const { files } = await checkJson(["."], { cwd: dir.at("tree") });
    expect(files.map((file) => file.path)).toContain("a/z.js");
  });

  it("a hidden directory that is named", async () => {
    expect((await checkJson(["tree/.hidden"])).files.map((file) => file.path)).toEqual(["tree/.hidden/x.py"]);
  });

  it("a file that is named twice once", async () => {
    const { files } = await checkJson(["tree/b.py", "tree", "./tree/b.py"]);
    expect(files.filter((file) => file.path.endsWith("b.py"))).toHaveLength(1);
    expect(files[0]?.path).toBe("tree/b.py");
  });

  it("a policy: the operator's, a preset, or one of a file", async () => {
    expect((await checkJson(["good.py"])).policy).toMatchObject({
      name: "strict",
      severity_threshold: "LOW",
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect((await checkJson(["good.py"], { env: { RLM_POLICY: "development" } })).policy.name).toBe("development");
    // This policy is looser than those that the operator allows.
    expect(await checkJson(["denied.py", "--policy", "minimal"])).toMatchObject({
      policy: { name: "minimal", severity_threshold: "HIGH" },
      files: [{ verdict: "allow" }],
    });
    expect(
      await checkJson(["rocket.py", "--policy", "acme"], {
        env: { RLM_POLICY_FILE: dir.at("policies.json") },
      }),
    ).toMatchObject({
      policy: { name: "acme" },
      files: [{ verdict: "deny", violations: [{ rule: "ACME-001", category: "pattern" }] }],
    });
  });
});

describe.concurrent("a file that could not be checked", () => {
  const UNCHECKED = [
    { file: "latin.py", reason: "it is not UTF-8" },
    { file: "nul.py", reason: "it has a NUL character" },
    { file: "long.py", reason: "it has more than 10240 bytes" },
    { file: "none.py", reason: "it does not exist" },
    { file: "good.py/below.py", reason: "it cannot be read" },
    { file: "barren", reason: "no file in it ends in .py, .pyw, .js, .mjs, .cjs, .ts, .mts, .cts, .tsx, .java" },
    { file: "policies.json", reason: "its name does not tell its language, use --language" },
  ];

  it.each(UNCHECKED)("is listed with the reason: $file, $reason", async ({ file, reason }) => {
    const { status, stdout, stderr } = await check([file, "denied.py"]);
    expect({ status, stderr }).toEqual({ status: 2, stderr: "" });
    expect(stdout).toContain(`\n${file}: could not check: ${reason}\n`);
    expect(stdout).toContain("denied.py:3:8: error[PY-IMPORT-001]");
    expect(stdout).toMatch(/^2 files: 1 denied, 0 allowed, 1 not checked under policy "strict"$/m);
  });

  it("is in the JSON", async () => {
    const { files, unchecked } = await checkJson(["good.py", ...UNCHECKED.map(({ file }) => file)]);
    expect(files.map((one) => one.path)).toEqual(["good.py"]);
    expect(unchecked).toEqual(UNCHECKED.map(({ file, reason }) => ({ path: file, reason })));
  });

  it("is in the SARIF log, which reports that the check did not succeed", async () => {
    const { invocations, results } = await checkSarif(["denied.py", ...UNCHECKED.map(({ file }) => file)]);
    const [{ executionSuccessful, toolExecutionNotifications }] = invocations;
    expect(executionSuccessful).toBe(false);
    expect(toolExecutionNotifications.map(({ message }) => message.text)).toEqual(
      UNCHECKED.map(({ file, reason }) => `Could not check ${JSON.stringify(file)}: ${reason}`),
    );
    expect(toolExecutionNotifications[0]?.locations[0]?.physicalLocation.artifactLocation).toEqual({
      uri: "latin.py",
      uriBaseId: "%SRCROOT%",
    });
    expect(results).toHaveLength(1);
  });

  it("is not a file that only its byte order mark makes too long", async () => {
    expect(await checkJson(["marked.py"])).toMatchObject({
      files: [{ verdict: "deny", violations: [{ line: 1, column: 8 }] }],
      unchecked: [],
    });
  });

  it("is a file without an end, after its first bytes", async ({ skip }) => {
    skip(process.platform === "win32", "there are no devices");
    expect((await checkJson(["/dev/zero", "--language", "python"])).unchecked).toEqual([
      { path: "/dev/zero", reason: "it has more than 10240 bytes" },
    ]);
  });
});

describe.concurrent("the text report", () => {
  it("has place, rule, severity, message, line, mark and help, and a summary", async () => {
    const { stdout } = await check(["denied.py", "good.py", "good.js"]);
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(/^denied\.py:3:8: error\[PY-IMPORT-001\] HIGH Cannot import "subprocess": /);
    expect(lines.slice(1, 3)).toEqual(["    import subprocess", "           ^^^^^^^^^^"]);
    expect(lines[3]).toMatch(/^ {4}help: \w/);
    expect(lines.slice(4)).toEqual(["", '3 files: 1 denied, 2 allowed under policy "strict"', ""]);
  });

  it("distinguishes warnings from errors", async () => {
    const { stdout } = await check(["warned.py", "--policy", "minimal"]);
    expect(stdout).toMatch(/^warned\.py:2:1: warning\[PY-EXEC-001\] LOW May [^:]+, with care: /m);
    expect(stdout).toMatch(/^1 file: 0 denied, 1 allowed, 1 warning under policy "minimal"$/m);
  });

  it("reports a program that cannot be parsed as an error under every policy", async () => {
    expect((await check(["broken.py", "--policy", "minimal"])).stdout).toMatch(
      /^broken\.py:1:\d+: error\[PY-SYNTAX-001\] HIGH /m,
    );
  });

  /** Columns of a terminal, for the characters that stand in these programs. */
  const columns = (text: string): number =>
    [...text].reduce((sum, char) => sum + (char === "\u0301" ? 0 : /[\u3000-\u9fff]/.test(char) ? 2 : 1), 0);

  it.each([
    { what: "tabs", file: "tabs.py" },
    { what: "wide characters", file: "wide.py" },
    { what: "combining characters", file: "combined.py" },
    { what: "thousands of others", file: "far.py" },
  ])("marks the right place after $what", async ({ file }) => {
    const [, shown = "", carets = ""] = (await check([file])).stdout.split("\n");
    expect(shown).not.toContain("\t");
    expect(shown.length).toBeLessThan(200);
    expect(carets.trim()).toBe("^".repeat("subprocess".length));
    expect(carets.length).toBe(columns(shown.slice(0, shown.indexOf("subprocess") + "subprocess".length)));
  });

  it("marks a range of several lines to the end of the first", async () => {
    const { stdout } = await check(["lines.py"]);
    expect(stdout).toMatch(/^lines\.py:3:11: error\[/m);
    expect(stdout).toContain(`\n    print(1); __import__(\n${" ".repeat(14)}${"^".repeat("__import__(".length)}\n`);
    expect(stdout).not.toContain("\r");
  });

  it("escapes characters that move the cursor, change colours or reverse a line", async () => {
    const { stdout } = await check(["hostile.py"]);
    expect(stdout).toContain(
      "import subprocess # <U+001B>[31m<U+001B>[2K<U+009B>1A<U+202E><U+2066><U+200D><U+2028> end",
    );
    expect(stdout).not.toMatch(CONTROLS);
  });

  it("escapes them in file names and in messages too", async ({ skip }) => {
    skip(process.platform === "win32", "such names cannot be");
    await dir.write({ "names/\u001b[2J\n\u202e.py": "__import__('\u009b2J\u202e')\n" });
    const { stdout } = await check(["names"]);
    expect(stdout).toContain("names/<U+001B>[2J<U+000A><U+202E>.py:1:");
    expect(stdout).not.toMatch(CONTROLS);
    for (const format of ["json", "sarif"])
      expect((await check(["names", "--format", format])).stdout).not.toMatch(CONTROLS);
    expect((await checkJson(["names"])).files[0]?.path).toBe("names/\u001b[2J\n\u202e.py");
  });

  it("has colours only if they are asked for, and none from the program", async () => {
    expect((await check(["denied.py"])).stdout).not.toContain("\u001b");
    expect((await check(["denied.py"], { env: { NO_COLOR: "1" } })).stdout).not.toContain("\u001b");
    const { stdout } = await check(["denied.py"], { env: { FORCE_COLOR: "1" } });
    expect(stdout).toContain("\u001b[1;31merror[PY-IMPORT-001]\u001b[0m HIGH");
    expect(stdout).toContain(`           \u001b[1;31m${"^".repeat(10)}\u001b[0m`);
    const hostile = await check(["hostile.py"], { env: { FORCE_COLOR: "1" } });
    expect(hostile.stdout.replace(/\u001b\[[01](;3[136])?m/g, "")).not.toMatch(CONTROLS);
    for (const format of ["json", "sarif"])
      expect((await check(["denied.py", "--format", format], { env: { FORCE_COLOR: "1" } })).stdout).not.toContain(
        "\u001b",
      );
  });

  it.each([
    { isTTY: true, env: {}, colours: true },
    { isTTY: false, env: {}, colours: false },
    { isTTY: undefined, env: {}, colours: false },
    { isTTY: true, env: { NO_COLOR: "1" }, colours: false },
    { isTTY: true, env: { NO_COLOR: "" }, colours: true },
    { isTTY: true, env: { TERM: "dumb" }, colours: false },
    { isTTY: false, env: { FORCE_COLOR: "1" }, colours: true },
    { isTTY: false, env: { FORCE_COLOR: "", NO_COLOR: "1" }, colours: true },
    { isTTY: true, env: { FORCE_COLOR: "0" }, colours: false },
  ])("on a stream with isTTY $isTTY under $env has colours: $colours", ({ isTTY, env, colours }) => {
    expect(wantsColour(isTTY === undefined ? {} : { isTTY }, env)).toBe(colours);
  });
});

describe.concurrent("the JSON", () => {
  it("has the result of rlm_policy_check for each file", async () => {
    const { files } = await checkJson(["denied.py", "good.py"]);
    expect(files).toMatchObject([
      {
        path: "denied.py",
        language: "python",
        verdict: "deny",
        violations: [
          {
            rule: "PY-IMPORT-001",
            severity: "HIGH",
            denies: true,
            line: 3,
            column: 8,
            end_line: 3,
            end_column: 18,
            snippet: "import subprocess",
            suggestion: expect.any(String),
          },
        ],
      },
      { path: "good.py", language: "python", verdict: "allow", violations: [] },
    ]);
  });

  it("is complete if it is longer than a pipe holds", async () => {
    await dir.write(
      Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`many/${at}.py`, "import subprocess\n".repeat(30)])),
    );
    const { files } = await checkJson(["many"]);
    expect(files.flatMap(({ violations }) => violations)).toHaveLength(900);
  });
});

describe.concurrent("the SARIF log", () => {
  it("is valid without findings, and reports that the check succeeded", async () => {
    const { results, invocations, columnKind, tool } = await checkSarif(["good.py"]);
    const { default: manifest } = await import("../../package.json", { with: { type: "json" } });
    expect(results).toEqual([]);
    expect(invocations).toMatchObject([{ executionSuccessful: true, toolExecutionNotifications: [] }]);
    expect(columnKind).toBe("utf16CodeUnits");
    expect(tool.driver).toMatchObject({ name: "rlm-mcp", version: manifest.version });
  });

  it("has each finding with its rule, level, place and text", async () => {
    const { results, tool } = await checkSarif(["denied.py", "lines.py", "denied.js", "broken.py"]);
    expect(results.length).toBeGreaterThanOrEqual(4);
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
    expect(results[0]).toMatchObject({
      ruleId: "PY-IMPORT-001",
      level: "error",
      message: { text: expect.stringContaining('Cannot import "subprocess"') },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: "denied.py", uriBaseId: "%SRCROOT%" },
            region: { startLine: 3, startColumn: 8, endLine: 3, endColumn: 18, snippet: { text: "subprocess" } },
          },
        },
      ],
    });
    const across = results.find(
      ({ locations: [{ physicalLocation }] }) => physicalLocation.artifactLocation.uri === "lines.py",
    );
    expect(across?.locations[0].physicalLocation.region).toMatchObject({
      startLine: 3,
      snippet: { text: expect.stringMatching(/^__import__/) },
    });
  });

  it("has the rules of the checked languages with the severities of the policy", async () => {
    const { tool } = await checkSarif(["warned.py", "--policy", "minimal"]);
    const { rules } = tool.driver;
    expect(rules.every(({ id }) => id.startsWith("PY-"))).toBe(true);
    const rule = (id: string) => rules.find((one) => one.id === id);
    expect(rule("PY-EXEC-001")).toMatchObject({
      defaultConfiguration: { level: "warning" },
      properties: { category: "command execution", "security-severity": "2.0" },
    });
    expect(rule("PY-SYNTAX-001")).toMatchObject({
      defaultConfiguration: { level: "error" },
      properties: { "security-severity": "8.0" },
    });
    for (const { shortDescription, help } of rules)
      expect([shortDescription.text, help.text]).toEqual([
        expect.stringMatching(/^[A-Z`]/),
        expect.stringMatching(/\w/),
      ]);
    const both = await checkSarif(["good.py", "good.js"]);
    expect(new Set(both.tool.driver.rules.map(({ id }) => id.slice(0, 3)))).toEqual(new Set(["PY-", "JS-"]));
  });

  it("has warnings below the threshold", async () => {
    const { results } = await checkSarif(["warned.py", "--policy", "minimal"]);
    expect(results.map(({ ruleId, level }) => [ruleId, level])).toEqual([["PY-EXEC-001", "warning"]]);
  });

  it("has the operator's patterns as rules", async () => {
    const { results, tool } = await checkSarif(["rocket.py", "--policy", "acme"], {
      env: { RLM_POLICY_FILE: dir.at("policies.json") },
    });
    expect(results).toMatchObject([
      {
        ruleId: "ACME-001",
        level: "error",
        message: { text: "Cannot use this: rockets are launched by people. Ask a person" },
      },
    ]);
    expect(tool.driver.rules[results[0]?.ruleIndex ?? -1]).toMatchObject({
      id: "ACME-001",
      shortDescription: { text: "Rockets are launched by people" },
      help: { text: "Ask a person" },
      properties: { category: "pattern" },
    });
  });

  it("encodes names, and makes those below the working directory relative", async () => {
    const [odd] = (await checkSarif(["odd"])).results;
    const { uri, uriBaseId } = odd?.locations[0].physicalLocation.artifactLocation ?? { uri: "" };
    expect([uri, uriBaseId]).toEqual(["odd/with%20space%20%26%20%C3%BCn%C3%AFcode%20%231%25.py", "%SRCROOT%"]);
    const [absolute] = (await checkSarif([dir.at("denied.py")])).results;
    expect(absolute?.locations[0].physicalLocation.artifactLocation).toEqual({
      uri: "denied.py",
      uriBaseId: "%SRCROOT%",
    });
  });

  it("gives a file elsewhere its absolute location, because a relative one may not climb", async () => {
    const [result] = (await checkSarif(["../denied.py"], { cwd: dir.at("tree") })).results;
    expect(result?.locations[0].physicalLocation.artifactLocation).toEqual({ uri: `file://${dir.path}/denied.py` });
  });

  it("lets a program put no links and no placeholders into messages", async () => {
    const { results } = await checkSarif(["-"], { stdin: "__import__('[click](https://evil.example){0}')" });
    const texts = results.map(({ message }) => message.text).join("\n");
    expect(texts).toContain("evil.example");
    expect(texts).not.toMatch(/\]\(|(?<!\{)\{0\}/);
  });

  it("is valid for stdin, for hostile text and for unchecked files only", async () => {
    await checkSarif(["-"], { stdin: "import os" });
    await checkSarif(["hostile.py", "wide.py", "far.py"]);
    expect((await checkSarif(["none.py"])).results).toEqual([]);
  });

  it("fails this validation if it is wrong", async () => {
    const { stdout } = await check(["denied.py", "--format", "sarif"]);
    for (const [what, wrong] of [
      ["startColumn", '"startColumn": 8', '"startColumn": 0'],
      ["level", '"level": "error"', '"level": "high"'],
      ["uri", '"uri": "denied.py"', '"uri": "a b"'],
    ].map(([what, from = "", to = ""]) => [what, stdout.replaceAll(from, to)])) {
      expect([what, sarifProblems(JSON.parse(wrong ?? "")).length > 0]).toEqual([what, true]);
    }
  });
});

describe.concurrent("rlm-mcp check is fast enough for a hook", () => {
  it("checks 200 small files in a few seconds", async () => {
    const program = "import math\n\ndef area(r):\n    return math.pi * r ** 2\n\nprint([area(r) for r in range(10)])\n";
    await dir.write(Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`lots/${at % 10}/${at}.py`, program])));
    const started = performance.now();
    const { status, stdout } = await check(["lots"]);
    expect(performance.now() - started).toBeLessThan(5_000);
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: '200 files: 0 denied, 200 allowed under policy "strict"\n',
    });
  });
});
