import { createHash } from "node:crypto";
import { rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type Connection, type ExecResult } from "../support/mcp-client.js";
import { nested } from "../support/nested.js";
import { tempDir, type TempDir } from "../support/temp-dir.js";

/** A secret beside the root. No answer may contain it. */
const SECRET = "the-secret-of-the-neighbour";

/** The limit of all files of a call together: 8 MiB. */
const MAX_FILES_SIZE = 8_388_608;

let base: TempDir;
let root: string;
let server: Connection;

beforeAll(async () => {
  base = await tempDir({
    "project-neighbour/secret.txt": SECRET,
    "project/data/words.txt": "one\ntwo\nthrée\n",
    "project/data/bytes.bin": Buffer.from([0, 255, 254, 10]),
    "project/large.txt": Buffer.alloc(MAX_FILES_SIZE + 1, "x"),
  });
  root = base.at("project");
  await symlink(base.at("project-neighbour", "secret.txt"), path.join(root, "way-out.txt"));
  await symlink(base.at("project-neighbour"), path.join(root, "way-out"));
  await symlink(path.join(root, "data", "words.txt"), path.join(root, "inner-link.txt"));
  server = await connect({ args: ["--allow-root", root] });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await base[Symbol.asyncDispose]();
});

describe("rlm_exec_run refuses", () => {
  interface Case {
    readonly what: string;
    readonly args: Record<string, unknown>;
    /** The field, its limit, and the value that the message names. */
    readonly says: readonly string[];
    readonly field: string;
  }
  const codeLimit = "Cannot use code: it must be 1 to 10240 bytes of well-formed text without NUL";
  const timeLimit = "Cannot use timeout_ms: it must be a whole number from 1 to 5000";
  const memoryLimit = "Cannot use memory_limit_mb: it must be a whole number from 16 to 256";
  const cases: readonly Case[] = [
    { what: "no code", args: {}, field: "code", says: [`${codeLimit}, it is missing`] },
    { what: "empty code", args: { code: "" }, field: "code", says: [`${codeLimit}, it is empty`] },
    {
      what: "a NUL in the code",
      args: { code: "1\0" },
      field: "code",
      says: [`${codeLimit}, it is text with a NUL at position 1`],
    },
    {
      what: "10 241 bytes",
      args: { code: "1".padEnd(10_241) },
      field: "code",
      says: [`${codeLimit}, it is 10241 bytes long`],
    },
    {
      what: "10 241 bytes in fewer characters",
      args: { code: `'${"é".repeat(5_119)}'#` },
      field: "code",
      says: [`${codeLimit}, it is 10241 bytes long`],
    },
    {
      what: "a lone high surrogate",
      args: { code: "'\ud83d'" },
      field: "code",
      says: [`${codeLimit}, it is text with a lone surrogate`],
    },
    {
      what: "a lone low surrogate",
      args: { code: "'\ude00'" },
      field: "code",
      says: [`${codeLimit}, it is text with a lone surrogate`],
    },
    {
      what: "code that is no text",
      args: { code: ["print(1)"] },
      field: "code",
      says: [`${codeLimit}, it is a list of 1`],
    },
    {
      what: "an unknown language",
      args: { code: "1", language: "ruby" },
      field: "language",
      says: ['Cannot use language: it must be "python" or "javascript" or "typescript", it is "ruby"'],
    },
    {
      what: "a language with a typing error",
      args: { code: "1", language: "Pyton" },
      field: "language",
      says: ['it is "Pyton"'],
    },
    {
      what: "an unknown field",
      args: { code: "1", timeout: 5 },
      field: "",
      says: ['Cannot use field "timeout": it must be one of code, language, session_id, timeout_ms,'],
    },
    { what: "timeout 0", args: { code: "1", timeout_ms: 0 }, field: "timeout_ms", says: [`${timeLimit}, it is 0`] },
    {
      what: "timeout 5001",
      args: { code: "1", timeout_ms: 5_001 },
      field: "timeout_ms",
      says: [`${timeLimit}, it is 5001`],
    },
    { what: "timeout -1", args: { code: "1", timeout_ms: -1 }, field: "timeout_ms", says: [`${timeLimit}, it is -1`] },
    {
      what: "timeout 1.5",
      args: { code: "1", timeout_ms: 1.5 },
      field: "timeout_ms",
      says: [`${timeLimit}, it is 1.5`],
    },
    {
      what: "timeout as text that is no number",
      args: { code: "1", timeout_ms: "5 s" },
      field: "timeout_ms",
      says: [`${timeLimit}, it is "5 s"`],
    },
    {
      what: "memory 15",
      args: { code: "1", memory_limit_mb: 15 },
      field: "memory_limit_mb",
      says: [`${memoryLimit}, it is 15`],
    },
    {
      what: "memory 257",
      args: { code: "1", memory_limit_mb: 257 },
      field: "memory_limit_mb",
      says: [`${memoryLimit}, it is 257`],
    },
    {
      what: "inputs that are a list",
      args: { code: "1", inputs: [1] },
      field: "inputs",
      says: ["Cannot use inputs: it must be an object of JSON values, at most 4194304 bytes", "it is a list of 1"],
    },
    {
      what: "inputs over 4 MiB",
      args: { code: "1", inputs: { a: "x".repeat(4_194_297) } },
      field: "inputs",
      says: ["it is an object of 4194305 bytes"],
    },
    {
      what: "inputs over 4 MiB in fewer characters",
      args: { code: "1", inputs: { a: "é".repeat(2_097_149) } },
      field: "inputs",
      says: ["it is an object of 4194306 bytes"],
    },
    {
      what: "inputs nested 101 deep",
      args: { code: "1", inputs: { a: nested(100) } },
      field: "inputs",
      says: ["it is nested more than 100 deep"],
    },
    {
      what: "files that are a number",
      args: { code: "1", files: 5 },
      field: "files",
      says: ["Cannot use files: it must be a list of at most 1000 paths", "it is 5"],
    },
    {
      what: "1 001 files",
      args: { code: "1", files: Array<string>(1_001).fill("a.txt") },
      field: "files",
      says: ["it is a list of 1001"],
    },
    {
      what: "many things, all named at once",
      args: { code: "", language: "ruby", timeout_ms: 0, memory_limit_mb: 257, inputs: 1, files: {}, colour: "red" },
      field: "code",
      says: [
        "Cannot use code",
        "Cannot use language",
        "Cannot use timeout_ms",
        "Cannot use memory_limit_mb",
        "Cannot use inputs",
        "Cannot use files",
        'Cannot use field "colour"',
      ],
    },
  ];

  it.each(cases)("$what", async ({ args, says, field }) => {
    const result = await server.exec(args);
    expect(result).toMatchObject({ status: "refused", stdout: "", result: null, exit_code: null });
    expect(result.refusal).toMatchObject({
      reason: "bad-input",
      stage: "limits",
      resource: field === "" ? null : field,
      retryable: false,
    });
    for (const words of says) expect(result.refusal?.message).toContain(words);
  });

  it("only the wrong fields, and names no correct one", async () => {
    const { message } = await server.refused({ code: "1", timeout_ms: 0, memory_limit_mb: 16 });
    expect(message).not.toMatch(/code|memory/);
  });
});

