import { getEventListeners } from "node:events";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { MAX_OUTPUT_SIZE, MAX_RESULT_SIZE } from "../../../src/limits.js";
import type { Job } from "../../../src/sandbox/engine.js";
import { GuestChannel } from "../../../src/sandbox/guest-channel.js";
import {
  FRAME,
  type Frame,
  FrameReader,
  MAX_GUEST_FRAME,
  TOKEN_SIZE,
  encodeFrame,
} from "../../../src/sandbox/guest-protocol.js";
import { VERDICT } from "../../support/usual-verdict.js";

const JOB: Job = {
  code: "print(1)",
  timeoutMs: 1_000,
  memoryMb: 64,
  inputs: { a: 1 },
  files: [{ name: "x", path: "root/x", bytes: Buffer.from("content") }],
  guestPolicy: { builtins: "safe", modules: ["math"], withheld: [], reads: false, hint: "" },
};

/** A channel and the guest at its other end, played by the test. */
function pair() {
  const [toGuest, fromGuest] = [new PassThrough(), new PassThrough()];
  const channel = new GuestChannel(toGuest, fromGuest);
  const received: Frame[] = [];
  const reader = new FrameReader();
  toGuest.on("data", (chunk: Buffer) => received.push(...reader.push(chunk)));
  const never = new AbortController().signal;
  return {
    channel,
    toGuest,
    fromGuest,
    received,
    never,
    say: (type: number, ...parts: Uint8Array[]) => fromGuest.write(encodeFrame(type as 1, ...parts)),
    token: () => received.find(({ type }) => type === FRAME.job)?.payload.subarray(0, TOKEN_SIZE) ?? Buffer.alloc(0),
  };
}

/** Up to the job: the guest is ready and has its token. */
async function started() {
  const guest = pair();
  guest.say(FRAME.ready);
  expect(await guest.channel.ready(guest.never)).toBe(true);
  guest.channel.send(JOB);
  await new Promise((resolve) => setImmediate(resolve));
  return guest;
}

type Guest = Awaited<ReturnType<typeof started>>;

