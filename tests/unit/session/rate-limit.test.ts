import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { newSessionId } from "../../../src/ids.js";
import { RateLimit } from "../../../src/session/rate-limit.js";

const [S, S1, S2, S3] = [newSessionId(), newSessionId(), newSessionId(), newSessionId()];

/** Makes `count` calls and returns how many of them pass. */
async function through(rate: RateLimit, count: number, session = S, principal = "p"): Promise<number> {
  let passed = 0;
  for (let call = 0; call < count; call++)
    await rate.count(session, principal).then(
      () => passed++,
      () => undefined,
    );
  return passed;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("RateLimit", () => {
  it("refuses the call after the last of a minute, and says when to try again", async () => {
    const rate = new RateLimit(60);
    expect(await through(rate, 60)).toBe(60);
    await vi.advanceTimersByTimeAsync(48_000);
    await expect(rate.count(S, "p")).rejects.toMatchObject({
      reason: "rate-limited",
      message: "Cannot take this call: at most 60 calls a minute are allowed, there were more. Try again in 12 s",
      detail: { stage: "limits", retryable: true },
    });
    await vi.advanceTimersByTimeAsync(12_000);
    await expect(rate.count(S, "p")).resolves.toBeUndefined();
  });

  it("does not lengthen the minute for calls that it refuses", async () => {
    const rate = new RateLimit(2);
    await through(rate, 2);
    for (let second = 0; second < 59; second++) {
      await vi.advanceTimersByTimeAsync(1_000);
      expect(await through(rate, 20)).toBe(0);
    }
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await through(rate, 3)).toBe(2);
  });

  it("lets no more calls through when they come at once", async () => {
    const rate = new RateLimit(5);
    const answers = await Promise.allSettled(Array.from({ length: 50 }, () => rate.count(S, "p")));
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
  });

  it("has one limit for all sessions of a principal, and another for another principal", async () => {
    const rate = new RateLimit(3);
    expect(await through(rate, 2, S1)).toBe(2);
    expect(await through(rate, 2, S2)).toBe(1);
    expect(await through(rate, 3, S3, "q")).toBe(3);
  });

  it("does not count a call for its principal if its session's limit refuses it", async () => {
    const rate = new RateLimit(2);
    await through(rate, 1, S1);
    await vi.advanceTimersByTimeAsync(30_000);
    await through(rate, 100, S2);
    await vi.advanceTimersByTimeAsync(31_000);
    // The principal has a new minute, S2 is still in its old one.
    expect(await through(rate, 100, S2)).toBe(1);
    expect(await through(rate, 3, S3)).toBe(1);
  });

  it("does not count a call for its session if its principal's limit refuses it", async () => {
    const rate = new RateLimit(3);
    await through(rate, 2, S1);
    await vi.advanceTimersByTimeAsync(40_000);
    await through(rate, 1, S2);
    expect(await through(rate, 9, S2)).toBe(0);
    await vi.advanceTimersByTimeAsync(20_000);
    // The principal has a new minute, S2 has made one call in its own.
    expect(await through(rate, 9, S2)).toBe(2);
  });

  it("counts a call without a session for its principal", async () => {
    const rate = new RateLimit(2);
    await rate.count(null, "p");
    expect(await through(rate, 5, S1)).toBe(1);
    await expect(rate.count(null, "p")).rejects.toMatchObject({ reason: "rate-limited" });
    expect(await rate.state(null, "q")).toMatchObject({ left: 2 });
  });

  it("returns the time that is left of the window that refuses", async () => {
    const rate = new RateLimit(3);
    await through(rate, 3, S1);
    await vi.advanceTimersByTimeAsync(40_000);
    await rate.count(S2, "q");
    expect(await rate.state(S2, "p")).toEqual({ perMinute: 3, left: 0, resetsInMs: 20_000 });
    expect(await rate.state(S2, "q")).toEqual({ perMinute: 3, left: 2, resetsInMs: 60_000 });
  });

  it("has no limit and no timer when the setting is 0", async () => {
    const rate = new RateLimit(0);
    expect(await through(rate, 1_000)).toBe(1_000);
    expect(await rate.state(S, "p")).toEqual({ perMinute: null, left: null, resetsInMs: 0 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("forgets a session and not its principal, so that a new session gets no more calls", async () => {
    const rate = new RateLimit(2);
    await through(rate, 2, S1);
    expect(vi.getTimerCount()).toBe(2);
    rate.forget(S1);
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(1);
    expect(await through(rate, 2, S2)).toBe(0);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("returns the smaller of the two numbers of calls that are left", async () => {
    const rate = new RateLimit(4);
    expect(await rate.state(null, "p")).toEqual({ perMinute: 4, left: 4, resetsInMs: 0 });
    await through(rate, 1, S1);
    await through(rate, 2, S2);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await rate.state(S1, "p")).toEqual({ perMinute: 4, left: 1, resetsInMs: 50_000 });
    expect(await rate.state(null, "other")).toMatchObject({ left: 4 });
    await through(rate, 9, S1);
    expect(await rate.state(S1, "p")).toMatchObject({ left: 0 });
  });
});
