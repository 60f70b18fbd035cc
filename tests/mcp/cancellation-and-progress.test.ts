import { describe, expect, it } from "vitest";
import { callLoop, LOOP, startLoop } from "../support/looping-program.js";
import { connect } from "../support/mcp-client.js";
import { childrenOf, cpuMs } from "../support/process-table.js";
import { sleep } from "../support/wait.js";
import { startServer } from "../support/server-streams.js";

/** Tells whether the process used less than 100 ms of a processor in some half second of the next `limitMs`. */
async function isIdleWithin(limitMs: number, pid: number): Promise<boolean> {
  for (const end = performance.now() + limitMs; performance.now() < end;) {
    const before = cpuMs(pid);
    await sleep(500);
    if (cpuMs(pid) - before < 100) return true;
  }
  return false;
}

describe("cancelling a call", () => {
  it.each([
    { language: "python", code: "while True: pass" },
    { language: "javascript", code: "for (;;);" },
  ])(
    "stops the $language program: the engine is idle afterwards, and the next call is quick",
    async ({ language, code }) => {
      await using connection = await connect();
      await connection.exec({ code: "1", language });
      const canceller = new AbortController();
      const engine = process.platform === "linux" ? childrenOf(connection.pid)[0] : undefined;
      // A new engine first makes images of its own, at half a second of a processor each.
      if (engine !== undefined) expect(await isIdleWithin(20_000, engine)).toBe(true);
      const { answer, isRunning } = callLoop(connection, { args: { code, language }, signal: canceller.signal });
      await isRunning;
      canceller.abort("enough");
      await expect(answer).rejects.toThrow(/enough/);
      // Replacing an ended thread takes some processor time. The program itself would run for 5 s.
      if (engine !== undefined) expect(await isIdleWithin(4_000, engine)).toBe(true);
      const asked = performance.now();
      expect(await connection.exec({ code: "6 * 7", language })).toMatchObject({ status: "ok", result: "42" });
      expect(performance.now() - asked).toBeLessThan(2_500);
    },
  );

  it("gets no answer, as the protocol asks", async () => {
    await using server = await startServer();
    await server.exec({ code: "1" });
    const id = await startLoop(server);
    server.notify("notifications/cancelled", { requestId: id, reason: "test" });
    await server.exec({ code: "1" });
    await sleep(200);
    expect(server.messages.filter((message) => message.id === id)).toEqual([]);
  });

  it("that waits for a sandbox removes it from the queue", async () => {
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
  it("is reported while a program runs if the client asks for it", async () => {
    await using connection = await connect();
    // After this a guest is up, so that the wait for a sandbox is short.
    await connection.exec({ code: "1" });
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

  it("is not reported without a request, nor after the answer", async () => {
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
