import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../support/command.js";
import { connect } from "../support/mcp-client.js";
import { eventually } from "../support/wait.js";
import { startRaw } from "../support/server-streams.js";
import { tempDir, type TempDir } from "../support/temp-dir.js";

const WASM = { RLM_EXECUTION_MODE: "wasm" };
const NO_ENGINE = { DOCKER_HOST: "unix:///nonexistent.sock" };

let dir: TempDir;

beforeAll(async () => {
  dir = await tempDir({
    "program.py": "print('hello')\n6 * 7\n",
    "program.js": "console.log('hello'); 6 * 7",
    "program.mjs": "console.log(await 1)",
    "asks.py": "name = input('Name? ')\nage = int(input('Age? '))\nprint(name, 'is', age)\n",
    "asks.js": "stdin.lines()",
    "program.ts": "interface A { x: number }\nconst a: A = { x: 42 };\na.x",
    "program.mts": "const x: number = await 1;\nconsole.log(x)",
    "enum.ts": "\nenum A { B }",
    "program.rb": "puts 1",
    "program.txt": "print(len(files['data.txt']), name)",
    "data.txt": "12345",
    "fails.py": "import math\nprint('before')\n1 / 0\n",
    "exits.py": "raise SystemExit(7)",
    "loops.py": "while True: pass",
    "denied.py": "import subprocess",
    "broken.py": "def f(:",
    "latin.py": Buffer.from([0x27, 0xe9, 0x27]),
    "long.py": "1".padEnd(10_241),
  });
});
afterAll(async () => {
  await dir[Symbol.asyncDispose]();
});

