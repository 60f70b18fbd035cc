/** However long a message is and whatever it is made of, the server does other work at least every 50 ms. */

import { PassThrough, Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Application } from "../../src/application.js";
import * as product from "../support/built-modules.js";
import { longestTurnMs } from "../support/processor-time.js";

const LONGEST_TURN_MS = 50;
const MESSAGE = 10_485_760;
const ROOM = MESSAGE - 1_000;

interface Answer {
  readonly id: unknown;
  readonly result?: { readonly structuredContent?: { readonly status?: string; readonly result?: string } };
  readonly error?: { readonly message: string };
}

let application: Application;
const input = new PassThrough({ highWaterMark: 1 << 24 });
const waiting = new Map<unknown, (answer: Answer) => void>();

beforeAll(async () => {
  const settings = ["--execution-mode", "wasm", "--log-level", "silent", "--rate-limit-per-minute", "0"];
  const { config } = product.config.readConfig([...settings, "--session-max-calls", "10000"], {});
  application = await product.application.createApplication(config, { warm: false });
  const guard = new product.lineGuard.LineGuard(MESSAGE, () => undefined);
  const transport = new product.stdioTransport.StdioTransport(input.pipe(guard), output(), () => undefined);
  await product.serve.serverFor(application, "ann").connect(transport);
  await send(
    '"method":"initialize","params":{"protocolVersion":"2025-03-26",' +
      '"capabilities":{"roots":{},"elicitation":{"form":{}}},"clientInfo":{"name":"t","version":"1"}}',
  );
  await send(run('{"code":"1"}'));
});
afterAll(() => application?.close());

/** Hands each answer to the one that waits for it. */
function output(): Writable {
  let text = "";
  return new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      const lines = (text + chunk).split("\n");
      text = lines.pop() ?? "";
      for (const answer of lines.flatMap((line) => JSON.parse(line) as Answer | Answer[]))
        waiting.get(answer.id)?.(answer);
      done();
    },
  });
}

let lastId = 0;

/** Sends a request with these fields, in pieces as a pipe gives them, and waits for its answer. */
async function send(fields: string): Promise<Answer> {
  const answer = new Promise<Answer>((resolve) => waiting.set(++lastId, resolve));
  const line = Buffer.from(`{"jsonrpc":"2.0","id":${lastId},${fields}}\n`);
  for (let at = 0; at < line.length; at += 65_536) {
    await nextTurn();
    input.write(line.subarray(at, at + 65_536));
  }
  return answer;
}

const call = (tool: string, args: string) => `"method":"tools/call","params":{"name":"${tool}","arguments":${args}}`;
const run = (args: string) => call("rlm_exec_run", args);
const fill = (unit: string, bytes = ROOM) => unit.repeat(Math.floor(bytes / Buffer.byteLength(unit)));
const list = (unit: string, count: number) => `[${new Array<string>(count).fill(unit).join(",")}]`;
const names = (count: number, unit: string, value: string) =>
  `{${Array.from({ length: count }, (_, at) => `"${unit}${at}":${value}`).join(",")}}`;
const input10 = (unit: string) => run(`{"code":"1","inputs":{"a":"${fill(unit)}"}}`);

const ESCAPES = ["\\u0000", "\\u00e9", "\\ud800", '\\"', "\\n"];

describe("The server does other work at least every 50 ms while it reads", () => {
  it.each<[string, string]>([
    ["10 MiB of ASCII in `inputs`", input10("x")],
    ...ESCAPES.map((unit): [string, string] => [`10 MiB of ${unit} in \`inputs\``, input10(unit)]),
    ["10 MiB of \u{1f600} in `inputs`", input10("\u{1f600}")],
    ["10 MiB of \\u0000 in `code`", run(`{"code":"${fill("\\u0000")}"}`)],
    ["10 MiB of \\u65e5 in `stdin`", run(`{"code":"1","stdin":"${fill("\\u65e5")}"}`)],
    ["10 MiB of \\u0000 in an argument that no tool has", run(`{"code":"1","q":"${fill("\\u0000")}"}`)],
    ["10 000 texts of 1 KB", run(`{"code":"1","inputs":{"a":${list(`"${fill("\\u0000", 1_000)}"`, 10_400)}}}`)],
    ["10 000 names of 1 KB", run(`{"code":"1","inputs":${names(9_990, fill("\\u0000", 1_000), "1")}}`)],
    ["200 000 whole numbers that arrive changed", run(`{"code":"1","inputs":{"a":${list("1".repeat(20), 199_980)}}}`)],
    ["a number of 10 MiB", run(`{"code":"1","inputs":{"a":${fill("1")}}}`)],
    ["inputs that are JSON in a text", run(`{"code":"1","inputs":"{\\"a\\":\\"${fill("\\\\u0000", ROOM - 99)}\\"}"}`)],
    [
      "a text of quotation marks behind a number",
      run(`{"code":"1","inputs":{"n":1e999,"a":"${fill('\\"', ROOM - 99)}"}}`),
    ],
    ["a tool's name of 10 MiB", `"method":"tools/call","params":{"name":"${fill("\\u0000")}"}`],
    [
      "a handshake with 66 000 wrong pictures and 9 990 wrong capabilities",
      '"method":"initialize","params":{"protocolVersion":"1","capabilities":{"experimental":' +
        `${names(9_990, "k", "1")}},"clientInfo":{"name":"t","version":"1","icons":${list('{"src":1}', 66_000)}}}`,
    ],
  ])("%s", { timeout: 60_000 }, async (_, fields) => {
    expect(await longestTurnMs(() => send(fields))).toBeLessThan(LONGEST_TURN_MS);
  });
});

describe("The server does other work at least every 50 ms while it runs a program with", () => {
  it.each<[string, string]>([
    ["4 MiB of text", run(`{"code":"1","inputs":{"a":"${fill("\u00e9", 4_194_000)}"}}`)],
    ["200 000 fractions", run(`{"code":"1","inputs":{"a":${list("0.1234567890123456", 199_980)}}}`)],
    ["100 000 objects", run(`{"code":"1","inputs":{"a":${list('{"a":1}', 99_980)}}}`)],
    ["deep lists", run(`{"code":"1","inputs":{"a":${list("[".repeat(90) + "]".repeat(90), 2_200)}}}`)],
    ["9 990 names", run(`{"code":"1","inputs":${names(9_990, "k", `"${fill("\\u00e9", 900)}"`)}}`)],
    ["10 MiB of spaces", run(`{"code":"1","inputs":{"a":[1,${fill(" ")}2]}}`)],
  ])("%s", { timeout: 60_000 }, async (_, fields) => {
    const work = async (): Promise<void> => {
      expect((await send(fields)).result?.structuredContent).toMatchObject({ status: "ok", result: "1" });
    };
    expect(await longestTurnMs(work)).toBeLessThan(LONGEST_TURN_MS);
  });
});
