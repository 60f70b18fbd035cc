/** Each job on the embedded engine has the memory limit that it brings, whatever its guest was made for. */

import { afterAll, describe, expect, it } from "vitest";
import type { RunnableLanguage } from "../../../src/language.js";
import type { Outcome } from "../../../src/outcome.js";
import { embeddedEngine } from "../../support/embedded-engine.js";
import { allBuiltins } from "../../support/guest-policies.js";

const engine = embeddedEngine();
afterAll(() => engine.close());

/** Runs a program in a guest that was made for 256 MiB. */
async function run(language: RunnableLanguage, code: string, memoryMb: number): Promise<Outcome> {
  await using sandbox = await engine.open({ language, memoryMb: 256 }, AbortSignal.timeout(20_000));
  const job = { code, timeoutMs: 5_000, memoryMb, inputs: {}, files: [], guestPolicy: allBuiltins() };
  const javascript = { lastExpression: [0, code.length] as const, isAsync: false };
  return await sandbox.run(language === "python" ? job : { ...job, javascript }, AbortSignal.timeout(20_000));
}

/** Programs that hold 48 MiB. */
const PROGRAMS = [
  ["python", "len(bytearray(48 * 1024 * 1024))"],
  ["javascript", "new Uint8Array(48 * 1024 * 1024).length"],
] as const;

describe.each(PROGRAMS)("a %s program that needs 48 MiB", (language, code) => {
  it.each([16, 32])("ends as out_of_memory with %i MiB", async (memoryMb) => {
    expect(await run(language, code, memoryMb)).toMatchObject({ ending: "out_of_memory", result: null });
  });

  it.each([80, 256])("has its result with %i MiB", async (memoryMb) => {
    expect(await run(language, code, memoryMb)).toMatchObject({ ending: "ok", result: "50331648" });
  });
});
