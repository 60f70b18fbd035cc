import { describe, expect, it, vi } from "vitest";
import { fitsAsJson, type Inputs, splitInputs } from "../../../src/run/inputs.js";

const LONG = "x".repeat(5_000);

describe("splitInputs()", () => {
  it("takes long texts out and leaves every other value in its place", () => {
    const { inputs, texts } = splitInputs({ a: 1, context: `${LONG}é`, short: "x", list: [LONG] });
    expect(inputs).toEqual({ a: 1, context: null, short: "x", list: [LONG] });
    expect(Object.keys(inputs)).toEqual(["a", "context", "short", "list"]);
    expect(texts.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()])).toEqual([["context", `${LONG}é`]]);
  });

  it("leaves a text with half a surrogate pair, which UTF-8 cannot encode", () => {
    const inputs = { context: `${LONG}\ud83d` };
    expect(splitInputs(inputs)).toEqual({ inputs, texts: [] });
  });

  it("takes out a text from 4096 UTF-16 units on, and no other value of that length", () => {
    const list = Array<number>(5_000).fill(1);
    const { inputs, texts } = splitInputs({ short: "x".repeat(4_095), long: "x".repeat(4_096), list });
    expect(inputs).toEqual({ short: "x".repeat(4_095), long: null, list });
    expect(texts.map(({ name }) => name)).toEqual(["long"]);
  });

  it.each(["__proto__", "constructor", "toString"])("takes out a long input named %s", (name) => {
    const inputs = JSON.parse(`{${JSON.stringify(name)}: ${JSON.stringify(LONG)}}`) as Inputs;
    const split = splitInputs(inputs);
    expect(split.texts.map((text) => text.name)).toEqual([name]);
    expect(Object.entries(split.inputs)).toEqual([[name, null]]);
  });
});

describe("fitsAsJson()", () => {
  it("makes no JSON of long texts that fit in any case: of a megabyte that takes milliseconds", () => {
    const inputs = { context: LONG, other: LONG };
    const stringify = vi.spyOn(JSON, "stringify");
    expect(fitsAsJson(inputs, 4 * LONG.length + 100)).toBe(true);
    expect(stringify).not.toHaveBeenCalledWith(inputs);
    expect(fitsAsJson(inputs, 4 * LONG.length)).toBe(true);
    expect(stringify).toHaveBeenCalledWith(inputs);
  });

  it("measures a text that JSON escapes at length, beside one that it does not", () => {
    const inputs = { plain: LONG, escaped: "\u0001".repeat(6_000) };
    expect(fitsAsJson(inputs, 30_000)).toBe(false);
  });
});

describe("fitsAsJson() measures", () => {
  it.each<[string, Inputs]>([
    ["small values", { a: [1, "x", null] }],
    ["a long text", { context: LONG }],
    ["a long text of characters that JSON escapes", { context: '"\\\n'.repeat(3_000) }],
    ["a long text of characters that JSON escapes at length", { context: "\u0001".repeat(6_000) }],
    ["a long text of several bytes a character", { context: "é😀".repeat(3_000) }],
    ["half a surrogate pair", { context: `${LONG}\udc00` }],
    ["two long texts", { a: LONG, b: LONG }],
  ])("%s exactly as JSON does", (_, inputs) => {
    const size = Buffer.byteLength(JSON.stringify(inputs), "utf8");
    expect([fitsAsJson(inputs, size), fitsAsJson(inputs, size - 1)]).toEqual([true, false]);
  });
});
