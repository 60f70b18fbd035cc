/**
 * The host's end of the channel to a guest's supervisor: waits for `ready`, sends a job, collects its output, and
 * returns the supervisor's verdict; again, if the verdict says that the guest was kept.
 *
 * Everything that arrives may have been made by a hostile program. A frame with a wrong token, a wrong shape or a wrong
 * size breaks the channel; what the program says of itself (error, result) is shortened and passed on as data.
 */

import { randomBytes } from "node:crypto";
import type { Readable, Writable } from "node:stream";
import { MAX_OUTPUT_SIZE, MAX_RESULT_SIZE } from "../limits.js";
import { ENDINGS, type Outcome, type ProgramError, type StoppedEnding, stoppedOutcome } from "../outcome.js";
import type { Job } from "./engine.js";
import { FRAME, type Frame, FrameReader, TOKEN_SIZE, encodeFrame, frameHeader } from "./guest-protocol.js";
import { OutputCapture } from "./output-capture.js";

/** What ended the conversation. */
export type ChannelEnd = "done" | "closed" | "violated";

/** A tenth of what was seen of the slowest engine. */
const TRANSFER_BYTES_PER_MS = 4_096;

type Verdict = Omit<Outcome, "stdout" | "stderr">;

export class GuestChannel {
  readonly #input: Writable;
  readonly #reader = new FrameReader();
  /** Of the present job, or the last one. */
  #stdout = new OutputCapture();
  #stderr = new OutputCapture();
  #token: Buffer = randomBytes(TOKEN_SIZE);
  #received = 0;
  #verdict: Verdict | null = null;
  #isReady = false;
  #isWaiting = false;
  /** Null while the guest starts or runs a job; of a guest that is kept it is null again when the next one is sent. */
  #end: ChannelEnd | null = null;
  /** Set while somebody waits; called on every change of state. */
  #wake: (() => void) | null = null;

