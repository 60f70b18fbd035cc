import { describe, expect, it } from "vitest";
import { ENDINGS, exitCodeOf, printedBytes, stoppedOutcome, syntaxErrorOutcome } from "../../src/outcome.js";

describe("exitCodeOf()", () => {
  it("keeps the code of a program that ended by itself, and gives each way to stop one a fixed code", () => {
    expect(Object.fromEntries(ENDINGS.map((ending) => [ending, exitCodeOf(ending, 3)]))).toEqual({
      ok: 3,
      error: 3,
      timeout: 124,
      out_of_memory: 137,
      output_limit: 137,
      killed: 137,
      cancelled: null,
    });
  });
});

describe("stoppedOutcome()", () => {
  it("has no output and no usage, unless the engine knows them", () => {
    expect(stoppedOutcome("timeout", 7)).toEqual({
      ending: "timeout",
      stdout: { text: "", truncated: null },
      stderr: { text: "", truncated: null },
      result: null,
      exitCode: 124,
      signal: null,
      error: null,
      usage: { cpuMs: null, peakMemoryBytes: null },
      runMs: 7,
    });
    const known = { stdout: { text: "a", truncated: null }, usage: { cpuMs: 1, peakMemoryBytes: 2 } };
    expect(stoppedOutcome("killed", 0, known)).toMatchObject({ ...known, stderr: { text: "" }, exitCode: 137 });
  });
});

describe("syntaxErrorOutcome()", () => {
  it("has the form of the interpreter's own error", () => {
    expect(syntaxErrorOutcome({ message: "Unexpected token", line: 2, column: 5 })).toMatchObject({
      ending: "error",
      exitCode: 1,
      runMs: 0,
      error: {
        type: "SyntaxError",
        line: 2,
        column: 5,
        traceback: "SyntaxError: Unexpected token\n    at program.js:2:5",
      },
    });
  });
});

describe("printedBytes()", () => {
  it("counts both streams as UTF-8, with the bytes that were cut off", () => {
    const stdout = { text: "é", truncated: null };
    const stderr = { text: "x", truncated: { totalBytes: 100, keptBytes: 1 } };
    expect(printedBytes(stoppedOutcome("killed", 0, { stdout, stderr }))).toBe(102);
  });
});
