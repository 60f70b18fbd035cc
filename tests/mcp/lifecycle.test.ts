import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { childrenOf, cpuMs, eventually, isAlive, NO_PROC, sleep } from "../support/process-table.js";
import { connect, type Connection } from "../support/mcp-client.js";
import { type RawServer, startRaw, startServer } from "../support/raw-server.js";

const LOOP = { code: "while True: pass", timeout_ms: 5_000 };

/** What the server promises its client. */
const GONE_WITHIN_MS = 2_000;

/** From the word that a program runs until it surely does. */
const AT_WORK_MS = 100;

const IS_LINUX = process.platform === "linux";

describe("the server is gone within 2 s, and its engine's process with it,", () => {
  let server: RawServer;
  beforeEach(async ({ skip }) => {
    skip(!IS_LINUX, NO_PROC);
    server = await startServer();
    // The engine's process is up, as after any call.
    await server.exec({ code: "1" });
  });
  afterEach(async () => {
    await server?.[Symbol.asyncDispose]();
  });

  interface Way {
    readonly way: string;
    readonly leave: (server: RawServer) => void;
  }
  const ways: readonly Way[] = [
    { way: "stdin ends", leave: ({ child }) => void child.stdin.end() },
    { way: "stdin is torn down", leave: ({ child }) => void child.stdin.destroy() },
    {
      way: "nobody reads stdout and it has something to say",
      leave: (leaving) => {
        leaving.child.stdout.destroy();
        leaving.send("ping");
        // The first write may still fit into what the reader has left behind.
        setTimeout(() => leaving.send("ping"), 100);
      },
    },
    {
      way: "all its streams are closed",
      leave: ({ child }) => [child.stdin, child.stdout, child.stderr].forEach((stream) => stream.destroy()),
    },
    { way: "SIGTERM comes", leave: ({ child }) => void child.kill("SIGTERM") },
    { way: "SIGINT comes", leave: ({ child }) => void child.kill("SIGINT") },
    { way: "SIGHUP comes", leave: ({ child }) => void child.kill("SIGHUP") },
  ];

  describe.each(ways)("when $way", ({ leave }) => {
    it.each(["idle", "busy"])("%s", async (state) => {
      const children = childrenOf(server.pid);
      expect(children).toHaveLength(1);
      if (state === "busy") await startLoop(server);
      const left = performance.now();
      leave(server);
      const { status, signal } = await server.exited;
      expect(performance.now() - left).toBeLessThan(GONE_WITHIN_MS);
      expect({ status, signal }).toEqual({ status: 0, signal: null });
      await eventually(() => children.every((pid) => !isAlive(pid)), "the engine's process to go", 500);
      // No stack trace is a farewell.
      expect(server.stderr).not.toMatch(/Error|at .*\.js:/);
    });
  });

  it("when stdin ends before it was initialized", async () => {
    await using other = await startRaw();
    await eventually(() => other.stderr.includes("engine chosen"), "the server to be up");
    const left = performance.now();
    other.child.stdin.end();
    expect(await other.exited).toEqual({ status: 0, signal: null });
    expect(performance.now() - left).toBeLessThan(GONE_WITHIN_MS);
  });

  it("when stdin ends with twenty programs running and waiting", async () => {
    const children = childrenOf(server.pid);
    for (let call = 0; call < 20; call++) server.send("tools/call", { name: "rlm_exec_run", arguments: LOOP });
    await sleep(500);
    const left = performance.now();
    server.child.stdin.end();
    expect(await server.exited).toEqual({ status: 0, signal: null });
    expect(performance.now() - left).toBeLessThan(GONE_WITHIN_MS);
    await eventually(() => children.every((pid) => !isAlive(pid)), "the engine's process to go", 500);
  });

  it("when it is killed, for then its engine's process sees its channel close", async () => {
    const children = childrenOf(server.pid);
    await startLoop(server);
    server.child.kill("SIGKILL");
    await server.exited;
    await eventually(() => children.every((pid) => !isAlive(pid)), "the engine's process to go", GONE_WITHIN_MS);
  });
});

