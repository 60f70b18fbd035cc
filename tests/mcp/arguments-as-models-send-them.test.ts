/** Arguments in the forms that models give them, through a real client: read, or refused, and never changed. */

import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type Connection } from "../support/mcp-client.js";
import { type RawServer, startServer } from "../support/server-streams.js";
import { tempDir, type TempDir } from "../support/temp-dir.js";
import { eventually } from "../support/wait.js";

let server: Connection;
let raw: RawServer;
let root: TempDir;

beforeAll(async () => {
  root = await tempDir();
  await mkdir(path.join(root.path, "data"));
  await writeFile(path.join(root.path, "data", "a.txt"), "A");
  await writeFile(path.join(root.path, "b.txt"), "B");
  server = await connect({ env: { RLM_ALLOWED_ROOTS: root.path } });
  raw = await startServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await raw[Symbol.asyncDispose]();
  await root[Symbol.asyncDispose]();
});

const optional = "inputs files session_id timeout_ms memory_limit_mb policy language interpreter reset verdict_id";
const nulls: Record<string, unknown> = Object.fromEntries(optional.split(" ").map((name) => [name, null]));

describe("rlm_exec_run takes", () => {
  it.each([
    ["inputs as JSON text", { inputs: '{"x": 7}', code: "x" }, "7"],
    ["numbers and booleans as texts", { timeout_ms: "1000", memory_limit_mb: "64", reset: "false", code: "1" }, "1"],
    ["null for all that is optional", Object.assign(nulls, { code: "inputs" }), "{}"],
    ["inputs that hold null", { inputs: { x: null }, code: "x is None" }, "True"],
    ["inputs as JSON text that holds JSON text", { inputs: '{"x": "[1]"}', code: "x" }, "'[1]'"],
  ])("%s", async (_, args, result) => {
    expect(await server.exec(args)).toMatchObject({ status: "ok", result });
  });

  it.each([
    ["JSON text", (one: string) => JSON.stringify([one])],
    ["one text", (one: string) => one],
  ])("files as %s", async (_, write) => {
    const files = write(path.join(root.path, "b.txt"));
    expect(await server.exec({ code: "dict(files)", files })).toMatchObject({
      status: "ok",
      result: "{'b.txt': 'B'}",
    });
  });

  it.each([
    ["Python", "print('ran')"],
    ["py", "print('ran')"],
    ["python3", "print('ran')"],
    ["JavaScript", "console.log('ran')"],
    ["js", "console.log('ran')"],
    ["node", "console.log('ran')"],
    [" TypeScript ", "const a: string = 'ran'; console.log(a)"],
    ["ts", "const a: string = 'ran'; console.log(a)"],
  ])("the language %j", async (language, code) => {
    expect(await server.exec({ code, language })).toMatchObject({ status: "ok", stdout: "ran\n" });
  });

  it("a choice in capitals, but no other word for it", async () => {
    expect(await server.exec({ code: "1", interpreter: "Fresh" })).toMatchObject({ status: "ok", result: "1" });
    expect(await server.refused({ code: "1", language: "ruby" })).toMatchObject({ reason: "bad-input" });
    expect(await server.refused({ code: "1", language: "java" })).toMatchObject({ reason: "bad-input" });
    expect(await server.refused({ code: "1", interpreter: "python" })).toMatchObject({ reason: "bad-input" });
  });

  it("a time limit as a text, and shows it as a number", async () => {
    const { limits } = await server.exec({ code: "1", timeout_ms: "1500" });
    expect(limits).toMatchObject({ timeout_ms: 1_500 });
  });
});

describe("the other tools take", () => {
  it("roots as one text and as JSON text", async () => {
    expect(await server.setRoots({ roots: root.path })).toMatchObject({ roots: [root.path], refusal: null });
    const roots = JSON.stringify([root.path]);
    expect(await server.setRoots({ roots, session_id: null })).toMatchObject({ roots: [root.path], refusal: null });
  });

  it("a policy as JSON text, and null for what is optional", async () => {
    const args = { code: "print(1)", policy: null, language: null, interpreter: null };
    expect(await server.check({ ...args, custom: null })).toMatchObject({ verdict: "allow" });
    const custom = JSON.stringify({ extends: "strict", patterns: [] });
    expect(await server.check({ ...args, custom })).toMatchObject({ policy: { name: "custom" } });
  });
});

