/** A long line is read in steps between which the server does other work, and says the same as a short one. */

import { expect, it } from "vitest";
import { type LineContent, readLine, readLongLine } from "../../../src/mcp/read-line.js";

const MIB = 1_048_576;

const request = (context: string): string =>
  JSON.stringify({ jsonrpc: "2.0", id: 7, method: "tools/call", params: { arguments: { inputs: { context } } } });

async function readAndCountTurns(line: Buffer): Promise<{ content: LineContent; turns: number }> {
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const content = await readLongLine(line, false);
  isOver = true;
  return { content, turns };
}

const MIXED = "a\u00e9\u65e5\u{1f600}";

it.each([
  ["text that is not ASCII", request(MIXED.repeat(MIB / 4))],
  ["broken JSON", request("x".repeat(4 * MIB)).slice(0, -2)],
  ["an ordinary text", request("x".repeat(4 * MIB))],
])("4 MiB of %s are read in more than ten steps", async (_, text) => {
  const line = Buffer.from(`${text}\n`);
  const { content, turns } = await readAndCountTurns(line);
  expect(turns).toBeGreaterThan(10);
  expect(content).toEqual(readLine(line, false));
});

it("wrong bytes in a long line are answered with its id, in steps", async () => {
  const line = Buffer.concat([Buffer.from(request("x".repeat(4 * MIB)).slice(0, -4)), Buffer.from([0xff, 0x0a])]);
  const { content, turns } = await readAndCountTurns(line);
  expect(turns).toBeGreaterThan(10);
  expect(content).toMatchObject({
    kind: "wrong",
    answer: { id: 7, message: expect.stringContaining("must be UTF-8") },
  });
});

it("a character may lie across two steps, and a mark at the start counts for nothing", async () => {
  for (let shift = 0; shift < 4; shift++) {
    const text = request("y".repeat(262_144 - 90 + shift) + MIXED.repeat(60_000));
    const { content } = await readAndCountTurns(Buffer.from(`\uFEFF${text}\n`));
    expect(content).toEqual({ kind: "value", value: JSON.parse(text) });
  }
});
