/** The interpreters that sessions keep: who gets which, how many there are, and when they end. */

import { setMaxListeners } from "node:events";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Fault, Refusal } from "../../../src/errors.js";
import type { SessionId } from "../../../src/ids.js";
import { MAX_INTERPRETERS } from "../../../src/limits.js";
import type { Policy } from "../../../src/policy/policy.js";
import { STRICT } from "../../../src/policy/presets.js";
import { replPolicy } from "../../../src/policy/repl.js";
import type { InterpreterRequest } from "../../../src/run/interpreters.js";
import type { InterpreterLease } from "../../../src/run/session-interpreter.js";
import type { Job } from "../../../src/sandbox/engine.js";
import { ENDED, scriptedServer } from "../../support/scripted-engine.js";
import { scriptedCaller } from "../../support/scripted-caller.js";

afterEach(() => void vi.useRealTimers());

const NEVER = new AbortController().signal;
setMaxListeners(0, NEVER);
const JOB: Job = {
  code: "1",
  timeoutMs: 1_000,
  memoryMb: 64,
  inputs: {},
  files: [],
  guestPolicy: { builtins: "safe", modules: [], withheld: [], reads: false, hint: "" },
  keep: true,
};

const request = (session = "s_1", change: Partial<InterpreterRequest> = {}): InterpreterRequest => ({
  sessionId: session as SessionId,
  language: "python",
  policy: STRICT,
  memoryMb: 64,
  reset: false,
  ...change,
});

