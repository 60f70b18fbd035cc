import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LOOP, startLoop } from "../support/looping-program.js";
import { childrenOf, isAlive } from "../support/process-table.js";
import { describeUnless, notLinux } from "../support/skips.js";
import { eventually } from "../support/wait.js";
import { type RawServer, startRaw, startServer } from "../support/server-streams.js";

const GONE_WITHIN_MS = 2_000;

/** At the end of its input, the server first answers the calls that came in. */
const BRIEF_LOOP = { ...LOOP, timeout_ms: 1_000 };

describeUnless(notLinux, "the server is gone within 2 s of its last call, and its engine's process with it,", () => {
  let server: RawServer;
  beforeEach(async () => {
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
        // The first write may still fit into the pipe's buffer.
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

  describe.each(ways)("when $way", ({ way, leave }) => {
    it.each(["idle", "busy"])("%s", async (state) => {
      const children = childrenOf(server.pid);
      expect(children).toHaveLength(1);
      const isCutOff = way.endsWith(" comes") || way.startsWith("nobody reads");
      const loop = isCutOff ? LOOP : BRIEF_LOOP;
      if (state === "busy") await startLoop(server, loop);
      const left = performance.now();
      leave(server);
      const { status, signal } = await server.exited;
      expect(performance.now() - left).toBeLessThan(GONE_WITHIN_MS + (isCutOff ? 0 : BRIEF_LOOP.timeout_ms));
      expect({ status, signal }).toEqual({ status: 0, signal: null });
      await eventually(() => children.every((pid) => !isAlive(pid)), "the engine's process to go", 500);
      // The server prints no stack trace at its end.
      expect(server.stderr).not.toMatch(/Error|at .*\.js:/);
    });
  });

  it("when stdin ends before it was initialized", { timeout: 90_000 }, async () => {
    // Other work of the machine counts too: the fastest of some servers has the least of it.
    let fastest = Number.POSITIVE_INFINITY;
    for (let servers = 0; servers < 4 && fastest >= GONE_WITHIN_MS; servers++) {
      await using other = await startRaw();
      // Nothing is being loaded then. A busy machine takes long for that, and the server cannot go meanwhile.
      await eventually(() => childrenOf(other.pid).length === 1, "the engine's process to be up", 20_000);
      await other.request("ping");
      const left = performance.now();
      other.child.stdin.end();
      expect(await other.exited).toEqual({ status: 0, signal: null });
      fastest = Math.min(fastest, performance.now() - left);
    }
    expect(fastest).toBeLessThan(GONE_WITHIN_MS);
  });

  it("when stdin ends with six programs running and waiting, and each of them is answered", async () => {
    const children = childrenOf(server.pid);
    const ids = [1, 2, 3, 4, 5, 6].map(() =>
      server.send("tools/call", { name: "rlm_exec_run", arguments: { ...LOOP, timeout_ms: 300 } }),
    );
    const left = performance.now();
    server.child.stdin.end();
    expect(await server.exited).toEqual({ status: 0, signal: null });
    expect(performance.now() - left).toBeLessThan(GONE_WITHIN_MS + 6_000);
    for (const id of ids)
      expect(server.messages.find((message) => message.id === id)).toMatchObject({
        result: { structuredContent: { status: "timeout" } },
      });
    await eventually(() => children.every((pid) => !isAlive(pid)), "the engine's process to go", 500);
  });

  it("when it is killed, because the engine process sees its channel close", async () => {
    const children = childrenOf(server.pid);
    await startLoop(server);
    server.child.kill("SIGKILL");
    await server.exited;
    await eventually(() => children.every((pid) => !isAlive(pid)), "the engine's process to go", GONE_WITHIN_MS);
  });
});