describe("rlm_exec_run accepts, at the limit,", () => {
  it.each([
    { what: "10 240 bytes", args: { code: "7".padEnd(10_240) }, result: "7" },
    { what: "10 240 bytes in fewer characters", args: { code: `len('${"é".repeat(5_116)}') ` }, result: "5116" },
    { what: "timeout 5000", args: { code: "7", timeout_ms: 5_000 }, result: "7" },
    { what: "memory 256", args: { code: "7", memory_limit_mb: 256 }, result: "7" },
    { what: "inputs of 4 MiB", args: { code: "len(a)", inputs: { a: "x".repeat(4_194_296) } }, result: "4194296" },
    { what: "inputs nested 100 deep", args: { code: "str(a).count('[')", inputs: { a: nested(99) } }, result: "99" },
  ])("$what", async ({ args, result }) => {
    expect(await server.exec(args)).toMatchObject({ status: "ok", result });
  });

  it("16 MiB of memory, and a program runs in it", async () => {
    expect(await server.exec({ code: "7", memory_limit_mb: 16 })).toMatchObject({
      status: "ok",
      result: "7",
      limits: { memory_limit_mb: 16 },
    });
    expect(await server.exec({ code: "7", memory_limit_mb: 32 })).toMatchObject({
      status: "ok",
      limits: { memory_limit_mb: 32 },
    });
  });
});

