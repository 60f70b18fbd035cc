/** Every request gets an answer in sentences, however wrong it is and however soon the input ends. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Message, type RawServer, startRaw } from "../support/server-streams.js";
import { eventually } from "../support/wait.js";

const initialize = (version: string): string =>
  line({
    id: "init",
    method: "initialize",
    params: { protocolVersion: version, capabilities: {}, clientInfo: { name: "t", version: "1" } },
  });

function line(message: object): string {
  return `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`;
}

function call(id: unknown, args: unknown, name: unknown = "rlm_exec_run"): object {
  return { jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: args } };
}

/** Sends all of the input, ends it at once, and returns what the server said before it ended. */
async function pipe(
  ...input: readonly (string | Buffer | object)[]
): Promise<readonly (Message | readonly Message[])[]> {
  await using server = await startRaw();
  for (const one of input)
    server.child.stdin.write(typeof one === "string" || Buffer.isBuffer(one) ? one : `${JSON.stringify(one)}\n`);
  server.child.stdin.end();
  await server.exited;
  // The server prints no stack trace of its own.
  for (const entry of server.stderr.trim().split("\n")) JSON.parse(entry);
  return server.messages;
}

/** The message of each error must be words of ours: no JSON of a schema's issues. */
function expectSentences(messages: readonly Message[]): void {
  for (const { error } of messages) {
    expect(error?.message).toMatch(/^(Cannot|Unknown) /);
    expect(error?.message).not.toMatch(/"path"|invalid_type|\[\n|MCP error/);
  }
}

describe.concurrent("At the end of its input the server has answered", () => {
  it.each([
    ["a call", "\n"],
    ["a call whose line has no end", ""],
  ])("%s", async (_, end) => {
    const messages = await pipe(initialize("2025-06-18"), JSON.stringify(call(1, { code: "print(6 * 7)" })) + end);
    expect(messages).toMatchObject([{ id: "init" }, { id: 1, result: { structuredContent: { stdout: "42\n" } } }]);
  });

  it.each([
    ["a call of 3 MiB", "x".repeat(3_000_000)],
    ["a call of 3 MiB of escapes", "\u0001".repeat(500_000)],
  ])("%s", async (_, a) => {
    const messages = await pipe(call(1, { code: "len(a)", inputs: { a } }));
    expect(messages).toMatchObject([{ id: 1, result: { structuredContent: { result: String(a.length) } } }]);
  });

  it("a call that loops, with its time-out, and calls that came before the handshake", async () => {
    const messages = await pipe(call(1, { code: "while True: pass", timeout_ms: 700 }), call(2, { code: "2" }));
    expect(messages).toHaveLength(2);
    expect(messages).toContainEqual(expect.objectContaining({ id: 2 }));
    expect(messages.find((one) => "id" in one && one.id === 1)).toMatchObject({
      result: { structuredContent: { status: "timeout" } },
    });
  });

  it("everything but a call that was cancelled", async () => {
    const cancel = line({ method: "notifications/cancelled", params: { requestId: 1 } });
    expect(await pipe(call(1, { code: "while True: pass" }), cancel)).toEqual([]);
  });

  it.each([
    [
      "half a request, with its id",
      '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"rlm_ex',
      7,
      -32_700,
    ],
    ["a request without its last bracket", '{"jsonrpc":"2.0","id":70,"method":"ping"', 70, -32_700],
    ["a request that ends in the name of its method", '{"jsonrpc":"2.0","id":71,"meth', 71, -32_700],
    ["a request that ends behind its id", '{"jsonrpc":"2.0","id":"a7"', "a7", -32_700],
    ["a request whose id may have further digits", '{"jsonrpc":"2.0","method":"ping","id":7', null, -32_700],
    ["half an answer", '{"jsonrpc":"2.0","id":72,"result":{', null, -32_700],
    ["half a line without an id", '{"jsonrpc":"2.0","i', null, -32_700],
    [
      "a line of 11 MiB without its end",
      `{"jsonrpc":"2.0","id":77,"method":"ping","a":"${"x".repeat(11 << 20)}`,
      77,
      -32_600,
    ],
  ])("%s", async (_, input, id, code) => {
    expect(await pipe(input)).toMatchObject([{ id, error: { code, message: expect.stringMatching(/^Cannot read/) } }]);
  });

  it("a question to a client that has gone, so that the call can go on", async () => {
    const capabilities = { roots: {}, elicitation: {} };
    const handshake = { protocolVersion: "2025-06-18", capabilities, clientInfo: { name: "t", version: "1" } };
    const messages = await pipe(
      line({ id: 0, method: "initialize", params: handshake }),
      call(1, { roots: ["/nowhere/at/all"] }, "rlm_roots_set"),
    );
    expect(messages.find((one) => "id" in one && one.id === 1 && "result" in one)).toBeDefined();
  });
});

describe.concurrent("A batch", () => {
  const batch = [call(1, { code: "1" }), { jsonrpc: "2.0", method: "notifications/x" }, 5, call(2, { code: "2" })];

  it("is answered by one list in a version that has batches", async () => {
    const [, answers] = await pipe(initialize("2025-03-26"), batch);
    expect(answers).toHaveLength(3);
    for (const id of [1, 2])
      expect(answers).toContainEqual(
        expect.objectContaining({ id, result: expect.objectContaining({ isError: false }) as unknown }),
      );
    expect(answers).toContainEqual(expect.objectContaining({ id: null }));
  });

  it.each([
    ["in a version without batches", "2025-06-18", batch, "no batches"],
    ["that is empty", "2025-03-26", [], "at least one message"],
    ["of a thousand messages", "2025-03-26", Array.from({ length: 1_000 }, () => 1), "at most 100"],
  ])("%s is refused by one error without an id", async (_, version, messages, words) => {
    const answers = await pipe(initialize(version), messages);
    expect(answers).toHaveLength(2);
    expect(answers).toContainEqual({
      jsonrpc: "2.0",
      id: null,
      error: { code: -32_600, message: expect.stringContaining(words) as string },
    });
  });
});

describe("One server answers", () => {
  let server: RawServer;
  let pings = 0;
  beforeAll(async () => {
    server = await startRaw();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  /** Returns the answers to some input: all that come before the answer to a ping, and at least `count`. */
  async function exchange(input: string | Buffer, count: number): Promise<readonly Message[]> {
    const before = server.messages.length;
    const ping = `ping ${++pings}`;
    server.child.stdin.write(input);
    server.child.stdin.write(line({ id: ping, method: "ping" }));
    const answers = (): readonly Message[] => server.messages.slice(before);
    await eventually(() => answers().length > count && answers().some(({ id }) => id === ping), "the answers");
    return answers().filter(({ id }) => id !== ping);
  }

  it.each<[string, string | Buffer, ...(readonly [unknown, number])[]]>([
    ["text that is no JSON", "hello\n", [null, -32_700]],
    ["JSON with a mistake, with its id", '{"jsonrpc":"2.0","id":9,"method":"ping",}\n', [9, -32_700]],
    [
      "bytes that are no UTF-8",
      Buffer.concat([
        Buffer.from('{"jsonrpc":"2.0","id":3,"method":"'),
        Buffer.from([0xff]),
        Buffer.from('","a":1}\n'),
      ]),
      [3, -32_700],
    ],
    [
      "values that are no objects",
      'null\n1\n"x"\ntrue\n',
      [null, -32_600],
      [null, -32_600],
      [null, -32_600],
      [null, -32_600],
    ],
    ["a wrong version", '{"jsonrpc":"1.0","id":4,"method":"ping"}\n', [4, -32_600]],
    ["no version", '{"id":5,"method":"ping"}\n', [5, -32_600]],
    ["no method", '{"jsonrpc":"2.0","id":6}\n', [6, -32_600]],
    ["an empty object", "{}\n", [null, -32_600]],
    ["an id that is an object", line({ id: {}, method: "ping" }), [null, -32_600]],
    ["an id that is null", line({ id: null, method: "ping" }), [null, -32_600]],
    ["an id that is 1.5", line({ id: 1.5, method: "ping" }), [null, -32_600]],
    ["an id that is true", line({ id: true, method: "ping" }), [null, -32_600]],
    ["an unknown method", line({ id: 8, method: "tools/cal" }), [8, -32_601]],
    ["a method that is a number", line({ id: 9, method: 5 }), [9, -32_600]],
    ["params that are text", line({ id: 10, method: "tools/call", params: '{"name":"x"}' }), [10, -32_602]],
    ["params that are a list", line({ id: 11, method: "tools/call", params: [1] }), [11, -32_602]],
    ["params that are null", line({ id: 12, method: "tools/list", params: null }), [12, -32_602]],
    ["a tool whose name is a number", line({ id: 13, method: "tools/call", params: { name: 5 } }), [13, -32_602]],
    ["a call without params", line({ id: 14, method: "tools/call" }), [14, -32_602]],
    ["an unknown tool", line(call(15, {}, "rlm_exec")), [15, -32_602]],
    [
      "a handshake without its parts",
      line({ id: 16, method: "initialize", params: { clientInfo: "x" } }),
      [16, -32_602],
    ],
    [
      "a wrong progress token",
      line({ id: 17, method: "tools/list", params: { _meta: { progressToken: {} } } }),
      [17, -32_602],
    ],
    ["a resource that is no text", line({ id: 18, method: "resources/read", params: { uri: 5 } }), [18, -32_602]],
    ["two requests with one id", line({ id: 19, method: "ping" }).repeat(2), [19, -32_600]],
  ])("%s", async (_, input, ...expected) => {
    const errors = (await exchange(input, expected.length)).filter(({ error }) => error !== undefined);
    expect(errors.map(({ id, error }) => [id, error?.code])).toEqual(expected);
    expectSentences(errors);
  });

  const names = (count: number): string =>
    JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 1])));
  const request = (id: number, method: string, params: string): string =>
    `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}\n`;

  it.each([
    ["names beside a resource", request(31, "resources/read", `{"uri":"rlm://policies","_meta":${names(600_000)}}`)],
    [
      "names in the inputs",
      request(32, "tools/call", `{"name":"rlm_exec_run","arguments":{"inputs":${names(199_000)}}}`),
    ],
    ["names of arguments", request(33, "tools/call", `{"name":"rlm_policy_check","arguments":${names(30_000)}}`)],
    ["names of the message", `{"jsonrpc":"2.0","id":34,"method":"ping",${names(30_000).slice(1)}\n`],
    ["names in many objects", request(35, "ping", `{"a":[${'{"a":1},'.repeat(120_000)}1]}`)],
    ["numbers", request(36, "tools/list", `{"cursor":[${"1,".repeat(400_000)}1]}`)],
    ["levels", request(37, "ping", `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`)],
    ["levels of objects, without an end", request(38, "ping", '{"a":'.repeat(100_000))],
  ])("too many %s, before they are parsed, with the number", async (_, input) => {
    const id = Number(/"id":(\d+)/.exec(input)?.[1]);
    const message = expect.stringMatching(
      /^Cannot read this request: .*at most \d+ .*, (it has|they have|it is nested) \d{5,} ?.*; put data into a file/,
    ) as string;
    expect(await exchange(input, 1)).toMatchObject([{ id, error: { code: -32_600, message } }]);
  });

  it("a long request in its turn, and one that follows it", async () => {
    const numbers = `[${"1,".repeat(190_000)}1]`;
    const input = request(39, "ping", `{"a":${numbers},"b":${JSON.stringify("{[,:".repeat(90_000))}}`);
    expect(await exchange(input + request(40, "ping", "{}"), 2)).toMatchObject([{ id: 39 }, { id: 40 }]);
  });

  it.each([
    ["an empty line", "\n \r\n"],
    ["a notification of 600 000 names", `{"jsonrpc":"2.0","method":"rlm/unknown","params":${names(600_000)}}\n`],
    ["an answer of 600 000 names", `{"jsonrpc":"2.0","id":905,"result":${names(600_000)}}\n`],
    ["a notification that nobody knows", line({ method: "rlm/unknown" })],
    ["a notification with wrong params", line({ method: "notifications/cancelled", params: "x" })],
    ["an answer to nothing", '{"jsonrpc":"2.0","id":903,"result":{}}\n{"jsonrpc":"2.0","id":904,"error":5}\n'],
  ])("nothing to %s", async (_, input) => {
    expect(await exchange(input, 0)).toEqual([]);
  });

  it("a request behind a byte order mark, with the line end of Windows", async () => {
    expect(await exchange(`\uFEFF${line({ id: 1, method: "ping" }).trim()}\r\n`, 1)).toMatchObject([
      { id: 1, result: {} },
    ]);
  });

  it.each([
    ["JSON in a text", '{"code":"1"}', /must be an object, they are a text.*send the object itself/],
    ["a text", "print(1)", /must be an object, they are a text of 8 characters$/],
    ["a list", ["1"], /must be an object, they are a list/],
    ["null", null, /must be an object, they are null/],
    ["a misspelt name", { cod: "1" }, /code: .* missing\. Cannot use field "cod": .*; did you mean code\?$/],
    ["a name without its unit", { code: "1", timeout: 5 }, /did you mean timeout_ms\?$/],
    ["a name in another spelling", { code: "1", sessionId: "x" }, /did you mean session_id\?$/],
    ["a name that is like no other", { code: "1", xyzzy: 5 }, /one of code, language, [^?]*$/],
  ])("arguments that are %s, by a refusal of the tool", async (_, args, words) => {
    expect(await exchange(line(call(1, args)), 1)).toMatchObject([
      {
        id: 1,
        result: {
          isError: true,
          structuredContent: {
            status: "refused",
            refusal: { reason: "bad-input", message: expect.stringMatching(words) as string },
          },
        },
      },
    ]);
  });
});
