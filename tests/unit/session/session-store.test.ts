import { mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { RestrictedNames } from "../../../src/paths/restricted.js";
import { MAX_ROOTS } from "../../../src/session/caller-roots.js";
import type { Session } from "../../../src/session/session.js";
import {
  MAX_SESSIONS_PER_CALLER,
  SessionStore,
  type SessionStoreOptions,
  type Visit,
} from "../../../src/session/session-store.js";
import { rememberingLog, scriptedCaller } from "../../support/scripted-caller.js";
import { tempDir } from "../../support/temp-dir.js";

const UNLIMITED = { calls: 0, runMs: 0, outputBytes: 0 };

/**
 * ceiling/a/x.txt, ceiling/b/, ceiling/file, outside/y.txt; a clock that stands still; ann and bob, whose clients have
 * no roots.
 */
async function world(options: Partial<SessionStoreOptions> = {}) {
  const dir = await tempDir();
  const at = (...parts: string[]): string => path.join(dir.path, ...parts);
  for (const folder of ["ceiling/a", "ceiling/b", "outside", "ceiling-old"])
    await mkdir(at(folder), { recursive: true });
  for (const file of ["ceiling/a/x.txt", "ceiling/file", "outside/y.txt"]) await writeFile(at(file), "");
  const clock = { ms: 0 };
  const closed: string[] = [];
  const store = new SessionStore({
    ceiling: { roots: [{ spelled: at("ceiling"), real: at("ceiling") }], isGiven: true },
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

/** Goes into a session and leaves it. */
async function visit(
  store: SessionStore,
  id: string | undefined,
  caller: ReturnType<typeof scriptedCaller>,
): Promise<Session> {
  using stay = await store.enter(id, caller);
  return stay.session;
}

/** Goes into a caller's own session and begins a program there. */
async function begin(store: SessionStore, caller: ReturnType<typeof scriptedCaller>, wishedMs: number): Promise<Visit> {
  const stay = await store.enter(undefined, caller);
  try {
    stay.begin(wishedMs);
    return stay;
  } catch (error) {
    stay[Symbol.dispose]();
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

describe("SessionStore hands out", () => {
  it("a random handle that finds the session again", async () => {
    await using w = await world();
    const [one, two] = [w.store.open(w.ann), w.store.open(w.ann)];
    expect(one.id).toMatch(/^s_[\w-]{22}$/);
    expect(one.id).not.toBe(two.id);
    expect(await visit(w.store, one.id, w.ann)).toBe(one);
    expect(one.roots).toEqual([w.at("ceiling")]);
  });

  it("each caller's own session to calls that name none", async () => {
    await using w = await world();
    const own = await visit(w.store, undefined, w.ann);
    expect(await visit(w.store, undefined, w.ann)).toBe(own);
    expect(await visit(w.store, own.id, w.ann)).toBe(own);
    expect((await visit(w.store, undefined, w.bob)).id).not.toBe(own.id);
    expect(w.store.size).toBe(2);
  });

  it("one answer for an unknown, an expired, a closed and another caller's handle", async () => {
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
    expect((await visit(w.store, foreign, w.bob)).id).toBe(foreign);
  });
});

describe("SessionStore ends", () => {
  it("a session that is idle for too long, and not one that is used", async () => {
    await using w = await world();
    const { id } = w.store.open(w.ann);
    for (w.clock.ms = 900; w.clock.ms < 5_000; w.clock.ms += 900) await visit(w.store, id, w.ann);
    expect(w.store.size).toBe(1);
    w.clock.ms += 1_001;
    expect(w.store.size).toBe(0);
    expect(w.closed).toEqual([id]);
  });

  it("an idle session by itself, though nobody looks, with one timer for all of them", async () => {
    vi.useFakeTimers();
    await using w = await world({ now: () => performance.now() });
    const [one, two] = [w.store.open(w.ann), w.store.open(w.bob)];
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(600);
    await visit(w.store, two.id, w.bob);
    await vi.advanceTimersByTimeAsync(600);
    expect(w.closed).toEqual([one.id]);
    await vi.advanceTimersByTimeAsync(600);
    expect(w.closed).toEqual([one.id, two.id]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("no session under a call in flight, however long it takes, and counts the idle time from its end", async () => {
    vi.useFakeTimers();
    await using w = await world({ now: () => performance.now() });
    const stay = await w.store.enter(undefined, w.ann);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(w.closed).toEqual([]);
    stay[Symbol.dispose]();
    stay[Symbol.dispose]();
    await vi.advanceTimersByTimeAsync(900);
    expect(w.closed).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(w.closed).toEqual([stay.session.id]);
  });

  it("what has expired without keeping the process alive, and without a look more often than needed", async () => {
    const set = vi.spyOn(globalThis, "setTimeout");
    try {
      vi.useFakeTimers();
      await using w = await world({ now: () => performance.now() });
      const fake = vi.spyOn(globalThis, "setTimeout");
      using _ = await w.store.enter(undefined, w.ann);
      await vi.advanceTimersByTimeAsync(10_500);
      expect(fake.mock.calls.length).toBe(11);
      w.store.closeCaller("ann");
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
    await using w = await world();
    set.mockClear();
    w.store.open(w.ann);
    expect(set.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef())).toEqual([false]);
  });

  it("what a caller's client named and its person said, with the caller", async () => {
    await using w = await world();
    w.ann.answer = true;
    await w.store.setRoots(w.store.open(w.ann), [w.at("outside")], w.ann);
    expect(w.store.ceilingOf(w.ann)).toEqual([w.at("ceiling"), w.at("outside")]);
    w.store.closeCaller("ann");
    expect(w.store.ceilingOf(w.ann)).toEqual([w.at("ceiling")]);
  });

  it("a call with its caller while the call is being counted, and forgets the count", async () => {
    vi.useFakeTimers();
    await using w = await world({ ratePerMinute: 10, idleMs: 0 });
    const answer = refusal(() => w.store.enter(undefined, w.ann));
    w.store.closeCaller("ann");
    expect(await answer).toMatchObject({ reason: "session-unknown" });
    await vi.advanceTimersByTimeAsync(0);
    // The principal's.
    expect(vi.getTimerCount()).toBe(1);
  });

  it("nothing by itself when the idle time is 0, and sets no timer for it", async () => {
    vi.useFakeTimers();
    await using w = await world({ idleMs: 0 });
    w.store.open(w.ann);
    w.clock.ms = 1e12;
    expect(w.store.size).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("all of a caller's sessions and nobody else's, once each, even under a call", async () => {
    await using w = await world();
    const stay = await w.store.enter(undefined, w.ann);
    const other = w.store.open(w.ann);
    await visit(w.store, undefined, w.bob);
    w.store.closeCaller("ann");
    w.store.closeCaller("ann");
    stay[Symbol.dispose]();
    expect(w.store.size).toBe(1);
    expect(w.closed.sort()).toEqual([stay.session.id, other.id].sort());
  });

  it("1 000 sessions of callers that come and go without a timer or a listener that stays", async () => {
    vi.useFakeTimers();
    await using w = await world({ ratePerMinute: 10 });
    await visit(w.store, undefined, w.bob);
    const before = vi.getTimerCount();
    for (let count = 0; count < 1_000; count++) {
      const caller = scriptedCaller(`caller ${count}`, { principal: `principal ${count % 2}` });
      await visit(w.store, undefined, caller).catch(() => undefined);
      w.store.closeCaller(caller.id);
    }
    // What is left is the window of each principal, which ends by itself.
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(before + 2);
    expect(w.closed).toHaveLength(1_000);
    w.store.closeCaller("bob");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("SessionStore.open()", () => {
  it("stops a caller who opens too many, until one expires", async () => {
    await using w = await world();
    for (let count = 0; count < MAX_SESSIONS_PER_CALLER; count++) w.store.open(w.ann);
    expect(await refusal(() => w.store.open(w.ann))).toMatchObject({ reason: "busy", detail: { retryable: true } });
    w.store.open(w.bob);
    w.clock.ms = 2_000;
    w.store.open(w.ann);
  });

  it("stops all callers together at a limit", async () => {
    await using w = await world();
    const open = (): number => {
      for (let count = 0; ; count++) w.store.open(scriptedCaller(`caller ${count}`));
    };
    expect(await refusal(open)).toMatchObject({ reason: "busy" });
    expect(w.store.size).toBe(1_000);
  });
});

describe("SessionStore.setRoots() accepts", () => {
  it("narrower roots, and holds to them", async () => {
    await using w = await world();
    const session = w.store.open(w.ann);
    await w.store.setRoots(session, [w.at("ceiling", "a")], w.ann);
    expect(session.roots).toEqual([w.at("ceiling", "a")]);
    expect(await session.paths.resolve("x.txt")).toMatchObject({ root: w.at("ceiling", "a") });
    await expect(session.paths.resolve(w.at("ceiling", "file"))).rejects.toMatchObject({ reason: "path-denied" });
    expect([session.contains(w.at("ceiling", "a", "x.txt")), session.contains(w.at("ceiling", "file"))]).toEqual([
      true,
      false,
    ]);
  });

  it("the ceiling again after that, and a relative root", async () => {
    await using w = await world();
    const session = w.store.open(w.ann);
    await w.store.setRoots(session, ["a", w.at("ceiling", "b")], w.ann);
    expect(session.roots).toEqual([w.at("ceiling", "a"), w.at("ceiling", "b")]);
    await w.store.setRoots(session, [w.at("ceiling")], w.ann);
    expect(session.roots).toEqual([w.at("ceiling")]);
  });

  it("an empty list, which denies everything", async () => {
    await using w = await world();
    const session = w.store.open(w.ann);
    await w.store.setRoots(session, [], w.ann);
    expect(session.roots).toEqual([]);
    await expect(session.paths.resolve(w.at("ceiling", "a", "x.txt"))).rejects.toMatchObject({ reason: "path-denied" });
  });

  it("roots for one session without touching another", async () => {
    await using w = await world();
    const [one, two] = [w.store.open(w.ann), w.store.open(w.ann)];
    await w.store.setRoots(one, [], w.ann);
    expect(two.roots).toEqual([w.at("ceiling")]);
  });
});

describe("SessionStore.setRoots() refuses", () => {
  it.each([
    "/",
    "/etc",
    "/home",
    "..",
    "../outside",
    "ceiling/../..",
    "ceiling/none",
    "ceiling/file",
    "outside",
    "outside/none",
    "ceiling-old",
    "ceiling/exit",
    "~",
  ])("%s, and changes nothing", async (asked) => {
    await using w = await world();
    await symlink(w.at("outside"), w.at("ceiling", "exit"));
    const session = w.store.open(w.ann);
    await w.store.setRoots(session, [w.at("ceiling", "b")], w.ann);
    const root = /^[/.~]/.test(asked) ? asked : w.at(asked);
    const error = await refusal(() => w.store.setRoots(session, [w.at("ceiling", "a"), root], w.ann));
    expect(error).toMatchObject({
      reason: "root-denied",
      message: expect.stringMatching(/--allow-root DIR or RLM_ALLOWED_ROOTS/),
      detail: { alternatives: [w.at("ceiling")] },
    });
    expect(session.roots).toEqual([w.at("ceiling", "b")]);
    expect(await session.paths.resolve(w.at("ceiling", "b"))).toBeDefined();
  });

  it("everything when nothing is open", async () => {
    await using w = await world({ ceiling: { roots: [], isGiven: false } });
    const session = w.store.open(w.ann);
    expect(session.roots).toEqual([]);
    expect(await refusal(() => w.store.setRoots(session, [w.at("ceiling")], w.ann))).toMatchObject({
      reason: "root-denied",
    });
    await expect(w.store.setRoots(session, [], w.ann)).resolves.toBeUndefined();
  });

  it("more roots than anybody needs, and malformed ones, as bad input", async () => {
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
  it("that are removed close at once, in sessions with roots set too, and work again when they come back", async () => {
    await using w = await world();
    w.ann.named = [pathToFileURL(w.at("outside")).href];
    const [following, set] = [w.store.open(w.ann), w.store.open(w.ann)];
    await w.store.setRoots(set, [w.at("outside"), w.at("ceiling", "a")], w.ann);
    expect(following.roots).toEqual([w.at("ceiling"), w.at("outside")]);
    const paths = [following, set];

    w.store.clientRootsChanged("ann");
    for (const session of paths) {
      await expect(session.paths.resolve(w.at("outside", "y.txt"))).rejects.toMatchObject({ reason: "path-denied" });
      expect(session.contains(w.at("outside", "y.txt"))).toBe(false);
    }
    w.ann.named = [];
    await set.refreshRoots(w.ann);
    expect([following.roots, set.roots]).toEqual([[w.at("ceiling")], [w.at("ceiling", "a")]]);

    w.ann.named = [pathToFileURL(w.at("outside")).href];
    await set.refreshRoots(w.ann);
    expect(set.roots).toEqual([w.at("outside"), w.at("ceiling", "a")]);
  });

  it("are nobody else's", async () => {
    await using w = await world();
    w.ann.named = [pathToFileURL(w.at("outside")).href];
    const [one, two] = [w.store.open(w.ann), w.store.open(w.bob)];
    await one.refreshRoots(w.ann);
    await two.refreshRoots(w.bob);
    expect(two.roots).toEqual([w.at("ceiling")]);
    w.store.clientRootsChanged("bob");
    expect(one.roots).toEqual([w.at("ceiling"), w.at("outside")]);
  });
});

describe("Visit.begin()", () => {
  it("stops the call after the last, whatever became of those before, and starts anew with a new session", async () => {
    await using w = await world({ budget: { ...UNLIMITED, calls: 2 } });
    for (const charged of [true, false]) {
      using stay = await begin(w.store, w.ann, 5_000);
      if (charged) stay.charge({ runMs: 1, outputBytes: 1 });
    }
    expect(await refusal(() => begin(w.store, w.ann, 5_000))).toMatchObject({
      reason: "budget-spent",
      message: expect.stringMatching(
        /it may make 2 calls, it has made 2\. Left are 0 calls, .*this one ends with the connection, or in 1 s if it is left alone until then \(calls that are refused like this one do leave it alone\)$/,
      ),
    });
    using _ = await begin(w.store, w.bob, 5_000);
    w.clock.ms += 1_001;
    using _again = await begin(w.store, w.ann, 5_000);
  });

  it("that is refused is no use of the session, so that one whose budget is spent ends, and says when", async () => {
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
          ? { message: expect.stringContaining(`or in ${left} s if it is left alone`) }
          : {}),
      });
      expect(w.store.size).toBe(1);
    }
    w.clock.ms += 1_000;
    expect(w.store.size).toBe(0);
  });

  it("that is refused beside a running call says how long the session lasts from that call's end", async () => {
    await using w = await world({ idleMs: 9_000, budget: { ...UNLIMITED, calls: 1 } });
    using _running = await begin(w.store, w.ann, 1);
    w.clock.ms += 60_000;
    expect(await refusal(() => begin(w.store, w.ann, 1))).toMatchObject({
      message: expect.stringContaining("or in 9 s if it is left alone"),
    });
  });

  it("gives back what a call that ended without a word had set aside", async () => {
    await using w = await world({ budget: { ...UNLIMITED, runMs: 5_000 } });
    for (let count = 0; count < 3; count++) {
      using _ = await begin(w.store, w.ann, 5_000);
    }
  });
});

describe("SessionStore.enter()", () => {
  it("counts a call with an unknown or another's handle for the caller's own session, or for its principal alone, and opens none", async () => {
    await using w = await world({ ratePerMinute: 3, budget: { ...UNLIMITED, calls: 9 } });
    const foreign = w.store.open(w.bob).id;
    for (const id of ["s_none", foreign])
      expect(await refusal(() => w.store.enter(id, w.ann))).toMatchObject({ reason: "session-unknown" });
    expect(w.store.size).toBe(1);
    expect((await w.store.describe(w.ann)).rate.left).toBe(1);
    await visit(w.store, undefined, w.ann);
    for (const id of ["s_none", foreign, undefined])
      expect(await refusal(() => w.store.enter(id, w.ann))).toMatchObject({ reason: "rate-limited" });
  });
});

describe("a caller that names sessions which it does not have", () => {
  it("pays with its own session, whatever its principal has left", async () => {
    vi.useFakeTimers();
    await using w = await world({ ratePerMinute: 3, idleMs: 0 });
    await visit(w.store, undefined, w.bob);
    await vi.advanceTimersByTimeAsync(30_000);
    await visit(w.store, undefined, w.ann);
    await refusal(() => w.store.enter("s_none", w.ann));
    await vi.advanceTimersByTimeAsync(30_000);
    expect((await w.store.describe(w.ann)).rate.left).toBe(1);
  });
});

describe("a caller's own session that follows an expired one", () => {
  it("begins with the roots that were set, and says what it succeeds", async () => {
    for (const set of [["a"], []]) {
      await using w = await world({ idleMs: 1_800_000 });
      const first = await visit(w.store, undefined, w.ann);
      expect(first.succeeds).toBeNull();
      await w.store.setRoots(
        first,
        set.map((name) => w.at("ceiling", name)),
        w.ann,
      );
      const { roots } = first;
      for (let round = 0; round < 2; round++) {
        w.clock.ms += 1_800_000;
        expect(await w.store.describe(w.ann)).toMatchObject({ id: null, roots });
        const next = await visit(w.store, undefined, w.ann);
        expect(next.id).not.toBe(first.id);
        expect(next).toMatchObject({
          roots,
          succeeds: "the session before this one ended, because no call used it for 1800 s",
        });
      }
    }
  });

  it("begins with its roots and not with those of other sessions that have expired", async () => {
    await using w = await world();
    await w.store.setRoots(await visit(w.store, undefined, w.ann), [], w.ann);
    w.store.open(w.ann);
    w.clock.ms += 1_000;
    expect((await visit(w.store, undefined, w.ann)).roots).toEqual([]);
  });

  it("gives its roots to no other session and no other caller, and forgets them with the connection", async () => {
    await using w = await world();
    await w.store.setRoots(await visit(w.store, undefined, w.ann), [], w.ann);
    w.clock.ms += 1_000;
    for (const session of [w.store.open(w.ann), await visit(w.store, undefined, w.bob)])
      expect(session).toMatchObject({ roots: [w.at("ceiling")], succeeds: null });
    w.store.closeCaller("ann");
    expect(await visit(w.store, undefined, w.ann)).toMatchObject({ roots: [w.at("ceiling")], succeeds: null });
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
  it("says what a new session would have, and opens none", async () => {
    await using w = await world({ budget: { calls: 3, runMs: 4_000, outputBytes: 0 }, ratePerMinute: 5 });
    expect(await w.store.describe(w.ann)).toEqual({
      id: null,
      roots: [w.at("ceiling")],
      ceiling: [w.at("ceiling")],
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

  it("says what the caller's own has left, and keeps it no longer by that", async () => {
    await using w = await world({ budget: { calls: 3, runMs: 0, outputBytes: 0 }, ratePerMinute: 5 });
    const { id } = await visit(w.store, undefined, w.ann);
    {
      using stay = await begin(w.store, w.ann, 5_000);
      stay.charge({ runMs: 7, outputBytes: 8 });
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