/** Interpreters of a server whose pool may lease enough guests. */
function interpretersOf(idleMs = 60_000) {
  const server = scriptedServer({ idleMs, pool: { max: 64, maxWaiting: 64 } });
  const lease = (session?: string, change?: Partial<InterpreterRequest>, signal = NEVER): Promise<InterpreterLease> =>
    server.interpreters.lease(request(session, change), signal);
  /** Leases, runs a program that ends by itself, and releases. */
  const use = async (session?: string, change?: Partial<InterpreterRequest>): Promise<InterpreterLease> => {
    const held = await lease(session, change);
    await held.sandbox.run(JOB, NEVER);
    held.release();
    return held;
  };
  return { ...server, lease, use, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const reason = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "leased",
    (error: unknown) => (error instanceof Refusal ? error.reason : error instanceof Fault ? "fault" : error),
  );

describe("the interpreter of a session", () => {
  it("is one for each language, and no other session gets it", async () => {
    await using world = interpretersOf();
    const first = await world.use("s_1");
    expect((await world.use("s_1")).sandbox).toBe(first.sandbox);
    expect((await world.use("s_1", { language: "javascript" })).sandbox).not.toBe(first.sandbox);
    expect((await world.use("s_2")).sandbox).not.toBe(first.sandbox);
    expect(world.interpreters.count).toBe(3);
    expect(world.engine.specs.map(({ language }) => language)).toEqual(["python", "javascript", "python"]);
  });

  it("is shown with its policy, its calls and the time since the last one, and to its own session alone", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    await using world = interpretersOf();
    await world.use();
    await world.use();
    vi.advanceTimersByTime(2_400);
    const view = { language: "python", policy: "strict", calls: 2, idleSeconds: 2 };
    expect(world.interpreters.describeSession("s_1" as SessionId)).toEqual([view]);
    expect(world.interpreters.describeSession("s_2" as SessionId)).toEqual([]);
  });

  it("is not shown while its guest starts", async () => {
    await using world = interpretersOf();
    let start: () => void = () => undefined;
    world.engine.starting = () => new Promise((resolve) => (start = resolve));
    const waiting = world.lease();
    await vi.waitFor(() => expect(world.engine.specs).toHaveLength(1));
    expect(world.interpreters.describeSession("s_1" as SessionId)).toEqual([]);
    expect(world.interpreters.count).toBe(1);
    start();
    (await waiting).release();
  });

  it("takes its guest out of the pool, so that calls that keep nothing still find room", async () => {
    await using world = interpretersOf();
    await world.use();
    expect(world.pools.usage).toMatchObject({ leased: 0, opening: 0 });
  });

  it("lets one call in after the other, in the order in which they came", async () => {
    await using world = interpretersOf();
    const order: number[] = [];
    const first = await world.lease();
    const others = [2, 3, 4].map(async (number) => {
      const held = await world.lease();
      order.push(number);
      await held.sandbox.run(JOB, NEVER);
      held.release();
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual([]);
    await first.sandbox.run(JOB, NEVER);
    expect(first.release()).toBe(true);
    await Promise.all(others);
    expect(order).toEqual([2, 3, 4]);
    expect(world.engine.guests).toHaveLength(1);
  });

  it("is not held up by a call that gave up while it waited", async () => {
    await using world = interpretersOf();
    const first = await world.lease();
    const cancel = new AbortController();
    const second = reason(world.lease("s_1", {}, cancel.signal));
    const third = world.lease();
    cancel.abort(new Error("cancelled"));
    expect(await second).toEqual(new Error("cancelled"));
    await first.sandbox.run(JOB, NEVER);
    first.release();
    const held = await third;
    expect(held.sandbox).toBe(first.sandbox);
    held.release();
  });

  it("is not asked for by a call that was cancelled before it came", async () => {
    await using world = interpretersOf();
    const error = new Error("cancelled");
    expect(await reason(world.lease("s_1", {}, AbortSignal.abort(error)))).toBe(error);
    expect([world.engine.specs, world.interpreters.count]).toEqual([[], 0]);
  });

  it("is released once, however often its lease says so", async () => {
    await using world = interpretersOf();
    const held = await world.lease();
    await held.sandbox.run(JOB, NEVER);
    expect([held.release(), held.release()]).toEqual([true, true]);
    const next = await world.lease();
    const after = world.lease();
    held.release();
    await new Promise((resolve) => setImmediate(resolve));
    await next.sandbox.run(JOB, NEVER);
    next.release();
    expect((await after).sandbox).toBe(held.sandbox);
  });
});

describe("a policy", () => {
  it("that is not the one that it was started under is refused, and the interpreter stays", async () => {
    await using world = interpretersOf();
    const first = await world.use();
    const other: Policy = replPolicy(STRICT);
    const refused = world.lease("s_1", { policy: other });
    await expect(refused).rejects.toMatchObject({ reason: "bad-input", detail: { alternatives: ["strict"] } });
    expect((await world.use()).sandbox).toBe(first.sandbox);
    expect((await world.use("s_1", { policy: other, reset: true })).sandbox).not.toBe(first.sandbox);
  });
});

describe("an interpreter ends", () => {
  it("with its session, and no other does", async () => {
    await using world = interpretersOf();
    const [mine, other] = [await world.use("s_1"), await world.use("s_2")];
    world.interpreters.closeSession("s_1" as SessionId);
    expect([mine.sandbox.isReady, other.sandbox.isReady]).toEqual([false, true]);
    expect(world.interpreters.count).toBe(1);
    expect((await world.use("s_2")).sandbox).toBe(other.sandbox);
  });

  it("in every language with its session", async () => {
    await using world = interpretersOf();
    const all = [await world.use("s_1"), await world.use("s_1", { language: "javascript" })];
    world.interpreters.closeSession("s_1" as SessionId);
    expect(all.map(({ sandbox }) => sandbox.isReady)).toEqual([false, false]);
  });

  it("when its caller's connection closes", async () => {
    await using server = scriptedServer();
    const bob = scriptedCaller("bob");
    await server.run({ code: "1", interpreter: "session" });
    await server.run({ code: "1", interpreter: "session" }, { caller: bob });
    server.sessions.closeCaller("ann");
    expect(server.engine.guests.map(({ closes }) => closes)).toEqual([1, 0]);
    expect(server.interpreters.count).toBe(1);
  });

  it("if its session ends while its guest starts: the guest is destroyed, and the call fails", async () => {
    await using world = interpretersOf();
    let start: () => void = () => undefined;
    world.engine.starting = () => new Promise((resolve) => (start = resolve));
    const waiting = reason(world.lease());
    await vi.waitFor(() => expect(world.engine.specs).toHaveLength(1));
    world.interpreters.closeSession("s_1" as SessionId);
    start();
    expect(await waiting).toBe("fault");
    expect(world.engine.guests.map(({ closes }) => closes)).toEqual([1]);
    expect(world.interpreters.count).toBe(0);
  });

  it("if its session ends while a program runs, and the next session of that caller gets another", async () => {
    await using world = interpretersOf();
    const held = await world.lease();
    world.interpreters.closeSession("s_1" as SessionId);
    expect(held.sandbox.isReady).toBe(false);
    const next = await world.use();
    expect(next.sandbox).not.toBe(held.sandbox);
    // The late end of the first call must not take the new interpreter away.
    expect(held.release()).toBe(false);
    expect((await world.use()).sandbox).toBe(next.sandbox);
  });

  it("if its program does not end by itself, and the next call hears why", async () => {
    await using world = interpretersOf();
    world.engine.answer = async () => ({ ...ENDED, ending: "timeout" });
    const held = await world.lease();
    await held.sandbox.run(JOB, NEVER);
    expect(held.release()).toBe(false);
    expect(world.interpreters.count).toBe(0);
    world.engine.answer = async () => ENDED;
    expect(await world.use()).toMatchObject({ isNew: true, predecessorEnd: "its last program did not end by itself" });
    expect(await world.use()).toMatchObject({ isNew: false, predecessorEnd: null });
  });

  it("if it dies while no call uses it, and the next call hears that", async () => {
    await using world = interpretersOf();
    const first = await world.use();
    await first.sandbox.close();
    expect(await world.use()).toMatchObject({ isNew: true, predecessorEnd: "it died while no call used it" });
  });

  it("if a call resets it, and nobody is told a reason", async () => {
    await using world = interpretersOf();
    const first = await world.use();
    expect(await world.use("s_1", { reset: true })).toMatchObject({ isNew: true, predecessorEnd: null });
    expect(first.sandbox.isReady).toBe(false);
  });

  it("if no call uses it for the idle time, which begins anew with each call", async () => {
    vi.useFakeTimers();
    const world = interpretersOf(10_000);
    const first = await world.use();
    await vi.advanceTimersByTimeAsync(9_000);
    expect((await world.use()).sandbox).toBe(first.sandbox);
    await vi.advanceTimersByTimeAsync(9_000);
    expect(first.sandbox.isReady).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([first.sandbox.isReady, world.interpreters.count]).toEqual([false, 0]);
    expect(await world.use()).toMatchObject({ isNew: true, predecessorEnd: "no call used it for 10 s" });
  });

  it("not by the clock while a call uses it or waits for it, and never without an idle time", async () => {
    vi.useFakeTimers();
    const world = interpretersOf(10_000);
    await world.use();
    const held = await world.lease();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(held.sandbox.isReady).toBe(true);
    const forever = interpretersOf(0);
    const kept = await forever.use();
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(kept.sandbox.isReady).toBe(true);
  });
});

describe("a server", () => {
  it("has at most so many interpreters, refuses one more, and takes it when one has ended", async () => {
    await using world = interpretersOf();
    for (let count = 0; count < MAX_INTERPRETERS; count++) expect(await reason(world.use(`s_${count}`))).toBe("leased");
    await expect(world.lease("s_more")).rejects.toMatchObject({
      reason: "busy",
      detail: { stage: "sandbox", retryable: true },
    });
    expect(world.engine.guests).toHaveLength(MAX_INTERPRETERS);
    // One that is there already may still be used.
    expect(await reason(world.use("s_0"))).toBe("leased");
    world.interpreters.closeSession("s_3" as SessionId);
    expect(await reason(world.use("s_more"))).toBe("leased");
    expect(world.interpreters.count).toBe(MAX_INTERPRETERS);
  });

  it("counts those whose guest still starts", async () => {
    await using world = interpretersOf();
    let start: () => void = () => undefined;
    const started = new Promise<void>((resolve) => (start = resolve));
    world.engine.starting = () => started;
    const all = Array.from({ length: MAX_INTERPRETERS + 1 }, (_, count) => reason(world.lease(`s_${count}`)));
    start();
    const ends = await Promise.all(all);
    expect(["leased", "busy"].map((kind) => ends.filter((end) => end === kind).length)).toEqual([MAX_INTERPRETERS, 1]);
  });

  it("does not count one that has died", async () => {
    await using world = interpretersOf();
    for (let count = 0; count < MAX_INTERPRETERS; count++) await world.use(`s_${count}`);
    await world.engine.guests[5]?.close();
    expect(await reason(world.use("s_more"))).toBe("leased");
  });

  it("leaves nothing behind after a start that failed", async () => {
    await using world = interpretersOf();
    world.engine.starting = () => Promise.reject(new Fault("No guest"));
    expect(await reason(world.lease())).toBe("fault");
    expect(world.interpreters.count).toBe(0);
    world.engine.starting = async () => undefined;
    expect(await world.use()).toMatchObject({ isNew: true, predecessorEnd: null });
  });
});
