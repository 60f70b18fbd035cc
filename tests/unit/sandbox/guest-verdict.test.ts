import { describe, expect, it } from "vitest";
import { MAX_RESULT_SIZE } from "../../../src/limits.js";
import {
  MAX_CLAIM_SIZE,
  parseClaim,
  parseProgramError,
  parseReport,
  parseVerdict,
} from "../../../src/sandbox/guest-verdict.js";
import { VERDICT } from "../../support/usual-verdict.js";

const ERROR = { type: "T", message: "m", line: 2, column: 3, traceback: "t" };

const json = (text: string): Uint8Array => Buffer.from(text);

/** Returns what a claim becomes on its way from JSON to the field. */
const read = (change: Record<string, unknown>): ReturnType<typeof parseVerdict> => {
  const claim = parseClaim(json(JSON.stringify({ ...VERDICT, ...change })));
  return parseVerdict(claim ?? {});
};

describe("parseClaim() takes no claim from", () => {
  it.each([
    ["nothing", ""],
    ["null", "null"],
    ["a list", "[]"],
    ["a text", '"ok"'],
    ["a number", "1e300"],
    ["half an object", '{"exit_code": 0'],
    ["two objects", '{"exit_code": 0}{"exit_code": 1}'],
    ["NaN", '{"exit_code": NaN}'],
    ["an object behind a byte order mark", "\ufeff{}"],
    ["an object that is one byte too long", `{"a":"${"x".repeat(MAX_CLAIM_SIZE - 7)}"}`],
    ["a nesting without an end", "[".repeat(MAX_CLAIM_SIZE)],
  ])("%s", (_, text) => {
    expect(parseClaim(json(text))).toBeNull();
  });

  it("bytes that are too many, without looking at them", () => {
    const many = Buffer.alloc(40_000_000, "[],");
    const started = performance.now();
    for (let time = 0; time < 1_000; time++) expect(parseClaim(many)).toBeNull();
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe("parseClaim()", () => {
  it("takes an object of the greatest length, and invalid UTF-8 in it", () => {
    expect(parseClaim(json(`{"a":"${"x".repeat(MAX_CLAIM_SIZE - 8)}"}`))).not.toBeNull();
    expect(parseClaim(Buffer.concat([json('{"result":"'), Buffer.from([0xff]), json('"}')]))).toEqual({
      result: "\ufffd",
    });
  });

  it.each([
    ["empty lists", `[${"[],".repeat(174_000)}1]`],
    ["empty objects", `[${"{},".repeat(174_000)}1]`],
    ["nested lists", "[".repeat(262_000) + "]".repeat(262_000)],
    ["nested objects", `${'{"a":'.repeat(87_000)}1${"}".repeat(87_000)}`],
  ])("survives %s as a field", (_, value) => {
    const claim = parseClaim(json(`{"r":${value}}`)) ?? {};
    expect(parseReport(claim)).toBeNull();
  });
});

describe("parseVerdict()", () => {
  it("keeps a good verdict", () => {
    expect(read({})).toEqual({
      ending: "ok",
      exitCode: 0,
      signal: null,
      error: null,
      result: "'r'",
      usage: { cpuMs: 3, peakMemoryBytes: 4 },
      runMs: 5,
    });
    expect(read({ ending: "killed", exit_code: 137, signal: "SIGKILL", error: ERROR })).toMatchObject({
      exitCode: 137,
      signal: "SIGKILL",
      error: ERROR,
      result: null,
    });
    expect(read({ signal: "SIGRTMIN+3" }).signal).toBe("SIGRTMIN+3");
  });

  it.each([undefined, null, "great", 1, ["ok"], "__proto__", "toString"])("takes no ending %j", (ending) => {
    expect(() => read({ ending })).toThrow("no known ending");
  });

  it.each([1e300, -1, 256, 7.5, "7", null, true, [7], Number.MAX_SAFE_INTEGER])("takes no exit code %j", (code) => {
    expect(read({ exit_code: code }).exitCode).toBeNull();
  });

  it.each([-7.5, 0, -1, 1.5, 1e300, "2", null, {}, [2], 2 ** 53])("takes no line and no column %j", (place) => {
    const { error } = read({ ending: "error", error: { ...ERROR, line: place, column: place } });
    expect([error?.line, error?.column]).toEqual([null, null]);
  });

  it.each([-1, -0.5, 1e300, "3", null, {}, [3]])("takes no amount %j", (amount) => {
    const { usage, runMs } = read({ cpu_ms: amount, peak_memory_bytes: amount, run_ms: amount });
    expect([usage.cpuMs, usage.peakMemoryBytes, runMs]).toEqual([null, null, 0]);
  });

  it.each([0, 0.5, Number.MAX_SAFE_INTEGER])("takes the amount %j", (amount) => {
    const { usage, runMs } = read({ cpu_ms: amount, peak_memory_bytes: amount, run_ms: amount });
    expect([usage.cpuMs, usage.peakMemoryBytes, runMs]).toEqual([amount, amount, amount]);
  });

  it("takes no number that is not finite", () => {
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const claim = { ...VERDICT, exit_code: number, cpu_ms: number, peak_memory_bytes: number, run_ms: number };
      const { exitCode, usage, runMs } = parseVerdict(claim);
      expect([exitCode, usage.cpuMs, usage.peakMemoryBytes, runMs]).toEqual([null, null, null, 0]);
    }
  });

  it.each([9, "KILL", "SIGKILL\n", "xSIGKILL", "sigkill", "SIG", "SIG<b>", `SIG${"A".repeat(99)}`, {}, ["SIGKILL"]])(
    "takes no signal %j",
    (signal) => expect(read({ signal }).signal).toBeNull(),
  );

  it.each([7, null, {}, ["x"], true])("takes no result %j", (result) => {
    expect(read({ result }).result).toBeNull();
  });

  it("has a result for `ok` only, and an error for every other ending only", () => {
    expect(read({ error: ERROR }).error).toBeNull();
    for (const ending of ["error", "timeout", "out_of_memory", "output_limit", "killed", "cancelled"])
      expect(read({ ending, error: ERROR })).toMatchObject({ ending, result: null, error: ERROR });
  });

  it("reads no field from the prototype that a claim names", () => {
    const claim = parseClaim(json('{"ending":"ok","__proto__":{"result":"R","exit_code":3}}')) ?? {};
    expect(parseVerdict(claim)).toMatchObject({ result: null, exitCode: null });
    expect(({} as Record<string, unknown>)["result"]).toBeUndefined();
  });
});

describe("a text", () => {
  const cut = (result: string): string => read({ result }).result ?? "";

  it.each([
    ["letters", "x".repeat(MAX_RESULT_SIZE * 30), MAX_RESULT_SIZE],
    ["characters of three bytes", "\u20ac".repeat(MAX_RESULT_SIZE), MAX_RESULT_SIZE - 1],
    ["characters of four bytes", "\u{1f600}".repeat(MAX_RESULT_SIZE), MAX_RESULT_SIZE],
    ["one letter and characters of four bytes", `x${"\u{1f600}".repeat(MAX_RESULT_SIZE)}`, MAX_RESULT_SIZE - 3],
  ])("of %s is cut between two characters, in bytes", (_, long, size) => {
    const kept = parseVerdict({ ...VERDICT, result: long }).result ?? "";
    expect(Buffer.byteLength(kept)).toBe(size);
    expect(long.startsWith(kept)).toBe(true);
  });

  it("that is long keeps a byte order mark", () => {
    const long = `\ufeff${"x".repeat(MAX_RESULT_SIZE)}`;
    expect(cut(long)).toBe(long.slice(0, MAX_RESULT_SIZE - 2));
  });

  it("is well formed", () => {
    expect(cut("\ud800")).toBe("\ufffd");
    expect(cut("a\udc00b")).toBe("a\ufffdb");
    expect(cut("\ud800".repeat(MAX_RESULT_SIZE)).isWellFormed()).toBe(true);
    expect(cut(`${"x".repeat(MAX_RESULT_SIZE - 1)}\u{1f600}`)).toBe("x".repeat(MAX_RESULT_SIZE - 1));
    expect(cut("\ufeffx\0")).toBe("\ufeffx\0");
  });

  it("is bounded in every field of an error", () => {
    const long = "x".repeat(MAX_RESULT_SIZE + 1);
    expect(parseProgramError({ type: long, message: long, traceback: long, more: long })).toEqual({
      type: long.slice(1),
      message: long.slice(1),
      traceback: long.slice(1),
      line: null,
      column: null,
    });
  });
});

describe("parseProgramError()", () => {
  it.each([null, undefined, "text", 7, [], [ERROR], true])("takes no error from %j", (claim) => {
    expect(parseProgramError(claim)).toBeNull();
  });

  it("has a default for every field", () => {
    const nothing = { type: "Error", message: "", line: null, column: null, traceback: "" };
    expect(parseProgramError({})).toEqual(nothing);
    expect(parseProgramError({ type: "", message: 1, line: "1", traceback: {} })).toEqual(nothing);
  });
});

describe("parseReport()", () => {
  it("keeps a good report", () => {
    const claim = { exit_code: 0, error: ERROR, result: "'r'", out_of_memory: true };
    expect(parseReport(claim)).toEqual({ exitCode: 0, error: ERROR, result: "'r'", outOfMemory: true });
  });

  it("needs an exit code of a process", () => {
    expect(parseReport({ exit_code: 255, out_of_memory: "true" })).toEqual({
      exitCode: 255,
      error: null,
      result: null,
      outOfMemory: false,
    });
    for (const code of [256, -1, 1e300, 0.5, "0", undefined]) expect(parseReport({ exit_code: code })).toBeNull();
  });
});
