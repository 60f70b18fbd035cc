/**
 * Runs many small programs of one kind in few guests. The start of a container takes far longer than such a program.
 *
 * Only for cases about a language, its modules or its messages. A case about a guest, its limits, its end, its
 * isolation or the name of the program's file needs a guest of its own.
 */

import { afterAll } from "vitest";
import type { Sandbox } from "../../src/sandbox/engine.js";
import { type EngineUnderTest, jobOf, type Program, type Ran } from "./engines.js";

/**
 * Returns a function like `engine.run`. In a container it gives each program to an interpreter that is kept: each is a
 * call of its own with an outcome of its own. On the other engines each program has a guest of its own.
 *
 * Programs share an interpreter only if their language, fence and input files are the same. After a program that ends
 * its interpreter the next one gets a new one.
 */
export function sharedGuest(engine: EngineUnderTest): EngineUnderTest["run"] {
  if (!engine.isContainer) return engine.run;
  const guests = new Map<string, Sandbox>();
  afterAll(async () => {
    await Promise.all([...guests.values()].map((guest) => guest.close()));
  });
  return async (program: Program): Promise<Ran> => {
    const { language = "python", fence = "strict", files = [], memoryMb, signal } = program;
    const key = JSON.stringify([language, fence, files.map(({ path }) => path)]);
    let guest = guests.get(key);
    if (guest?.isReady !== true) {
      await guest?.close();
      guest = await engine.open(language, memoryMb);
      guests.set(key, guest);
    }
    const started = performance.now();
    const job = { ...jobOf({ ...program, keep: true }), keep: true };
    const outcome = await guest.run(job, signal ?? new AbortController().signal);
    return { ...outcome, elapsedMs: performance.now() - started };
  };
}
