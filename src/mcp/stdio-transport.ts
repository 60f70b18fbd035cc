/**
 * The SDK's transport over a stream of lines.
 *
 * It gives every request exactly one answer, unless the client cancels it: also one that the SDK would drop, and one
 * that still runs when the input ends. `drained` tells when all requests have theirs.
 */

import type { Readable, Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  ErrorCode,
  isJSONRPCErrorResponse,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type JSONRPCRequest,
  LATEST_PROTOCOL_VERSION,
  type RequestId,
  SUPPORTED_PROTOCOL_VERSIONS,
} from "@modelcontextprotocol/sdk/types.js";
import { BatchAnswers, refuseBatch } from "./batch.js";
import { type ErrorAnswer, isRecord, judgeMessage } from "./incoming.js";
import { valuesIn } from "./line-guard.js";
import { type LineContent, readLine, readLongLine } from "./read-line.js";

const NEWLINE = 0x0a;

/** A line of more bytes, or of more values, is read step by step. */
const LONG_LINE = 262_144;
const MANY_VALUES = 20_000;

/** Bytes of lines that are taken in one turn. Any message counts as some more, and an empty line as some. */
const TURN_BYTES = 16_384;
const BYTES_OF_MESSAGE = 1_024;
const BYTES_OF_EMPTY_LINE = 16;

/** A connection over two streams. */
export class StdioTransport implements Transport {
  onmessage?: (message: JSONRPCMessage) => void;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #onWrong: (why: string) => void;
  /** The requests that wait for their answers, with the batch of each. */
  readonly #pending = new Map<RequestId, BatchAnswers | null>();
  /** The requests of the server that wait for the client. */
  readonly #asked = new Set<RequestId>();
  readonly #waiting: (() => void)[] = [];
  /** The version that the handshake agrees on; null before it. */
  #version: string | null = null;
  #hasEnded = false;
  #isClosed = false;
  /** Works that take several turns and are not at their end. */
  #steps = 0;
  /** Bytes that may still be taken in this turn. */
  #room = TURN_BYTES;
  /** Set while the output takes no more. */
  #drain: Promise<void> | null = null;

  /**
   * @param input Gives whole lines, each as one chunk.
   * @param onWrong Called with the reason for each message that cannot be taken.
   */
  constructor(input: Readable, output: Writable, onWrong: (why: string) => void) {
    this.#input = input;
    this.#output = output;
    this.#onWrong = onWrong;
  }

  async start(): Promise<void> {
    this.#input.on("data", (line: Buffer) => this.#takeLine(line));
    this.#input.once("end", () => this.#endInput());
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#input.removeAllListeners("data");
    this.#input.pause();
    this.onclose?.();
  }

