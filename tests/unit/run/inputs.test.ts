import { describe, expect, it } from "vitest";
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

  it.each(["__proto__", "constructor", "toString"])("takes out a long input named %s", (name) => {
    const inputs = JSON.parse(`{${JSON.stringify(name)}: ${JSON.stringify(LONG)}}`) as Inputs;
    const split = splitInputs(inputs);
    expect(split.texts.map((text) => text.name)).toEqual([name]);
    expect(Object.entries(split.inputs)).toEqual([[name, null]]);
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