describe.concurrent("rlm-mcp run", () => {
  interface Case {
    readonly what: string;
    readonly args: readonly string[];
    readonly stdin?: string;
    readonly status: number;
    readonly stdout?: string;
    readonly stderr: string;
  }
  const cases: readonly Case[] = [
    {
      what: "a Python file",
      args: ["program.py"],
      status: 0,
      stdout: "hello\n42\n",
      stderr: "[ok; wasm (cpython-wasi);",
    },
    {
      what: "a JavaScript file, known by its name",
      args: ["program.js"],
      status: 0,
      stdout: "hello\n42\n",
      stderr: "[ok; wasm (quickjs-wasm);",
    },
    { what: "a TypeScript file", args: ["program.ts"], status: 0, stdout: "42\n", stderr: "[ok; wasm (quickjs-wasm);" },
    { what: "a TypeScript module", args: ["program.mts"], status: 0, stdout: "1\n", stderr: "[ok;" },
    { what: "an enum", args: ["enum.ts"], status: 3, stderr: "Cannot remove the types of an enum" },
    { what: "a name that tells no language", args: ["program.rb"], status: 2, stderr: "--language python|javascript" },
    {
      what: "a name that tells another language than the option",
      args: ["program.rb", "--language", "python"],
      status: 1,
      stderr: "SyntaxError",
    },
    { what: "a module", args: ["program.mjs"], status: 0, stderr: "[ok; wasm (quickjs-wasm);" },
    {
      what: "the stdin of a Python file",
      args: ["asks.py"],
      stdin: "Ada\n36\n",
      status: 0,
      stdout: "Name? Age? Ada is 36\n",
      stderr: "[ok;",
    },
    {
      what: "the stdin of a JavaScript file",
      args: ["asks.js"],
      stdin: "a\nb\n",
      status: 0,
      stdout: "[ 'a', 'b' ]\n",
      stderr: "[ok;",
    },
    {
      what: "a stdin that is too long",
      args: ["asks.js"],
      stdin: "x".repeat(1_048_577),
      status: 3,
      stderr: "Cannot use stdin: it must be well-formed text of at most 1048576 bytes",
    },
    { what: "no stdin", args: ["asks.py"], status: 3, stderr: "Pass the lines in the `stdin` argument" },
    { what: "stdin", args: ["-"], stdin: "print('from stdin')", status: 0, stdout: "from stdin\n", stderr: "[ok;" },
    {
      what: "stdin in another language",
      args: ["-", "--language", "javascript"],
      stdin: "console.log(1)",
      status: 0,
      stderr: "quickjs-wasm",
    },
    {
      what: "a file with inputs and files",
      args: ["program.txt", "--language", "python", "--inputs", '{"name":"n"}', "--file", "data.txt"],
      status: 0,
      stdout: "5 n\n",
      stderr: "[ok;",
    },
    {
      what: "a program that throws",
      args: ["fails.py"],
      status: 1,
      stdout: "before\n",
      stderr: 'File "program.py", line 3',
    },
    { what: "a program that exits by itself", args: ["exits.py"], status: 1, stdout: "", stderr: "[error;" },
    {
      what: "a program that loops",
      args: ["loops.py", "--timeout", "200"],
      status: 1,
      stdout: "",
      stderr: "[timeout;",
    },
    { what: "a program with a syntax error", args: ["broken.py"], status: 1, stdout: "", stderr: "SyntaxError" },
    {
      what: "a program that the policy denies",
      args: ["denied.py"],
      status: 3,
      stdout: "",
      stderr: 'Cannot import "subprocess"',
    },
    { what: "a program that is too long", args: ["long.py"], status: 3, stdout: "", stderr: "it is 10241 bytes long" },
    { what: "an empty program", args: ["-"], status: 3, stdout: "", stderr: "it is empty" },
    {
      what: "an unknown language",
      args: ["program.py", "--language", "ruby"],
      status: 3,
      stdout: "",
      stderr: 'it must be "python" or "javascript" or "typescript", it is "ruby"',
    },
    {
      what: "timeout NaN",
      args: ["program.py", "--timeout", "NaN"],
      status: 3,
      stdout: "",
      stderr: 'Cannot use timeout_ms: it must be a whole number from 1 to 5000, it is "NaN"',
    },
    { what: "timeout 0", args: ["program.py", "--timeout", "0"], status: 3, stdout: "", stderr: "it is 0" },
    { what: "timeout 5001", args: ["program.py", "--timeout=5001"], status: 3, stdout: "", stderr: "it is 5001" },
    { what: "timeout 1e3", args: ["program.py", "--timeout", "1e3"], status: 3, stdout: "", stderr: 'it is "1e3"' },
    {
      what: "memory 257",
      args: ["program.py", "--memory", "257"],
      status: 3,
      stdout: "",
      stderr: "Cannot use memory_limit_mb: it must be a whole number from 16 to 256, it is 257",
    },
    {
      what: "a file outside the working directory",
      args: ["program.py", "--file", "/etc/hostname"],
      status: 3,
      stdout: "",
      stderr: 'Cannot use path "/etc/hostname"',
    },
    {
      what: "a program that is not there",
      args: ["none.py"],
      status: 2,
      stdout: "",
      stderr: 'Cannot read "none.py": it must be a readable file',
    },
    { what: "a program that is no UTF-8", args: ["latin.py"], status: 2, stdout: "", stderr: "it must be UTF-8" },
    {
      what: "inputs that are no JSON",
      args: ["program.py", "--inputs", "{a}"],
      status: 2,
      stdout: "",
      stderr: 'Cannot use --inputs "{a}": it must be JSON',
    },
    { what: "an unknown option", args: ["program.py", "--colour"], status: 2, stdout: "", stderr: "--colour" },
  ];

  it.each(cases)("$what ends with status $status", async ({ args, stdin = "", status, stdout, stderr }) => {
    const ended = await runCommand(["run", ...args], { env: WASM, cwd: dir.path, stdin });
    expect(ended.stderr).toContain(stderr);
    expect(ended.status).toBe(status);
    if (stdout !== undefined) expect(ended.stdout).toBe(stdout);
    // The text is for people, so it has no stack trace.
    expect(ended.stderr).not.toMatch(/\n\s+at .*\.js:/);
  });

  it("--json prints the tool's whole result and nothing else", async () => {
    const { status, stdout, stderr } = await runCommand(["run", "program.py", "--json"], { env: WASM, cwd: dir.path });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      status: "ok",
      stdout: "hello\n",
      result: "42",
      isolation: { level: "wasm" },
      refusal: null,
      fault: null,
    });
  });

  it("--json prints the tool's result for a refusal too", async () => {
    const { status, stdout } = await runCommand(["run", "--json", "denied.py"], { env: WASM, cwd: dir.path });
    expect(status).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      status: "refused",
      refusal: { reason: "policy-denied", rule: "PY-IMPORT-001" },
    });
  });

  it("without a file prints its usage", async () => {
    const bare = await runCommand(["run"], { env: WASM });
    expect(bare.status).toBe(2);
    expect(bare.stdout + bare.stderr).toContain("rlm-mcp run FILE");
    const asked = await runCommand(["run", "--help"], { env: WASM });
    expect(asked).toMatchObject({ status: 0, stderr: "" });
    expect(asked.stdout).toContain("Exit status: 0 ok");
  });

  it("takes settings before and after its name", async () => {
    const { status, stderr } = await runCommand(
      ["--execution-mode", "wasm", "run", "program.py", "--memory-limit=1g"],
      { cwd: dir.path },
    );
    expect(stderr).toContain("wasm (cpython-wasi)");
    expect(status).toBe(0);
  });
});

