/** JSON that is parsed in steps is what JSON.parse makes of it, and is refused where JSON.parse refuses it. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inexactNumbersIn } from "../../../src/mcp/exact-numbers.js";
import { JsonSteps, NotJson } from "../../../src/mcp/json-steps.js";

/** Characters of a piece, in which a long text is read. */
const PIECE = 65_536;

function parse(text: string): { value: unknown; steps: number } {
  const parser = new JsonSteps(text);
  let steps = 1;
  while (!parser.step()) steps++;
  expect(parser.inexactNumbers).toEqual(inexactNumbersIn(text));
  return { value: parser.value, steps };
}

/** Both must refuse the text, or both give the same, with the names in the same order. */
function expectAlike(text: string): void {
  let whole: unknown;
  try {
    whole = JSON.parse(text);
  } catch {
    expect(() => parse(text)).toThrow(NotJson);
    return;
  }
  const { value } = parse(text);
  expect(value).toStrictEqual(whole);
  expect(JSON.stringify(value)).toBe(JSON.stringify(whole));
}

const ATOMS = [
  ...'"\\{}[],:-+.eE01 \n\t\u0001x\u00e9\u00a0',
  "\\u00e9",
  "\\ud83d",
  '\\"',
  "\\x",
  "12345678901234567890",
];
const TOKENS = [...ATOMS, "1e999", "-0", "true", "fals", "null", '"a":', '"__proto__":', '"1":', "[]", "{}", '"b"'];

describe("Parsing in steps agrees with JSON.parse", () => {
  it("about any JSON", () => {
    fc.assert(fc.property(fc.json({ maxDepth: 6 }), (text) => expectAlike(text)));
  });

  it("about JSON with something else in it", () => {
    const changed = fc.tuple(fc.json(), fc.nat(), fc.constantFrom(...TOKENS), fc.nat(2));
    fc.assert(
      fc.property(changed, ([text, place, token, taken]) => {
        const at = place % (text.length + 1);
        expectAlike(text.slice(0, at) + token + text.slice(at + taken));
      }),
    );
  });

  it("about any tokens", () => {
    const tokens = fc.array(fc.constantFrom(...TOKENS), { maxLength: 12 });
    fc.assert(
      fc.property(tokens, (all) => expectAlike(all.join(""))),
      { numRuns: 2_000 },
    );
  });

  it.each(['{"__proto__":{"a":1},"b":{"__proto__":2}}', '{"b":1,"a":2,"b":[],"10":1,"9":2}', " [ 1 , { } ] ", "-0"])(
    "about %s",
    (text) => expectAlike(text),
  );

  it.each(["a", "\\u00e9", "\\ud83d\\ude00", "\\ud83d", '\\"', "\\\\", "\u{1f600}"])(
    "about texts of %s that end near the end of a piece, or are broken there",
    (unit) => {
      const count = Math.floor(PIECE / unit.length);
      for (let shift = 0; shift < 8; shift++)
        for (const end of ['"', "", "\\", "\\u00", '\\u0041b"', '\u0001"', '\\x"']) {
          const text = `"${"y".repeat(shift)}${unit.repeat(count - 1)}${end}`;
          expectAlike(`[${text},1]`);
          expectAlike(`{${text}:${text}}`);
        }
    },
  );
});

describe("Parsing in steps", () => {
  it.each([
    ["many values", `[${"0,".repeat(50_000)}0]`],
    ["a long text", JSON.stringify("x".repeat(4_000_000))],
    ["a long text of escapes", JSON.stringify("\u0000".repeat(600_000))],
    ["many spaces", `[${" ".repeat(4_000_000)}]`],
    ["a long number", `[0.${"1".repeat(4_000_000)}]`],
  ])("takes several steps for %s", (_, text) => {
    const { value, steps } = parse(text);
    expect(steps).toBeGreaterThan(1);
    expect(value).toEqual(JSON.parse(text));
  });

  it.each([
    ['{"a":}', 5],
    ["[1 2]", 3],
    ['["\\x"]', 3],
    ["[1", 2],
    ["[1,", null],
  ])("says where %s is wrong", (text, position) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ position }));
  });
});