describe("a syntax error is an error of the program and nothing ran", () => {
  it.each([
    { language: "python", code: "print('ran')\nx = = 1", line: 2, column: 5 },
    { language: "python", code: "print('ran')\nif True:\nprint(1)", line: 3, column: 1 },
    { language: "python", code: "print('ran')\nreturn 1", line: 2, column: 1 },
    { language: "javascript", code: "console.log('ran');\nlet x = = 1;", line: 2, column: 9 },
    { language: "javascript", code: "console.log('ran');\nreturn 1;", line: 2, column: 1 },
  ])("$language: $code", async ({ language, code, line, column }) => {
    const result = await server.exec({ code, language });
    expect(result).toMatchObject({ status: "error", stdout: "", result: null, refusal: null });
    expect(result.error?.type).toMatch(/^(SyntaxError|IndentationError)$/);
    expect(result.error).toMatchObject({ line, column });
  });
});

describe("rlm_exec_run runs", () => {
  it("Python, and gives the last expression's value", async () => {
    const result = await server.exec({ code: "x = [n * n for n in range(4)]\nprint(sum(x))\nx" });
    expect(result).toMatchObject({
      status: "ok",
      stdout: "14\n",
      stderr: "",
      result: "[0, 1, 4, 9]",
      exit_code: 0,
      error: null,
    });
    expect(result.isolation).toMatchObject({ engine: "wasm", runtime: "cpython-wasi", level: "wasm", network: "none" });
  });

  it("JavaScript, and gives the last expression's value", async () => {
    const result = await server.exec({
      language: "javascript",
      code: "const x = await Promise.resolve([1, 2]);\nconsole.log(x.length);\nx.map((n) => n * 2)",
    });
    expect(result).toMatchObject({ status: "ok", stdout: "2\n", stderr: "", exit_code: 0, error: null });
    expect(result.result).toMatch(/^\[\s*2,\s*4\s*\]$/);
    expect(result.isolation).toMatchObject({ engine: "wasm", runtime: "quickjs-wasm", level: "wasm", network: "none" });
  });

  it("a program without a last expression, whose result is then null", async () => {
    expect(await server.exec({ code: "x = 1" })).toMatchObject({ status: "ok", result: null });
  });

  it.each([
    { language: "python", code: "def f(n):\n    return 1 // n\n\nf(0)", line: 2, type: "ZeroDivisionError" },
    { language: "javascript", code: "function f(n) {\n  return n.x();\n}\n\nf({});", line: 2, type: "TypeError" },
  ])("$language until it throws, and says on which line", async ({ language, code, line, type }) => {
    const { status, error } = await server.exec({ language, code });
    expect(status).toBe("error");
    expect(error).toMatchObject({ type, line });
    // The program's own frames only: no file of the server or the guest.
    expect(error?.traceback).toMatch(/program\.(py|js)/);
    expect(error?.traceback).not.toMatch(/prelude|runner|supervisor|node:|\/work|dist/);
  });

  it("a program that prints text of every kind", async () => {
    const result = await server.exec({ code: "import sys\nprint('é ☃ \\U0001F40D')\nprint('err', file=sys.stderr)" });
    expect(result).toMatchObject({ status: "ok", stdout: "é ☃ \u{1F40D}\n", stderr: "err\n" });
    expect(await server.exec({ code: "print('é ☃ \\U0001F40D \\0')" })).toMatchObject({ stdout: "é ☃ \u{1F40D} \0\n" });
  });

  it("a program for its time limit and no longer", async () => {
    const { status, timings, stdout } = await server.exec({
      code: "print('before', flush=True)\nwhile True: pass",
      timeout_ms: 300,
    });
    expect(status).toBe("timeout");
    expect(stdout).toBe("before\n");
    expect(timings.run_ms).toBeGreaterThanOrEqual(290);
    expect(timings.run_ms).toBeLessThan(800);
  });
});

