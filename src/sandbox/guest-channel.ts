/**
 * The server's end of the channel to a guest's supervisor. It waits for `ready`, sends a job, collects the output, and
 * returns the supervisor's verdict. If the verdict says that the guest was kept, another job can follow.
 *
 * A hostile program may have made any byte that arrives. A frame with a wrong token, a wrong shape or a wrong size
 * breaks the channel. The program's own words (error, result) are shortened and passed on as data.
 */

import { randomBytes } from "node:crypto";
import type { Readable, Writable } from "node:stream";
import { MAX_OUTPUT_SIZE } from "../limits.js";
import { type Outcome, type ReachedLimits, type StoppedEnding, limitError, stoppedOutcome } from "../outcome.js";
import type { Job } from "./engine.js";
import { FRAME, type Frame, FrameReader, TOKEN_SIZE, encodeFrame, frameHeader } from "./guest-protocol.js";
import { encodeModules, encodeParts, packPolicy } from "./job-parts.js";
import { type Verdict, parseClaim, parseVerdict } from "./guest-verdict.js";
import { OutputCapture } from "./output-capture.js";

/**
 * How the exchange about a job ended: `done` with a verdict, `closed` because the stream ended, `violated` because the
 * guest broke the protocol.
 */
export type ChannelEnd = "done" | "closed" | "violated";

/** The channel to one guest, for one job or for several that keep the guest. */
export class GuestChannel {
  readonly #input: Writable;
  readonly #reader = new FrameReader();
  // These seven belong to the present job, or to the last one.
  #stdout = new OutputCapture();
  #stderr = new OutputCapture();
  #token: Buffer = randomBytes(TOKEN_SIZE);
  /** Bytes of output on both streams. */
  #received = 0;
  #verdict: Verdict | null = null;
  #limits: ReachedLimits = { timeoutMs: 0, memoryMb: 0 };
  /** Null while the guest starts or runs a job. */
  #end: ChannelEnd | null = null;
  #isReady = false;
  #isWaiting = false;
  /** Called on every change of state. Set while `ready` or `ended` waits. */
  #wake: (() => void) | null = null;

  /**
   * @param input The guest's stdin.
   * @param output The guest's stdout.
   */
  constructor(input: Writable, output: Readable) {
    this.#input = input;
    input.on("error", () => this.#finish("closed"));
    output.on("data", (chunk: Buffer) => this.#take(chunk));
    for (const event of ["end", "close", "error"]) output.on(event, () => this.#finish("closed"));
  }

  /** True from `ready` until a job is sent or the guest is gone, and after a job that kept the guest. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Resolves to true once the guest is ready, and to false if it ended or `signal` was aborted first. */
  async ready(signal: AbortSignal): Promise<boolean> {
    await this.#until(() => this.#isReady || this.#end !== null, signal);
    return this.isWaiting;
  }

  /** Sends the job. The guest starts its clock when it has the whole job. */
  send(job: Job): void {
    this.#begin();
    this.#limits = job;
    this.#input.write(encodeFrame(FRAME.job, this.#token, encodeJob(job)));
    const stdin = job.stdin === undefined ? [] : [{ bytes: job.stdin }];
    for (const { bytes } of [...(job.texts ?? []), ...stdin, ...job.files]) {
      // In two writes: one frame would copy the bytes.
      this.#input.write(frameHeader(FRAME.file, bytes.length));
      this.#input.write(bytes);
    }
  }

  /** Resolves when there is a verdict or the channel has broken; resolves to null if `signal` was aborted first. */
  async ended(signal: AbortSignal): Promise<ChannelEnd | null> {
    await this.#until(() => this.#end !== null, signal);
    return this.#end;
  }

  /** Closes the guest's stdin. A supervisor that sees this ends itself. */
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
    const error = limitError(stopped ?? "killed", this.#limits);
    return stoppedOutcome(stopped ?? "killed", runMs, { ...captured, ...usage, error });
  }

  async #until(holds: () => boolean, signal: AbortSignal): Promise<void> {
    while (!holds() && !signal.aborted) {
      let wake: () => void = () => undefined;
      const changed = new Promise<void>((resolve) => (wake = resolve));
      this.#wake = wake;
      signal.addEventListener("abort", wake);
      await changed;
      signal.removeEventListener("abort", wake);
    }
  }

  /** Starts the account of a new job. Its token is new too, so a frame about the last job breaks the channel. */
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
    // A waiting guest has nothing to say. One that speaks takes no further job.
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
    // It follows the verdict in the same piece. Such a guest takes no further job.
    if (this.#end !== null) return this.#finish("violated");
    if (type === FRAME.ready && !this.#isReady) {
      this.#isReady = true;
      this.#isWaiting = true;
      this.#wake?.();
      return;
    }
    if (!payload.subarray(0, TOKEN_SIZE).equals(this.#token)) throw new Error("The frame has no valid token");
    const data = payload.subarray(TOKEN_SIZE);
    if (type === FRAME.stdout) this.#keepOutput(this.#stdout, data);
    else if (type === FRAME.stderr) this.#keepOutput(this.#stderr, data);
    else if (type === FRAME.done) this.#takeVerdict(data);
    else throw new Error("The frame has an unknown type");
  }

  #keepOutput(capture: OutputCapture, data: Buffer): void {
    this.#received += data.length;
    if (this.#received > MAX_OUTPUT_SIZE) throw new Error("There is more output than a supervisor lets through");
    capture.push(data);
  }

  /** @throws {Error} If it is no verdict. */
  #takeVerdict(data: Buffer): void {
    const claim = parseClaim(data) ?? {};
    this.#verdict = parseVerdict(claim);
    this.#finish("done");
    this.#isWaiting = claim["kept"] === true;
  }
}

/** Returns a job as the supervisor reads it. Texts, stdin and files follow in frames of their own, in this order. */
function encodeJob(job: Job): Buffer {
  const { texts = [], javascript, keep = false } = job;
  const message = {
    code: job.code,
    modules: encodeModules(job),
    texts: texts.map(({ name, bytes }) => ({ name, size: bytes.length })),
    stdin: job.stdin === undefined ? null : { size: job.stdin.length },
    files: job.files.map((file) => ({
      name: file.name,
      path: file.path,
      host_path: file.hostPath ?? null,
      size: file.bytes.length,
    })),
    directory: job.directory ?? null,
    keep,
    timeout_ms: job.timeoutMs,
    memory_mb: job.memoryMb,
    compile_only: job.compileOnly ?? false,
    javascript:
      javascript === undefined
        ? null
        : {
            last: javascript.lastExpression,
            async: javascript.isAsync,
            globals: javascript.globals ?? null,
          },
  };
  const inputs = job.inputsJson ?? JSON.stringify(job.inputs);
  return Buffer.from(encodeParts({ policy: packPolicy(job.guestPolicy), inputs }, message));
}
