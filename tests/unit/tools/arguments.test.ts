import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Refusal } from "../../../src/errors.js";
import {
  argument,
  joinProblems,
  MAX_NESTING,
  MAX_VALUES,
  parseArguments,
  ruleOf,
} from "../../../src/tools/arguments.js";
import { codeArgument, sessionIdIn } from "../../../src/tools/shared-arguments.js";
import { startProcessorClock } from "../../support/processor-time.js";

const INPUT = z.strictObject({
  code: codeArgument(10_240),
  count: argument(z.int().min(1).max(9).default(3), "a whole number from 1 to 9"),
  data: argument(z.record(z.string(), z.json()).optional(), "an object"),
  list: argument(z.array(z.string().min(1)).max(5).optional(), "a list of at most 5 texts"),
  flag: argument(z.boolean().default(false), "true or false"),
  small: argument(z.unknown().optional(), "small", 4),
});
const NEEDING = INPUT.extend({ needed: argument(z.int(), "1") });

const CODE_MUST = "Cannot use code: it must be 1 to 10240 bytes of well-formed text without NUL";

function refusalOf(args: unknown): Refusal {
  const needs = typeof args === "object" && args !== null && "needed" in args;
  try {
    parseArguments(needs ? NEEDING : INPUT, args);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error("Expected the arguments to be refused");
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

describe("parseArguments() returns", () => {
  it.each([
    [
      "what was given",
      { code: "1", count: 9, data: { a: [null] } },
      { code: "1", count: 9, data: { a: [null] }, flag: false },
    ],
    ["a number in a text", { code: "1", count: " 4 " }, { code: "1", count: 4, flag: false }],
    ["a number in a text, as a fraction", { code: "1", count: "4.0" }, { code: "1", count: 4, flag: false }],
    ["true in a text", { code: "1", flag: "true" }, { code: "1", count: 3, flag: true }],
    ["false in a text of Python", { code: "1", flag: "False" }, { code: "1", count: 3, flag: false }],
    [
      "an object in a text",
      { code: "1", data: ' {"a":[1]}\n' },
      { code: "1", count: 3, data: { a: [1] }, flag: false },
    ],
    ["a list in a text", { code: "1", list: '["a","b"]' }, { code: "1", count: 3, list: ["a", "b"], flag: false }],
    ["one item as a text", { code: "1", list: "a b" }, { code: "1", count: 3, list: ["a b"], flag: false }],
    ["one item in the JSON of a text", { code: "1", list: '"a"' }, { code: "1", count: 3, list: ["a"], flag: false }],
    [
      "one item with brackets",
      { code: "1", list: "[id].tsx" },
      { code: "1", count: 3, list: ["[id].tsx"], flag: false },
    ],
    [
      "defaults for nulls",
      { code: "1", count: null, data: null, list: "null", flag: null },
      { code: "1", count: 3, flag: false },
    ],
    ["code that looks like JSON", { code: "null" }, { code: "null", count: 3, flag: false }],
    ["a default for what was left out", { code: "1" }, { code: "1", count: 3, flag: false }],
    ["10 240 bytes", { code: "x".repeat(10_240) }, { code: "x".repeat(10_240), count: 3, flag: false }],
    [
      "10 240 bytes of wide characters",
      { code: "\u{1F40D}".repeat(2_560) },
      { code: "\u{1F40D}".repeat(2_560), count: 3, flag: false },
    ],
    [
      "control characters other than NUL",
      { code: "\u0001\u001b\ufeff\r" },
      { code: "\u0001\u001b\ufeff\r", count: 3, flag: false },
    ],
  ])("%s", (_what, args, parsed) => {
    expect(parseArguments(INPUT, args)).toEqual(parsed);
  });

  it("a value that is nested as deep as may be", () => {
    const data = nested(MAX_NESTING);
    expect(parseArguments(z.strictObject({ data: argument(z.unknown(), "") }), { data })).toEqual({ data });
  });
});

describe("parseArguments() refuses", () => {
  it.each([
    ["missing code", {}, `${CODE_MUST}, it is missing`],
    ["code that is null", { code: null }, `${CODE_MUST}, it is null`],
    ["code that is a number", { code: 5 }, `${CODE_MUST}, it is 5`],
    ["code that is true", { code: true }, `${CODE_MUST}, it is true`],
    ["code that is a list", { code: ["a", "b"] }, `${CODE_MUST}, it is a list of 2`],
    ["code that is an object", { code: { a: 1 } }, `${CODE_MUST}, it is an object`],
    ["empty code", { code: "" }, `${CODE_MUST}, it is empty`],
    ["one byte too many", { code: "x".repeat(10_241) }, `${CODE_MUST}, it is 10241 bytes long`],
    [
      "one byte too many in wide characters",
      { code: `${"\u{1F40D}".repeat(2_560)}x` },
      `${CODE_MUST}, it is 10241 bytes long`,
    ],
    ["a NUL", { code: "ab\0" }, `${CODE_MUST}, it is text with a NUL at position 2`],
    ["a high surrogate alone", { code: "\ud83dx" }, `${CODE_MUST}, it is text with a lone surrogate`],
    ["a low surrogate alone", { code: "\udc0d" }, `${CODE_MUST}, it is text with a lone surrogate`],
    ["NaN", { code: "1", count: Number.NaN }, "Cannot use count: it must be a whole number from 1 to 9, it is NaN"],
    ["a fraction", { code: "1", count: 1.5 }, "Cannot use count: it must be a whole number from 1 to 9, it is 1.5"],
    [
      "a text that is no number",
      { code: "1", count: "3 ms" },
      'Cannot use count: it must be a whole number from 1 to 9, it is "3 ms"',
    ],
    [
      "a number as text that is too large",
      { code: "1", count: "30" },
      "it must be a whole number from 1 to 9, it is 30",
    ],
    ["a fraction as text", { code: "1", count: "1.5" }, 'from 1 to 9, it is "1.5"'],
    ["an empty text for a number", { code: "1", count: "" }, "from 1 to 9, it is empty"],
    ["a text that is no boolean", { code: "1", flag: "yes" }, 'it must be true or false, it is "yes"'],
    [
      "the dict of a Python program",
      { code: "1", data: "{'a': 1}" },
      "; send the object itself, not its JSON in a text",
    ],
    [
      "the JSON of a list for an object",
      { code: "1", data: "[1]" },
      'it must be an object, it is "[1]"; give the value',
    ],
    [
      "the JSON of too many values",
      { code: "1", data: `{"a":[${"0,".repeat(200_000)}0]}` },
      "; send the object itself",
    ],
    [
      "the JSON of a deep nest",
      { code: "1", data: `{"a":${"[".repeat(200)}${"]".repeat(200)}}` },
      "more than 100 deep",
    ],
    ["the JSON of an object for a list", { code: "1", list: ['{"a":1}', 5] }, "its item 2 is 5"],
    ["the JSON of a list with a wrong item", { code: "1", list: '["a",5]' }, "its item 2 is 5"],
    ["the JSON of a list that is broken", { code: "1", list: '["a", "b' }, "; send the list itself"],
    [
      "an empty item of a list",
      { code: "1", list: ["a", ""] },
      "it must be a list of at most 5 texts, its item 2 is empty",
    ],
    ["an item that is a number", { code: "1", list: [5] }, "its item 1 is 5"],
    ["an item that is null", { code: "1", list: [null] }, "its item 1 is null"],
    ["an item that is a list", { code: "1", list: [["a"]] }, "its item 1 is a list of 1"],
    ["too long a list", { code: "1", list: ["a", "a", "a", "a", "a", "a"] }, "at most 5 texts, it is a list of 6"],
    [
      "a null for what is required",
      { code: "1", flag: null, needed: null },
      "Cannot use needed: it must be 1, it is null",
    ],
    ["long text, cut", { code: "1", count: "y".repeat(100) }, `it is "${"y".repeat(60)}..."`],
    [
      "an unknown field",
      { code: "1", colour: 1 },
      'Cannot use field "colour": it must be one of code, count, data, list, flag, small',
    ],
    [
      "a field of every object",
      { code: "1", constructor: 1 },
      'Cannot use field "constructor": it must be one of code, count, data, list, flag, small',
    ],
    [
      "nesting that is too deep",
      { code: "1", data: { a: nested(MAX_NESTING) } },
      `Cannot use data: it must be an object, it is nested more than ${MAX_NESTING} deep`,
    ],
    ["nesting without end", { code: "1", data: nested(200_000) }, `it is nested more than ${MAX_NESTING} deep`],
  ])("%s", (_what, args, says) => {
    expect(refusalOf(args).message).toContain(says);
  });

  it.each([["text"], [null], [[1]], [5], [undefined]])("%j, which is no object", (args) => {
    expect(refusalOf(args).message).toMatch(/^Cannot use the arguments: they must be an object, they are \S+/);
  });

  it("every problem at once, and each once", () => {
    const { message } = refusalOf({ code: "", count: 0, data: 1, colour: 1, size: 2 });
    expect(message.match(/Cannot use/g)).toHaveLength(5);
    for (const words of ["Cannot use code", "Cannot use count", "Cannot use data", 'field "colour"', 'field "size"'])
      expect(message).toContain(words);
  });

  it("under a stable reason, and names the first field", () => {
    const { reason, detail } = refusalOf({ code: "1", count: 0 });
    expect(reason).toBe("bad-input");
    expect(detail).toEqual({ stage: "limits", resource: "count", retryable: false });
  });
});

/** Garbage that fits into a message of 10 MiB. */
const GARBAGE: readonly (readonly [string, () => unknown])[] = [
  ["numbers in a list", () => ({ code: "1", data: { a: new Array(4_500_000).fill(0) } })],
  ["wrong entries of a list", () => ({ code: "1", list: new Array(4_500_000).fill(0) })],
  ["as many wrong entries as may be", () => ({ code: "1", list: new Array(MAX_VALUES).fill(0) })],
  ["many small objects", () => ({ code: "1", data: { a: Array.from({ length: 1_500_000 }, () => ({})) } })],
  ["one long text", () => ({ code: "x".repeat(9_000_000) })],
  ["one long text in a wrong place", () => ({ code: { a: "\u0001".repeat(1_500_000) } })],
  ["a deep nest", () => ({ code: "1", data: nested(1_000_000) })],
  ["wide and deep", () => ({ code: "1", small: [[0], [0], [0]] })],
];

describe("parseArguments() refuses cheaply and shortly", () => {
  it.each(GARBAGE)("%s", (_what, make) => {
    const args = make();
    refusalOf(args);
    const elapsedMs = startProcessorClock();
    const { message } = refusalOf(args);
    expect(elapsedMs()).toBeLessThan(150);
    expect(message.length).toBeLessThan(4_100);
  });

  it("many unknown fields: it names ten and counts the rest", () => {
    const args = {
      code: "",
      ...Object.fromEntries(Array.from({ length: 10_000 }, (_, count) => [`field ${count}`, 0])),
    };
    const { message } = refusalOf(args);
    expect(message.match(/Cannot use/g)).toHaveLength(10);
    expect(message).toMatch(/^Cannot use code: .* "field 0".* "field 8"[^"]*\. And 9991 more problems$/);
  });

  it("names that grow when they are quoted", () => {
    const args = Object.fromEntries(
      Array.from({ length: 40 }, (_, count) => [`${"\u0001".repeat(2_000)}${count}`.slice(count), 0]),
    );
    const { message, detail } = refusalOf(args);
    expect(message.length).toBeLessThan(4_100);
    expect(message).toMatch(/\. And \d\d more problems$/);
    expect(detail.resource).toBe("code");
  });
});

describe("parseArguments() counts", () => {
  it.each([
    ["as many values as a field may hold", { small: [1, { a: 2, b: 3 }] }, null],
    [
      "one too many, on any level",
      { small: [1, { a: 2, b: [3] }] },
      "Cannot use small: it must be small, it is larger than its limit of 4 values",
    ],
    ["as many as any field may hold", { data: { a: new Array(MAX_VALUES - 1).fill(0) } }, null],
    [
      "one more than that",
      { data: { a: new Array(MAX_VALUES).fill(0) } },
      `Cannot use data: it must be an object, it is larger than its limit of ${MAX_VALUES} values`,
    ],
  ])("%s", (_what, args, says) => {
    if (says === null) expect(parseArguments(INPUT, { code: "1", ...args })).toMatchObject({ code: "1" });
    else expect(refusalOf({ code: "1", ...args }).message).toBe(says);
  });
});

describe("joinProblems()", () => {
  it.each([
    [["a", "b"], "a. b"],
    [
      Array.from({ length: 11 }, (_, count) => `p${count}`),
      "p0. p1. p2. p3. p4. p5. p6. p7. p8. p9. And 1 more problem",
    ],
    [["x".repeat(9_000)], "x".repeat(4_000)],
    [["x".repeat(3_000), "y".repeat(3_000), "z"], `${"x".repeat(3_000)}. And 2 more problems`],
  ])("%#", (problems, text) => {
    expect(joinProblems(problems)).toBe(text);
  });
});

describe("sessionIdIn()", () => {
  it.each([
    [{ session_id: "s_1", code: 7 }, "s_1"],
    [{ session_id: "" }, undefined],
    [{ session_id: "x".repeat(201) }, undefined],
    [{ session_id: 7 }, undefined],
    [{}, undefined],
    [null, undefined],
    ["s_1", undefined],
  ])("%j", (args, id) => {
    expect(sessionIdIn(args)).toBe(id);
  });
});

describe("a tool's input", () => {
  it("is a strict object schema", () => {
    expect(z.toJSONSchema(INPUT, { target: "draft-7", io: "input" })).toMatchObject({
      type: "object",
      additionalProperties: false,
      required: ["code"],
    });
  });

  it("must have a rule for each argument", () => {
    expect(ruleOf(INPUT, "small")).toEqual({ must: "small", maxValues: 4 });
    expect(() => ruleOf(z.strictObject({ size: z.int() }), "size")).toThrow("The argument size has no rule");
  });
});