describe("inputs", () => {
  it("become variables of their own type", async () => {
    const inputs = { whole: 1, real: 1.5, yes: true, nothing: null, text: "é", list: [1, { a: [] }], map: { k: "v" } };
    const { result } = await server.exec({ code: "[whole, real, yes, nothing, text, list, map]", inputs });
    expect(result).toBe("[1, 1.5, True, None, 'é', [1, {'a': []}], {'k': 'v'}]");
    const javascript = await server.exec({
      language: "javascript",
      code: "JSON.stringify({ whole, real, yes, nothing, text, list, map })",
      inputs,
    });
    expect(javascript.result).toContain('"list":[1,{"a":[]}]');
  });

  it.each(["python", "javascript"])("may be a context of 1 MB in %s", async (language) => {
    const context = "0123456789".repeat(100_000);
    const code =
      language === "python" ? "print(len(context), context[-1])" : "console.log(context.length, context.at(-1))";
    expect(await server.exec({ code, language, inputs: { context } })).toMatchObject({
      status: "ok",
      stdout: "1000000 9\n",
    });
  });

  it("are part of the provenance by their digest, as is the code", async () => {
    const code = "print(é)  # ☃";
    const { provenance } = await server.exec({ code, inputs: { é: 1 } });
    expect(provenance).toMatchObject({
      code_sha256: sha256(code),
      inputs_sha256: sha256(JSON.stringify({ é: 1 })),
      files: [],
    });
  });

  it("of one call are not there in the next", async () => {
    await server.exec({ code: "kept = left", inputs: { left: 1 } });
    for (const name of ["left", "kept"])
      expect((await server.exec({ code: name })).error).toMatchObject({ type: "NameError" });
  });
});

