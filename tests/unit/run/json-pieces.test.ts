/** The pieces of a large value are its JSON, and each is made in a turn of its own. */

import fc from "fast-check";
import { expect, it } from "vitest";
import { eachJsonPiece } from "../../../src/run/json-pieces.js";
import type { Json } from "../../../src/sandbox/engine.js";

async function piecesOf(value: Json): Promise<string[]> {
  const pieces: string[] = [];
  await eachJsonPiece(value, (piece) => pieces.push(piece));
  return pieces;
}

it("together they are what JSON.stringify makes of any value", async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (value) => {
      expect((await piecesOf(value as Json)).join("")).toBe(JSON.stringify(value));
    }),
  );
});

const LONG = 400_000;

it.each<[string, Json]>([
  ["many values", new Array<number>(LONG).fill(0)],
  ["many objects", Array.from({ length: LONG / 10 }, () => ({ a: [null, true, "\n"], b: {} }))],
  ["a long text", { a: "x".repeat(LONG) }],
  ["a long text of pairs of characters", ["\u{1f600}".repeat(LONG / 2)]],
  ["the same, one further", [`y${"\u{1f600}".repeat(LONG / 2)}`]],
  ["a long text of halves", ["\ud83d".repeat(LONG)]],
  ["a number that is too large, and nothing", [Number.POSITIVE_INFINITY, -0, {}, [], ""]],
])("of %s too", async (_, value) => {
  const pieces = await piecesOf(value);
  expect(pieces.join("")).toBe(JSON.stringify(value));
  if (JSON.stringify(value).length > 100) expect(pieces.length).toBeGreaterThan(2);
});
