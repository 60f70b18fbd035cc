/** The guests of a server: one pool for each language, made when it is needed, and gone with the server. */

import { describe, expect, it } from "vitest";
import { Fault, SetupError } from "../../../src/errors.js";
import { MAX_EXEC_MEMORY_MB } from "../../../src/limits.js";
import { GuestPools } from "../../../src/run/guest-pools.js";
import { ScriptedEngine } from "../../support/scripted-engine.js";
import { sleep } from "../../support/wait.js";

const NEVER = new AbortController().signal;
const OPTIONS = { warm: 1, max: 2, idleMs: 60_000, maxWaiting: 2 };

function poolsOf(engine = new ScriptedEngine()) {
  const choice = { engine, level: "wasm" as const, runtime: "wasm", why: "a test", warnings: [] };
  const pools = new GuestPools(Promise.resolve(choice), 256, OPTIONS);
  return { engine, pools, [Symbol.asyncDispose]: () => pools.close() };
}

describe("GuestPools", () => {
  it("start no guest before one is wanted, and one of the language that is wanted", async () => {
    await using world = poolsOf();
    await sleep(5);
    expect(world.engine.specs).toEqual([]);
    await world.pools.warm("javascript");
    await sleep(5);
    expect(world.engine.specs).toEqual([{ language: "javascript", memoryMb: MAX_EXEC_MEMORY_MB }]);
    expect(world.pools.usage).toEqual({ ready: 1, opening: 0, leased: 0, waiting: 0 });
    expect((await world.pools.acquire("javascript", NEVER)).wasWarm).toBe(true);
  });

  it("keep one pool for each language, and count them together", async () => {
    await using world = poolsOf();
    const leases = [
      await world.pools.acquire("python", NEVER),
      await world.pools.acquire("python", NEVER),
      await world.pools.acquire("javascript", NEVER),
    ];
    expect(world.pools.usage).toMatchObject({ leased: 3, waiting: 0 });
    const third = world.pools.acquire("python", NEVER);
    await sleep(5);
    expect(world.pools.usage.waiting).toBe(1);
    await leases[0]?.close();
    await (await third).close();
  });

  it("give up waiting for the engine when the call is cancelled", async () => {
    const pools = new GuestPools(new Promise(() => undefined), 256, OPTIONS);
    const cancel = new AbortController();
    const waiting = pools.acquire("python", cancel.signal).catch((error: unknown) => error);
    cancel.abort(new Error("cancelled"));
    expect(await waiting).toEqual(new Error("cancelled"));
  });

  it("tell each call why there is no engine, and close without one", async () => {
    const error = new SetupError("Cannot use Docker");
    const pools = new GuestPools(Promise.reject(error), 256, OPTIONS);
    for (let count = 0; count < 2; count++)
      await expect(pools.acquire("python", NEVER)).rejects.toMatchObject({
        name: "Refusal",
        reason: "engine-unavailable",
        message: expect.stringMatching(/^Cannot use Docker\. Then start the server again$/) as unknown,
        detail: { stage: "sandbox" },
        cause: error,
      });
    await pools.close();
  });

  it("pass on an error that is no word to the operator, and wait for it before they end", async () => {
    const error = new TypeError("unexpected");
    const pools = new GuestPools(Promise.reject(error), 256, OPTIONS);
    await expect(pools.acquire("python", NEVER)).rejects.toBe(error);
    await expect(pools.close()).resolves.toBeUndefined();
  });

  it("close every guest and the engine, and give none afterwards", async () => {
    const { engine, pools } = poolsOf();
    await pools.warm("python");
    await pools.warm("javascript");
    await sleep(5);
    await pools.close();
    expect(engine.guests.map(({ closes }) => closes)).toEqual([1, 1]);
    expect(engine.closes).toBe(1);
    await expect(pools.acquire("python", NEVER)).rejects.toThrow(Fault);
    await expect(pools.acquire("python", NEVER)).rejects.toThrow(/closing/);
    expect(engine.specs).toHaveLength(2);
  });
});
