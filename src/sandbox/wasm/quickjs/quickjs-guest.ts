/**
 * JavaScript in WebAssembly: QuickJS, booted once with the prelude, and put back to that state before every run, but
 * where a job keeps the realm for the next.
 *
 * What separates a program from the host is the WebAssembly instance. It is given three things to call that a program
 * can cause: write, tell the time, sleep. All its state is its memory, one mutable global (the stack pointer) and its
 * function table, which nothing in the binary changes; quickjs-binary.ts refuses a binary of another make. The host
 * side keeps no value of a program: it holds pointers made at boot, which are right again once the image is back, and
 * those of the current run, which are freed or forgotten.
 *
 * Not promised: that a program ends. The interrupt handler ends loops, but the time limit that counts is the one of the
 * thread's owner, who terminates it.
 */

import { isUtf8 } from "node:buffer";
import type { JSValuePointer } from "quickjs-emscripten-core";
import { MAX_RESULT_SIZE } from "../../../limits.js";
import type { ProgramError } from "../../../outcome.js";
import type { GuestFile, Job } from "../../engine.js";
import type { GuestIo, GuestReport, WasmGuest } from "../guest.js";
import { QuickjsCallbacks } from "./quickjs-callbacks.js";
import { GuestStop, QuickjsInterpreter } from "./quickjs-interpreter.js";
import { RejectionList } from "./quickjs-rejections.js";

const PROGRAM = "program.js";
/** What is called of the prelude, which says what each does. */
const DRIVER_METHODS = [
  "prepare",
  "addInput",
  "addTextFile",
  "addBinaryFile",
  "parse",
  "finish",
  "follow",
  "endWith",
  "step",
  "report",
  "isOver",
] as const;
type DriverMethod = (typeof DRIVER_METHODS)[number];

const OUT_OF_MEMORY = "out of memory";

export class QuickjsGuest implements WasmGuest {
  readonly #host: QuickjsCallbacks;
  readonly #interpreter: QuickjsInterpreter;
  readonly #driver: ReadonlyMap<DriverMethod, JSValuePointer>;
  readonly #rejections: RejectionList;
  /** True once the module has trapped or the thread's stack ran out under it: its memory is then of no known state. */
  #isBroken = false;
  #isIntact = false;
  /** Programs that have run since the image was last put back. */
  #programs = 0;

  /**
   * Boots a guest whose programs may use `memoryMb` MiB on top of the interpreter. `threadStackMb` is what the thread
   * was given as its stack; 1 is right for Node's main thread, and little for recursive programs.
   *
   * @throws {SetupError} If the QuickJS binary is not the expected one.
   */
  static async create(options: {
    memoryMb: number;
    preludeSource: string;
    threadStackMb?: number;
  }): Promise<QuickjsGuest> {
    const host = new QuickjsCallbacks();
    const { memoryMb, threadStackMb = 1 } = options;
    return new QuickjsGuest(
      host,
      await QuickjsInterpreter.create(host, { memoryMb, threadStackMb }),
      options.preludeSource,
    );
  }

  private constructor(host: QuickjsCallbacks, interpreter: QuickjsInterpreter, preludeSource: string) {
    this.#host = host;
    this.#interpreter = interpreter;
    this.#driver = bootDriver(interpreter, preludeSource);
    this.#rejections = RejectionList.watch(interpreter);
    interpreter.captureImage();
  }

  run(job: Job, io: GuestIo): GuestReport {
    this.#host.begin(io, job.timeoutMs);
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
      this.#host.end();
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

  #runJob(job: Job): GuestReport {
    const { lastExpression: last = null, isAsync = false, globals = null } = job.javascript ?? {};
    const isCompileOnly = job.compileOnly === true;
    const isShared = job.keep === true || this.#programs > 1;
    const name = isShared ? `${PROGRAM}#${this.#programs}` : PROGRAM;
    const prepared = {
      name,
      code: job.code,
      last,
      isAsync,
      globals: isShared ? globals : null,
      inputs: job.inputs,
      refuseStrings: job.guestPolicy.builtins === "safe",
      // The image holds one state of Math.random for all runs.
      seeds: [...crypto.getRandomValues(new Uint32Array(4))],
    };
    const source = this.#call("prepare", this.#interpreter.newString(JSON.stringify(prepared)));
    for (const { name: input, bytes } of job.texts ?? [])
      this.#tell("addInput", this.#newText(input), this.#newTextOf(bytes));
    for (const file of job.files) this.#addFile(file);

    const { completion, thrown } = this.#interpreter.evaluateProgram(source, name, isCompileOnly);
    if (thrown !== null) this.#tell("endWith", thrown);
    else if (isCompileOnly) this.#interpreter.free(completion);
    else if (isAsync) this.#tell("follow", completion);
    else if (last !== null) this.#tell("finish", completion);
    else this.#interpreter.free(completion);
    if (isCompileOnly) return this.#report();

    do {
      this.#drainMicrotasks();
      const reason = this.#rejections.takeFirst();
      if (reason !== null) this.#tell("endWith", reason);
    } while (this.#callForTruth("step"));
    return this.#report();
  }

  /**
   * Lets what the program has left to run do so unheard: none of it is the next program's. False if the guest did not
   * come through that.
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

  #addFile(file: GuestFile): void {
    const name = this.#newText(file.name);
    if (isUtf8(file.bytes)) this.#tell("addTextFile", name, this.#newTextOf(file.bytes));
    else this.#tell("addBinaryFile", name, this.#interpreter.newArrayBuffer(file.bytes));
  }

  /** @param bytes UTF-8. */
  #newTextOf(bytes: Uint8Array): JSValuePointer {
    return bytes.includes(0) ? this.#newText(Buffer.from(bytes).toString("utf8")) : this.#interpreter.newString(bytes);
  }

