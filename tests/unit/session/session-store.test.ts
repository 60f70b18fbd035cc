import { mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { Fault } from "../../../src/errors.js";
import { MAX_ROOTS, MAX_SESSIONS_PER_CALLER, SessionStore } from "../../../src/session/session-store.js";
import { tempDir } from "../../support/temp-dir.js";

/** ceiling/a/x.txt, ceiling/b/, ceiling/file, outside/y.txt; a clock that stands still. */
async function world(idleMs = 1_000) {
  const dir = await tempDir();
  const at = (...parts: string[]): string => path.join(dir.path, ...parts);
  for (const folder of ["ceiling/a", "ceiling/b", "outside", "ceiling-old"]) await mkdir(at(folder), { recursive: true });
  for (const file of ["ceiling/a/x.txt", "ceiling/file", "outside/y.txt"]) await writeFile(at(file), "");
  const clock = { ms: 0 };
  const store = new SessionStore({ ceiling: [at("ceiling")], idleMs, now: () => clock.ms });
  return { at, clock, store, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

const refusal = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return error;
  }
};

describe("SessionStore hands out", () => {
  it("a random handle that finds the session again", async () => {
    await using w = await world();
    const [one, two] = [w.store.open("ann"), w.store.open("ann")];
    expect(one.id).toMatch(/^s_[\w-]{22}$/);
    expect(one.id).not.toBe(two.id);
    expect(w.store.get(one.id, "ann")).toBe(one);
    expect(one.roots).toEqual([w.at("ceiling")]);
  });

  it("each caller's own session to calls that name none", async () => {
    await using w = await world();
    const own = w.store.get(undefined, "ann");
    expect(w.store.get(undefined, "ann")).toBe(own);
    expect(w.store.get(own.id, "ann")).toBe(own);
    expect(w.store.get(undefined, "bob").id).not.toBe(own.id);
    expect(w.store.size).toBe(2);
  });

  it("one answer for an unknown, an expired, a closed and another caller's handle", async () => {
    await using w = await world();
    const expired = w.store.open("ann").id;
    w.clock.ms = 2_000;
    const closed = w.store.open("ann").id;
    w.store.closeCaller("ann");
    const foreign = w.store.open("bob").id;
    const answers = [expired, closed, foreign, "s_none", ""].map((id) => {
      const error = refusal(() => w.store.get(id, "ann"));
      expect(error).toMatchObject({ reason: "session-unknown" });
      return String(error).replace(JSON.stringify(id), "ID");
    });
    expect(new Set(answers).size).toBe(1);
    expect(w.store.get(foreign, "bob").id).toBe(foreign);
  });
});

describe("SessionStore forgets", () => {
  it("a session when it is idle for too long, and not while it is used", async () => {
    await using w = await world();
    const { id } = w.store.open("ann");
    for (w.clock.ms = 900; w.clock.ms < 5_000; w.clock.ms += 900) w.store.get(id, "ann");
    expect(w.store.size).toBe(1);
    w.clock.ms += 1_001;
    expect(w.store.size).toBe(0);
  });

  it("nothing by itself when the idle time is 0", async () => {
    await using w = await world(0);
    w.store.open("ann");
    w.clock.ms = 1e12;
    expect(w.store.size).toBe(1);
  });

  it("all of a caller's sessions and nobody else's", async () => {
    await using w = await world();
    w.store.get(undefined, "ann");
    w.store.open("ann");
    w.store.get(undefined, "bob");
    w.store.closeCaller("ann");
    expect(w.store.size).toBe(1);
  });
});

describe("SessionStore.open()", () => {
  it("stops a caller who opens too many, until one expires", async () => {
    await using w = await world();
    for (let count = 0; count < MAX_SESSIONS_PER_CALLER; count++) w.store.open("ann");
    expect(refusal(() => w.store.open("ann"))).toMatchObject({ reason: "busy", detail: { retryable: true } });
    w.store.open("bob");
    w.clock.ms = 2_000;
    w.store.open("ann");
  });

  it("stops all callers together at a limit", async () => {
    await using w = await world();
    const open = (): number => {
      for (let count = 0; ; count++) w.store.open(`caller ${count}`);
    };
    expect(refusal(open)).toMatchObject({ reason: "busy" });
    expect(w.store.size).toBe(1_000);
  });
});

describe("SessionStore.setRoots() accepts", () => {
  it("narrower roots, and holds to them", async () => {
    await using w = await world();
    const session = w.store.open("ann");
    const before = session.paths;
    await w.store.setRoots(session, [w.at("ceiling", "a")]);
    expect(session.roots).toEqual([w.at("ceiling", "a")]);
    expect(await session.paths.resolve("x.txt")).toMatchObject({ root: w.at("ceiling", "a") });
    await expect(session.paths.resolve(w.at("ceiling", "file"))).rejects.toMatchObject({ reason: "path-denied" });
    await expect(before.resolve(w.at("ceiling", "file"))).resolves.toBeDefined();
  });

  it("the ceiling again after that, and a relative root", async () => {
    await using w = await world();
    const session = w.store.open("ann");
    await w.store.setRoots(session, ["a", w.at("ceiling", "b")]);
    expect(session.roots).toEqual([w.at("ceiling", "a"), w.at("ceiling", "b")]);
    await w.store.setRoots(session, [w.at("ceiling")]);
    expect(session.roots).toEqual([w.at("ceiling")]);
  });

  it("an empty list, which denies everything", async () => {
    await using w = await world();
    const session = w.store.open("ann");
    await w.store.setRoots(session, []);
    expect(session.roots).toEqual([]);
    await expect(session.paths.resolve(w.at("ceiling", "a", "x.txt"))).rejects.toMatchObject({ reason: "path-denied" });
  });

  it("roots for one session without touching another", async () => {
    await using w = await world();
    const [one, two] = [w.store.open("ann"), w.store.open("ann")];
    await w.store.setRoots(one, []);
    expect(two.roots).toEqual([w.at("ceiling")]);
  });
});

describe("SessionStore.setRoots() refuses", () => {
  it.each(["/", "/etc", "/home", "..", "../outside", "ceiling/../..", "ceiling/none", "ceiling/file", "outside", "outside/none", "ceiling-old", "ceiling/exit", "~"])(
    "%s, and changes nothing",
    async (asked) => {
      await using w = await world();
      await symlink(w.at("outside"), w.at("ceiling", "exit"));
      const session = w.store.open("ann");
      await w.store.setRoots(session, [w.at("ceiling", "b")]);
      const root = /^[/.~]/.test(asked) ? asked : w.at(asked);
      const error: unknown = await w.store.setRoots(session, [w.at("ceiling", "a"), root]).catch((e: unknown) => e);
      expect(error).toMatchObject({ reason: "root-denied", message: expect.stringMatching(/--allow-root or RLM_ALLOWED_ROOTS/) });
      expect(session.roots).toEqual([w.at("ceiling", "b")]);
      expect(await session.paths.resolve(w.at("ceiling", "b"))).toBeDefined();
    },
  );

  it("everything when the ceiling is empty", async () => {
    await using w = await world();
    const store = new SessionStore({ ceiling: [], idleMs: 0, now: () => 0 });
    const session = store.open("ann");
    expect(session.roots).toEqual([]);
    await expect(store.setRoots(session, [w.at("ceiling")])).rejects.toMatchObject({ reason: "root-denied" });
    await expect(store.setRoots(session, [])).resolves.toBeUndefined();
  });

  it("more roots than anybody needs, and malformed ones, as bad input", async () => {
    await using w = await world();
    const session = w.store.open("ann");
    await expect(w.store.setRoots(session, Array(MAX_ROOTS + 1).fill("a"))).rejects.toMatchObject({ reason: "bad-input" });
    await expect(w.store.setRoots(session, [""])).rejects.toMatchObject({ reason: "bad-input" });
  });

  it("a session that was closed meanwhile", async () => {
    await using w = await world();
    const session = w.store.open("ann");
    w.store.closeCaller("ann");
    await expect(w.store.setRoots(session, [])).rejects.toMatchObject({ reason: "session-unknown" });
  });
});

describe("new SessionStore()", () => {
  it("fails when a directory of the ceiling is missing", async () => {
    await using w = await world();
    expect(() => new SessionStore({ ceiling: [w.at("none")], idleMs: 0, now: () => 0 })).toThrow(Fault);
  });
});