describe("files", () => {
  const inside = "data/words.txt";

  it.each(["relative", "absolute"])(
    "inside the root are readable by their relative path when asked for by an %s one",
    async (kind) => {
      const asked = kind === "relative" ? inside : path.join(root, inside);
      const result = await server.exec({ code: "files['data/words.txt'].splitlines()", files: [asked] });
      expect(result).toMatchObject({ status: "ok", result: "['one', 'two', 'thrée']" });
      expect(result.provenance?.files).toEqual([
        {
          path: asked,
          sha256: sha256("one\ntwo\nthrée\n"),
          sandbox_path: `/workspace/${path.basename(root)}/${inside}`,
        },
      ]);
    },
  );

  it("reach JavaScript too", async () => {
    const result = await server.exec({
      language: "javascript",
      code: "files['data/words.txt'].split('\\n')[1]",
      files: [inside],
    });
    expect(result.result).toContain("two");
  });

  it("that are not UTF-8 arrive as bytes", async () => {
    expect(await server.exec({ code: "list(files['data/bytes.bin'])", files: ["data/bytes.bin"] })).toMatchObject({
      result: "[0, 255, 254, 10]",
    });
  });

  it("that are links inside the root have the name of their target", async () => {
    expect(await server.exec({ code: "list(files)", files: ["inner-link.txt"] })).toMatchObject({
      result: "['data/words.txt']",
    });
  });

  it("that the call does not name are not in the sandbox", async () => {
    expect(await server.exec({ code: "list(files)" })).toMatchObject({ status: "ok", result: "[]" });
  });

  it.each([
    ["outside", "/etc/hostname"],
    ["of a neighbour that shares a prefix", "../project-neighbour/secret.txt"],
    ["above the root", "data/../../project-neighbour/secret.txt"],
    ["missing inside", "data/none.txt"],
    ["missing outside", "/no/such/file"],
    ["behind a link that leads out", "way-out.txt"],
    ["below a directory link that leads out", "way-out/secret.txt"],
  ])("%s are refused with the same words", async (_what, asked) => {
    const result = await server.exec({ code: "print(files)", files: [asked] });
    expect(result).toMatchObject({ status: "refused", stdout: "", provenance: { files: [] } });
    expect(result.refusal).toMatchObject({
      reason: "path-denied",
      stage: "paths",
      resource: asked,
      message: `Cannot use path ${JSON.stringify(asked)}: no such file inside the allowed roots`,
      retryable: false,
    });
    expect(JSON.stringify(result)).not.toContain(SECRET);
  });

  it.each([
    ["a directory", "data", ["data/bytes.bin", "data/words.txt"]],
    ["a directory with a slash at its end, and a file in it again", "data/", ["data/bytes.bin", "data/words.txt"]],
  ])("of %s come all, each with its hash and its place", async (_what, asked, names) => {
    const { result, provenance } = await server.exec({ code: "sorted(files)", files: [asked, inside] });
    expect(result).toBe(`[${names.map((name) => `'${name}'`).join(", ")}]`);
    expect(provenance?.files.map(({ path: given, sandbox_path: place }) => [given, place])).toEqual(
      names.map((name) => [name, `/workspace/project/${name}`]),
    );
  });

  it("of the root itself come all except links, and the result names the links that were left out", async () => {
    await rm(path.join(root, "large.txt"));
    const { result, provenance } = await server.exec({ code: "sorted(files)", files: ["."] });
    await writeFile(path.join(root, "large.txt"), Buffer.alloc(MAX_FILES_SIZE + 1, "x"));
    expect(result).toBe("['data/bytes.bin', 'data/words.txt']");
    expect(provenance?.left_out).toEqual(["inner-link.txt", "way-out", "way-out.txt"]);
  });

  it("lie in the program's own workspace, which it may change if the policy allows it", async () => {
    await using own = await connect({ args: ["--allow-root", root], env: { RLM_POLICY: "educational" } });
    const code =
      "import os\nopen('data/words.txt', 'w').write('new')\n" +
      "open('/workspace/project/data/words.txt').read(), os.getcwd(), files['data/words.txt']";
    expect(await own.exec({ code, files: [inside] })).toMatchObject({ status: "refused" });
    const allowed =
      "open('data/words.txt', 'w').write('new')\n" +
      "open('/workspace/project/data/words.txt').read(), open('/tmp/x', 'w').write('y')";
    expect(await own.exec({ code: allowed, files: [inside] })).toMatchObject({ status: "ok", result: "('new', 1)" });
    expect(await own.exec({ code: "open('data/words.txt').read()", files: [inside] })).toMatchObject({
      result: "'one\\ntwo\\nthrée\\n'",
    });
    expect(await own.exec({ code: "open('data/words.txt')" })).toMatchObject({
      status: "error",
      error: { type: "FileNotFoundError" },
    });
  });

  it.each([
    ["usually holds keys", [".env", "data/id_rsa", ".git/config"], {}],
    ["the operator has added", ["data/words.txt"], { RLM_RESTRICTED_NAMES: "words.*" }],
  ])("whose name %s are refused, whether they exist or not", async (_what, named, env) => {
    await using own = await connect({ args: ["--allow-root", root], env });
    for (const asked of named)
      expect(await own.refused({ code: "1", files: [asked] }), asked).toMatchObject({
        reason: "path-restricted",
        resource: asked,
      });
    expect(await own.exec({ code: "len(files)", files: ["data/bytes.bin"] })).toMatchObject({
      status: "ok",
      result: "1",
    });
    if (named.includes(inside))
      expect(await own.exec({ code: "list(files)", files: ["data"] })).toMatchObject({
        result: "['data/bytes.bin']",
        provenance: { left_out: [inside] },
      });
  });

  it("are all refused if one is", async () => {
    expect(await server.refused({ code: "1", files: [inside, "/etc/hostname"] })).toMatchObject({
      reason: "path-denied",
      resource: "/etc/hostname",
    });
  });

  it.each([
    ["too large", ["large.txt"], `it may have at most ${MAX_FILES_SIZE} bytes`],
    ["with a NUL in their path", ["a\0b"], "NUL"],
  ])("%s are refused as bad input that names the limit", async (_what, files, says) => {
    const { reason, message } = await server.refused({ code: "1", files });
    expect(reason).toBe("bad-input");
    expect(message).toContain(says);
  });

  it("are refused, with the sizes, if the paths before have left too little room", async () => {
    const full = path.join(root, "full.txt");
    await writeFile(full, Buffer.alloc(MAX_FILES_SIZE, "x"));
    const refused = await server.refused({ code: "1", files: ["full.txt", inside] });
    await rm(full);
    expect(refused).toMatchObject({ reason: "bad-input", resource: inside });
    expect(refused.message).toMatch(
      /all paths of a call may have at most 8388608 bytes together, those before it have 8388608, and it has \d+; name/,
    );
  });

  it("are private copies: the host's file stays as it is", async () => {
    const code = "files['data/words.txt'] = 'changed'\nfiles";
    await server.exec({ code, files: [inside] });
    expect(await server.exec({ code: "files['data/words.txt'][:3]", files: [inside] })).toMatchObject({
      result: "'one'",
    });
  });
});