describe("cancelling a call", () => {
  it.each([
    { language: "python", code: "while True: pass" },
    { language: "javascript", code: "for (;;);" },
  ])("stops the $language program: the engine rests, and the next call is quick", async ({ language, code }) => {
    await using connection = await connect();
    await connection.exec({ code: "1", language });
    const canceller = new AbortController();
    const { answer, isRunning } = callLoop(connection, { args: { code, language }, signal: canceller.signal });
    const engine = IS_LINUX ? childrenOf(connection.pid)[0] : undefined;
    await isRunning;
    canceller.abort("enough");
    await expect(answer).rejects.toThrow(/enough/);
    if (engine !== undefined) {
      // A thread that is ended is replaced, which is some work; the program would be at it for 5 s.
      let used = Number.POSITIVE_INFINITY;
      for (let window = 0; window < 6 && used >= 100; window++) {
        const before = cpuMs(engine);
        await sleep(500);
        used = cpuMs(engine) - before;
      }
      expect(used).toBeLessThan(100);
    }
    const asked = performance.now();
    expect(await connection.exec({ code: "6 * 7", language })).toMatchObject({ status: "ok", result: "42" });
    expect(performance.now() - asked).toBeLessThan(2_500);
  });

  it("gets no answer, as the protocol asks", async () => {
    await using server = await startServer();
    await server.exec({ code: "1" });
    const id = await startLoop(server);
    server.notify("notifications/cancelled", { requestId: id, reason: "test" });
    await server.exec({ code: "1" });
    await sleep(200);
    expect(server.messages.filter((message) => message.id === id)).toEqual([]);
  });

  it("that waits in line takes it out of the line", async () => {
    await using connection = await connect({ env: { RLM_POOL_MAX: "1", RLM_POOL_WARM: "1" } });
    await connection.exec({ code: "1" });
    const running = callLoop(connection, { args: { code: "while True: pass", timeout_ms: 1_000 } });
    await running.isRunning;
    const canceller = new AbortController();
    const waiting = connection.exec(LOOP, { signal: canceller.signal });
    await sleep(200);
    canceller.abort("enough");
    await expect(waiting).rejects.toThrow(/enough/);
    expect(await running.answer).toMatchObject({ structuredContent: { status: "timeout" } });
    expect(await connection.exec({ code: "6 * 7" })).toMatchObject({ status: "ok", result: "42" });
  });
});

describe("progress", () => {
  it("is told while a program runs when the client asks for it", async () => {
    await using connection = await connect();
    const told: { progress: number; message?: string | undefined }[] = [];
    await connection.exec(
      { code: "while True: pass", timeout_ms: 2_500 },
      { onprogress: (progress) => told.push(progress) },
    );
    expect(told.length).toBeGreaterThanOrEqual(3);
    expect(told.map(({ progress }) => progress)).toEqual(told.map((_, at) => at + 1));
    expect(told.map(({ message }) => message)).toEqual(
      expect.arrayContaining(["Waiting for a sandbox", "Running", "Running (1 s)"]),
    );
  });

  it("is not told when nobody asked, nor after the answer", async () => {
    await using server = await startServer();
    await server.exec({ code: "while True: pass", timeout_ms: 1_200 });
    expect(server.messages.filter(({ method }) => method !== undefined)).toEqual([]);
    await server.exec({ code: "1" }, { _meta: { progressToken: "p" } });
    const after = server.messages.length;
    await sleep(1_200);
    expect(server.messages).toHaveLength(after);
    const progress = server.messages.filter(({ method }) => method === "notifications/progress");
    expect(progress.length).toBeGreaterThan(0);
    expect(new Set(progress.map(({ params }) => params?.["progressToken"]))).toEqual(new Set(["p"]));
  });
});

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
    expect(server.messages.map(({ id }) => id).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // The log went to stderr, one JSON object a line.
    const log = server.stderr.trim().split("\n");
    expect(log.length).toBeGreaterThan(6);
    for (const line of log) expect(JSON.parse(line)).toHaveProperty("level");
  });

  it("and the log says nothing when it is to be silent", async () => {
    await using server = await startServer({ env: { RLM_LOG_LEVEL: "silent" } });
    await server.exec({ code: "1/0" });
    server.write("not json\n");
    await server.request("ping");
    expect(server.stderr).toBe("");
  });
});

