/** What differs from run to run: the hash seed of texts and bytes, with it the order of sets, and addresses. */

import { expect, it } from "vitest";
import type { EngineUnderTest } from "../support/engines.js";
import { forEachEngine, jobOf } from "../support/engines.js";
import { embeddedEngine } from "../support/embedded-engine.js";
import { sleep } from "../support/wait.js";

const CODE = `
kinds = [object(), [], {}]
names = {"name%d" % number for number in range(50)}
made = "/".join(f"{id(made):x}" for made in kinds)
[hash("a"), hash(b"a"), hash(("a", 1)), hash(frozenset("ab")), "".join(names), made]
`;

/** Returns the facts of one run, as texts. */
async function factsOf(engine: EngineUnderTest): Promise<string[]> {
  const ran = await engine.run({ code: CODE, fence: "open" });
  expect(ran.ending).toBe("ok");
  return (ran.result ?? "").slice(1, -1).split(", ");
}

forEachEngine("the hash seed and the addresses", (engine) => {
  it("differ from one run to the next, from the first run on", async () => {
    const runs: string[][] = [];
    for (let count = 0; count < 7; count++) runs.push(await factsOf(engine));
    expect(runs[0]).toHaveLength(6);
    for (const [index, now] of runs.slice(1).entries())
      expect(now.slice(0, 5).filter((fact, place) => fact === runs[index]?.[place])).toEqual([]);
    // An address is one of some hundreds, so two of seven may be equal by chance.
    const addresses = runs.map((facts) => (facts[5] ?? "").slice(1, -1).split("/"));
    for (const kind of [0, 1, 2]) expect(new Set(addresses.map((those) => those[kind])).size).toBeGreaterThan(4);
  });

  it("stay the same in all calls of a session", async () => {
    await using sandbox = await engine.open();
    const job = { ...jobOf({ code: CODE, fence: "open" }), keep: true };
    const texts = [];
    for (let count = 0; count < 3; count++) {
      const { result } = await sandbox.run(job, new AbortController().signal);
      texts.push(result?.split(", ").slice(0, 5).join());
    }
    expect(texts[0]).toMatch(/name/);
    expect(new Set(texts).size).toBe(1);
  });
});

const HASH = { code: "hash('a')", fence: "open" } as const;

forEachEngine(
  "an engine",
  ({ name }) => {
    it("has seeds of its own soon after its first run, which no other engine and no file has", async () => {
      const hashesOf = async (): Promise<Set<string>> => {
        await using engine = asDisposable(embeddedEngine());
        const seen: string[] = [];
        // The first two seeds are those of the package.
        for (const until = performance.now() + 25_000; performance.now() < until && new Set(seen).size < 6;) {
          await using sandbox = await engine.open({ language: "python", memoryMb: 256 }, AbortSignal.timeout(20_000));
          const { result } = await sandbox.run(jobOf(HASH), AbortSignal.timeout(20_000));
          seen.push(result ?? "");
          await sleep(300);
        }
        return new Set(seen);
      };
      const [one, other] = await Promise.all([hashesOf(), hashesOf()]);
      expect(one.size).toBeGreaterThan(5);
      expect([...one].filter((hash) => other.has(hash)).length).toBeLessThanOrEqual(2);
      expect(name).toBe("wasm");
    }, 60_000);
  },
  ["wasm"],
);

function asDisposable<Engine extends { close(): Promise<void> }>(engine: Engine): Engine & AsyncDisposable {
  return Object.assign(engine, { [Symbol.asyncDispose]: () => engine.close() });
}