describe.concurrent("rlm-mcp doctor", () => {
  it("prints which isolation programs get, and ends with 0 if they are isolated", async () => {
    const { status, stdout, stderr } = await runCommand(["doctor"], { env: { ...WASM, ...NO_ENGINE } });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^ok\s+node/m);
    expect(stdout).toMatch(/^no\s+docker/m);
    expect(stdout).toMatch(/^ok\s+run python/m);
    expect(stdout).toMatch(/^ok\s+run javascript/m);
    expect(stdout).toContain("Programs run on wasm (wasm), isolation: wasm. RLM_EXECUTION_MODE is wasm");
    expect(stdout).toContain("install Docker");
    expect(stdout).toContain("For gVisor: install runsc");
  });

  it("--json prints the same as JSON", async () => {
    const { status, stdout, stderr } = await runCommand(["doctor", "--json"], { env: { ...WASM, ...NO_ENGINE } });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const diagnosis = JSON.parse(stdout) as { checks: { name: string; ok: boolean }[]; advice: string[] };
    expect(diagnosis).toMatchObject({
      engine: "wasm",
      runtime: "wasm",
      level: "wasm",
      why: "RLM_EXECUTION_MODE is wasm",
      warnings: [],
    });
    expect(Object.fromEntries(diagnosis.checks.map(({ name, ok }) => [name, ok]))).toEqual({
      node: true,
      docker: false,
      "run python": true,
      "run javascript": true,
    });
    expect(diagnosis.advice).toHaveLength(2);
  });

  it("ends with 1 if programs run with no isolation", async ({ skip }) => {
    skip(process.platform === "win32", "the local engine needs Linux or macOS");
    const { status, stdout } = await runCommand(["doctor", "--json"], {
      env: { RLM_EXECUTION_MODE: "local", RLM_DANGEROUSLY_ALLOW_LOCAL: "true", ...NO_ENGINE },
    });
    const diagnosis = JSON.parse(stdout) as { checks: { name: string; ok: boolean }[]; warnings: string[] };
    skip(
      diagnosis.checks.some(({ name, ok }) => name === "run python" && !ok),
      "this machine has no python3 3.11 for the local engine",
    );
    expect(diagnosis).toMatchObject({ engine: "local", level: "none" });
    expect(diagnosis.warnings.join()).toContain("NO isolation");
    expect(status).toBe(1);
  });

  it("ends with 2 and the reason if programs cannot run", async () => {
    const { status, stdout } = await runCommand(["doctor"], { env: { RLM_EXECUTION_MODE: "docker", ...NO_ENGINE } });
    expect(status).toBe(2);
    expect(stdout).toMatch(/Programs cannot run: Cannot use Docker: /);
    expect(stdout).toContain("install Docker");
  });

  it("refuses an unknown option", async () => {
    const { status, stdout, stderr } = await runCommand(["doctor", "--colour"], { env: WASM });
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain("rlm-mcp doctor [--json]");
  });
});