describe("sessions", () => {
  it("start with the operator's roots", async () => {
    await using own = await connect({
      args: ["--allow-root", root, "--allow-root", base.at("project-neighbour")],
    });
    const { session_id: id } = await own.exec({ code: "1" });
    const narrowed = await own.setRoots({ roots: [path.join(root, "data")] });
    expect(narrowed).toMatchObject({
      session_id: id,
      roots: [path.join(root, "data")],
      ceiling: [root, base.at("project-neighbour")],
    });
    expect(await own.exec({ code: "files['words.txt'][:3]", files: ["words.txt"] })).toMatchObject({ result: "'one'" });
    // A link outside the session's roots that leads to an open file.
    expect(await own.exec({ code: "list(files)", files: [path.join(root, "inner-link.txt")] })).toMatchObject({
      result: "['words.txt']",
    });
    for (const files of [[path.join(root, "large.txt")], [base.at("project-neighbour", "secret.txt")]]) {
      expect(await own.refused({ code: "1", files })).toMatchObject({ reason: "path-denied" });
    }
  });

  it("with no roots deny every file, and may open the operator's roots again", async () => {
    await using own = await connect({ args: ["--allow-root", root] });
    expect(await own.setRoots({ roots: [] })).toMatchObject({ roots: [], ceiling: [root], refusal: null });
    for (const files of [["data/words.txt"], [path.join(root, "data/words.txt")]]) {
      expect(await own.refused({ code: "1", files })).toMatchObject({ reason: "path-denied" });
    }
    expect(await own.setRoots({ roots: [root] })).toMatchObject({ roots: [root], refusal: null });
    expect(await own.exec({ code: "len(files)", files: ["data/words.txt"] })).toMatchObject({ result: "1" });
  });

  it.each([
    ["a neighbour", () => base.at("project-neighbour")],
    ["the directory above", () => base.path],
    ["a link that leads out", () => path.join(root, "way-out")],
    ["the top of the disk", () => "/"],
    ["a system directory", () => "/etc"],
    ["what does not exist", () => path.join(root, "none")],
    ["a file", () => path.join(root, "data", "words.txt")],
  ])("cannot be widened to %s, and keep their roots", async (_what, asked) => {
    await using own = await connect({ args: ["--allow-root", root] });
    await own.setRoots({ roots: [path.join(root, "data")] });
    const denied = await own.setRoots({ roots: [root, asked()] });
    expect(denied.refusal).toMatchObject({ reason: "root-denied", stage: "paths", resource: asked() });
    expect(denied.roots).toEqual([path.join(root, "data")]);
    const files = [path.join(root, "large.txt")];
    expect(await own.refused({ code: "1", files })).toMatchObject({ reason: "path-denied" });
  });

  it("of another server are refused with the words of an unknown one", async () => {
    await using other = await connect({ args: ["--allow-root", root] });
    const { session_id: theirs } = await other.exec({ code: "1" });
    const { session_id: ours } = await server.exec({ code: "1" });
    expect(theirs).not.toBe(ours);
    const words = (message: string, id: string): string => message.replace(id, "ID");
    const foreign = await server.refused({ code: "1", session_id: theirs });
    const unknown = await server.refused({ code: "1", session_id: "s_0123456789012345678901" });
    expect(words(foreign.message, theirs ?? "")).toBe(words(unknown.message, "s_0123456789012345678901"));
    expect({ ...foreign, message: "", resource: "" }).toEqual({ ...unknown, message: "", resource: "" });
    expect(foreign.reason).toBe("session-unknown");
    expect(await server.exec({ code: "7", session_id: ours })).toMatchObject({ status: "ok", session_id: ours });
  });
});

