import { describe, expect, it } from "vitest";
import { inexactNumbersIn } from "../../../src/mcp/exact-numbers.js";
import { startProcessorClock } from "../../support/processor-time.js";

describe("inexactNumbersIn() finds", () => {
  it.each([
    ["9007199254740992", [[[], "9007199254740992", false]]],
    ["[-9007199254740992]", [[[0], "-9007199254740992", false]]],
    ['{"a":[{},{"b":[[1,12345678901234567890]]}]}', [[["a", 1, "b", 0, 1], "12345678901234567890", false]]],
    ['{"a":"\\\\","b":1e999}', [[["b"], "1e999", true]]],
    [
      '{"a\\"":1E+0400,"":2e308}',
      [
        [['a"'], "1E+0400", true],
        [[""], "2e308", true],
      ],
    ],
    ['{"a":[[],[],{}],"b":99999999999999999}', [[["b"], "99999999999999999", false]]],
    ["9007199254740991", []],
    ["12345678901234567.5", []],
    ["1e308", []],
    ["[0.12345678901234567890,1e-999]", []],
    ['{"12345678901234567890":"12345678901234567890"}', []],
  ])("in %s: %j", (text, found) => {
    const numbers = inexactNumbersIn(text);
    expect(numbers.map(({ path, literal, isInfinite }) => [path, literal, isInfinite])).toEqual(found);
  });

  it("at most twenty, and cuts long ones", () => {
    const numbers = inexactNumbersIn(`[${`${"9".repeat(500)},`.repeat(50)}1]`);
    expect(numbers).toHaveLength(20);
    expect(numbers[0]?.literal).toBe(`${"9".repeat(40)}...`);
  });

  it.each([
    ["a long text", JSON.stringify(["x".repeat(4_000_000)])],
    ["fractions", JSON.stringify(Array.from({ length: 100_000 }, () => Math.random()))],
    ["a text of quotes, and one of digits", JSON.stringify(['"\\'.repeat(500_000), "1".repeat(20)])],
    ["a text of backslashes, and one of digits", JSON.stringify(["\\".repeat(1_000_000), "1".repeat(20)])],
  ])("cheaply, in %s", (_, text) => {
    const elapsedMs = startProcessorClock();
    inexactNumbersIn(text);
    expect(elapsedMs()).toBeLessThan(400);
  });
});
