/** The peak memory that a call reports is its own, whatever ran before it in the same guest. */

import { expect, it } from "vitest";
import type { Job, Sandbox } from "../../src/sandbox/engine.js";
import type { RunnableLanguage } from "../../src/language.js";
import { type EngineUnderTest, forEachEngine } from "../support/engines.js";

const MB = 1_000_000;

const CODE: Readonly<Record<RunnableLanguage, { readonly small: string; readonly big: (bytes: number) => string }>> = {
  python: { small: "1", big: (bytes) => `x = b"x" * ${bytes}\nlen(x)` },
  javascript: {
    small: "1",
    big: (bytes) => `let x = new Uint8Array(${bytes}).fill(1); x.length`,
  },
};

async function peak(engine: EngineUnderTest, language: RunnableLanguage, code: string): Promise<number> {
  const ran = await engine.run({ code, language });
  expect(ran.ending).toBe("ok");
  return ran.usage.peakMemoryBytes ?? 0;
}

async function peakIn(sandbox: Sandbox, job: Job): Promise<number> {
  const ran = await sandbox.run({ ...job, keep: true }, new AbortController().signal);
  expect(ran.ending).toBe("ok");
  return ran.usage.peakMemoryBytes ?? 0;
}

forEachEngine(
  "the peak memory of a call",
  (engine) => {
    for (const language of ["python", "javascript"] as const) {
      const { small, big } = CODE[language];

      it(`of ${language} does not show what the programs before it used`, async () => {
        const first = await peak(engine, language, small);
        for (const bytes of [1 * MB, 4 * MB, 5 * MB, 200 * MB, 6 * MB])
          for (let time = 0; time < 3; time++) {
            expect(await peak(engine, language, big(bytes))).toBeGreaterThan(first + bytes - 3 * MB);
            expect(await peak(engine, language, small)).toBe(first);
          }
      });

      it(`of ${language} in a session does not show what its earlier calls used`, async () => {
        const session = await engine.open(language);
        const first = await peakIn(session, engine.job({ code: small, language }));
        const large = await peakIn(session, engine.job({ code: big(150 * MB), language }));
        expect(large).toBeGreaterThan(first + 147 * MB);
        const last = await peakIn(session, engine.job({ code: small, language }));
        expect(last).toBeLessThan(first + MB);
        await session.close();
      });
    }
  },
  ["wasm"],
);
