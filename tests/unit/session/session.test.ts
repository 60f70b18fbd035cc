/** One session: what is open in it, what counts as its use, and the words of its refusals. */

import { mkdir } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { RestrictedNames } from "../../../src/paths/restricted.js";
import { CallerRoots, MAX_ROOTS } from "../../../src/session/caller-roots.js";
import { SessionStore, type SessionStoreOptions } from "../../../src/session/session-store.js";
import { rememberingLog, scriptedCaller } from "../../support/scripted-caller.js";
import { tempDir } from "../../support/temp-dir.js";

afterEach(() => void vi.useRealTimers());

async function world(options: Partial<SessionStoreOptions> = {}, given: readonly string[] = ["open"]) {
  const dir = await tempDir(["open/a/x.txt", "open/payroll/x.txt", "other/x.txt", "outside/x.txt"]);
  const clock = { ms: 0 };
  const closed: string[] = [];
  const store = new SessionStore({
    operatorRoots: { roots: given.map((root) => ({ spelled: dir.at(root), real: dir.at(root) })), isGiven: true },
    idleMs: 1_000,
    budget: { calls: 0, runMs: 0, outputBytes: 0 },
    ratePerMinute: 0,
    restricted: new RestrictedNames(["payroll*"]),
    log: rememberingLog().log,
    now: () => clock.ms,
    onClosed: (id) => closed.push(id),
    ...options,
  });
  const ann = scriptedCaller("ann");
  const close = async (): Promise<void> => {
    store.close();
    await dir[Symbol.asyncDispose]();
  };
  return { ...dir, clock, closed, store, ann, [Symbol.asyncDispose]: close };
}

const reason = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "allowed",
    (error: { reason?: string }) => error.reason,
  );

