/**
 * What a session keeps from one call to the next, as a client sees it; what guests keep is in
 * tests/sandbox/kept-interpreter.test.ts.
 */

import { describe, expect, it } from "vitest";
import { connect, type Connection, type ExecResult } from "../support/mcp-client.js";
import { sleep } from "../support/wait.js";

const KEPT = { interpreter: "session" };

async function inSession(server: Connection, code: string, more: object = {}): Promise<ExecResult> {
  return server.exec({ ...KEPT, code, ...more });
}

describe.concurrent("a session interpreter", () => {
  it("keeps variables, functions and imports; a fresh one beside it has none of them and leaves it alone", async () => {
    await using server = await connect();
    const first = await inSession(server, "import math\nx = 4\ndef root():\n    return math.sqrt(x)");
    expect(first).toMatchObject({
      status: "ok",
      interpreter: { mode: "session", is_new: true, is_kept: true, note: null },
    });
    expect(await server.exec({ code: "x = 9\n'root' in dir()" })).toMatchObject({
      result: "False",
      interpreter: { mode: "fresh", is_new: true, is_kept: false, note: null },
    });
    expect(await inSession(server, "root()")).toMatchObject({
      result: "2.0",
      interpreter: { is_new: false, is_kept: true },
    });
  });

  it("is one for each language", async () => {
    await using server = await connect();
    await inSession(server, "x = 'python'");
    await inSession(server, "const x = 'javascript'", { language: "javascript" });
    expect([
      (await inSession(server, "x")).result,
      (await inSession(server, "x", { language: "javascript" })).result,
    ]).toEqual(["'python'", "'javascript'"]);
    expect((await server.session()).interpreters).toMatchObject([
      { language: "python", policy: "strict", calls: 2 },
      { language: "javascript", calls: 2 },
    ]);
  });

  it("starts over when it is reset, and only then", async () => {
    await using server = await connect();
    await inSession(server, "x = 1");
    expect(await inSession(server, "'x' in dir()", { reset: true })).toMatchObject({
      result: "False",
      interpreter: { is_new: true, is_kept: true, note: null },
    });
    expect(await server.refused({ code: "1", reset: true })).toMatchObject({ reason: "bad-input", resource: "reset" });
  });

  it("is lost by a program that runs out of time, and the result says so", async () => {
    await using server = await connect();
    await inSession(server, "x = 1");
    const lost = await inSession(server, "while True:\n    pass", { timeout_ms: 200 });
    expect(lost).toMatchObject({
      status: "timeout",
      interpreter: {
        is_new: false,
        is_kept: false,
        note: expect.stringContaining("The interpreter and its state are gone"),
      },
    });
    const next = await inSession(server, "'x' in dir()");
    expect(next).toMatchObject({
      result: "False",
      interpreter: {
        is_new: true,
        is_kept: true,
        note: expect.stringContaining("earlier interpreter and its state are gone"),
      },
    });
    expect((await inSession(server, "1")).interpreter?.note).toBeNull();
  });

  it("is not touched by a program that is refused, or by one that fails", async () => {
    await using server = await connect();
    await inSession(server, "x = 1");
    expect(await inSession(server, "import os")).toMatchObject({ status: "refused", interpreter: null });
    expect(await inSession(server, "x / 0")).toMatchObject({ status: "error", interpreter: { is_kept: true } });
    expect(await inSession(server, "x")).toMatchObject({ result: "1" });
  });

  it("ends when no call uses it, and the next call is told so", async () => {
    await using server = await connect({ env: { RLM_SESSION_IDLE_SECONDS: "1" } });
    await inSession(server, "x = 1");
    for (let step = 0; step < 4; step++) {
      await sleep(400);
      await server.exec({ code: "1" });
    }
    expect(await inSession(server, "'x' in dir()")).toMatchObject({
      result: "False",
      interpreter: { is_new: true, note: expect.stringContaining("no call used it for 1 s") },
    });
  });

  it("ends when no call uses it, also after a call that the policy refused", async () => {
    await using server = await connect({ env: { RLM_SESSION_IDLE_SECONDS: "1", RLM_POLICY_ALLOWED: "development" } });
    await inSession(server, "x = 1");
    await server.refused({ ...KEPT, code: "x", policy: "development" });
    for (let step = 0; step < 4; step++) {
      await sleep(400);
      await server.exec({ code: "1" });
    }
    expect((await inSession(server, "1")).interpreter).toMatchObject({
      is_new: true,
      note: expect.stringContaining("no call used it"),
    });
  });

  it("belongs to one policy: modules that another policy allowed are not there", async () => {
    await using server = await connect({ env: { RLM_POLICY_ALLOWED: "development" } });
    await inSession(server, "import os\ntool = os", { policy: "development" });
    expect(await server.refused({ ...KEPT, code: "tool" })).toMatchObject({
      reason: "bad-input",
      resource: "policy",
      alternatives: ["development"],
    });
    expect(await inSession(server, "'tool' in dir()", { reset: true })).toMatchObject({
      result: "False",
      policy: { name: "strict" },
    });
  });

  it("runs calls that come at the same time one after another", async () => {
    await using server = await connect();
    await inSession(server, "order = []");
    await Promise.all([1, 2, 3, 4, 5].map((n) => inSession(server, `order.append(${n})`)));
    expect(await inSession(server, "order")).toMatchObject({ result: "[1, 2, 3, 4, 5]" });
  });

  it("is lost when its call is cancelled, and the next one does not wait for it", async () => {
    await using server = await connect();
    await inSession(server, "x = 1");
    const aborter = new AbortController();
    const cancelled = server.exec({ ...KEPT, code: "while True:\n    pass" }, { signal: aborter.signal });
    setTimeout(() => aborter.abort(), 200);
    await expect(cancelled).rejects.toThrow();
    expect(await inSession(server, "'x' in dir()")).toMatchObject({
      status: "ok",
      result: "False",
      interpreter: { is_new: true },
    });
  });

  it("of one connection cannot be used by another", async () => {
    await using ann = await connect();
    await using bob = await connect();
    const { session_id: id } = await inSession(ann, "x = 1");
    expect(await bob.refused({ ...KEPT, code: "x", session_id: id })).toMatchObject({ reason: "session-unknown" });
  });

  it("keeps the memory limit that it was started with", async () => {
    await using server = await connect();
    expect((await inSession(server, "1", { memory_limit_mb: 64 })).limits?.memory_limit_mb).toBe(64);
    expect((await inSession(server, "1", { memory_limit_mb: 256 })).limits?.memory_limit_mb).toBe(64);
    expect(await inSession(server, "x = bytearray(100 << 20)")).toMatchObject({
      status: "out_of_memory",
      interpreter: { is_kept: false },
    });
  });
});

