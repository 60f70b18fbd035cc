import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { KILL_GRACE_MS } from "../../../src/limits.js";
import { inTime, TimeLimit, within } from "../../../src/sandbox/time-limit.js";
import { verdictTimeMs } from "../../../src/sandbox/verdict-time.js";
import type { Job } from "../../../src/sandbox/engine.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = new Promise<never>(() => undefined);

describe("TimeLimit", () => {
  it("aborts its signal after its time, and not before", () => {
    using limit = new TimeLimit(100);
    vi.advanceTimersByTime(99);
    expect(limit.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(limit.signal.aborted).toBe(true);
    expect(limit.signal.reason).toBeInstanceOf(Error);
  });

  it("aborts its signal with the reason of the outer one, before or after it was made", () => {
    const outer = new AbortController();
    using limit = new TimeLimit(100, outer.signal);
    expect(limit.signal.aborted).toBe(false);
    outer.abort("stop");
    using late = new TimeLimit(100, outer.signal);
    expect([limit.signal.reason, late.signal.reason]).toEqual(["stop", "stop"]);
  });

  it("leaves no timer and no listener behind", () => {
    const outer = new AbortController();
    const limit = new TimeLimit(100, outer.signal);
    expect(getEventListeners(outer.signal, "abort").length).toBe(1);
    limit[Symbol.dispose]();
    expect(getEventListeners(outer.signal, "abort").length).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(1_000);
    outer.abort();
    expect(limit.signal.aborted).toBe(false);
    new TimeLimit(100)[Symbol.dispose]();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("within()", () => {
  it("passes on the value or the error that comes in time, and leaves no listener", async () => {
    const stop = new AbortController();
    expect(await within(stop.signal, Promise.resolve(7))).toBe(7);
    await expect(within(stop.signal, Promise.reject(new Error("own")))).rejects.toThrow("own");
    expect(getEventListeners(stop.signal, "abort").length).toBe(0);
  });

  it("rejects with the reason when the signal is aborted, and drops what comes later", async () => {
    const stop = new AbortController();
    const dropped: unknown[] = [];
    let answer: (late: string) => void = () => undefined;
    const slow = new Promise<string>((resolve) => (answer = resolve));
    const waiting = within(stop.signal, slow, (late) => dropped.push(late));
    stop.abort(new Error("too slow"));
    await expect(waiting).rejects.toThrow("too slow");
    expect(dropped).toEqual([]);
    answer("late");
    await slow;
    expect(dropped).toEqual(["late"]);
  });

  it("rejects at once if the signal was aborted before, and ignores a late error", async () => {
    const aborted = AbortSignal.abort(new Error("too slow"));
    const dropped: unknown[] = [];
    await expect(within(aborted, Promise.resolve(1), (late) => dropped.push(late))).rejects.toThrow("too slow");
    await expect(within(aborted, never)).rejects.toThrow("too slow");
    await expect(within(aborted, Promise.reject(new Error("late")))).rejects.toThrow("too slow");
    expect(dropped).toEqual([1]);
    expect(getEventListeners(aborted, "abort").length).toBe(0);
  });
});

describe("inTime()", () => {
  it("passes on what comes in time, and leaves no timer", async () => {
    expect(await inTime(Promise.resolve(7), 100, () => new Error("late"))).toBe(7);
    await expect(inTime(Promise.reject(new Error("own")), 100, () => new Error("late"))).rejects.toThrow("own");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("rejects with the given error after its time", async () => {
    const waiting = inTime(never, 100, () => new Error("late")).catch((error: Error) => error.message);
    await vi.advanceTimersByTimeAsync(99);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await waiting).toBe("late");
  });
});

describe("verdictTimeMs()", () => {
  const job = (change: object): Job => ({
    code: "",
    timeoutMs: 1_000,
    memoryMb: 64,
    inputs: {},
    files: [],
    guestPolicy: { builtins: "safe", modules: [], withheld: [], reads: false, hint: "" },
    ...change,
  });

  it("is the time of the program and some grace, and grows with the bytes that are sent", () => {
    const bytes = Buffer.alloc(4_096_000);
    const file = { name: "x", path: "x", bytes };
    const own = 1_000 + KILL_GRACE_MS;
    expect(verdictTimeMs(job({}))).toBe(own);
    expect(verdictTimeMs(job({ files: [file] }))).toBe(own + 1_000);
    expect(verdictTimeMs(job({ files: [file, file], texts: [{ name: "t", bytes }] }))).toBe(own + 3_000);
  });
});