/** Sends the JSON of arguments as it is written here. */
async function call(args: string): Promise<Record<string, unknown>> {
  const id = Math.floor(Math.random() * 1e9);
  const params = `{"name":"rlm_exec_run","arguments":${args}}`;
  raw.write(`{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":${params}}\n`);
  const answer = await eventually(() => raw.messages.find((message) => message.id === id), "an answer");
  return { ...answer.result?.structuredContent };
}

const long = `[${"1,".repeat(3_000)}12345678901234567890]`;

describe("a number that JSON.parse changes is refused with its place:", () => {
  it.each([
    ["2^53", '{"code":"x","inputs":{"x":9007199254740992}}', "inputs.x", "9007199254740992"],
    ["less than -2^53", '{"code":"x","inputs":{"x":-9007199254740993}}', "inputs.x", "-9007199254740993"],
    ["in a list", '{"code":"x","inputs":{"x":[1,{"y":[2,12345678901234567890]}]}}', "inputs.x[1].y[1]", "1234567890"],
    ["behind a text", '{"inputs":{"a":"q\\"{[,","b c":123456789012345678901},"code":"x"}', 'inputs["b c"]', "1234"],
    ["beyond the largest", '{"code":"x","inputs":{"x":1e400}}', "inputs.x", "1e400"],
    ["with 400 digits", `{"code":"x","inputs":{"x":${"9".repeat(400)}}}`, "inputs.x", "999999999"],
    ["under an escaped name", '{"code":"x","inputs":{"\\u0061":1E+309}}', "inputs.a", "1E+309"],
    ["in a long list", `{"code":"x","inputs":{"x":${long}}}`, "inputs.x[3000]", "12345678901234567890"],
    ["in JSON text", '{"code":"x","inputs":"{\\"x\\":[12345678901234567890]}"}', "inputs.x[0]", "12345678901234567890"],
    ["in JSON text, infinite", '{"code":"x","inputs":"{\\"x\\":-1e999}"}', "inputs.x", "-1e999"],
  ])("%s", async (_, args, place, literal) => {
    const { status, refusal } = (await call(args)) as { status: string; refusal: { message: string } };
    expect(status).toBe("refused");
    expect(refusal.message).toContain(`Cannot use ${place}: a `);
    expect(refusal.message).toContain(`it is ${literal}`);
    expect(refusal.message).toContain("send it as a text");
  });
});

describe("a number that arrives as it was sent is taken:", () => {
  it.each([
    ["the largest whole number", '{"code":"x","inputs":{"x":9007199254740991}}', "9007199254740991"],
    ["digits in a text", '{"code":"x","inputs":{"x":"12345678901234567890"}}', "'12345678901234567890'"],
    [
      "digits in a text behind a quote",
      '{"code":"x","inputs":{"x":"\\":12345678901234567890"}}',
      "'\":12345678901234567890'",
    ],
    ["digits in a name", '{"code":"len(inputs)","inputs":{"12345678901234567890":1}}', "1"],
    ["a fraction of many digits", '{"code":"x","inputs":{"x":0.1234567890123456}}', "0.1234567890123456"],
    ["a large fraction", '{"code":"x","inputs":{"x":1e300}}', "1e+300"],
    ["digits in the code", '{"code":"12345678901234567890"}', "12345678901234567890"],
  ])("%s", async (_, args, result) => {
    expect(await call(args)).toMatchObject({ status: "ok", result });
  });
});

describe("an input with the name of another variable is refused:", () => {
  it.each([
    ["python", "files"],
    ["python", "inputs"],
    ["python", "stdin"],
    ["python", "__name__"],
    ["python", "__builtins__"],
    ["python", "__import__"],
    ["javascript", "files"],
    ["javascript", "inputs"],
    ["javascript", "stdin"],
    ["javascript", "console"],
    ["javascript", "globalThis"],
    ["javascript", "undefined"],
    ["javascript", "JSON"],
  ])("in %s %s", async (language, name) => {
    const { reason, message } = await server.refused({ code: "1", language, inputs: { [name]: 1 } });
    expect(reason).toBe("bad-input");
    expect(message).toContain(`Cannot use inputs.${name}: an input must have a name of its own`);
    expect(message).toMatch(/Taken are files, inputs, stdin, .*; give the input another name$/);
  });

  it.each([
    ["python", { list: 1, input: 2, console: 3, name: 4 }],
    ["javascript", { __name__: 1, input: 2, name: 3, data: 4 }],
  ])("and others are not, in %s", async (language, inputs) => {
    expect(await server.exec({ code: "1", language, inputs })).toMatchObject({ status: "ok" });
  });
});