describe.concurrent("the builtins of a session interpreter", () => {
  const REPL =
    "x = 1\nopen('/tmp/note', 'w').write('kept')\n" +
    "globals()['x'], 'x' in locals(), __import__('math').floor(2.5), open('/tmp/note').read()";

  it("are the strict ones unless the operator allows more", async () => {
    await using server = await connect();
    expect(await inSession(server, REPL)).toMatchObject({ status: "refused", policy: { name: "strict" } });
    expect(await inSession(server, "getattr(__builtins__, 'open', None)")).toMatchObject({ status: "refused" });
  });

  it("are those of a REPL if the operator allows it, in the session's interpreter only", async () => {
    await using server = await connect({ env: { RLM_SESSION_REPL_BUILTINS: "true" } });
    expect(await inSession(server, REPL)).toMatchObject({
      status: "ok",
      result: "(1, True, 2, 'kept')",
      policy: { name: "strict+repl" },
    });
    expect(await server.exec({ code: REPL })).toMatchObject({ status: "refused", policy: { name: "strict" } });
    expect(await server.check({ code: REPL, interpreter: "session" })).toMatchObject({
      verdict: "allow",
      policy: { name: "strict+repl" },
    });
    expect(await server.check({ code: REPL })).toMatchObject({ verdict: "deny" });
  });

  it.each([
    ["import what the policy withholds", "__import__('os')"],
    ["import it by a name made at run time", "name = input_name + 'ocket'\n__import__(name)"],
    ["compile code", "eval('1')"],
    ["reach the interpreter", "globals()['__builtins__']"],
    ["put the interpreter's builtins in the place of theirs", "globals().clear()\n__import__(chr(111) + input_name)"],
    [
      "see a library's names by way of its calls",
      "import heapq, itertools\nnext(heapq.merge(itertools.starmap(globals, [()])))['heapify']",
    ],
    ["leave the sandbox", "open('/etc/hostname').read()"],
  ])("of a REPL do not %s", async (_, code) => {
    await using server = await connect({ env: { RLM_SESSION_REPL_BUILTINS: "true" } });
    const { status, error } = await inSession(server, code, { inputs: { input_name: "s" } });
    expect([status, error?.type]).not.toContain("ok");
  });

  it("have verdicts of their own", async () => {
    await using server = await connect({ env: { RLM_SESSION_REPL_BUILTINS: "true" } });
    const { verdict_id: id } = await server.check({ code: "globals()", interpreter: "session" });
    expect(await inSession(server, "globals()", { verdict_id: id })).toMatchObject({ status: "ok" });
    expect(await server.refused({ code: "globals()", verdict_id: id })).toMatchObject({ reason: "verdict-mismatch" });
  });
});
