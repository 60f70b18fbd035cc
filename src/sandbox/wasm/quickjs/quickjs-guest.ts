/**
 * JavaScript in WebAssembly: QuickJS, booted once with the prelude, and restored to that state before every run, unless
 * a job keeps the realm for the next one.
 *
 * The WebAssembly instance separates a program from the host. A program can reach five imported functions: write, read
 * the clock, sleep, and turn text into bytes or back.
 * The state of the instance is its memory, one mutable global (the stack pointer) and its function
 * table, which the binary never changes; quickjs-binary.ts refuses any other binary. This file keeps no value of a
 * program. It keeps pointers from the boot, which are valid again after a restore, and pointers of the current run,
 * which it frees or drops.
 *
 * Not promised: that a program ends. The interrupt handler ends loops, but the time limit belongs to the thread's
 * owner, who terminates the thread.
 */

import { isUtf8 } from "node:buffer";
import type { JSValuePointer } from "quickjs-emscripten-core";
import { MAX_RESULT_SIZE } from "../../../limits.js";
import type { ProgramError } from "../../../outcome.js";
import { type GuestFile, WORKSPACE } from "../../engine.js";
import type { PackedJob } from "../../job-parts.js";
import { parseReport } from "../../guest-verdict.js";
import type { GuestIo, GuestReport, WasmGuest } from "../guest.js";
import { QuickjsCallbacks } from "./quickjs-callbacks.js";
import { QuickjsDriver } from "./quickjs-driver.js";
import { QuickjsInterpreter } from "./quickjs-interpreter.js";
import { RejectionList } from "./quickjs-rejections.js";
import { GuestStop } from "./quickjs-values.js";

const PROGRAM = "program.js";
const OUT_OF_MEMORY = "out of memory";

/** One QuickJS with the prelude. */
export class QuickjsGuest implements WasmGuest {
  readonly #callbacks: QuickjsCallbacks;
  readonly #interpreter: QuickjsInterpreter;
  readonly #driver: QuickjsDriver;
  readonly #rejections: RejectionList;
  /** True once the module has trapped or has used up the thread's stack. The state of its memory is then unknown. */
  #isBroken = false;
  #isIntact = false;
  /** Programs that have run since the last restore. */
  #programs = 0;

  /**
   * Boots a guest.
   *
   * @param options.memoryMb Memory that programs may use on top of the interpreter, in MiB.
   * @param options.threadStackMb Stack of this thread, in MiB. 1 is right for Node's main thread, and small for
   *   recursive programs.
   * @throws {SetupError} If the QuickJS binary is not the expected build.
   */
  static async create(options: {
    memoryMb: number;
    preludeSource: string;
    threadStackMb?: number;
  }): Promise<QuickjsGuest> {
    const callbacks = new QuickjsCallbacks();
    const { memoryMb, preludeSource, threadStackMb = 1 } = options;
    const interpreter = await QuickjsInterpreter.create(callbacks, { memoryMb, threadStackMb });
    return new QuickjsGuest(callbacks, interpreter, preludeSource);
  }

  private constructor(callbacks: QuickjsCallbacks, interpreter: QuickjsInterpreter, preludeSource: string) {
    this.#callbacks = callbacks;
    this.#interpreter = interpreter;
    this.#driver = QuickjsDriver.boot(interpreter, preludeSource);
    this.#rejections = RejectionList.watch(interpreter);
    interpreter.captureImage();
  }

  run(job: PackedJob, io: GuestIo): GuestReport {
    this.#callbacks.begin(io, job.timeoutMs);
    this.#interpreter.begin();
    this.#isIntact = false;
    this.#programs++;
    try {
      const report = this.#runJob(job);
      if (job.keep === true && !report.outOfMemory) this.#isIntact = this.#settle();
      return report;
    } catch (error) {
      return this.#reportStop(error, job);
    } finally {
      this.#callbacks.end();
    }
  }

  get isIntact(): boolean {
    return this.#isIntact;
  }

  restore(): boolean {
    this.#isIntact = false;
    if (this.#isBroken || !this.#interpreter.restore()) return false;
    this.#programs = 0;
    this.#rejections.forget();
    return true;
  }

  #runJob(job: PackedJob): GuestReport {
    const { lastExpression = null, isAsync = false } = job.javascript ?? {};
    const isCompileOnly = job.compileOnly === true;
    const name = job.keep === true || this.#programs > 1 ? `${PROGRAM}#${this.#programs}` : PROGRAM;
    const source = this.#prepare(job, name);
    const { completion, thrown } = this.#interpreter.evaluateProgram(source, name, isCompileOnly);
    if (thrown !== null) this.#driver.tell("endWith", thrown);
    else if (isCompileOnly) this.#interpreter.values.free(completion);
    else if (isAsync) this.#driver.tell("follow", completion);
    else if (lastExpression !== null) this.#driver.tell("finish", completion);
    else this.#interpreter.values.free(completion);
    if (!isCompileOnly) this.#runEventLoop();
    return this.#report();
  }