describe.concurrent("rlm-mcp", () => {
  it.each(["--help", "-h", "help"])("%s lists the commands and every setting", async (flag) => {
    const { status, stdout, stderr } = await runCommand([flag]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const words of [
      "rlm-mcp [serve]",
      "rlm-mcp run FILE",
      "rlm-mcp doctor",
      "rlm-mcp image build",
      "--execution-mode (RLM_EXECUTION_MODE, default auto)",
      "--log-level (RLM_LOG_LEVEL, default info)",
    ]) {
      expect(stdout).toContain(words);
    }
  });

  it.each(["--version", "-v"])("%s prints the package's version", async (flag) => {
    const { default: manifest } = await import("../../package.json", { with: { type: "json" } });
    expect(await runCommand([flag])).toMatchObject({ status: 0, stdout: `${manifest.version}\n`, stderr: "" });
  });

  it.each([
    {
      args: ["fly"],
      says: 'Cannot use "fly": the commands are serve, run, check, doctor and image, see rlm-mcp --help',
    },
    { args: ["--colour"], says: 'Cannot use "--colour": the commands are' },
    { args: ["serve", "extra"], says: 'Cannot use "extra": serve takes settings only' },
    { args: ["serve", "--port", "80"], says: 'Cannot use "--port": serve takes settings only' },
  ])("$args ends with status 2 and a sentence", async ({ args, says }) => {
    const { status, stdout, stderr } = await runCommand(args, { env: WASM });
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(says);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe.concurrent("the server does not start", () => {
  it.each([
    {
      what: "with an unknown setting",
      env: { RLM_TIMEOUT: "5" },
      says: "Cannot use RLM_TIMEOUT: it is not a setting, the settings are RLM_EXECUTION_MODE, ",
    },
    {
      what: "with a bad mode",
      env: { RLM_EXECUTION_MODE: "podman" },
      says: 'Cannot use RLM_EXECUTION_MODE="podman": it must be auto, docker, wasm or local',
    },
    {
      what: "with a network",
      env: { RLM_NETWORK_ENABLED: "true" },
      says:
        'Cannot use RLM_NETWORK_ENABLED="true": it must be false: ' +
        "no engine of this version gives a program a network",
    },
    {
      what: "with half a switch for the unsafe engine",
      env: { RLM_EXECUTION_MODE: "local" },
      says: "it runs programs with no isolation, so it also needs RLM_DANGEROUSLY_ALLOW_LOCAL=true",
    },
    {
      what: "with the unsafe engine's second switch off",
      env: { RLM_EXECUTION_MODE: "local", RLM_DANGEROUSLY_ALLOW_LOCAL: "false" },
      says: "it also needs RLM_DANGEROUSLY_ALLOW_LOCAL=true",
    },
    {
      what: "with gVisor required of the embedded engine",
      env: { ...WASM, RLM_REQUIRE_GVISOR: "true" },
      says: "gVisor needs docker or auto",
    },
    {
      what: "with a root that is missing",
      env: { ...WASM, RLM_ALLOWED_ROOTS: "/no/such/directory" },
      says: 'Cannot allow root "/no/such/directory": it must be a directory that exists',
    },
    {
      what: "with a root that never is one",
      env: { ...WASM, RLM_ALLOWED_ROOTS: "/etc" },
      says: 'Cannot allow root "/etc": it must be a project directory',
    },
    {
      what: "with a relative root in the environment",
      env: { ...WASM, RLM_ALLOWED_ROOTS: "project" },
      says: 'Cannot use RLM_ALLOWED_ROOTS="project": it must be absolute directories',
    },
  ])("$what: status 2, a sentence on stderr, nothing on stdout", async ({ env, says }) => {
    await using server = await startRaw({ env: { RLM_EXECUTION_MODE: "auto", ...env } });
    // Its stdin stays open, so the server must end by itself.
    expect(await server.exited).toEqual({ status: 2, signal: null });
    await eventually(() => server.stderr !== "", "the sentence");
    expect(server.stderr).toContain(says);
    expect(server.stderr).not.toMatch(/\n\s+at /);
    expect(server.lines).toEqual([]);
  });

  it("with two bad settings, and names both", async () => {
    const { status, stderr } = await runCommand(["--cpu-limit", "9"], { env: { RLM_POOL_MAX: "0" } });
    expect(status).toBe(2);
    expect(stderr).toContain('Cannot use --cpu-limit="9": it must be a number from 0.1 to 4.0');
    expect(stderr).toContain('Cannot use RLM_POOL_MAX="0": it must be a whole number from 1 to 64');
  });
});

describe.concurrent("a server whose settings require an engine that is not there", () => {
  it.each([
    { what: "Docker", env: { RLM_EXECUTION_MODE: "docker", ...NO_ENGINE } },
    { what: "gVisor", env: { RLM_EXECUTION_MODE: "auto", RLM_REQUIRE_GVISOR: "true", ...NO_ENGINE } },
  ])("($what) answers, checks programs, and tells at each run what to do", async ({ env }) => {
    await using connection = await connect({ env });
    const told = /^Cannot use Docker: .*(DOCKER_HOST|does not answer).*Then start the server again$/;
    for (const language of ["python", "javascript"])
      for (const interpreter of ["fresh", "session"])
        expect(await connection.refused({ code: "1", language, interpreter })).toMatchObject({
          reason: "engine-unavailable",
          stage: "sandbox",
          message: expect.stringMatching(told),
        });
    expect(await connection.check({ code: "import os" })).toMatchObject({ verdict: "deny" });
    expect(connection.stderr).toMatch(/^Cannot use Docker: /m);
    expect(connection.stderr).not.toMatch(/\n\s+at /);
  });
});

describe.concurrent("auto without a Docker engine", () => {
  it("serves from the embedded engine and logs the reason", async () => {
    await using connection = await connect({ env: { RLM_EXECUTION_MODE: "auto", ...NO_ENGINE } });
    expect(await connection.exec({ code: "print(6 * 7)" })).toMatchObject({
      status: "ok",
      stdout: "42\n",
      isolation: { engine: "wasm", level: "wasm" },
    });
    const log = connection.stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { level: number; msg: string; engine?: string; why?: string });
    expect(log).toContainEqual(
      expect.objectContaining({ msg: "engine chosen", engine: "wasm", why: "Docker cannot be used" }),
    );
    const warning = log.find(({ level }) => level === 40);
    expect(warning?.msg).toMatch(/^Cannot use Docker: .*(DOCKER_HOST|does not answer)/);
  });
});