describe("a verdict", () => {
  const code = "print('checked')";

  it("lets exactly the checked program run", async () => {
    const { verdict, verdict_id: id } = await server.check({ code });
    expect(verdict).toBe("allow");
    expect(await server.exec({ code, verdict_id: id })).toMatchObject({ status: "ok", stdout: "checked\n" });
  });

  it.each([
    ["another program", { code: "print('other')" }],
    ["the program with one space more", { code: `${code} ` }],
    ["another language", { code, language: "javascript" }],
  ])("does not let %s run", async (_what, args) => {
    const { verdict_id: id } = await server.check({ code });
    const result = await server.exec({ ...args, verdict_id: id });
    expect(result).toMatchObject({ status: "refused", stdout: "" });
    expect(result.refusal).toMatchObject({ reason: "verdict-mismatch", stage: "policy", resource: id });
    expect(result.refusal?.message).toContain("check the code again");
  });

  it.each(["v1.", `v1.${"A".repeat(43)}`, "allow", "s_x"])("that is made up (%j) is refused", async (id) => {
    expect(await server.refused({ code, verdict_id: id })).toMatchObject({ reason: "verdict-mismatch" });
  });

  it("of another server is refused", async () => {
    await using other = await connect();
    const { verdict_id: id } = await other.check({ code });
    expect(await server.refused({ code, verdict_id: id })).toMatchObject({ reason: "verdict-mismatch" });
  });

  it("of deny does not open the policy", async () => {
    const denied = "import socket";
    const { verdict, verdict_id: id } = await server.check({ code: denied });
    expect(verdict).toBe("deny");
    expect(await server.refused({ code: denied, verdict_id: id })).toMatchObject({ reason: "policy-denied" });
  });
});