  #newText(text: string): JSValuePointer {
    // Neither a NUL nor half a pair of surrogates survives the way into the realm as a C string.
    if (!text.includes("\0") && text.isWellFormed()) return this.#interpreter.newString(text);
    return this.#call("parse", this.#interpreter.newString(JSON.stringify(text)));
  }

  #drainMicrotasks(): void {
    while (this.#interpreter.runMicrotasks()) {
      if (this.#callForTruth("isOver")) return;
    }
  }

  #report(): GuestReport {
    const reported = this.#call("report");
    const json = this.#interpreter.readString(reported);
    this.#interpreter.free(reported);
    const { error, result } = JSON.parse(json) as { error: ProgramError | null; result: string | null };
    const peakMemoryBytes = this.#interpreter.memoryBytes;
    // A program may catch the error and go on; it ended of it only if it is what came out.
    const outOfMemory = this.#interpreter.wasGrowthRefused && error !== null && isMemoryError(error);
    if (!outOfMemory) return { exitCode: error === null ? 0 : 1, error, result, outOfMemory, peakMemoryBytes };
    return {
      exitCode: 1,
      error: { ...error, type: "InternalError", message: OUT_OF_MEMORY },
      result,
      outOfMemory,
      peakMemoryBytes,
    };
  }

  /** Says how a run ended that QuickJS itself could not bring to its end. */
  #reportStop(cause: unknown, job: Job): GuestReport {
    const peakMemoryBytes = this.#interpreter.memoryBytes;
    const failed = (type: string, message: string, outOfMemory = false): GuestReport => {
      const error = { type, message, line: null, column: null, traceback: `${type}: ${message}` };
      return { exitCode: 1, error, result: null, outOfMemory, peakMemoryBytes };
    };
    // Whatever is no stop of ours came out of the module itself: a trap, or the thread's stack at its end.
    if (!(cause instanceof GuestStop)) this.#isBroken = true;
    const { stopReason } = this.#host;
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
      return this.#interpreter.readString(thrown).slice(0, MAX_RESULT_SIZE);
    } catch {
      return "The error cannot be described";
    }
  }

  /** Calls the driver and frees the arguments; a realm that is kept must not fill up with them. */
  #call(method: DriverMethod, ...args: readonly JSValuePointer[]): JSValuePointer {
    const fn = this.#driver.get(method);
    if (fn === undefined) throw new Error(`The prelude has no driver method ${JSON.stringify(method)}`);
    const result = this.#interpreter.call(fn, args);
    for (const arg of args) this.#interpreter.free(arg);
    return result;
  }

  #tell(method: DriverMethod, ...args: readonly JSValuePointer[]): void {
    this.#interpreter.free(this.#call(method, ...args));
  }

  #callForTruth(method: DriverMethod): boolean {
    const value = this.#call(method);
    const isTrue = this.#interpreter.readNumber(value) === 1;
    this.#interpreter.free(value);
    return isTrue;
  }
}

/** Runs the prelude, and returns the functions by which a guest drives a program. */
function bootDriver(interpreter: QuickjsInterpreter, preludeSource: string): ReadonlyMap<DriverMethod, JSValuePointer> {
  const boot = interpreter.evaluate(preludeSource, "prelude.js");
  const driver = interpreter.call(boot, interpreter.newHostFunctions());
  return new Map(DRIVER_METHODS.map((name) => [name, interpreter.getProperty(driver, name)]));
}

/** QuickJS throws null when there is no room even for the error. */
function isMemoryError(error: ProgramError): boolean {
  return (
    (error.type === "InternalError" && error.message === OUT_OF_MEMORY) ||
    (error.type === "Uncaught" && error.message === "null")
  );
}