  send(message: JSONRPCMessage): Promise<void> {
    const isAnswer = isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message);
    if (!isAnswer || message.id === undefined) return this.#ask(message);
    const batch = this.#pending.get(message.id);
    batch?.add(message);
    const written = batch == null ? this.#write(message) : Promise.resolve();
    this.#settle(message.id);
    return written;
  }

  /** Answers a message with an error. */
  refuse(answer: ErrorAnswer, batch: BatchAnswers | null = null): void {
    const { id, code, message } = answer;
    this.#onWrong(message);
    // The type has no null, the protocol of the other side has.
    const error = { jsonrpc: "2.0", id, error: { code, message } } as unknown as JSONRPCMessage;
    if (batch === null) void this.#write(error);
    else batch.add(error);
  }

  /**
   * Resolves once every line is read and every request has its answer. The input may end while its last line is read.
   * Resolves to false if nothing came of it for `stallMs`.
   */
  async drained(stallMs: number): Promise<boolean> {
    while (this.#pending.size > 0 || this.#steps > 0) {
      let timer: NodeJS.Timeout | undefined;
      const isLate = await Promise.race([
        new Promise<false>((resolve) => this.#waiting.push(() => resolve(false))),
        new Promise<true>((resolve) => (timer = setTimeout(() => resolve(true), stallMs))),
      ]);
      clearTimeout(timer);
      if (isLate) return false;
    }
    return true;
  }

  /** Answers every request that still waits, because the server goes. */
  refusePending(message: string): void {
    for (const [id, batch] of this.#pending) {
      this.refuse({ id, code: ErrorCode.ConnectionClosed, message }, batch);
      this.#settle(id);
    }
  }

  /** Takes a line, or waits for the next turn: the work on one line must not wait for that on very many others. */
  #takeLine(line: Buffer): void {
    const isCut = line.at(-1) !== NEWLINE;
    const values = valuesIn(line);
    const isLong = line.length > LONG_LINE || (values ?? 0) > MANY_VALUES;
    if (!isLong && this.#room > 0) return this.#takeContent(readLine(line, isCut), line.length);
    void this.#inSteps(async () => {
      await nextTurn();
      const content = isLong ? await readLongLine(line, isCut, values) : readLine(line, isCut);
      if (!this.#isClosed) this.#takeContent(content, line.length);
    });
  }

  /** Does work that takes several turns. The next line waits meanwhile, so that the order stays. */
  async #inSteps(work: () => Promise<void>): Promise<void> {
    this.#steps++;
    this.#input.pause();
    await work();
    if (--this.#steps > 0) return;
    if (!this.#isClosed) this.#input.resume();
    this.#wake();
  }

  /** Has `drained` look again. */
  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #takeContent(content: LineContent, bytes: number): void {
    if (this.#room === TURN_BYTES) setImmediate(() => (this.#room = TURN_BYTES));
    this.#room -= content.kind === "empty" ? BYTES_OF_EMPTY_LINE : BYTES_OF_MESSAGE + bytes;
    if (content.kind === "empty") return;
    if (content.kind === "wrong") return this.refuse(content.answer);
    const { value } = content;
    if (Array.isArray(value)) void this.#inSteps(() => this.#takeBatch(value));
    else this.#takeMessage(value, null);
  }

  async #takeBatch(messages: readonly unknown[]): Promise<void> {
    const problem = refuseBatch(messages, this.#version);
    if (problem !== null)
      return this.refuse({ id: null, code: ErrorCode.InvalidRequest, message: `Cannot take a batch: ${problem}` });
    const batch = new BatchAnswers((answers) => void this.#write(answers));
    for (const message of messages) {
      this.#takeMessage(message, batch);
      // The work on one message must not wait for that on all others.
      await nextTurn();
      if (this.#isClosed) return;
    }
    batch.settle();
  }

  #takeMessage(value: unknown, batch: BatchAnswers | null): void {
    const judged = judgeMessage(value);
    if (judged.kind === "ignored") return this.#onWrong(judged.why);
    if (judged.kind === "wrong") return this.refuse(judged.answer, batch);
    if (judged.kind === "request") return this.#takeRequest(judged.message, batch);
    const { message } = judged;
    if ("id" in message && message.id !== undefined) this.#asked.delete(message.id);
    this.onmessage?.(message);
    if ("method" in message && message.method === "notifications/cancelled") this.#forget(message.params);
  }

  #takeRequest(message: JSONRPCRequest, batch: BatchAnswers | null): void {
    const { id, method } = message;
    const problem = this.#pending.has(id)
      ? "a request with this id still waits for its answer; give each request an id of its own"
      : method === "initialize" && batch !== null
        ? "`initialize` may not be in a batch; send it in a line of its own"
        : null;
    if (problem !== null)
      return this.refuse(
        { id, code: ErrorCode.InvalidRequest, message: `Cannot take this request: ${problem}` },
        batch,
      );
    batch?.expect();
    this.#pending.set(id, batch);
    if (method === "initialize") this.#version = versionFor(message);
    this.onmessage?.(message);
  }

  /** The SDK does not answer a request that the client has cancelled. */
  #forget(params: unknown): void {
    const id = isRecord(params) ? params["requestId"] : undefined;
    if (typeof id === "string" || typeof id === "number") this.#settle(id);
  }

  #settle(id: RequestId): void {
    const batch = this.#pending.get(id);
    if (!this.#pending.delete(id)) return;
    batch?.settle();
    this.#wake();
  }

  /** Sends a notification, or a request to the client. After the end of the input no client answers. */
  #ask(message: JSONRPCMessage): Promise<void> {
    if (!isJSONRPCRequest(message)) return this.#write(message);
    this.#asked.add(message.id);
    if (!this.#hasEnded) return this.#write(message);
    queueMicrotask(() => this.#endQuestions());
    return Promise.resolve();
  }

  #endInput(): void {
    this.#hasEnded = true;
    this.#endQuestions();
  }

  #endQuestions(): void {
    for (const id of this.#asked) {
      const error = { code: ErrorCode.ConnectionClosed, message: "The client has closed its output" };
      this.onmessage?.({ jsonrpc: "2.0", id, error });
    }
    this.#asked.clear();
  }

  #write(message: JSONRPCMessage | readonly JSONRPCMessage[]): Promise<void> {
    if (this.#output.write(`${JSON.stringify(message)}\n`)) return Promise.resolve();
    this.#drain ??= new Promise((resolve) =>
      this.#output.once("drain", () => {
        this.#drain = null;
        resolve();
      }),
    );
    return this.#drain;
  }
}

/** Returns the version that the SDK answers with. A batch can follow before the SDK has answered. */
function versionFor({ params }: JSONRPCRequest): string {
  const asked = params?.["protocolVersion"];
  return SUPPORTED_PROTOCOL_VERSIONS.find((version) => version === asked) ?? LATEST_PROTOCOL_VERSION;
}
