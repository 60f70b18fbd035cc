/** How the inputs of a call are measured and parted. */

import { describe, expect, it } from "vitest";
import { fitsAsJson, type Inputs, partInputs } from "../../../src/run/inputs.js";

const LONG = "x".repeat(5_000);

describe("partInputs()", () => {
  it("takes long texts out and leaves all else in its place", () => {
    const { inputs, texts } = partInputs({ a: 1, context: `${LONG}é`, short: "x", list: [LONG] });
    expect(inputs).toEqual({ a: 1, context: null, short: "x", list: [LONG] });
    expect(Object.keys(inputs)).toEqual(["a", "context", "short", "list"]);
    expect(texts.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()])).toEqual([["context", `${LONG}é`]]);
  });

  it("leaves a text with half a surrogate pair, which UTF-8 cannot write", () => {
    const inputs = { context: `${LONG}\ud83d` };
    expect(partInputs(inputs)).toEqual({ inputs, texts: [] });
  });

  it.each(["__proto__", "constructor", "toString"])("knows an input named %s as one", (name) => {
    const inputs = JSON.parse(`{${JSON.stringify(name)}: ${JSON.stringify(LONG)}}`) as Inputs;
    const parted = partInputs(inputs);
    expect(parted.texts.map((text) => text.name)).toEqual([name]);
    expect(Object.entries(parted.inputs)).toEqual([[name, null]]);
  });
});

describe("fitsAsJson() says of", () => {
  it.each<[string, Inputs]>([
    ["small values", { a: [1, "x", null] }],
    ["a long text", { context: LONG }],
    ["a long text of characters that JSON escapes", { context: '"\\\n'.repeat(3_000) }],
    ["a long text of characters that JSON escapes at length", { context: "\u0001".repeat(6_000) }],
    ["a long text of several bytes a character", { context: "é😀".repeat(3_000) }],
    ["half a surrogate pair", { context: `${LONG}\udc00` }],
    ["two long texts", { a: LONG, b: LONG }],
  ])("%s exactly what JSON says", (_, inputs) => {
    const size = Buffer.byteLength(JSON.stringify(inputs), "utf8");
    expect([fitsAsJson(inputs, size), fitsAsJson(inputs, size - 1)]).toEqual([true, false]);
  });
});