  /** Gives the driver the job, and returns the text of the program as a value. */
  #prepare(job: PackedJob, name: string): JSValuePointer {
    const { lastExpression = null, isAsync = false, globals = null } = job.javascript ?? {};
    const prepared = {
      name,
      code: job.code,
      last: lastExpression,
      isAsync,
      globals,
      directory: job.directory ?? null,
      hasWorkspace: job.policy.hasWorkspace,
      refuseStrings: job.policy.refusesStrings,
      // The image has one state of Math.random for all runs, so each run gets new seeds.
      seeds: [...crypto.getRandomValues(new Uint32Array(4))],
      secret: [...crypto.getRandomValues(new Uint32Array(8))],
    };
    const text = `{"inputs":${job.inputs},${JSON.stringify(prepared).slice(1)}`;
    const source = this.#driver.call("prepare", this.#interpreter.values.newString(text));
    for (const { name: input, bytes } of job.texts ?? [])
      this.#driver.tell("addInput", this.#newText(input), this.#newTextOf(bytes));
    if (job.stdin !== undefined) this.#driver.tell("giveStdin", this.#newTextOf(job.stdin));
    for (const file of job.files) this.#addFile(file);
    if (job.files.length > 0) this.#addFileNames(job.files);
    return source;
  }

  #addFile(file: GuestFile): void {
    const name = this.#newText(file.name);
    if (isUtf8(file.bytes)) this.#driver.tell("addTextFile", name, this.#newTextOf(withoutMark(file.bytes)));
    else this.#driver.tell("addBinaryFile", name, this.#interpreter.values.newArrayBuffer(file.bytes));
  }

  #addFileNames(files: readonly GuestFile[]): void {
    const names = files.map(({ name, path, hostPath, bytes }) => ({
      name,
      path: `${WORKSPACE}/${path}`,
      hostPath: hostPath ?? null,
      size: bytes.length,
      hasMark: withoutMark(bytes).length < bytes.length,
    }));
    this.#driver.tell("addFileNames", this.#interpreter.values.newString(JSON.stringify(names)));
  }

  /** @param bytes UTF-8. */
  #newTextOf(bytes: Uint8Array): JSValuePointer {
    const { values } = this.#interpreter;
    return bytes.includes(0) ? this.#newText(Buffer.from(bytes).toString("utf8")) : values.newString(bytes);
  }

  #newText(text: string): JSValuePointer {
    const { values } = this.#interpreter;
    // A C string can hold neither a NUL nor half of a surrogate pair. Such a text travels as JSON.
    if (!text.includes("\0") && text.isWellFormed()) return values.newString(text);
    return this.#driver.call("parse", values.newString(JSON.stringify(text)));
  }

  /** Runs microtasks and timers until none is left or the program is over. */
  #runEventLoop(): void {
    do {
      this.#runMicrotasks();
      const reason = this.#rejections.takeFirst();
      if (reason !== null) this.#driver.tell("endWith", reason);
    } while (this.#driver.ask("step"));
  }

  #runMicrotasks(): void {
    while (this.#interpreter.runMicrotasks()) {
      if (this.#driver.ask("isOver")) return;
    }
  }

  /**
   * Runs the microtasks that the program has left, and drops their output and rejections: they do not belong to the
   * next program. Returns false if the guest failed on the way.
   */
  #settle(): boolean {
    try {
      while (this.#interpreter.runMicrotasks());
      this.#rejections.release();
      return true;
    } catch {
      return false;
    }
  }

  #report(): GuestReport {
    const claim = this.#driver.report();
    const status = claim?.["error"] === null ? 0 : (claim?.["status"] ?? 1);
    const report = claim === null ? null : parseReport({ ...claim, exit_code: status });
    if (report === null) throw new GuestStop("The program has changed the code that reports its end");
    const { error, result, exitCode } = report;
    const { peakMemoryBytes } = this.#interpreter;
    // A program can catch the error and continue. Only an error that ended the program counts.
    const outOfMemory = this.#interpreter.wasGrowthRefused && error !== null && isMemoryError(error);
    if (!outOfMemory) return { exitCode, error, result, outOfMemory, peakMemoryBytes };
    const named = { ...error, type: "InternalError", message: OUT_OF_MEMORY };
    return { exitCode: 1, error: named, result, outOfMemory, peakMemoryBytes };
  }

  /** Reports a run that QuickJS could not bring to its end. */
  #reportStop(cause: unknown, job: PackedJob): GuestReport {
    const { peakMemoryBytes } = this.#interpreter;
    const failed = (type: string, message: string, outOfMemory = false): GuestReport => {
      const error = { type, message, line: null, column: null, traceback: `${type}: ${message}` };
      return { exitCode: 1, error, result: null, outOfMemory, peakMemoryBytes };
    };
    // Any other error came from the module itself: a trap, or the end of the thread's stack.
    if (!(cause instanceof GuestStop)) this.#isBroken = true;
    const { stopReason } = this.#callbacks;
    if (stopReason === "output") return failed("OutputLimitError", "The program has printed more than it may");
    if (stopReason === "timeout")
      return { ...failed("TimeoutError", `The program ran longer than ${job.timeoutMs} ms`), timedOut: true };
    if (this.#interpreter.wasGrowthRefused) return failed("InternalError", OUT_OF_MEMORY, true);
    if (cause instanceof RangeError) return failed("RangeError", "Maximum call stack size exceeded");
    if (cause instanceof GuestStop && cause.thrown !== null) return failed("Error", this.#describe(cause.thrown));
    return failed("InternalError", "The interpreter gave up");
  }

  #describe(thrown: JSValuePointer): string {
    try {
      const text = this.#interpreter.values.readText(thrown, MAX_RESULT_SIZE);
      if (text !== null) return Buffer.from(text).toString("utf8");
    } catch {
      // The guest has no room for the text.
    }
    return "The error cannot be described";
  }
}

/** Takes the mark off that Windows programs write at the start of a text. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** QuickJS throws null if there is no room for the error itself. */
function isMemoryError(error: ProgramError): boolean {
  return (
    (error.type === "InternalError" && error.message === OUT_OF_MEMORY) ||
    (error.type === "Uncaught" && error.message === "null")
  );
}