describe("on stdin the server survives", () => {
  /** One for all: what one of them breaks, the next one shows. */
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
      "a request of 11 MiB",
      `${JSON.stringify({ jsonrpc: "2.0", id: 906, method: "ping", params: { a: "x".repeat(11 * 1_048_576) } })}\n`,
    ],
  ])("%s", async (_what, garbage) => {
    server.child.stdin.write(garbage);
    expect(await server.exec({ code: "print(6 * 7)" })).toMatchObject({
      result: { structuredContent: { stdout: "42\n" } },
    });
    for (const { id } of server.messages) expect([901, 902, 903, 904, 906]).not.toContain(id);
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
      `{"jsonrpc":"2.0","id":800,"method":"tools/call","params":{"name":"rlm_exec_run","arguments":{"code":"print(len(a))","inputs":{"a":${inputs}}}}}\n`,
    );
    const answer = await eventually(() => server.messages.find(({ id }) => id === 800), "the answer");
    expect(answer.result?.structuredContent).toMatchObject({ status: "ok", stdout: "1048568\n" });
  });

  it("all of it, and still hears that its client has gone", async () => {
    server.child.stdin.end();
    expect(await server.exited).toEqual({ status: 0, signal: null });
  });
});

describe("when the engine's process is killed", () => {
  beforeEach(({ skip }) => skip(!IS_LINUX, NO_PROC));

  it("the call ends as a fault with an id, one fixed sentence and nothing of the cause; the next call works", async () => {
    await using connection = await connect();
    await connection.exec({ code: "1" });
    const [engine] = childrenOf(connection.pid);
    const running = callLoop(connection);
    await running.isRunning;
    process.kill(engine as number, "SIGKILL");
    const answer = await running.answer;
    expect(answer).toMatchObject({
      isError: true,
      structuredContent: { status: "fault", refusal: null, error: null, stdout: "" },
    });
    const { fault } = answer.structuredContent as { fault: { id: string; message: string } };
    expect(fault.id).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    expect(fault.message).toBe(
      "The sandbox failed; this is not the program's fault. Try again, and if it stays so, give the operator this id",
    );
    expect(JSON.stringify(answer)).not.toMatch(/SIGKILL|process has ended|embedded|\.js:\d|dist|Error:/);
    // The operator finds the cause under the id.
    expect(connection.stderr).toContain(fault.id);
    expect(await connection.exec({ code: "print(6 * 7)" })).toMatchObject({ status: "ok", stdout: "42\n" });
    const replaced = childrenOf(connection.pid);
    expect(replaced).toHaveLength(1);
    expect(replaced).not.toContain(engine);
  });

  it("while it waits, the next call works", async () => {
    await using connection = await connect();
    await connection.exec({ code: "1" });
    const [engine] = childrenOf(connection.pid);
    process.kill(engine as number, "SIGKILL");
    await eventually(() => !isAlive(engine as number), "the engine's process to go");
    await sleep(100);
    expect(await connection.exec({ code: "print(6 * 7)" })).toMatchObject({ status: "ok", stdout: "42\n" });
  });

  it("twice a fault has two ids", async () => {
    await using connection = await connect();
    const ids = new Set<string>();
    for (let time = 0; time < 2; time++) {
      await connection.exec({ code: "1" });
      const [engine] = childrenOf(connection.pid);
      const { answer, isRunning } = callLoop(connection);
      await isRunning;
      process.kill(engine as number, "SIGKILL");
      const { fault } = (await answer).structuredContent as { fault: { id: string } };
      ids.add(fault.id);
    }
    expect(ids.size).toBe(2);
  });
});

/** Starts a program that loops, and returns the call's id once it runs. */
async function startLoop(server: RawServer, args: Readonly<Record<string, unknown>> = LOOP): Promise<number> {
  const token = `loop ${server.messages.length}`;
  const id = server.send("tools/call", { name: "rlm_exec_run", arguments: args, _meta: { progressToken: token } });
  await eventually(
    () => server.messages.some(({ params }) => params?.["progressToken"] === token && params["message"] === "Running"),
    "the program to run",
  );
  await sleep(AT_WORK_MS);
  return id;
}

/** Calls with a program that loops; `isRunning` resolves once it runs. */
function callLoop(
  connection: Connection,
  options: { readonly args?: Readonly<Record<string, unknown>>; readonly signal?: AbortSignal } = {},
) {
  let tell: () => void = () => undefined;
  const isRunning = new Promise<void>((resolve) => (tell = resolve)).then(() => sleep(AT_WORK_MS));
  const { args = LOOP, ...others } = options;
  const answer = connection.call("rlm_exec_run", args, {
    ...others,
    onprogress: ({ message }) => message === "Running" && tell(),
  });
  return { answer, isRunning };
}