describe("a policy denial says what to do:", () => {
  it.each([
    {
      what: "a module of Python",
      args: { code: "x = 1\nimport socket" },
      line: 2,
      column: 8,
      resource: "socket",
      offers: "math",
    },
    {
      what: "a module below another",
      args: { code: "from os import sep" },
      line: 1,
      column: 16,
      resource: "os",
      offers: "math",
    },
    {
      what: "a name of Python",
      args: { code: "x = 1\ny = eval('1')" },
      line: 2,
      column: 5,
      resource: "eval",
      offers: null,
    },
    {
      what: "a file",
      args: { code: "print(open('/etc/shadow').read())" },
      line: 1,
      column: 7,
      resource: "open",
      offers: null,
    },
    {
      what: "a module of Node",
      args: { language: "javascript", code: "let x;\nx = require('fs');" },
      line: 2,
      column: 5,
      resource: "fs",
      offers: null,
    },
  ])("$what", async ({ args, line, column, resource, offers }) => {
    const result = await server.exec(args);
    expect(result).toMatchObject({ status: "refused", stdout: "", isolation: null });
    expect(result.refusal).toMatchObject({ reason: "policy-denied", stage: "policy", line, column, retryable: false });
    expect(result.refusal?.resource).toContain(resource);
    expect(result.refusal?.rule).toMatch(/^(PY|JS)-[A-Z]+-\d{3}$/);
    expect(result.refusal?.message).toContain(`(line ${line}, column ${column})`);
    if (offers !== null) expect(result.refusal?.alternatives).toContain(offers);
    // The message has the whole finding and the suggestion.
    const { violations } = await server.check(args);
    expect(result.policy).toMatchObject({ name: "strict", verdict: "deny", violations });
    const suggestion = violations.find(({ rule }) => rule === result.refusal?.rule)?.suggestion ?? "";
    expect(suggestion).toMatch(/\w{3,} \w{2,}/);
    expect(result.refusal?.message.replaceAll(".", "")).toContain(suggestion.replaceAll(".", ""));
  });
});

describe("every call", () => {
  it("has an id of its own and plausible timings", async () => {
    const results: ExecResult[] = [];
    for (let call = 0; call < 5; call++) results.push(await server.exec({ code: "for n in range(1000): pass" }));
    expect(new Set(results.map((result) => result.run_id)).size).toBe(5);
    for (const { run_id: id, timings } of results) {
      expect(id).toMatch(/^r_[0-9a-f-]{36}$/);
      const { queue_ms: queue, boot_ms: boot, run_ms: ran, total_ms: total } = timings;
      expect(ran).toBeGreaterThan(0);
      expect(queue + ran).toBeLessThanOrEqual(total + 0.02);
      expect(boot).toBeLessThanOrEqual(queue);
      expect(total).toBeLessThan(5_000);
    }
  });

  it("of twenty at once gets its own answer", async () => {
    const calls = Array.from({ length: 20 }, (_, n) => {
      const language = n % 4 === 3 ? "javascript" : "python";
      const code = language === "python" ? "print(n * n)" : "console.log(n * n)";
      return server.exec({ code, language, inputs: { n } });
    });
    const results = await Promise.all(calls);
    expect(results.map(({ status, stdout }) => `${status} ${stdout}`)).toEqual(
      Array.from({ length: 20 }, (_, n) => `ok ${n * n}\n`),
    );
    expect(new Set(results.map((result) => result.run_id)).size).toBe(20);
  });

  it.each([
    ["an exception", { code: "1/0" }],
    ["a syntax error", { code: "def" }],
    ["a timeout", { code: "while True: pass", timeout_ms: 100 }],
    ["too much output", { code: "while True: print('x' * 9999)" }],
    ["too much memory", { code: "'a' * 10**9" }],
    ["an exit", { code: "raise SystemExit(9)" }],
    ["deep recursion", { code: "def f(): return f()\nf()" }],
    ["a refusal", { code: "import os" }],
    ["bad arguments", { code: "", what: 1 }],
    ["a loop in JavaScript", { language: "javascript", code: "for (;;);", timeout_ms: 100 }],
    ["an exception in JavaScript", { language: "javascript", code: "throw 1" }],
  ])("is unaffected by one before it that ended with %s", async (_what, args) => {
    expect((await server.exec(args)).status).not.toBe("ok");
    expect(await server.exec({ code: "print(6 * 7)" })).toMatchObject({ status: "ok", stdout: "42\n", stderr: "" });
    expect(await server.exec({ code: "console.log(6 * 7)", language: "javascript" })).toMatchObject({
      status: "ok",
      stdout: "42\n",
      stderr: "",
    });
  });
});

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
