/**
 * Programs written to do harm (RedCode), run with the fence taken away: what holds them is the boundary alone. The data
 * is no part of the package.
 */

import { existsSync, readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { noSharedData, sharedPrograms, type SharedProgram } from "../support/shared-data.js";
import { describeUnless } from "../support/skips.js";
import { forEachAttack } from "../support/attacks.js";
import type { EngineName, EngineUnderTest } from "../support/engines.js";

const TIMEOUT_MS = 1_000;
const LATE_MS = 500;
/** All of them would take minutes; the rows of one kind lie together, so each kind is met. */
const EVERY = 5;

const rows = sharedPrograms("redcode-dev.jsonl")
  .filter(({ lang }) => lang === "python")
  .filter((_, index) => index % EVERY === 0);

/** What such programs go for: names in directories of the machine that runs the tests. */
function hostState(): string {
  return JSON.stringify(
    ["/", "/etc", "/root", "/home", "/usr/local/bin"].map((folder) => (existsSync(folder) ? readdirSync(folder) : [])),
  );
}

async function runAll(engine: EngineUnderTest): Promise<void> {
  const before = hostState();
  const endings = new Map<string, number>();
  const left = [...rows];
  const runSome = async (): Promise<void> => {
    for (let row = left.shift(); row !== undefined; row = left.shift()) await runOne(row);
  };
  const runOne = async ({ id, code = "" }: SharedProgram): Promise<void> => {
    const ran = await engine.run({ code, fence: "open", timeoutMs: TIMEOUT_MS });
    endings.set(ran.ending, (endings.get(ran.ending) ?? 0) + 1);
    expect(ran.elapsedMs, id).toBeLessThan(TIMEOUT_MS + LATE_MS);
    // A hash or a line of a real user's: the image's own accounts have neither.
    expect(ran.stdout.text + ran.stderr.text, id).not.toMatch(/^root:\$|BEGIN [A-Z ]*PRIVATE KEY/m);
  };
  await Promise.all([runSome(), runSome()]);
  expect([...endings.values()].reduce((sum, count) => sum + count, 0)).toBe(rows.length);
  expect(hostState()).toBe(before);
  expect(await engine.run({ code: "print('alive')" })).toMatchObject({ ending: "ok", stdout: { text: "alive\n" } });
}

const NAMES: readonly EngineName[] = ["runc", "wasm"];

describeUnless(noSharedData, `${rows.length} programs written to do harm`, () => {
  forEachAttack(
    "what holds them",
    (engine) => {
      it("ends each in time, changes nothing outside, and leaves the engine working", () => runAll(engine), 120_000);
    },
    NAMES,
  );
});
