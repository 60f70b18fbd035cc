import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, sleep } from "../support/wait.js";
import { type RawServer, startServer } from "../support/server-streams.js";

describe("stdout carries protocol only", () => {
  it("also with the debug log, while programs print, fail and loop", async () => {
    await using server = await startServer({ env: { RLM_LOG_LEVEL: "debug" } });
    await Promise.all([
      server.exec({ code: 'print(\'{"jsonrpc":"2.0","id":1,"result":{}}\')' }),
      server.exec({ code: "console.log('plain'); console.error('plain')", language: "javascript" }),
      server.exec({ code: "1/0" }),
      server.exec({ code: "while True: print('x')" }),
      server.exec({ code: "while True: pass", timeout_ms: 200 }),
      server.exec({ code: "import os" }),
      server.request("rlm/none"),
    ]);
    server.write("not json\n");
    await server.request("ping");
    for (const line of server.lines) expect(JSON.parse(line)).toMatchObject({ jsonrpc: "2.0" });
    const ids = server.messages.map(({ id }) => id).filter((id) => id !== null);
    expect(ids.map(Number).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // The log went to stderr, one JSON object a line.
    const log = server.stderr.trim().split("\n");
    expect(log.length).toBeGreaterThan(6);
    for (const line of log) expect(JSON.parse(line)).toHaveProperty("level");
  });

  it("and the log is empty if its level is silent", async () => {
    await using server = await startServer({ env: { RLM_LOG_LEVEL: "silent" } });
    await server.exec({ code: "1/0" });
    server.write("not json\n");
    await server.request("ping");
    expect(server.stderr).toBe("");
  });
});

describe("on stdin the server survives", () => {
  /** All cases use one server, so a case that breaks it makes the next one fail. */
  let server: RawServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  it.each([
    ["a line that is no JSON", "hello\n"],
    ["half a message", '{"jsonrpc":"2.0","id":\n'],
    ["empty lines", "\n\r\n\n"],
    ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x00, 0x0a])],
    ["JSON that is no object", 'null\n1\ntrue\n"x"\n[]\n'],
    [
      "JSON that is no request",
      '{}\n{"jsonrpc":"2.0"}\n{"jsonrpc":"1.0","id":900,"method":"ping"}\n{"jsonrpc":"2.0","id":{},"method":"ping"}\n',
    ],
    ["a batch", '[{"jsonrpc":"2.0","id":901,"method":"ping"},{"jsonrpc":"2.0","id":902,"method":"ping"}]\n'],
    ["an answer to nothing", '{"jsonrpc":"2.0","id":903,"result":{}}\n'],
    ["a cancellation of nothing", '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":904}}\n'],
    ["wrong parameters", '{"jsonrpc":"2.0","id":905,"method":"tools/call","params":{"name":5}}\n'],
    ["JSON nested without end", `${"[".repeat(100_000)}${"]".repeat(100_000)}\n`],
    ["a line of 11 MiB", `${"x".repeat(11 * 1_048_576)}\n`],
    [
      "an answer of 11 MiB",
      `${JSON.stringify({ jsonrpc: "2.0", id: 906, result: { a: "x".repeat(11 * 1_048_576) } })}\n`,
    ],
  ])("%s", async (_what, garbage) => {
    server.child.stdin.write(garbage);
    expect(await server.exec({ code: "print(6 * 7)" })).toMatchObject({
      result: { structuredContent: { stdout: "42\n" } },
    });
    for (const { id } of server.messages) expect([901, 902, 903, 904, 906]).not.toContain(id);
  });

  it("a request of 11 MiB, and says so to its id, wherever that stands", async () => {
    const params = { id: 1, a: `{"id":2,"method":"x"}${'\\"'.repeat(6 * 1_048_576)}` };
    server.write(`${JSON.stringify({ jsonrpc: "2.0", id: 907, method: "ping", params })}\n`);
    server.write(`${JSON.stringify({ method: "ping", params, jsonrpc: "2.0", id: "last" })}\n`);
    const refusalOf = (id: unknown): unknown => server.messages.find((message) => message.id === id);
    await eventually(() => refusalOf("last"), "an answer");
    for (const id of [907, "last"])
      expect(refusalOf(id)).toMatchObject({ error: { code: -32_600, message: expect.stringContaining("10485760") } });
  });

  it("a message that comes in pieces, and two that come at once", async () => {
    const ping = (id: number): string => JSON.stringify({ jsonrpc: "2.0", id, method: "ping" });
    for (const piece of ping(700).match(/.{1,7}/g) ?? []) {
      server.write(piece);
      await sleep(5);
    }
    server.write(`\n${ping(701)}\n${ping(702)}\r\n`);
    await eventually(() => server.messages.some(({ id }) => id === 702), "the last answer");
    expect(server.messages.map(({ id }) => id).filter((id) => [700, 701, 702].includes(Number(id)))).toEqual([
      700, 701, 702,
    ]);
  });

  it("the largest request that the limits allow", async () => {
    // Every character of the inputs takes six bytes in this spelling.
    const inputs = `"\\u0061`.concat("\\u0061".repeat(1_048_567), '"');
    server.write(
      `{"jsonrpc":"2.0","id":800,"method":"tools/call","params":{"name":"rlm_exec_run",` +
        `"arguments":{"code":"print(len(a))","inputs":{"a":${inputs}}}}}\n`,
    );
    const answer = await eventually(() => server.messages.find(({ id }) => id === 800), "the answer");
    expect(answer.result?.structuredContent).toMatchObject({ status: "ok", stdout: "1048568\n" });
  });

  it("all of it, and still notices that its client has gone", async () => {
    server.child.stdin.end();
    expect(await server.exited).toEqual({ status: 0, signal: null });
  });
});
