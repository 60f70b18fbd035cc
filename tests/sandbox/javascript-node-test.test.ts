/** A JavaScript program runs its own tests by `node:test`, on every engine. */

import { expect, it } from "vitest";
import { forEachEngine, type Ran } from "../support/engines.js";

const PASSING = `
import test, { describe, it, before, beforeEach, after } from "node:test";
import assert from "node:assert/strict";
const seen = [];
test("adds", () => assert.equal(1 + 1, 2));
test("waits", async () => { await new Promise((done) => setTimeout(done, 2)); });
describe("a suite", () => {
  before(() => seen.push("before")); beforeEach(() => seen.push("each")); after(() => console.log(seen.join()));
  it("one", (t) => { assert.equal(t.name, "one"); });
  it("by a callback", (t, done) => setTimeout(done, 1));
  it.skip("never runs", () => assert.fail());
  it.todo("is to be done", () => assert.fail());
});
test("has tests of its own", async (t) => { await t.test("inner", () => {}); });
test("mocks", (t) => {
  const double = t.mock.fn((n) => n * 2); double(4);
  const clock = { now: () => 1 }; t.mock.method(clock, "now", () => 7);
  assert.deepEqual([double.mock.callCount(), double.mock.calls[0].arguments, double.mock.calls[0].result,
  clock.now()], [1, [4], 8, 7]);
});
`;

const FAILING = `
const test = require("node:test"), assert = require("assert");
test("passes", () => {});
test("compares", () => assert.deepStrictEqual({ a: 1 }, { a: 2 }));
test("throws later", async () => { await null; throw new TypeError("late") });
test("never ends", () => new Promise(() => {}));
test("takes too long", { timeout: 5 }, () => new Promise((done) => setTimeout(done, 500)));
test.describe("suite", () => { test("inner", () => assert.ok(false)); });
test("still runs", () => {});
`;

forEachEngine("node:test", (engine) => {
  const run = (code: string): Promise<Ran> => engine.run({ language: "javascript", code, fence: "open" });

  it("reports the tests that pass, and the program ends well", async () => {
    const { ending, exitCode, stdout, error } = await run(PASSING);
    expect({ ending, exitCode, error }).toEqual({ ending: "ok", exitCode: 0, error: null });
    const text = stdout.text.replaceAll(/\([\d.]+ ms\)/g, "()").replace(/duration \d+/, "duration 0");
    expect(text.split("\n")).toEqual([
      "ok 1 - adds ()",
      "ok 2 - waits ()",
      "# Subtest: a suite",
      "    ok 1 - one ()",
      "    ok 2 - by a callback ()",
      "    ok 3 - never runs () # SKIP",
      "    not ok 4 - is to be done () # TODO",
      expect.stringContaining("AssertionError") as string,
      ...text.split("\n").slice(8, text.split("\n").indexOf("before,each,each,each")),
      "before,each,each,each",
      "ok 3 - a suite ()",
      "# Subtest: has tests of its own",
      "    ok 1 - inner ()",
      "ok 4 - has tests of its own ()",
      "ok 5 - mocks ()",
      "# tests 9",
      "# suites 1",
      "# pass 7",
      "# fail 0",
      "# skipped 1",
      "# todo 1",
      "# duration 0 ms",
      "",
    ]);
  });

  it("ends the program with an error and the status 1 if a test fails, and says which", async () => {
    const { ending, exitCode, stdout, error } = await run(FAILING);
    expect({ ending, exitCode }).toEqual({ ending: "error", exitCode: 1 });
    expect(error?.message).toBe(
      "5 of 7 tests failed: 'compares', 'throws later', 'never ends', 'takes too long', 'inner'",
    );
    const text = stdout.text;
    for (const line of ["ok 1 - passes", "not ok 2 - compares", "not ok 3 - throws later", "not ok 4 - never ends"])
      expect(text).toContain(line);
    expect(text).toMatch(/not ok 5 - takes too long[^]*test timed out after 5ms/);
    expect(text).toMatch(/ {4}not ok 1 - inner[^]*\nnot ok 6 - suite[^]*\nok 7 - still runs/);
    expect(text).toMatch(/TypeError: late\n +at (?:TestContext\.)?.*program\.js:5:/);
    expect(text).toMatch(/# tests 7\n# suites 1\n# pass 2\n# fail 5\n/);
  });

  it("runs the tests of each call of a session", async () => {
    await using sandbox = await engine.open("javascript");
    const call = (code: string) =>
      sandbox.run(
        { ...engine.job({ language: "javascript", code, fence: "open", keep: true }), keep: true },
        AbortSignal.timeout(10_000),
      );
    const test = "var test = require('node:test'); test('one', () => { if (globalThis.bad) throw new Error('x') });";
    expect((await call(test)).stdout.text).toMatch(/^ok 1 - one[^]*# tests 1\n/);
    expect(await call(`globalThis.bad = true; ${test}`)).toMatchObject({ ending: "error" });
    expect((await call("1 + 1")).stdout.text).toBe("");
  });
});