  constructor(input: Writable, output: Readable) {
    this.#input = input;
    input.on("error", () => this.#finish("closed"));
    output.on("data", (chunk: Buffer) => this.#take(chunk));
    for (const event of ["end", "close", "error"]) output.on(event, () => this.#finish("closed"));
  }

  /** True from `ready` until a job is sent or the guest is gone, and after a job that keeps the guest. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Resolves to true once the guest is ready, to false if it ended or `signal` was aborted first. */
  async ready(signal: AbortSignal): Promise<boolean> {
    await this.#until(() => this.#isReady || this.#end !== null, signal);
    return this.isWaiting;
  }

  /** Sends the job. The guest starts its clock when it has all of it. */
  send(job: Job): void {
    this.#begin();
    const { texts = [] } = job;
    const message = {
      code: job.code,
      inputs: job.inputs,
      texts: texts.map(({ name, bytes }) => ({ name, size: bytes.length })),
      files: job.files.map((file) => ({ name: file.name, path: file.path, size: file.bytes.length })),
      directory: job.directory ?? null,
      keep: job.keep ?? false,
      guest_policy: job.guestPolicy,
      timeout_ms: job.timeoutMs,
      memory_mb: job.memoryMb,
      compile_only: job.compileOnly ?? false,
      javascript:
        job.javascript === undefined
          ? null
          : {
              last: job.javascript.lastExpression,
              async: job.javascript.isAsync,
              globals: job.keep === true ? job.javascript.globals : null,
            },
    };
    this.#input.write(encodeFrame(FRAME.job, this.#token, Buffer.from(JSON.stringify(message))));
    for (const { bytes } of [...texts, ...job.files]) {
      // As it is: a frame in one piece would be a copy.
      this.#input.write(frameHeader(FRAME.file, bytes.length));
      this.#input.write(bytes);
    }
  }

  /** Resolves when the supervisor has given its verdict, the channel has broken, or `signal` was aborted (null). */
  async ended(signal: AbortSignal): Promise<ChannelEnd | null> {
    await this.#until(() => this.#end !== null, signal);
    return this.#end;
  }

  /** Closes the host's end: a guest that notices ends itself. */
  hangUp(): void {
    this.#input.end();
  }

  /**
   * Returns how the program ended: with the supervisor's verdict, unless the engine stopped the program.
   *
   * @param stopped Set if there is no verdict, or if the engine stopped the program first: the first cause wins.
   */
  outcome(stopped: StoppedEnding | null, runMs: number): Outcome {
    const verdict = this.#verdict;
    const captured = { stdout: this.#stdout.finish(), stderr: this.#stderr.finish() };
    if (verdict !== null && (stopped === null || stopped === verdict.ending)) return { ...verdict, ...captured };
    const usage = verdict === null ? {} : { usage: verdict.usage };
    return stoppedOutcome(stopped ?? "killed", runMs, { ...captured, ...usage });
  }

  async #until(holds: () => boolean, signal: AbortSignal): Promise<void> {
    while (!holds() && !signal.aborted) {
      let wake: () => void = () => undefined;
      const changed = new Promise<void>((resolve) => (wake = resolve));
      this.#wake = wake;
      signal.addEventListener("abort", wake, { once: true });
      await changed;
      signal.removeEventListener("abort", wake);
    }
  }

  /** A job, of which the guest must prove by a token of its own that it speaks of it. */
  #begin(): void {
    this.#isWaiting = false;
    this.#stdout = new OutputCapture();
    this.#stderr = new OutputCapture();
    this.#token = randomBytes(TOKEN_SIZE);
    this.#received = 0;
    this.#verdict = null;
    this.#end = null;
  }

  #finish(end: ChannelEnd): void {
    this.#isWaiting = false;
    this.#end ??= end;
    this.#wake?.();
  }

  #take(chunk: Buffer): void {
    // A guest that says a word that nobody asked for takes no job.
    if (this.#isWaiting) this.#finish("violated");
    if (this.#end !== null) return;
    try {
      for (const frame of this.#reader.push(chunk)) this.#accept(frame);
    } catch {
      this.#finish("violated");
    }
  }

  /** @throws {Error} If the frame breaks the protocol. */
  #accept({ type, payload }: Frame): void {
    if (this.#end !== null) return;
    if (type === FRAME.ready && !this.#isReady) {
      this.#isReady = true;
      this.#isWaiting = true;
      this.#wake?.();
      return;
    }
    if (!payload.subarray(0, TOKEN_SIZE).equals(this.#token)) throw new Error("A frame without the token");
    const data = payload.subarray(TOKEN_SIZE);
    if (type === FRAME.stdout || type === FRAME.stderr) {
      this.#received += data.length;
      if (this.#received > MAX_OUTPUT_SIZE) throw new Error("More output than the supervisor lets through");
      (type === FRAME.stdout ? this.#stdout : this.#stderr).push(data);
    } else if (type === FRAME.done) {
      const told = JSON.parse(data.toString("utf8")) as Record<string, unknown>;
      this.#verdict = verdictOf(told);
      this.#finish("done");
      this.#isWaiting = told["kept"] === true;
    } else throw new Error("A frame of an unknown type");
  }
}

/** @throws {Error} If it is not a verdict. */
function verdictOf(told: Record<string, unknown>): Verdict {
  const ending = ENDINGS.find((name) => name === told["ending"]);
  if (ending === undefined) throw new Error("A verdict without an ending");
  return {
    ending,
    result: textOrNull(told["result"]),
    exitCode: numberOrNull(told["exit_code"]),
    signal: textOrNull(told["signal"]),
    error: parseError(told["error"]),
    usage: { cpuMs: numberOrNull(told["cpu_ms"]), peakMemoryBytes: numberOrNull(told["peak_memory_bytes"]) },
    runMs: numberOrNull(told["run_ms"]) ?? 0,
  };
}

/** How long a job may be on its way, in milliseconds: the program's own time starts when its guest has all of it. */
export function transferMs(job: Job): number {
  const bytes = [...(job.texts ?? []), ...job.files].reduce((sum, part) => sum + part.bytes.length, 0);
  return bytes / TRANSFER_BYTES_PER_MS;
}

/** Returns what a program said of its failure, shortened, or null if it is not of that shape. */
export function parseError(told: unknown): ProgramError | null {
  if (typeof told !== "object" || told === null) return null;
  const error = told as Record<string, unknown>;
  return {
    type: textOrNull(error["type"]) ?? "Error",
    message: textOrNull(error["message"]) ?? "",
    line: numberOrNull(error["line"]),
    column: numberOrNull(error["column"]),
    traceback: textOrNull(error["traceback"]) ?? "",
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value.slice(0, MAX_RESULT_SIZE).toWellFormed() : null;
}

function numberOrNull(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
