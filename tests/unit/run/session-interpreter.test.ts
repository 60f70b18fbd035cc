import { describe, expect, it, vi, afterEach, beforeEach } from "vitest";
import type { SessionId } from "../../../src/ids.js";
import type { Policy } from "../../../src/policy/policy.js";
import { SessionInterpreter } from "../../../src/run/session-interpreter.js";
import type { Sandbox } from "../../../src/sandbox/engine.js";

const IDLE_MS = 60_000;
const policy = (name: string): Policy => ({ name, hash: name }) as unknown as Policy;
const [STRICT, OTHER] = [policy("strict"), policy("other")];
const never = new AbortController().signal;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function interpreter(idleMs = IDLE_MS) {
  const closed: string[] = [];
  const guests: { isReady: boolean }[] = [];
  const onEmpty = vi.fn();
  const session = new SessionInterpreter({
    sessionId: "s" as SessionId,
    language: "python",
    idleMs,
    startGuest: () => {
      const sandbox = { isReady: true, close: () => (closed.push("guest"), Promise.resolve()) };
      guests.push(sandbox);
      return Promise.resolve({ sandbox: sandbox as unknown as Sandbox, wasWarm: true });
    },
    onEmpty,
  });
  const lease = (wanted: Policy, signal = never) =>
    session.lease({ policy: wanted, memoryMb: 64, reset: false }, signal);
  return { session, lease, closed, guests, onEmpty };
}

describe("a session's interpreter ends when no call has used it for the idle time", () => {
  it("and says so to the next call", async () => {
    const { lease, closed } = interpreter();
    expect((await lease(STRICT)).release()).toBe(true);
    await vi.advanceTimersByTimeAsync(IDLE_MS - 1);
    expect(closed).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(closed).toEqual(["guest"]);
    expect((await lease(STRICT)).predecessorEnd).toBe("no call used it for 60 s");
  });

  it("although the last call waited for it and was refused for its policy", async () => {
    const { lease, closed } = interpreter();
    const first = await lease(STRICT);
    const waiting = lease(OTHER).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(10);
    first.release();
    expect(await waiting).toMatchObject({ name: "Refusal", reason: "bad-input" });
    await vi.advanceTimersByTimeAsync(IDLE_MS);
    expect(closed).toEqual(["guest"]);
  });

  it("although the last call waited for it and gave up", async () => {
    const { lease, closed } = interpreter();
    const first = await lease(STRICT);
    const given = new AbortController();
    const waiting = lease(STRICT, given.signal).catch((error: unknown) => error);
    first.release();
    given.abort(new Error("gave up"));
    await waiting;
    await vi.advanceTimersByTimeAsync(IDLE_MS);
    expect(closed).toEqual(["guest"]);
  });

  it("and a call that is refused does not put its end off", async () => {
    const { lease, closed } = interpreter();
    (await lease(STRICT)).release();
    await vi.advanceTimersByTimeAsync(IDLE_MS - 1_000);
    await expect(lease(OTHER)).rejects.toMatchObject({ name: "Refusal" });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(closed).toEqual(["guest"]);
  });

  it("but not while a call uses it or waits for it", async () => {
    const { lease, closed } = interpreter();
    const first = await lease(STRICT);
    const second = lease(STRICT);
    await vi.advanceTimersByTimeAsync(2 * IDLE_MS);
    first.release();
    await second;
    await vi.advanceTimersByTimeAsync(2 * IDLE_MS);
    expect(closed).toEqual([]);
    (await second).release();
    await vi.advanceTimersByTimeAsync(IDLE_MS);
    expect(closed).toEqual(["guest"]);
  });

  it("but not if the idle time is 0", async () => {
    const { lease, closed } = interpreter(0);
    (await lease(STRICT)).release();
    await vi.advanceTimersByTimeAsync(100 * IDLE_MS);
    expect(closed).toEqual([]);
  });
});

it("a session's interpreter without a guest tells its owner that it is empty", async () => {
  const { session, lease, onEmpty } = interpreter();
  const first = await lease(STRICT);
  session.close();
  expect(onEmpty).not.toHaveBeenCalled();
  expect(first.release()).toBe(false);
  expect(onEmpty).toHaveBeenCalledOnce();
});

describe("a session's interpreter that a call uses goes on", () => {
  it("although the call before it ends its lease once more", async () => {
    const { lease, closed, guests } = interpreter();
    const first = await lease(STRICT);
    const second = lease(STRICT);
    first.release();
    await second;
    for (const guest of guests) guest.isReady = false;
    expect(first.release()).toBe(true);
    await vi.advanceTimersByTimeAsync(2 * IDLE_MS);
    expect(closed).toEqual([]);
    for (const guest of guests) guest.isReady = true;
    const third = lease(STRICT);
    expect((await second).release()).toBe(true);
    expect((await third).isNew).toBe(false);
  });

  it("although it is looked at for one that died, which it is not while its program runs", async () => {
    const { session, lease, closed, guests } = interpreter();
    const first = await lease(STRICT);
    for (const guest of guests) guest.isReady = false;
    session.endIfDead();
    expect(closed).toEqual([]);
    first.release();
    expect(closed).toEqual(["guest"]);
  });
});

it("a session's interpreter tells for how long no call has used it", async () => {
  const { session, lease } = interpreter();
  expect(session.view).toBeNull();
  await vi.advanceTimersByTimeAsync(9_000);
  (await lease(STRICT)).release();
  await vi.advanceTimersByTimeAsync(4_400);
  expect(session.view).toEqual({ language: "python", policy: "strict", calls: 1, idleSeconds: 4 });
});

it("a session's interpreter is not empty while another call waits for it", async () => {
  const { session, lease, onEmpty } = interpreter();
  const first = await lease(STRICT);
  const second = lease(STRICT);
  session.close();
  first.release();
  expect(onEmpty).not.toHaveBeenCalled();
  await expect(second).rejects.toThrow("its session has ended");
  expect(onEmpty).toHaveBeenCalledOnce();
});
