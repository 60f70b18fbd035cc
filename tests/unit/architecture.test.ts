import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { brokenRules } from "../support/source-rules.js";

const SRC = path.resolve(import.meta.dirname, "../../src");

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll(path.sep, "/"))
  .filter((file) => file.endsWith(".ts"));

describe("src/", () => {
  it("imports only downwards, and leaves what has one owner to it", () => {
    expect(files.flatMap((file) => brokenRules(file, readFileSync(path.join(SRC, file), "utf8")))).toEqual([]);
  });

  it("has the folders of the architecture and no other", () => {
    const folders = readdirSync(SRC, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(folders.sort()).toEqual([
      "analysis",
      "commands",
      "guest",
      "mcp",
      "paths",
      "policy",
      "run",
      "sandbox",
      "session",
      "tools",
    ]);
  });
});

describe("the rules find", () => {
  it.each([
    ["mcp/server.ts", 'import { run } from "../run/run-code.js";', "mcp/server.ts imports run/run-code.ts"],
    ["mcp/server.ts", 'import type { Tool } from "../tools/exec-run.js";', "mcp/server.ts imports tools/exec-run.ts"],
    [
      "policy/strict.ts",
      'import type { Engine } from "../sandbox/engine.js";',
      "policy/strict.ts imports sandbox/engine.ts",
    ],
    [
      "paths/root.ts",
      'export { a } from "../session/operator-roots.js";',
      "paths/root.ts imports session/operator-roots.ts",
    ],
    ["sandbox/pool.ts", 'const a = await import("../run/run-code.js");', "sandbox/pool.ts imports run/run-code.ts"],
    ["run/run-code.ts", 'import { a } from "../tools/exec-run.js";', "run/run-code.ts imports tools/exec-run.ts"],
    ["tools/exec-run.ts", 'import { a } from "../paths/root.js";', "tools/exec-run.ts imports paths/root.ts"],
    ["tools/exec-run.ts", 'import { a } from "../application.js";', "tools/exec-run.ts imports application.ts"],
    ["commands/run.ts", 'import { a } from "../cli.js";', "commands/run.ts imports cli.ts"],
    ["errors.ts", 'import { a } from "./policy/strict.js";', "errors.ts imports policy/strict.ts"],
    ["config.ts", 'import { a } from "./application.js";', "config.ts imports application.ts"],
    [
      "sandbox/wasm/engine-process.ts",
      'import { a } from "../docker/image.js";',
      "sandbox/wasm/engine-process.ts imports sandbox/docker/image.ts",
    ],
    [
      "sandbox/pool.ts",
      'import { a } from "./wasm/engine-process.js";',
      "sandbox/pool.ts imports sandbox/wasm/engine-process.ts",
    ],
    [
      "run/run-code.ts",
      'import { a } from "../sandbox/docker/image.js";',
      "run/run-code.ts imports sandbox/docker/image.ts",
    ],
    [
      "run/run-code.ts",
      'import { a } from "../../tests/support/temp-dir.js";',
      "run/run-code.ts imports ../tests/support/temp-dir.ts",
    ],
    ["novel/a.ts", 'import { a } from "../run/run-code.js";', "novel/a.ts imports run/run-code.ts"],
    [
      "tools/exec-run.ts",
      'import { Server } from "@modelcontextprotocol/sdk/server/index.js";',
      "tools/exec-run.ts imports @modelcontextprotocol/sdk/server/index.js",
    ],
    ["commands/doctor.ts", 'import type Docker from "dockerode";', "commands/doctor.ts imports dockerode"],
    ["analysis/analyser.ts", 'import { a } from "../policy/judge.js";', "analysis/analyser.ts imports policy/judge.ts"],
    [
      "analysis/javascript/check.ts",
      'import type { Job } from "../../sandbox/engine.js";',
      "analysis/javascript/check.ts imports sandbox/engine.ts",
    ],
    [
      "policy/judge.ts",
      'import type { Analyser } from "../analysis/analyser.js";',
      "policy/judge.ts imports analysis/analyser.ts",
    ],
    ["policy/custom.ts", 'import { a } from "../run/inputs.js";', "policy/custom.ts imports run/inputs.ts"],
    [
      "policy/judge.ts",
      'import { a } from "../analysis/python/targets.js";',
      "policy/judge.ts imports analysis/python/targets.ts",
    ],
    [
      "analysis/python/check.ts",
      'import { a } from "../javascript/node.js";',
      "analysis/python/check.ts imports analysis/javascript/node.ts",
    ],
    [
      "analysis/javascript/values.ts",
      'import type { A } from "../java/types.js";',
      "analysis/javascript/values.ts imports analysis/java/types.ts",
    ],
    [
      "analysis/java/scope.ts",
      'import { a } from "../python/scope.js";',
      "analysis/java/scope.ts imports analysis/python/scope.ts",
    ],
    [
      "analysis/report.ts",
      'import { a } from "./python/rules.js";',
      "analysis/report.ts imports analysis/python/rules.ts",
    ],
    ["policy/judge.ts", 'import { Parser } from "web-tree-sitter";', "policy/judge.ts imports web-tree-sitter"],
    [
      "analysis/syntax-tree.ts",
      'import type { Tree } from "web-tree-sitter";',
      "analysis/syntax-tree.ts imports web-tree-sitter",
    ],
    [
      "analysis/python/check.ts",
      'import { Node } from "web-tree-sitter";',
      "analysis/python/check.ts imports web-tree-sitter",
    ],
    ["analysis/javascript/check.ts", 'import { parse } from "acorn";', "analysis/javascript/check.ts imports acorn"],
    [
      "sandbox/engine.ts",
      'import { a } from "quickjs-emscripten-core";',
      "sandbox/engine.ts imports quickjs-emscripten-core",
    ],
    [
      "sandbox/docker/image.ts",
      'import { spawn } from "node:child_process";',
      "sandbox/docker/image.ts imports node:child_process",
    ],
    ["run/run-code.ts", 'const { spawn } = require("child_process");', "run/run-code.ts imports child_process"],
    ["run/run-code.ts", "import vm from 'node:vm';", "run/run-code.ts imports node:vm"],
    ["run/run-code.ts", 'import { env } from "node:process";', "run/run-code.ts imports node:process"],
    ["run/run-code.ts", "const a = process.env.HOME;", "run/run-code.ts says process.env"],
    ["run/run-code.ts", 'const a = process["env"].HOME;', 'run/run-code.ts says process["env'],
    ["run/run-code.ts", "const { env } = process;", "run/run-code.ts says { env } = process"],
    ["run/run-code.ts", "const a = `${process.env.HOME}`;", "run/run-code.ts says process.env"],
    ["run/run-code.ts", "console.log(1);", "run/run-code.ts says console."],
    ["run/run-code.ts", "// fine\nconst a = 1; /* fine */ console.error(a);", "run/run-code.ts says console."],
  ])("in %s: %s", (file, text, says) => {
    expect(brokenRules(file, text)).toEqual([says]);
  });

  it.each([
    ["application.ts", 'import { a } from "./run/run-code.js";\nimport { b } from "./sandbox/wasm/wasm-engine.js";'],
    ["commands/serve.ts", 'import { a } from "../application.js";\nimport { b } from "../mcp/stdio.js";'],
    [
      "tools/exec-run.ts",
      'import { a } from "../run/run-code.js";\nimport { b } from "./arguments.js";\nimport { c } from "../errors.js";',
    ],
    ["session/session-store.ts", 'import { a } from "../paths/root.js";'],
    ["policy/judge.ts", 'import type { Report } from "../analysis/report.js";\nimport { a } from "./patterns.js";'],
    ["analysis/analyser.ts", 'import { a } from "./python/parser.js";\nimport { b } from "./java/parser.js";'],
    ["analysis/java/parser.ts", 'import { Parser } from "web-tree-sitter";\nimport { a } from "../syntax-tree.js";'],
    ["sandbox/choose-engine.ts", 'import { a } from "./docker/image.js";'],
    [
      "sandbox/wasm/engine-process.ts",
      'import { a } from "../engine.js";\nimport { b } from "./guest.js";\nimport { c } from "../../errors.js";',
    ],
    ["config.ts", "const a = process.env.HOME;"],
    ["run/run-code.ts", '// console.log, process.env\nconst a = "console.log(process.env)"; // from "dockerode"'],
  ])("nothing in %s: %s", (file, text) => {
    expect(brokenRules(file, text)).toEqual([]);
  });
});
