/**
 * Every way a program can end, as seen from outside: the ending is the right one, it is there in time, and a program
 * that comes after it runs as if nothing had happened.
 */

import { afterAll, expect, it } from "vitest";
import type { Outcome } from "../../src/outcome.js";
import type { Sandbox } from "../../src/sandbox/engine.js";
import { type Case, ENDINGS_TABLE, allowed } from "./program-endings.js";
import { type EngineName, type EngineUnderTest, forEachEngine, jobOf, type Program, runIn } from "./engines.js";
import type { RunnableLanguage } from "../../src/language.js";

/** A program ends at its time limit plus at most this much. */
const LATE_MS = 500;

async function check(engine: EngineUnderTest, sandbox: Sandbox, one: Case): Promise<void> {
  const timeoutMs = one.timeoutMs ?? 3_000;
  const ran = await runIn(sandbox, one);
  const told = JSON.stringify({ ...ran, stdout: ran.stdout.text.slice(0, 500), stderr: ran.stderr.text.slice(0, 500) });
  expect(allowed(one, engine.name), told).toContain(ran.ending);
  expect(ran.elapsedMs, told).toBeLessThan(timeoutMs + LATE_MS);
  if (one.stdout !== undefined) expect(ran.stdout.text, told).toBe(one.stdout);
  if (one.stderr !== undefined) expect(ran.stderr.text, told).toBe(one.stderr);
  if (one.result !== undefined) expect(ran.result, told).toBe(one.result);
  if (one.exitCode !== undefined) expect(ran.exitCode, told).toBe(one.exitCode);
  if (ran.ending === "timeout") expect(ran.runMs, told).toBeGreaterThanOrEqual(timeoutMs - 2);
  if (ran.ending !== "ok") expect(ran.result, told).toBeNull();
  one.also?.(ran, engine);
}

/** A program of the same language runs as if nothing had happened. */
async function checkNext(run: (program: Program) => Promise<Outcome>, language: RunnableLanguage): Promise<void> {
  const next = await run(
    language === "python"
      ? { code: "print(sum(range(100)))\n'next'", timeoutMs: 2_000 }
      : { code: "console.log([1, 2, 3].map((x) => x * x).join());\n'next'", language, timeoutMs: 2_000 },
  );
  expect(next).toMatchObject({
    ending: "ok",
    result: "'next'",
    stdout: { text: language === "python" ? "4950\n" : "1,4,9\n", truncated: null },
    stderr: { text: "", truncated: null },
  });
}

/** Containers that are up ahead of the tests that use them, as the pool keeps them for calls. */
class Spares {
  readonly #engine: EngineUnderTest;
  readonly #opening = new Map<RunnableLanguage, Promise<Sandbox>>();

  constructor(engine: EngineUnderTest) {
    this.#engine = engine;
  }

  /** Returns one, and has another opened in the background. */
  async take(language: RunnableLanguage): Promise<Sandbox> {
    const one = await (this.#opening.get(language) ?? this.#engine.open(language));
    const next = this.#engine.open(language);
    next.catch(() => undefined);
    this.#opening.set(language, next);
    return one;
  }

  async close(): Promise<void> {
    for (const one of await Promise.allSettled(this.#opening.values()))
      if (one.status === "fulfilled") await one.value.close();
  }
}

/** A container's neighbour of each language: a session that lives through all tests, so all must leave it alone. */
class Neighbours {
  readonly #engine: EngineUnderTest;
  readonly #sessions = new Map<RunnableLanguage, Sandbox>();

  constructor(engine: EngineUnderTest) {
    this.#engine = engine;
  }

  /** Returns the runner of a session that is up now. Only a failed test leaves none for the next one. */
  async of(language: RunnableLanguage): Promise<(program: Program) => Promise<Outcome>> {
    const session = this.#sessions.get(language);
    const up = session?.isReady === true ? session : await this.#engine.open(language);
    if (up !== session) await session?.close();
    this.#sessions.set(language, up);
    return (program) => {
      if (!up.isReady) throw new Error("The neighbour of the program has ended");
      return up.run({ ...jobOf({ ...program, keep: true }), keep: true }, AbortSignal.timeout(10_000));
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.close()));
  }
}

/** Registers the whole table, and what needs several guests, for these engines. */
export function registerEndingTests(engines: readonly EngineName[]): void {
  for (const [title, cases] of ENDINGS_TABLE) {
    forEachEngine(
      `${title} ends as it should, and the next one is unaffected:`,
      (engine) => {
        const spares = new Spares(engine);
        const neighbours = new Neighbours(engine);
        afterAll(() => Promise.all([spares.close(), neighbours.close()]));
        for (const one of cases.filter(({ on }) => on === undefined || on.includes(engine.name))) {
          it(`${one.name} is ${allowed(one, engine.name).join(" or ")}`, async () => {
            const language = one.language ?? "python";
            // In a container the memory limit comes with the job. In the other engines the next guest is the one
            // that the program has left.
            const [sandbox, next] = engine.isContainer
              ? [await spares.take(language), await neighbours.of(language)]
              : [await engine.open(language, one.memoryMb), engine.run];
            try {
              await check(engine, sandbox, one);
            } finally {
              await checkNext(next, language);
            }
          });
        }
      },
      engines,
    );
  }

  forEachEngine(
    "a caller that gives up",
    (engine) => {
      it.each([
        ["python", "print('start')\nwhile True:\n    pass"],
        ["python", "import time\ntime.sleep(60)"],
        ["javascript", "for (;;) {}"],
      ] as const)("stops the %s program %j at once", async (language, code) => {
        const given = new AbortController();
        setTimeout(() => given.abort(), 150);
        const ran = await engine.run({ code, language, timeoutMs: 5_000, signal: given.signal });
        expect(ran).toMatchObject({ ending: "cancelled", result: null, exitCode: null });
        expect(ran.elapsedMs).toBeLessThan(150 + LATE_MS);
        await checkNext(engine.run, language);
      });

      it("before the program starts runs none of it", async () => {
        const ran = await engine.run({ code: "print('ran')", signal: AbortSignal.abort() });
        expect(ran).toMatchObject({ ending: "cancelled", stdout: { text: "", truncated: null }, exitCode: null });
      });

      it("leaves other programs alone", async () => {
        const given = new AbortController();
        setTimeout(() => given.abort(), 100);
        const [cancelled, other] = await Promise.all([
          engine.run({ code: "while True:\n    pass", timeoutMs: 5_000, signal: given.signal }),
          engine.run({ code: "import time\ntime.sleep(0.4)\n'done'", timeoutMs: 5_000 }),
        ]);
        expect([cancelled.ending, other.ending, other.result]).toEqual(["cancelled", "ok", "'done'"]);
      });
    },
    engines,
  );

  /** Kept out of the table because it is about several guests at a time. */
  forEachEngine(
    "programs that run at the same time",
    (engine) => {
      it("get their own output and nothing of each other's", async () => {
        const numbers = [1, 2, 3, 4];
        const all = await Promise.all(
          numbers.map((n) => engine.run({ code: `for _ in range(50):\n    print('mine is ${n}')\n${n} * 1000` })),
        );
        for (const [index, ran] of all.entries()) {
          expect(ran).toMatchObject({
            ending: "ok",
            result: String((index + 1) * 1_000),
            stdout: { text: `mine is ${index + 1}\n`.repeat(50) },
          });
        }
      });
    },
    engines,
  );
}