describe("a session", () => {
  it("contains what lies in any one of its roots", async () => {
    await using w = await world({}, ["open", "other"]);
    const session = w.store.open(w.ann);
    expect(["open/a/x.txt", "other/x.txt", "outside/x.txt"].map((file) => session.contains(w.at(file)))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it("may read below a restricted name that the operator opened itself, also after a call has set it", async () => {
    await using w = await world({}, ["open", "open/payroll"]);
    const session = w.store.open(w.ann);
    const read = () => reason(session.paths.resolve(w.at("open/payroll/x.txt")));
    expect(await read()).toBe("allowed");
    await w.store.setRoots(session, [w.at("open"), w.at("open/payroll")], w.ann);
    expect(await read()).toBe("allowed");
    expect(await reason(session.paths.resolve(w.at("open/a/x.txt")))).toBe("allowed");
  });

  it("may not read below a restricted name that the operator did not open by itself", async () => {
    await using w = await world();
    const session = w.store.open(w.ann);
    expect(await reason(session.paths.resolve(w.at("open/payroll/x.txt")))).toBe("path-restricted");
    await w.store.setRoots(session, [w.at("open")], w.ann);
    expect(await reason(session.paths.resolve(w.at("open/payroll/x.txt")))).toBe("path-restricted");
  });

  it("gives the model no right of the operator's over a root of the client", async () => {
    await using w = await world();
    await mkdir(w.at("other/payroll"));
    w.ann.named = [w.at("other"), w.at("open/a")].map((root) => pathToFileURL(root).href);
    const session = w.store.open(w.ann);
    await session.refreshRoots(w.ann);
    await w.store.setRoots(session, [w.at("other"), w.at("open/a")], w.ann);
    expect(await reason(session.paths.resolve(w.at("other/payroll/x.txt")))).toBe("path-restricted");
  });
});

describe("a visit", () => {
  it("that began a program counts as use of the session until its end", async () => {
    await using w = await world();
    const visit = await w.store.enter(undefined, w.ann);
    visit.begin(100);
    w.clock.ms += 900;
    visit[Symbol.dispose]();
    w.clock.ms += 900;
    expect(w.store.size).toBe(1);
    w.clock.ms += 100;
    expect(w.store.size).toBe(0);
  });

  it("that ends twice ends once: another visit still keeps the session", async () => {
    await using w = await world();
    const [first, _second] = [await w.store.enter(undefined, w.ann), await w.store.enter(undefined, w.ann)];
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    w.clock.ms += 5_000;
    expect(w.store.size).toBe(1);
  });

  it("without a program is charged nothing", async () => {
    await using w = await world({ budget: { calls: 1, runMs: 100, outputBytes: 100 } });
    const visit = await w.store.enter(undefined, w.ann);
    visit.charge({ runMs: 5, outputBytes: 5 });
    visit[Symbol.dispose]();
    const { budget } = await w.store.describe(w.ann);
    expect([budget.calls.used, budget.runMs.used, budget.outputBytes.used]).toEqual([0, 0, 0]);
  });

  it("whose budget is spent hears of no time after which there is another, if sessions do not expire", async () => {
    await using w = await world({ idleMs: 0, budget: { calls: 1, runMs: 0, outputBytes: 0 } });
    const visit = await w.store.enter(undefined, w.ann);
    visit.begin(100);
    visit[Symbol.dispose]();
    const next = await w.store.enter(undefined, w.ann);
    expect(() => next.begin(100)).toThrow(/this one ends with the connection$/);
  });
});

describe("a store", () => {
  it("ends each session at its own time, by one timer", async () => {
    vi.useFakeTimers();
    await using w = await world({ now: () => Date.now() });
    const first = w.store.open(w.ann);
    await vi.advanceTimersByTimeAsync(600);
    const second = w.store.open(w.ann);
    await vi.advanceTimersByTimeAsync(399);
    expect(w.closed).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(w.closed).toEqual([first.id]);
    await vi.advanceTimersByTimeAsync(600);
    expect(w.closed).toEqual([first.id, second.id]);
    vi.useRealTimers();
  });

  it("keeps a caller's own session when another of that caller ends", async () => {
    await using w = await world();
    const other = w.store.open(w.ann);
    w.clock.ms += 600;
    const own = await w.store.enter(undefined, w.ann);
    own[Symbol.dispose]();
    w.clock.ms += 600;
    const again = await w.store.enter(undefined, w.ann);
    expect(again.session.id).toBe(own.session.id);
    expect(w.closed).toEqual([other.id]);
  });

  it("takes as many roots as there may be, and not one more", async () => {
    await using w = await world();
    const session = w.store.open(w.ann);
    const roots = (count: number): string[] => Array<string>(count).fill(w.at("open"));
    await w.store.setRoots(session, roots(MAX_ROOTS), w.ann);
    await expect(w.store.setRoots(session, roots(MAX_ROOTS + 1), w.ann)).rejects.toMatchObject({
      reason: "bad-input",
      detail: { stage: "paths" },
    });
  });

  it("names the id that it does not know, and says that trying again does not help", async () => {
    await using w = await world();
    await expect(w.store.enter("s_none", w.ann)).rejects.toMatchObject({
      reason: "session-unknown",
      detail: { stage: "limits", resource: "s_none", retryable: false },
    });
  });

  it("needs nobody who listens for the end of a session, and hears of callers that it does not know", async () => {
    const ann = scriptedCaller("ann");
    const quiet = new SessionStore({
      operatorRoots: { roots: [], isGiven: true },
      idleMs: 0,
      budget: { calls: 0, runMs: 0, outputBytes: 0 },
      ratePerMinute: 0,
      restricted: new RestrictedNames(),
      log: rememberingLog().log,
      now: () => 0,
    });
    quiet.open(ann);
    quiet.clientRootsChanged("nobody");
    quiet.closeCaller("ann");
    expect(quiet.size).toBe(0);
  });
});

describe("the roots of a client", () => {
  async function rootsOf(...named: string[]) {
    const { log, lines } = rememberingLog();
    const roots = new CallerRoots({ roots: [], isGiven: true }, new RestrictedNames(), log);
    const ann = scriptedCaller("ann", { named });
    await roots.refresh(ann);
    return { roots, ann, lines };
  }

  it("that no path of this host leads to are told apart from wrong ones", async () => {
    const remote = ["vscode-remote://host/dir", "untitled:x", "SSH+x.1-y://host"];
    const others = ["file:///nowhere", "FILE:///nowhere", "relative/x", "1x://host", "/a b:c", "no scheme: x"];
    const { roots } = await rootsOf(...remote, ...others);
    expect(roots.foreignRoots).toEqual(remote);
  });

  it("that cannot be roots are logged once for as long as they are named", async () => {
    const { roots, ann, lines } = await rootsOf("file:///", "xfile:///tmp");
    await roots.refresh(ann);
    expect(lines.map((line) => (line as { root: string }).root).sort()).toEqual(["file:///", "xfile:///tmp"]);
    ann.named = [];
    await roots.refresh(ann);
    ann.named = ["file:///"];
    await roots.refresh(ann);
    expect(lines).toHaveLength(3);
  });

  it("are at most so many: the last ones are left out, and the log says so", async () => {
    await using dir = await tempDir(Array.from({ length: MAX_ROOTS + 1 }, (_, at) => `${at}/`));
    const uris = Array.from({ length: MAX_ROOTS + 1 }, (_, at) => pathToFileURL(dir.at(`${at}`)).href);
    const fits = await rootsOf(...uris.slice(1));
    expect([fits.roots.directories.length, fits.lines]).toEqual([MAX_ROOTS, []]);
    const { roots, lines } = await rootsOf(...uris);
    expect(roots.directories).toHaveLength(MAX_ROOTS);
    expect(roots.directories).not.toContain(dir.at(`${MAX_ROOTS}`));
    expect(lines).toEqual([{ named: MAX_ROOTS + 1, most: MAX_ROOTS }]);
  });

  it("are asked for a second time only if the person was asked meanwhile", async () => {
    await using dir = await tempDir(["in/", "out/"]);
    const { roots, ann } = await rootsOf(pathToFileURL(dir.at("in")).href);
    ann.asked = 0;
    await roots.admit([dir.at("in")], ann);
    expect(ann.asked).toBe(1);
    ann.answer = true;
    await roots.admit([dir.at("out")], ann);
    expect([ann.asked, ann.questions.length]).toEqual([3, 1]);
  });

  it.each(["/", "/etc", "/usr", "/home", "/var"])("or of the model are never as wide as %s", async (wide) => {
    const { roots, ann } = await rootsOf(pathToFileURL(wide).href);
    expect(roots.directories).toEqual([]);
    ann.answer = true;
    await expect(roots.admit([wide], ann)).rejects.toMatchObject({
      reason: "root-denied",
      detail: { stage: "paths", resource: wide, retryable: false },
    });
    expect([ann.questions, roots.directories]).toEqual([[], []]);
  });
});
