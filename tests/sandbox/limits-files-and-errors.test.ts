/** What a program is given costs it nothing, and what it says of its failure arrives, however long or strange. */

import { expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";

const MIB = 1_048_576;

forEachEngine("Limits, files and errors:", (engine) => {
  it("8 MiB of files cost a program neither its memory nor its time", async () => {
    const text = new TextEncoder().encode("x".repeat(4 * MIB));
    const files = [1, 2].map((name) => ({ name: `${name}.txt`, path: `root/${name}.txt`, bytes: text }));
    const outcome = await engine.run({
      language: "python",
      code: "print(sum(len(one) for one in files.values()))",
      files,
      memoryMb: 16,
      timeoutMs: 700,
    });
    expect(outcome).toMatchObject({ ending: "ok", stdout: { text: `${8 * MIB}\n` } });
  });

  it.each([
    ["control characters", "raise ValueError('\\x01' * 20000)"],
    ["characters of two bytes", "raise ValueError('\\u00e9' * 20000)"],
    ["characters of four bytes", "raise ValueError('\\U0001f600' * 20000)"],
  ])("an error made of 20 000 %s keeps its type and its line", async (_, code) => {
    const outcome = await engine.run({ language: "python", code: `x = 1\n${code}` });
    expect(outcome).toMatchObject({ ending: "error", error: { type: "ValueError", line: 2 } });
  });

  it("a MemoryError that the program throws into a generator is an error, not out_of_memory", async () => {
    const code = "def g():\n    yield\nx = g()\nnext(x)\nx.throw(MemoryError())";
    expect(await engine.run({ language: "python", code })).toMatchObject({
      ending: "error",
      exitCode: 1,
      error: { type: "MemoryError" },
    });
  });

  it("calls with many different memory limits are all answered", async () => {
    for (const memoryMb of [16, 17, 31, 64, 128, 255]) {
      expect(await engine.run({ language: "python", code: "print(1)", memoryMb })).toMatchObject({
        ending: "ok",
        stdout: { text: "1\n" },
      });
      expect(await engine.run({ language: "javascript", code: "console.log(1)", memoryMb })).toMatchObject({
        ending: "ok",
        stdout: { text: "1\n" },
      });
    }
  });
});
