/** Of many messages that come at once, few are taken in one turn, and all in their order. */

import { PassThrough, Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { LineGuard } from "../../../src/mcp/line-guard.js";
import { StdioTransport } from "../../../src/mcp/stdio-transport.js";

interface Taken {
  readonly method: string;
  readonly turn: number;
}

/** Feeds text to a transport in one piece, ends the input, and returns the messages with the turns they came in. */
async function take(text: string): Promise<readonly Taken[]> {
  const input = new PassThrough({ highWaterMark: 1 << 24 });
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const guard = new LineGuard(10_485_760, () => undefined);
  const transport = new StdioTransport(input.pipe(guard), output, () => undefined);
  const taken: Taken[] = [];
  let turn = 0;
  let isOver = false;
  transport.onmessage = (message: JSONRPCMessage) => {
    if ("method" in message) taken.push({ method: message.method, turn });
  };
  await transport.start();
  guard.once("end", () => void transport.drained(10_000).then(() => (isOver = true)));
  input.end(text);
  for (; !isOver; turn++) await nextTurn();
  return taken;
}

const note = (method: string, params = "{}"): string => `{"jsonrpc":"2.0","method":"${method}","params":${params}}`;
const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `m${at}`);
const long = note("long", `{"a":"${"x".repeat(3_000_000)}"}`);

it.each<[string, string, readonly string[], number]>([
  [
    "short lines",
    names(320)
      .map((name) => `${note(name)}\n`)
      .join(""),
    names(320),
    15,
  ],
  [
    "lines of 10 KB",
    names(20)
      .map((name) => `${note(name, `{"a":"${"x".repeat(10_000)}"}`)}\n`)
      .join(""),
    names(20),
    8,
  ],
  [
    "the messages of a batch",
    `[${names(50)
      .map((name) => note(name))
      .join(",")}]\n`,
    names(50),
    40,
  ],
  ["lines behind a batch", `[${note("a")},${note("b")}]\n${note("c")}\n${note("d")}\n`, ["a", "b", "c", "d"], 2],
  ["lines around a long one", `${note("a")}\n${long}\n${note("b")}\n${note("c")}`, ["a", "long", "b", "c"], 3],
  ["a batch in a long line", `[${note("a")},${long},${note("b")}]\n${note("c")}\n`, ["a", "long", "b", "c"], 3],
])("%s", async (_, text, methods, turns) => {
  const taken = await take(text);
  expect(taken.map(({ method }) => method)).toEqual(methods);
  expect(new Set(taken.map(({ turn }) => turn)).size).toBeGreaterThanOrEqual(turns);
});

it("a line that comes alone waits for nothing", async () => {
  const guard = new LineGuard(1_000, () => undefined);
  const transport = new StdioTransport(guard, new PassThrough(), () => undefined);
  const taken: string[] = [];
  transport.onmessage = (message) => taken.push("method" in message ? message.method : "");
  await transport.start();
  await nextTurn();
  guard.write(`${note("a")}\n`);
  expect(taken).toEqual(["a"]);
});

it("empty lines take no turn each", async () => {
  const taken = await take(`${"\n".repeat(5_000)}${note("a")}\n`);
  expect(taken[0]?.turn).toBeLessThan(50);
});
