import { symlink } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { RestrictedNames } from "../../../src/paths/restricted.js";
import { MAX_ROOTS } from "../../../src/session/caller-roots.js";
import type { Session, Visit } from "../../../src/session/session.js";
import { MAX_SESSIONS_PER_CALLER, SessionStore, type SessionStoreOptions } from "../../../src/session/session-store.js";
import { rememberingLog, scriptedCaller } from "../../support/scripted-caller.js";
import { tempDir } from "../../support/temp-dir.js";

const UNLIMITED = { calls: 0, runMs: 0, outputBytes: 0 };

/**
 * Makes open/a/x.txt, open/b/, open/file and outside/y.txt; a store whose only root is open/; a clock that stands
 * still; and two callers whose clients have no roots.
 */
async function world(options: Partial<SessionStoreOptions> = {}) {
  const dir = await tempDir(["open/a/x.txt", "open/b/", "open/file", "outside/y.txt", "open-old/"]);
  const { at } = dir;
  const clock = { ms: 0 };
  const closed: string[] = [];
  const store = new SessionStore({
    operatorRoots: { roots: [{ spelled: at("open"), real: at("open") }], isGiven: true },
    idleMs: 1_000,
    budget: UNLIMITED,
    ratePerMinute: 0,
    restricted: new RestrictedNames(["payroll*"]),
    log: rememberingLog().log,
    now: () => clock.ms,
    onClosed: (id) => closed.push(id),
    ...options,
  });
  const [ann, bob] = [scriptedCaller("ann"), scriptedCaller("bob")];
  return {
    at,
    clock,
    closed,
    store,
    ann,
    bob,
    [Symbol.asyncDispose]: async () => {
      store.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** Enters a session and leaves it. */
async function enterAndLeave(
  store: SessionStore,
  id: string | undefined,
  caller: ReturnType<typeof scriptedCaller>,
): Promise<Session> {
  using visit = await store.enter(id, caller);
  return visit.session;
}

/** Enters a caller's own session and begins a program there. */
async function begin(
  store: SessionStore,
  caller: ReturnType<typeof scriptedCaller>,
  timeoutMs: number,
): Promise<Visit> {
  const visit = await store.enter(undefined, caller);
  try {
    visit.begin(timeoutMs);
    return visit;
  } catch (error) {
    visit[Symbol.dispose]();
    throw error;
  }
}

const refusal = async (action: () => unknown): Promise<unknown> => {
  try {
    return await action();
  } catch (error) {
    return error;
  }
};

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("SessionStore gives", () => {
  it("a random id that finds the session again", async () => {
    await using w = await world();
    const [one, two] = [w.store.open(w.ann), w.store.open(w.ann)];
    expect(one.id).toMatch(/^s_[\w-]{22}$/);
    expect(one.id).not.toBe(two.id);
    expect(await enterAndLeave(w.store, one.id, w.ann)).toBe(one);
    expect(one.roots).toEqual([w.at("open")]);
  });

  it("each caller its own session for calls without an id", async () => {
    await using w = await world();
    const own = await enterAndLeave(w.store, undefined, w.ann);
    expect(await enterAndLeave(w.store, undefined, w.ann)).toBe(own);
    expect(await enterAndLeave(w.store, own.id, w.ann)).toBe(own);
    expect((await enterAndLeave(w.store, undefined, w.bob)).id).not.toBe(own.id);
    expect(w.store.size).toBe(2);
  });

  it("one answer for the id of an unknown, an expired, a closed and another caller's session", async () => {
    await using w = await world();
    const expired = w.store.open(w.ann).id;
    w.clock.ms = 2_000;
    const closed = w.store.open(w.ann).id;
    w.store.closeCaller("ann");
    const foreign = w.store.open(w.bob).id;
    const answers = await Promise.all(
      [expired, closed, foreign, "s_none", ""].map(async (id) => {
        const error = await refusal(() => w.store.enter(id, w.ann));
        expect(error).toMatchObject({ reason: "session-unknown" });
        return String(error).replace(JSON.stringify(id), "ID");
      }),
    );
    expect(new Set(answers).size).toBe(1);
    expect((await enterAndLeave(w.store, foreign, w.bob)).id).toBe(foreign);
  });
});

describe("SessionStore ends", () => {
  it("a session that no call uses for the idle time, and keeps a session that is used", async () => {
    await using w = await world();
    const { id } = w.store.open(w.ann);
    for (w.clock.ms = 900; w.clock.ms < 5_000; w.clock.ms += 900) await enterAndLeave(w.store, id, w.ann);
    expect(w.store.size).toBe(1);
    w.clock.ms += 1_001;
    expect(w.store.size).toBe(0);
    expect(w.closed).toEqual([id]);
  });

  it("an idle session without any call, with one timer for all sessions", async () => {
    vi.useFakeTimers();
    await using w = await world({ now: () => performance.now() });
    const [one, two] = [w.store.open(w.ann), w.store.open(w.bob)];
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(600);
    await enterAndLeave(w.store, two.id, w.bob);
    await vi.advanceTimersByTimeAsync(600);
    expect(w.closed).toEqual([one.id]);
    await vi.advanceTimersByTimeAsync(600);
    expect(w.closed).toEqual([one.id, two.id]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("no session while a call visits it, and counts the idle time from the end of the visit", async () => {
    vi.useFakeTimers();
    await using w = await world({ now: () => performance.now() });
    const visit = await w.store.enter(undefined, w.ann);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(w.closed).toEqual([]);
    visit[Symbol.dispose]();
    visit[Symbol.dispose]();
    await vi.advanceTimersByTimeAsync(900);
    expect(w.closed).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(w.closed).toEqual([visit.session.id]);
  });

  it("expired sessions with a timer that fires no more often than needed", async () => {
    vi.useFakeTimers();
    const set = vi.spyOn(globalThis, "setTimeout");
    await using w = await world({ now: () => performance.now() });
    using _ = await w.store.enter(undefined, w.ann);
    await vi.advanceTimersByTimeAsync(10_500);
    expect(set.mock.calls.length).toBe(11);
    w.store.closeCaller("ann");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("expired sessions with a timer that keeps no process alive", async () => {
    const set = vi.spyOn(globalThis, "setTimeout");
    await using w = await world();
    set.mockClear();
    w.store.open(w.ann);
    expect(set.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef())).toEqual([false]);
  });

  it("the roots that the client named and the person allowed, with the caller", async () => {
    await using w = await world();
    w.ann.answer = true;
    await w.store.setRoots(w.store.open(w.ann), [w.at("outside")], w.ann);
    expect(w.store.callerRootsOf(w.ann)).toEqual([w.at("open"), w.at("outside")]);
    w.store.closeCaller("ann");
    expect(w.store.callerRootsOf(w.ann)).toEqual([w.at("open")]);
  });

  it("a session whose caller closes while the call is being counted, and forgets the count", async () => {
    vi.useFakeTimers();
    await using w = await world({ ratePerMinute: 10, idleMs: 0 });
    const answer = refusal(() => w.store.enter(undefined, w.ann));
    w.store.closeCaller("ann");
    expect(await answer).toMatchObject({ reason: "session-unknown" });
    await vi.advanceTimersByTimeAsync(0);
    // The timer of the principal.
    expect(vi.getTimerCount()).toBe(1);
  });

  it("no session when the idle time is 0, and sets no timer", async () => {
    vi.useFakeTimers();
    await using w = await world({ idleMs: 0 });
    w.store.open(w.ann);
    w.clock.ms = 1e12;
    expect(w.store.size).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("all sessions of one caller, once each, even while a call visits them", async () => {
    await using w = await world();
    const visit = await w.store.enter(undefined, w.ann);
    const other = w.store.open(w.ann);
    await enterAndLeave(w.store, undefined, w.bob);
    w.store.closeCaller("ann");
    w.store.closeCaller("ann");
    visit[Symbol.dispose]();
    expect(w.store.size).toBe(1);
    expect(w.closed.sort()).toEqual([visit.session.id, other.id].sort());
  });

  it("1 000 sessions of callers that come and go, and leaves no timer", async () => {
    vi.useFakeTimers();
    await using w = await world({ ratePerMinute: 10 });
    await enterAndLeave(w.store, undefined, w.bob);
    const before = vi.getTimerCount();
    for (let count = 0; count < 1_000; count++) {
      const caller = scriptedCaller(`caller ${count}`, { principal: `principal ${count % 2}` });
      await enterAndLeave(w.store, undefined, caller).catch(() => undefined);
      w.store.closeCaller(caller.id);
    }
    // The rate windows of the two principals are left. They end after a minute.
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(before + 2);
    expect(w.closed).toHaveLength(1_000);
    w.store.closeCaller("bob");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("SessionStore.open()", () => {
  it("refuses a caller that has opened too many sessions, until one expires", async () => {
    await using w = await world();
    for (let count = 0; count < MAX_SESSIONS_PER_CALLER; count++) w.store.open(w.ann);
    expect(await refusal(() => w.store.open(w.ann))).toMatchObject({ reason: "busy", detail: { retryable: true } });
    w.store.open(w.bob);
    w.clock.ms = 2_000;
    w.store.open(w.ann);
  });

  it("refuses when all callers together have too many sessions", async () => {
    await using w = await world();
    const open = (): number => {
      for (let count = 0; ; count++) w.store.open(scriptedCaller(`caller ${count}`));
    };
    expect(await refusal(open)).toMatchObject({ reason: "busy" });
    expect(w.store.size).toBe(1_000);
  });
});

describe("SessionStore.setRoots() accepts", () => {
  it("narrower roots, and keeps the session inside them", async () => {
    await using w = await world();
    const session = w.store.open(w.ann);
    await w.store.setRoots(session, [w.at("open", "a")], w.ann);
    expect(session.roots).toEqual([w.at("open", "a")]);
    expect(await session.paths.resolve("x.txt")).toMatchObject({ root: w.at("open", "a") });
    await expect(session.paths.resolve(w.at("open", "file"))).rejects.toMatchObject({ reason: "path-denied" });
    expect([session.contains(w.at("open", "a", "x.txt")), session.contains(w.at("open", "file"))]).toEqual([
      true,
      false,
    ]);
  });

  it("a relative root, and the whole open directory again after that", async () => {
    await using w = await world();
    const session = w.store.open(w.ann);
    await w.store.setRoots(session, ["a", w.at("open", "b")], w.ann);
    expect(session.roots).toEqual([w.at("open", "a"), w.at("open", "b")]);
    await w.store.setRoots(session, [w.at("open")], w.ann);
    expect(session.roots).toEqual([w.at("open")]);
  });

  it("an empty list, which denies everything", async () => {
    await using w = await world();
    const session = w.store.open(w.ann);
    await w.store.setRoots(session, [], w.ann);
    expect(session.roots).toEqual([]);
    await expect(session.paths.resolve(w.at("open", "a", "x.txt"))).rejects.toMatchObject({ reason: "path-denied" });
  });

  it("roots for one session without touching another", async () => {
    await using w = await world();
    const [one, two] = [w.store.open(w.ann), w.store.open(w.ann)];
    await w.store.setRoots(one, [], w.ann);
    expect(two.roots).toEqual([w.at("open")]);
  });
});

describe("SessionStore.setRoots() refuses", () => {
  it.each([
    "/",
    "/etc",
    "/home",
    "..",
    "../outside",
    "open/../..",
    "open/none",
    "open/file",
    "outside",
    "outside/none",
    "open-old",
    "open/exit",
    "~",
  ])("%s, and changes nothing", async (asked) => {
    await using w = await world();
    await symlink(w.at("outside"), w.at("open", "exit"));
    const session = w.store.open(w.ann);
    await w.store.setRoots(session, [w.at("open", "b")], w.ann);
    const root = /^[/.~]/.test(asked) ? asked : w.at(asked);
    const error = await refusal(() => w.store.setRoots(session, [w.at("open", "a"), root], w.ann));
    expect(error).toMatchObject({
      reason: "root-denied",
      message: expect.stringMatching(/--allow-root DIR or RLM_ALLOWED_ROOTS/),
      detail: { alternatives: [w.at("open")] },
    });
    expect(session.roots).toEqual([w.at("open", "b")]);
    expect(await session.paths.resolve(w.at("open", "b"))).toBeDefined();
  });

  it("every root when no directory is open", async () => {
    await using w = await world({ operatorRoots: { roots: [], isGiven: false } });
    const session = w.store.open(w.ann);
    expect(session.roots).toEqual([]);
    expect(await refusal(() => w.store.setRoots(session, [w.at("open")], w.ann))).toMatchObject({
      reason: "root-denied",
    });
    await expect(w.store.setRoots(session, [], w.ann)).resolves.toBeUndefined();
  });

  it("too many roots and malformed roots as bad input", async () => {
    await using w = await world();
    const session = w.store.open(w.ann);
    expect(await refusal(() => w.store.setRoots(session, Array(MAX_ROOTS + 1).fill("a"), w.ann))).toMatchObject({
      reason: "bad-input",
    });
    expect(await refusal(() => w.store.setRoots(session, [""], w.ann))).toMatchObject({ reason: "bad-input" });
  });

  it("a session that was closed before, or while the client was asked", async () => {
    await using w = await world();
    const session = w.store.open(w.ann);
    const answer = refusal(() => w.store.setRoots(session, [], w.ann));
    w.store.closeCaller("ann");
    expect(await answer).toMatchObject({ reason: "session-unknown" });
    expect(await refusal(() => w.store.setRoots(session, [], w.ann))).toMatchObject({ reason: "session-unknown" });
  });
});

describe("a client's roots", () => {
  it("close at once when they are removed, also in a session with set roots, and work again later", async () => {
    await using w = await world();
    w.ann.named = [pathToFileURL(w.at("outside")).href];
    const [following, set] = [w.store.open(w.ann), w.store.open(w.ann)];
    await w.store.setRoots(set, [w.at("outside"), w.at("open", "a")], w.ann);
    expect(following.roots).toEqual([w.at("open"), w.at("outside")]);
    const paths = [following, set];

    w.store.clientRootsChanged("ann");
    for (const session of paths) {
      await expect(session.paths.resolve(w.at("outside", "y.txt"))).rejects.toMatchObject({ reason: "path-denied" });
      expect(session.contains(w.at("outside", "y.txt"))).toBe(false);
    }
    w.ann.named = [];
    await set.refreshRoots(w.ann);
    expect([following.roots, set.roots]).toEqual([[w.at("open")], [w.at("open", "a")]]);

    w.ann.named = [pathToFileURL(w.at("outside")).href];
    await set.refreshRoots(w.ann);
    expect(set.roots).toEqual([w.at("outside"), w.at("open", "a")]);
  });

  it("open nothing to another caller", async () => {
    await using w = await world();
    w.ann.named = [pathToFileURL(w.at("outside")).href];
    const [one, two] = [w.store.open(w.ann), w.store.open(w.bob)];
    await one.refreshRoots(w.ann);
    await two.refreshRoots(w.bob);
    expect(two.roots).toEqual([w.at("open")]);
    w.store.clientRootsChanged("bob");
    expect(one.roots).toEqual([w.at("open"), w.at("outside")]);
  });
});

describe("Visit.begin()", () => {
  it("refuses the call after the last, charged or not, and a new session has a new budget", async () => {
    await using w = await world({ budget: { ...UNLIMITED, calls: 2 } });
    for (const charged of [true, false]) {
      using visit = await begin(w.store, w.ann, 5_000);
      if (charged) visit.charge({ runMs: 1, outputBytes: 1 });
    }
    expect(await refusal(() => begin(w.store, w.ann, 5_000))).toMatchObject({
      reason: "budget-spent",
      message: expect.stringMatching(
        new RegExp(
          "it may make 2 calls, it has made 2\\. Left: 0 calls, .*this one ends with the connection, " +
            "or after 1 s in which no call uses it \\(a call that is refused like this one does not use it\\)$",
        ),
      ),
    });
    using _ = await begin(w.store, w.bob, 5_000);
    w.clock.ms += 1_001;
    using _again = await begin(w.store, w.ann, 5_000);
  });

  it("does not count as use when it is refused, so a spent session ends, and the refusal says when", async () => {
    await using w = await world({ idleMs: 9_000, budget: { ...UNLIMITED, calls: 1 }, ratePerMinute: 3 });
    (await begin(w.store, w.ann, 1))[Symbol.dispose]();
    for (const [left, reason] of [
      [7, "budget-spent"],
      [5, "budget-spent"],
      [3, "rate-limited"],
      [1, "rate-limited"],
    ] as const) {
      w.clock.ms += 2_000;
      expect(await refusal(() => begin(w.store, w.ann, 1))).toMatchObject({
        reason,
        ...(reason === "budget-spent"
          ? { message: expect.stringContaining(`or after ${left} s in which no call uses it`) }
          : {}),
      });
      expect(w.store.size).toBe(1);
    }
    w.clock.ms += 1_000;
    expect(w.store.size).toBe(0);
  });

  it("names the whole idle time when it is refused beside a running call", async () => {
    await using w = await world({ idleMs: 9_000, budget: { ...UNLIMITED, calls: 1 } });
    using _running = await begin(w.store, w.ann, 1);
    w.clock.ms += 60_000;
    expect(await refusal(() => begin(w.store, w.ann, 1))).toMatchObject({
      message: expect.stringContaining("or after 9 s in which no call uses it"),
    });
  });

  it("releases the reserved time of a visit that ends without a charge", async () => {
    await using w = await world({ budget: { ...UNLIMITED, runMs: 5_000 } });
    const used = async () => (await w.store.describe(w.ann)).budget.runMs.used;
    for (let count = 0; count < 3; count++) {
      using _visit = await begin(w.store, w.ann, 5_000);
      expect(await refusal(() => begin(w.store, w.ann, 1))).toMatchObject({ reason: "budget-spent" });
    }
    expect(await used()).toBe(0);
    {
      using visit = await begin(w.store, w.ann, 5_000);
      visit.charge({ runMs: 4_000, outputBytes: 0 });
      // Charged once: neither a second charge nor the end of the visit adds to it.
      visit.charge({ runMs: 4_000, outputBytes: 0 });
    }
    expect(await used()).toBe(4_000);
  });
});

describe("SessionStore.enter()", () => {
  it("counts a call with a wrong id for the caller's own session or its principal, and opens none", async () => {
    await using w = await world({ ratePerMinute: 3, budget: { ...UNLIMITED, calls: 9 } });
    const foreign = w.store.open(w.bob).id;
    for (const id of ["s_none", foreign])
      expect(await refusal(() => w.store.enter(id, w.ann))).toMatchObject({ reason: "session-unknown" });
    expect(w.store.size).toBe(1);
    expect((await w.store.describe(w.ann)).rate.left).toBe(1);
    await enterAndLeave(w.store, undefined, w.ann);
    for (const id of ["s_none", foreign, undefined])
      expect(await refusal(() => w.store.enter(id, w.ann))).toMatchObject({ reason: "rate-limited" });
  });
});

describe("a caller that sends wrong session ids", () => {
  it("uses up the rate of its own session, even if its principal has more left", async () => {
    vi.useFakeTimers();
    await using w = await world({ ratePerMinute: 3, idleMs: 0 });
    await enterAndLeave(w.store, undefined, w.bob);
    await vi.advanceTimersByTimeAsync(30_000);
    await enterAndLeave(w.store, undefined, w.ann);
    await refusal(() => w.store.enter("s_none", w.ann));
    await vi.advanceTimersByTimeAsync(30_000);
    expect((await w.store.describe(w.ann)).rate.left).toBe(1);
  });
});

describe("a caller's own session that replaces an expired one", () => {
  it("begins with the roots that were set, and says why the old session ended", async () => {
    for (const set of [["a"], []]) {
      await using w = await world({ idleMs: 1_800_000 });
      const first = await enterAndLeave(w.store, undefined, w.ann);
      expect(first.predecessorEnd).toBeNull();
      await w.store.setRoots(
        first,
        set.map((name) => w.at("open", name)),
        w.ann,
      );
      const { roots } = first;
      for (let round = 0; round < 2; round++) {
        w.clock.ms += 1_800_000;
        expect(await w.store.describe(w.ann)).toMatchObject({ id: null, roots });
        const next = await enterAndLeave(w.store, undefined, w.ann);
        expect(next.id).not.toBe(first.id);
        expect(next).toMatchObject({
          roots,
          predecessorEnd: "the session before this one ended, because no call used it for 1800 s",
        });
      }
    }
  });

  it("does not take over the roots of other sessions that have expired", async () => {
    await using w = await world();
    await w.store.setRoots(await enterAndLeave(w.store, undefined, w.ann), [], w.ann);
    w.store.open(w.ann);
    w.clock.ms += 1_000;
    expect((await enterAndLeave(w.store, undefined, w.ann)).roots).toEqual([]);
  });

  it("passes its roots to no other session and no other caller, and forgets them with the connection", async () => {
    await using w = await world();
    await w.store.setRoots(await enterAndLeave(w.store, undefined, w.ann), [], w.ann);
    w.clock.ms += 1_000;
    for (const session of [w.store.open(w.ann), await enterAndLeave(w.store, undefined, w.bob)])
      expect(session).toMatchObject({ roots: [w.at("open")], predecessorEnd: null });
    w.store.closeCaller("ann");
    expect(await enterAndLeave(w.store, undefined, w.ann)).toMatchObject({
      roots: [w.at("open")],
      predecessorEnd: null,
    });
  });
});

describe("a caller whose connection has closed", () => {
  it("opens no session and leaves nothing behind", async () => {
    await using w = await world({ ratePerMinute: 60 });
    w.ann.connected = false;
    for (const open of [
      () => w.store.enter(undefined, w.ann),
      () => w.store.open(w.ann),
      () => w.store.describe(w.ann),
    ]) {
      expect(await refusal(open)).toMatchObject({ reason: "session-unknown" });
    }
    expect(w.store.size).toBe(0);
  });
});

describe("SessionStore.describe()", () => {
  it("returns the state of a new session, and opens none", async () => {
    await using w = await world({ budget: { calls: 3, runMs: 4_000, outputBytes: 0 }, ratePerMinute: 5 });
    expect(await w.store.describe(w.ann)).toEqual({
      id: null,
      roots: [w.at("open")],
      callerRoots: [w.at("open")],
      budget: {
        calls: { limit: 3, used: 0, left: 3 },
        runMs: { limit: 4_000, used: 0, left: 4_000 },
        outputBytes: { limit: null, used: 0, left: null },
      },
      rate: { perMinute: 5, left: 5, resetsInMs: 0 },
      idleMs: 1_000,
    });
    expect(w.store.size).toBe(0);
  });

  it("returns the state of the caller's own session, and does not keep it from expiring", async () => {
    await using w = await world({ budget: { calls: 3, runMs: 0, outputBytes: 0 }, ratePerMinute: 5 });
    const { id } = await enterAndLeave(w.store, undefined, w.ann);
    {
      using visit = await begin(w.store, w.ann, 5_000);
      visit.charge({ runMs: 7, outputBytes: 8 });
    }
    w.clock.ms = 900;
    expect(await w.store.describe(w.ann)).toMatchObject({
      id,
      budget: { calls: { used: 1, left: 2 }, runMs: { limit: null, used: 7, left: null }, outputBytes: { used: 8 } },
      rate: { perMinute: 5, left: 3 },
    });
    w.clock.ms = 1_100;
    expect(w.store.size).toBe(0);
  });
});