const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe("GuestChannel", () => {
  it("sends the job with its token and then its files", async () => {
    const { received } = await started();
    expect(received.map(({ type }) => type)).toEqual([FRAME.job, FRAME.file]);
    expect(JSON.parse(received[0]?.payload.subarray(TOKEN_SIZE).toString() ?? "")).toEqual({
      code: "print(1)",
      modules: [],
      inputs: { a: 1 },
      texts: [],
      stdin: null,
      files: [{ name: "x", path: "root/x", host_path: null, size: 7 }],
      directory: null,
      keep: false,
      guest_policy: { builtins: "safe", modules: " math", withheld: [], reads: false, hint: "" },
      timeout_ms: 1_000,
      memory_mb: 64,
      compile_only: false,
      javascript: null,
    });
    expect(received[1]?.payload.toString()).toBe("content");
  });

  it("sends what the guest must know about JavaScript", async () => {
    const globals = { before: ["var a"], edits: [], hasImports: false };
    const javascript = { lastExpression: [0, 3], isAsync: true, globals } as const;
    for (const keep of [true, false]) {
      const { channel, received, say, never } = pair();
      say(FRAME.ready);
      await channel.ready(never);
      channel.send({ ...JOB, keep, directory: "root", compileOnly: true, javascript });
      await new Promise((resolve) => setImmediate(resolve));
      expect(JSON.parse(received[0]?.payload.subarray(TOKEN_SIZE).toString() ?? "")).toMatchObject({
        keep,
        directory: "root",
        compile_only: true,
        javascript: { last: [0, 3], async: true, globals },
      });
    }
  });

  it("sends the modules of the project, what is left out of others, and a standard input before files", async () => {
    const { channel, received, say, never } = pair();
    say(FRAME.ready);
    await channel.ready(never);
    channel.send({
      ...JOB,
      modules: [{ name: "a.b", path: "root/a/b.py", code: "x = 1", isPackage: false }],
      texts: [{ name: "t", bytes: Buffer.from("text") }],
      stdin: Buffer.from("line\n"),
      guestPolicy: { ...JOB.guestPolicy, denied: ["math.a", "math.b"] },
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(JSON.parse(received[0]?.payload.subarray(TOKEN_SIZE).toString() ?? "")).toMatchObject({
      modules: [{ name: "a.b", path: "root/a/b.py", code: "x = 1", is_package: false }],
      texts: [{ name: "t", size: 4 }],
      stdin: { size: 5 },
      guest_policy: { denied: " math.a math.b" },
    });
    expect(received.slice(1).map(({ payload }) => payload.toString())).toEqual(["text", "line\n", "content"]);
  });

  it("closes the guest's input when it hangs up", async () => {
    const guest = pair();
    guest.channel.hangUp();
    await later();
    expect(guest.toGuest.readableEnded).toBe(true);
  });

  it("takes a guest without a verdict for killed", async () => {
    const guest = await started();
    guest.fromGuest.end();
    await guest.channel.ended(guest.never);
    expect(guest.channel.outcome(null, 7)).toMatchObject({ ending: "killed", exitCode: 137, error: null });
  });

  it("gives every job another token", async () => {
    const tokens = await Promise.all(Array.from({ length: 5 }, async () => (await started()).token().toString("hex")));
    expect(new Set(tokens).size).toBe(5);
    for (const token of tokens) expect(token).toMatch(/^[0-9a-f]{32}$/);
  });

  it("sends a kept guest another job with another token, and drops the data of the job before", async () => {
    const guest = await started();
    const first = guest.token();
    guest.say(FRAME.stdout, first, Buffer.from("one"));
    guest.say(FRAME.done, first, json({ ...VERDICT, kept: true }));
    expect(await guest.channel.ended(guest.never)).toBe("done");
    expect(guest.channel.isWaiting).toBe(true);
    expect(guest.channel.outcome(null, 1)).toMatchObject({ ending: "ok", stdout: { text: "one" } });

    guest.channel.send({ ...JOB, files: [] });
    await new Promise((resolve) => setImmediate(resolve));
    expect(guest.channel.isWaiting).toBe(false);
    const second = guest.received.at(-1)?.payload.subarray(0, TOKEN_SIZE) ?? Buffer.alloc(0);
    expect(second.equals(first)).toBe(false);
    guest.say(FRAME.stdout, second, Buffer.from("two"));
    guest.say(FRAME.done, second, json({ ...VERDICT, result: "2", kept: false }));
    expect(await guest.channel.ended(guest.never)).toBe("done");
    expect(guest.channel.outcome(null, 1)).toMatchObject({ result: "2", stdout: { text: "two" } });
    expect(guest.channel.isWaiting).toBe(false);
  });

  it.each([
    [
      "sends output between two jobs, even with the last job's token",
      (guest: Guest) => guest.say(FRAME.stdout, guest.token(), Buffer.from("late")),
    ],
    ["sends output in the same piece as the verdict", () => undefined, true],
    ["sends noise between two jobs", (guest: Guest) => void guest.fromGuest.write(Buffer.from([0, 1, 2]))],
    ["ends between two jobs", (guest: Guest) => void guest.fromGuest.end()],
  ])("takes no further job for a kept guest that %s", async (_, spoil, isOnePiece = false) => {
    const guest = await started();
    const verdict = encodeFrame(FRAME.done, guest.token(), json({ ...VERDICT, kept: true }));
    const late = encodeFrame(FRAME.stdout, guest.token(), Buffer.from("late"));
    guest.fromGuest.write(isOnePiece ? Buffer.concat([verdict, late]) : verdict);
    await guest.channel.ended(guest.never);
    if (!isOnePiece) spoil(guest);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(guest.channel.isWaiting).toBe(false);
    expect(guest.channel.outcome(null, 1)).toMatchObject({ ending: "ok", stdout: { text: "" } });
  });

  it.each([undefined, null, false, 0, 1, "true", "false", [], {}])(
    "takes no further job for a guest whose verdict says %j about being kept",
    async (kept) => {
      const guest = await started();
      guest.say(FRAME.done, guest.token(), json({ ...VERDICT, kept }));
      expect(await guest.channel.ended(guest.never)).toBe("done");
      expect(guest.channel.isWaiting).toBe(false);
    },
  );

  it("sends long texts as they are, before the files", async () => {
    const { channel, received, say, never } = pair();
    say(FRAME.ready);
    await channel.ready(never);
    channel.send({ ...JOB, inputs: { context: null }, texts: [{ name: "context", bytes: Buffer.from("long") }] });
    await new Promise((resolve) => setImmediate(resolve));
    expect(received.slice(1).map(({ payload }) => payload.toString())).toEqual(["long", "content"]);
    expect(JSON.parse(received[0]?.payload.subarray(TOKEN_SIZE).toString() ?? "")).toMatchObject({
      inputs: { context: null },
      texts: [{ name: "context", size: 4 }],
    });
  });

  it("collects the output and returns the verdict", async () => {
    const guest = await started();
    guest.say(FRAME.stdout, guest.token(), Buffer.from("out"));
    guest.say(FRAME.stderr, guest.token(), Buffer.from("err"));
    guest.say(FRAME.done, guest.token(), json(VERDICT));
    expect(await guest.channel.ended(guest.never)).toBe("done");
    expect(guest.channel.outcome(null, 99)).toEqual({
      ending: "ok",
      exitCode: 0,
      signal: null,
      error: null,
      result: "'r'",
      runMs: 5,
      usage: { cpuMs: 3, peakMemoryBytes: 4 },
      stdout: { text: "out", truncated: null },
      stderr: { text: "err", truncated: null },
    });
  });

  it("waits for a guest that is not ready yet, and leaves no listener behind", async () => {
    const guest = pair();
    const ready = guest.channel.ready(guest.never);
    await later();
    guest.say(FRAME.ready);
    expect(await ready).toBe(true);
    expect(getEventListeners(guest.never, "abort").length).toBe(0);
  });

  it("is closed by the end of the output although the connection stays open", async () => {
    const output = new PassThrough({ emitClose: false });
    const channel = new GuestChannel(new PassThrough(), output);
    output.end();
    expect(await channel.ended(AbortSignal.timeout(1_000))).toBe("closed");
  });

  it("is waiting only from ready until the job is sent", async () => {
    const guest = pair();
    expect(guest.channel.isWaiting).toBe(false);
    guest.say(FRAME.ready);
    await guest.channel.ready(guest.never);
    expect(guest.channel.isWaiting).toBe(true);
    guest.channel.send(JOB);
    expect(guest.channel.isWaiting).toBe(false);
  });

  it.each([
    ["end", (guest: ReturnType<typeof pair>) => guest.fromGuest.end()],
    ["destroy", (guest: ReturnType<typeof pair>) => guest.fromGuest.destroy()],
    ["output error", (guest: ReturnType<typeof pair>) => guest.fromGuest.destroy(new Error("EIO"))],
    ["input error", (guest: ReturnType<typeof pair>) => guest.toGuest.destroy(new Error("EPIPE"))],
  ] as const)("is closed by the stream's %s, ready or not", async (_, close) => {
    const guest = pair();
    close(guest);
    expect(await guest.channel.ready(guest.never)).toBe(false);
    const busy = await started();
    close(busy);
    expect(await busy.channel.ended(busy.never)).toBe("closed");
    expect(busy.channel.outcome("killed", 7)).toMatchObject({
      ending: "killed",
      exitCode: 137,
      runMs: 7,
      result: null,
    });
  });

  it("stops waiting when its signal is aborted", async () => {
    const guest = pair();
    expect(await guest.channel.ready(AbortSignal.timeout(20))).toBe(false);
    const busy = await started();
    expect(await busy.channel.ended(AbortSignal.timeout(20))).toBeNull();
    expect(busy.channel.outcome("timeout", 20)).toMatchObject({
      ending: "timeout",
      exitCode: 124,
      error: { type: "TimeoutError", message: "The program ran longer than 1000 ms" },
    });
  });

  it("reports the first cause, not a verdict that comes after it", async () => {
    const guest = await started();
    guest.say(FRAME.done, guest.token(), json(VERDICT));
    await guest.channel.ended(guest.never);
    expect(guest.channel.outcome("cancelled", 20)).toMatchObject({
      ending: "cancelled",
      result: null,
      exitCode: null,
      error: null,
      runMs: 20,
      usage: { cpuMs: 3, peakMemoryBytes: 4 },
    });
  });
});

it("a verdict of a time limit counts although the engine has stopped the program for the same cause", async () => {
  const guest = await started();
  guest.say(FRAME.done, guest.token(), json({ ...VERDICT, ending: "timeout", exit_code: 124 }));
  await guest.channel.ended(guest.never);
  expect(guest.channel.outcome("timeout", 20)).toMatchObject({ ending: "timeout", runMs: 5 });
});

describe("GuestChannel is broken by", () => {
  const zero = Buffer.alloc(TOKEN_SIZE);
  it.each([
    ["a verdict without the token", () => encodeFrame(FRAME.done, json(VERDICT))],
    ["a verdict with a token of zeroes", () => encodeFrame(FRAME.done, zero, json(VERDICT))],
    [
      "a token with one bit changed",
      (token: Buffer) =>
        encodeFrame(FRAME.done, Buffer.from([...token.subarray(0, 15), (token[15] ?? 0) ^ 1]), json(VERDICT)),
    ],
    ["a token that is cut short", (token: Buffer) => encodeFrame(FRAME.stdout, token.subarray(0, 15))],
    ["output without the token", () => encodeFrame(FRAME.stdout, Buffer.from("forged output, longer than a token"))],
    ["a second ready", () => encodeFrame(FRAME.ready)],
    ["a frame that only the server sends", (token: Buffer) => encodeFrame(FRAME.job, token)],
    ["a type that does not exist", (token: Buffer) => encodeFrame(99 as 1, token)],
    ["a frame that is too long", () => Buffer.from([FRAME.stdout, 0xff, 0, 0, 0])],
    [
      "more output than the supervisor lets through",
      (token: Buffer) =>
        Buffer.concat(
          Array.from({ length: 9 }, () => encodeFrame(FRAME.stdout, token, Buffer.alloc(MAX_OUTPUT_SIZE / 8 - 1 + 8))),
        ),
    ],
    ["a verdict that is no JSON", (token: Buffer) => encodeFrame(FRAME.done, token, Buffer.from("{"))],
    ["a verdict that is null", (token: Buffer) => encodeFrame(FRAME.done, token, json(null))],
    [
      "a verdict without an ending",
      (token: Buffer) => encodeFrame(FRAME.done, token, json({ ...VERDICT, ending: undefined })),
    ],
    [
      "a verdict with an unknown ending",
      (token: Buffer) => encodeFrame(FRAME.done, token, json({ ...VERDICT, ending: "great" })),
    ],
    ["a page of zeros", () => Buffer.alloc(4_096)],
    ["text", () => Buffer.from("HTTP/1.1 200 OK\r\n\r\n")],
  ])("%s", async (_, bytes) => {
    const guest = await started();
    guest.fromGuest.write(bytes(Buffer.from(guest.token())));
    // With a limit of its own: a channel that takes the bytes waits for more.
    expect(await guest.channel.ended(AbortSignal.timeout(1_000))).toBe("violated");
    expect(guest.channel.isWaiting).toBe(false);
    // A valid verdict after it has no effect.
    guest.say(FRAME.done, guest.token(), json(VERDICT));
    await new Promise((resolve) => setImmediate(resolve));
    expect(guest.channel.outcome("killed", 1)).toMatchObject({
      ending: "killed",
      result: null,
      usage: { cpuMs: null },
    });
  });

  it.each([
    ["in the same piece as the first", (guest: Guest) => guest.say(FRAME.ready)],
    ["before the job", async (guest: Guest) => (guest.say(FRAME.ready), await later(), guest.say(FRAME.ready))],
    ["before the job, with a payload", (guest: Guest) => guest.say(FRAME.ready, Buffer.alloc(TOKEN_SIZE))],
  ])("a second ready %s", async (_, say) => {
    const guest = pair();
    guest.fromGuest.cork();
    guest.say(FRAME.ready);
    await say(guest);
    guest.fromGuest.uncork();
    expect(await guest.channel.ended(AbortSignal.timeout(500))).toBe("violated");
    expect(guest.channel.isWaiting).toBe(false);
  });

  it.each([
    ["during a job", false],
    ["after a job that kept the guest", true],
  ])("a second ready %s, even with the job's token", async (_, isOver) => {
    for (const hasToken of [false, true]) {
      const guest = await started();
      const token = Buffer.from(guest.token());
      if (isOver) {
        guest.say(FRAME.done, token, json({ ...VERDICT, kept: true }));
        expect(await guest.channel.ended(guest.never)).toBe("done");
      }
      guest.say(FRAME.ready, hasToken ? token : Buffer.alloc(0));
      await later();
      expect(guest.channel.isWaiting).toBe(false);
      if (!isOver) expect(await guest.channel.ended(AbortSignal.timeout(500))).toBe("violated");
    }
  });

  it("one byte more of output, on both streams together, than the supervisor lets through", async () => {
    const end = async (stdoutBytes: number, stderrBytes: number): Promise<unknown> => {
      const guest = await started();
      const token = Buffer.from(guest.token());
      for (const [type, bytes] of [
        [FRAME.stdout, stdoutBytes],
        [FRAME.stderr, stderrBytes],
      ] as const) {
        for (let left = bytes; left > 0; left -= 65_536)
          guest.say(type, token, Buffer.alloc(Math.min(left, 65_536), "x"));
      }
      guest.say(FRAME.done, token, json(VERDICT));
      return await guest.channel.ended(AbortSignal.timeout(5_000));
    };
    expect(await end(MAX_OUTPUT_SIZE, 0)).toBe("done");
    expect(await end(MAX_OUTPUT_SIZE - 5, 5)).toBe("done");
    expect(await end(MAX_OUTPUT_SIZE + 1, 0)).toBe("violated");
    expect(await end(0, MAX_OUTPUT_SIZE + 1)).toBe("violated");
    expect(await end(MAX_OUTPUT_SIZE - 5, 6)).toBe("violated");
  });

  it("any frame before the job, except ready", async () => {
    for (const type of [FRAME.stdout, FRAME.done, FRAME.job]) {
      const guest = pair();
      guest.say(type, Buffer.alloc(TOKEN_SIZE), json(VERDICT));
      expect(await guest.channel.ready(guest.never)).toBe(false);
      expect(await guest.channel.ended(guest.never)).toBe("violated");
    }
  });

  it("noise, without an exception", async () => {
    let state = 7;
    const next = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 16;
    for (let round = 0; round < 200; round++) {
      const guest = await started();
      const noise = Buffer.from(Array.from({ length: 1 + (next() % 200) }, () => next() & 0xff));
      // A type that exists and a length that is short, so that the frame is looked at.
      const bytes = round % 2 === 0 ? noise : encodeFrame((1 + (next() % 7)) as 1, noise);
      guest.fromGuest.write(bytes);
      guest.fromGuest.end();
      expect(["violated", "closed"]).toContain(await guest.channel.ended(guest.never));
    }
  });
});

describe("GuestChannel shortens and checks", () => {
  it("the error and the result of a program", async () => {
    const guest = await started();
    const long = "\ud800".padEnd(MAX_RESULT_SIZE * 2, "x");
    expect(Buffer.byteLength(JSON.stringify(long))).toBeLessThan(MAX_GUEST_FRAME);
    guest.say(
      FRAME.done,
      guest.token(),
      json({
        ...VERDICT,
        ending: "error",
        exit_code: "7",
        result: long,
        signal: 9,
        cpu_ms: null,
        run_ms: "fast",
        error: { type: 1, message: long, line: "2", column: null, extra: "dropped" },
      }),
    );
    await guest.channel.ended(guest.never);
    const { result, error, exitCode, signal, runMs, usage } = guest.channel.outcome(null, 1);
    expect(result).toBeNull();
    const message = `\ufffd${"x".repeat(MAX_RESULT_SIZE - 3)}`;
    expect(error).toEqual({ type: "Error", message, line: null, column: null, traceback: "" });
    expect([exitCode, signal, runMs, usage.cpuMs]).toEqual([null, null, 0, null]);
  });
});
