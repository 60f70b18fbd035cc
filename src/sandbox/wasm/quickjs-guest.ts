/**
 * JavaScript in WebAssembly: QuickJS, booted once with the prelude, and put
 * back to that state before every run.
 *
 * What separates a program from the host is the WebAssembly instance. It is
 * given three things to call that a program can cause: write, tell the time,
 * sleep. All its state is its memory, one mutable global (the stack pointer)
 * and its function table, which nothing in the binary changes; `prepareBinary`
 * refuses a binary of another make. The host side keeps no value of a program:
 * it holds pointers made at boot, which are right again once the image is back,
 * and those of the current run, which are forgotten.
 *
 * Not promised: that a program ends. The interrupt handler ends loops, but the
 * time limit that counts is the one of the thread's owner, who terminates it.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import variantPackage from "@jitl/quickjs-ng-wasmfile-release-sync";
import type {
  BorrowedHeapCharPointer,
  EmscriptenModuleLoader,
  EmscriptenModuleLoaderOptions,
  EvalDetectModule,
  EvalFlags,
  HostRefId,
  IntrinsicsFlags,
  JSContextPointer,
  JSContextPointerPointer,
  JSRuntimePointer,
  JSValueConstPointer,
  JSValueConstPointerPointer,
  JSValuePointer,
  JSVoidPointer,
  QuickJSEmscriptenModule,
  QuickJSSyncVariant,
} from "quickjs-emscripten-core";
import { MAX_RESULT_SIZE } from "../../limits.js";
import type { ProgramError } from "../../outcome.js";
import type { GuestFile, Job } from "../engine.js";
import type { GuestIo, GuestReport, WasmGuest } from "./guest.js";

/** The part of the WebAssembly interface that is used here; `@types/node` has none of it. */
interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
interface WasmTable {
  readonly length: number;
  grow(entries: number): number;
  set(index: number, value: unknown): void;
}
interface WasmInstance {
  readonly exports: { readonly [name: string]: unknown };
}
type WasmImports = { [module: string]: { [name: string]: unknown } };
interface Wasm {
  readonly Memory: new (limits: { initial: number; maximum: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: WasmImports) => WasmInstance;
}
const wasm = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly;

/** The package's types are those of its CommonJS half, where the default export is a property. */
const variant = variantPackage as unknown as QuickJSSyncVariant;

type Ffi = InstanceType<Awaited<ReturnType<typeof variant.importFFI>>>;
type AnyPointer = JSValuePointer | JSValueConstPointer;

const PAGE_SIZE = 65_536;
/** Room for the data, the 5 MiB stack and the booted realm (5.9 MB in all). */
const INITIAL_PAGES = 96;
/** A memory that has grown by more than this is cheaper to replace than to clean. */
const MAX_KEPT_GROWTH = 8 * 1_048_576;
/**
 * How deep a program may go, in bytes of the WebAssembly stack (of 5 MiB), for
 * each MiB of the thread's own stack, which holds the same calls. 256 KiB are
 * some 1 600 plain calls. Ordinary recursion then ends in a RangeError that the
 * program can catch; a few built-ins and the parser need more of the thread's
 * stack and end the run, with the same error, and the guest.
 */
const STACK_SIZE_PER_MB = 256 * 1024;
const MAX_STACK_SIZE = 4 * 1_048_576;
/** Place of `host_promise_rejection_tracker` in the JSRuntime of this build; boot tries whether it is right. */
const REJECTION_TRACKER_OFFSET = 180;
/** What is remembered of rejections that nobody handles; more than that one is enough to end a program. */
const MAX_REJECTIONS = 10_000;
/** Jobs of the microtask queue between two looks at whether the program must stop. */
const JOBS_AT_A_TIME = 32;

const PROGRAM = "program.js";
const DRIVER_METHODS = [
  "prepare",
  "addTextFile",
  "addBinaryFile",
  "finish",
  "follow",
  "endWith",
  "step",
  "report",
  "isOver",
] as const;
type DriverMethod = (typeof DRIVER_METHODS)[number];

const HOST_WRITE = 1;
const HOST_NOW = 2;
const HOST_SLEEP = 3;

/** The guest cannot go on: its memory is full, or QuickJS gave up. Never leaves this file. */
class GuestStop extends Error {
  readonly thrown: JSValuePointer | null;
  constructor(message: string, thrown: JSValuePointer | null = null) {
    super(message);
    this.thrown = thrown;
  }
}

type StopReason = "output" | "timeout";

export class QuickjsGuest implements WasmGuest {
  readonly #module: QuickJSEmscriptenModule;
  readonly #ffi: Ffi;
  readonly #memory: WasmMemory;
  readonly #stackSave: () => number;
  readonly #stackRestore: (address: number) => void;
  readonly #runtime: JSRuntimePointer;
  readonly #context: JSContextPointer;
  readonly #undefined: JSValueConstPointer;
  readonly #jobContext: JSContextPointerPointer;
  readonly #driver = new Map<DriverMethod, JSValuePointer>();
  readonly #rejections: { readonly promise: bigint; readonly reason: JSValuePointer }[] = [];
  readonly #waitCell = new Int32Array(new SharedArrayBuffer(4));
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();

  #image: Uint8Array = new Uint8Array(0);
  #imageStack = 0;
  #wasGrowthRefused = false;
  /** True once the module has trapped or the thread's stack ran out under it: its memory is then of no known state. */
  #isBroken = false;
  /** Of the current run; null between runs. */
  #io: GuestIo | null = null;
  #deadline = Number.POSITIVE_INFINITY;
  #stopReason: StopReason | null = null;

  /**
   * Boots a guest whose programs may use `memoryMb` MiB on top of the
   * interpreter. `threadStackMb` is what the thread was given as its stack; 1 is
   * right for Node's main thread, and little for recursive programs.
   */
  static async create(options: { memoryMb: number; preludeSource: string; threadStackMb?: number }): Promise<QuickjsGuest> {
    const memory = new wasm.Memory({
      initial: INITIAL_PAGES,
      maximum: INITIAL_PAGES + (options.memoryMb * 1_048_576) / PAGE_SIZE,
    });
    let instance: WasmInstance | undefined;
    const loaderOptions = {
      wasmMemory: memory,
      print: () => undefined,
      printErr: () => undefined,
      instantiateWasm(imports: WasmImports, onSuccess: (instance: WasmInstance) => void) {
        Object.assign(imports["a"] ?? {}, utcImports(memory));
        instance = new wasm.Instance(compiledBinary(), imports);
        onSuccess(instance);
        return instance.exports;
      },
    };
    const loader = await variant.importModuleLoader();
    const load = ("default" in loader ? loader.default : loader) as EmscriptenModuleLoader<QuickJSEmscriptenModule>;
    const Ffi = await variant.importFFI();
    const module = await load(loaderOptions as unknown as EmscriptenModuleLoaderOptions);
    if (instance === undefined) throw new Error("QuickJS was loaded without its binary");
    return new QuickjsGuest(module, new Ffi(module), memory, instance, options);
  }

  private constructor(
    module: QuickJSEmscriptenModule,
    ffi: Ffi,
    memory: WasmMemory,
    instance: WasmInstance,
    options: { readonly preludeSource: string; readonly threadStackMb?: number },
  ) {
    this.#module = module;
    this.#ffi = ffi;
    this.#memory = memory;
    this.#stackRestore = instance.exports["Na"] as (address: number) => void;
    this.#stackSave = instance.exports["Pa"] as () => number;
    this.#watchGrowth();
    module.callbacks = {
      callFunction: (_asyncify, _context, _self, argc, argv, id) => this.#callHost(id, argc, argv) as JSValuePointer,
      shouldInterrupt: () => (this.#shouldStop() ? 1 : 0),
      freeHostRef: () => undefined,
      loadModuleSource: () => 0 as BorrowedHeapCharPointer,
      normalizeModule: () => 0 as BorrowedHeapCharPointer,
    };

    this.#runtime = ffi.QTS_NewRuntime();
    ffi.QTS_RuntimeSetMaxStackSize(this.#runtime, Math.min(MAX_STACK_SIZE, (options.threadStackMb ?? 1) * STACK_SIZE_PER_MB));
    ffi.QTS_RuntimeEnableInterruptHandler(this.#runtime);
    // 0: every intrinsic of the language.
    this.#context = ffi.QTS_NewContext(this.#runtime, 0 as IntrinsicsFlags);
    this.#undefined = ffi.QTS_GetUndefined();
    this.#jobContext = module._malloc(4) as JSContextPointerPointer;
    this.#boot(options.preludeSource);
    this.#trackRejections(instance.exports["table"] as WasmTable);

    this.#image = new Uint8Array(memory.buffer).slice();
    this.#imageStack = this.#stackSave();
  }

  run(job: Job, io: GuestIo): GuestReport {
    this.#io = io;
    this.#stopReason = null;
    this.#wasGrowthRefused = false;
    this.#deadline = performance.now() + job.timeoutMs;
    try {
      return this.#runJob(job);
    } catch (error) {
      return this.#reportStop(error, job);
    } finally {
      this.#io = null;
      this.#deadline = Number.POSITIVE_INFINITY;
    }
  }

  restore(): boolean {
    if (this.#isBroken || this.#memory.buffer.byteLength - this.#image.length > MAX_KEPT_GROWTH) return false;
    const memory = new Uint8Array(this.#memory.buffer);
    memory.set(this.#image);
    memory.fill(0, this.#image.length);
    this.#stackRestore(this.#imageStack);
    this.#rejections.length = 0;
    return true;
  }

  // ------------------------------------------------------------------- boot

  #boot(preludeSource: string): void {
    const boot = this.#evaluate(preludeSource, "prelude.js");
    const primitives = [HOST_WRITE, HOST_NOW, HOST_SLEEP].map((id) =>
      this.#ffi.QTS_NewFunction(this.#context, "host", 0, false, id as HostRefId),
    );
    const driver = this.#callFunction(boot, primitives);
    for (const name of DRIVER_METHODS) {
      this.#driver.set(name, this.#ffi.QTS_GetProp(this.#context, driver, this.#newString(name)));
    }
  }

  /**
   * QuickJS tells an embedder of rejections that nobody handles, but the
   * emscripten package has no way to ask for it. So the callback is put into the
   * function table, and its number into the runtime, as C would.
   */
  #trackRejections(table: WasmTable): void {
    const index = table.grow(1);
    table.set(index, asWasmFunction((_context, promise, reason, isHandled) => this.#noteRejection(promise, reason, isHandled !== 0)));
    new DataView(this.#memory.buffer).setUint32(this.#runtime + REJECTION_TRACKER_OFFSET, index, true);

    this.#evaluate("Promise.reject(0); void 0", "prelude.js");
    if (this.#rejections.length !== 1) throw new Error("QuickJS is not of the expected build: a rejection went unnoticed");
    this.#rejections.length = 0;
  }

  /** Learns when the memory is at its end: QuickJS then throws an error that looks like one the program could have made. */
  #watchGrowth(): void {
    const memory = this.#memory;
    const grow = memory.grow.bind(memory);
    memory.grow = (pages) => {
      try {
        const before = grow(pages);
        this.#wasGrowthRefused = false;
        return before;
      } catch (error) {
        this.#wasGrowthRefused = true;
        throw error;
      }
    };
  }

  // -------------------------------------------------------------------- run

  #runJob(job: Job): GuestReport {
    const last = job.javascript?.lastExpression ?? null;
    const isAsync = job.javascript?.isAsync ?? false;
    const source = this.#call("prepare", [
      this.#newString(
        JSON.stringify({
          code: job.code,
          last,
          isAsync,
          inputs: job.inputs,
          refuseStrings: job.surface.builtins === "safe",
          // The image holds one state of Math.random for all runs.
          seeds: [...crypto.getRandomValues(new Uint32Array(4))],
        }),
      ),
    ]);
    for (const file of job.files) this.#addFile(file);

    // The text that was prepared goes from the guest to its compiler as it is.
    const text = this.#ffi.QTS_GetString(this.#context, source);
    const size = this.#stringEnd(text) - text;
    const flags = job.compileOnly === true ? COMPILE_ONLY : 0;
    const completion = this.#ffi.QTS_Eval(
      this.#context,
      text as unknown as BorrowedHeapCharPointer,
      size,
      PROGRAM,
      0 as EvalDetectModule,
      flags as EvalFlags,
    );
    const thrown = this.#ffi.QTS_ResolveException(this.#context, completion);
    this.#throwIfStopped();
    if (thrown !== 0) this.#call("endWith", [thrown]);
    else if (job.compileOnly === true) return this.#report();
    else if (isAsync) this.#call("follow", [completion]);
    else if (last !== null) this.#call("finish", [completion]);

    do {
      this.#drainMicrotasks();
      const rejection = this.#rejections[0];
      if (rejection !== undefined) this.#call("endWith", [rejection.reason]);
    } while (this.#callForTruth("step"));
    return this.#report();
  }

  #addFile(file: GuestFile): void {
    const name = this.#newString(JSON.stringify(file.name));
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(file.bytes);
    } catch {
      const address = this.#allocate(file.bytes.length);
      this.#module.HEAPU8.set(file.bytes, address);
      const buffer = this.#ffi.QTS_NewArrayBuffer(this.#context, address as JSVoidPointer, file.bytes.length);
      this.#call("addBinaryFile", [name, buffer]);
      return;
    }
    this.#call("addTextFile", [name, this.#newString(JSON.stringify(text))]);
  }

  #drainMicrotasks(): void {
    while (this.#ffi.QTS_IsJobPending(this.#runtime) !== 0) {
      const result = this.#ffi.QTS_ExecutePendingJob(this.#runtime, JOBS_AT_A_TIME, this.#jobContext);
      const thrown = this.#ffi.QTS_ResolveException(this.#context, result);
      this.#throwIfStopped();
      if (thrown !== 0) throw new GuestStop("A microtask failed", thrown);
      this.#ffi.QTS_FreeValuePointer(this.#context, result);
      if (this.#callForTruth("isOver")) return;
    }
  }

  #report(): GuestReport {
    const json = this.#readString(this.#call("report", []));
    const { error, result } = JSON.parse(json) as { error: ProgramError | null; result: string | null };
    const peakMemoryBytes = this.#memory.buffer.byteLength;
    // A program may catch the error and go on; it ended of it only if it is what came out.
    const outOfMemory = this.#wasGrowthRefused && error !== null && isMemoryError(error);
    if (!outOfMemory) return { exitCode: error === null ? 0 : 1, error, result, outOfMemory, peakMemoryBytes };
    return { exitCode: 1, error: { ...error, type: "InternalError", message: OUT_OF_MEMORY }, result, outOfMemory, peakMemoryBytes };
  }

  /** Says how a run ended that QuickJS itself could not bring to its end. */
  #reportStop(cause: unknown, job: Job): GuestReport {
    const peakMemoryBytes = this.#memory.buffer.byteLength;
    const failed = (type: string, message: string, outOfMemory = false): GuestReport => {
      const error = { type, message, line: null, column: null, traceback: `${type}: ${message}` };
      return { exitCode: 1, error, result: null, outOfMemory, peakMemoryBytes };
    };
    // Whatever is no stop of ours came out of the module itself: a trap, or the thread's stack at its end.
    if (!(cause instanceof GuestStop)) this.#isBroken = true;
    if (this.#stopReason === "output") return failed("OutputLimitError", "The program has printed more than it may");
    if (this.#stopReason === "timeout") return failed("TimeoutError", `The program ran longer than ${job.timeoutMs} ms`);
    if (this.#wasGrowthRefused) return failed("InternalError", OUT_OF_MEMORY, true);
    if (cause instanceof RangeError) return failed("RangeError", "Maximum call stack size exceeded");
    if (cause instanceof GuestStop && cause.thrown !== null) return failed("Error", this.#dump(cause.thrown));
    return failed("InternalError", "The interpreter gave up");
  }

  // ------------------------------------------------------- the guest's calls

  #callHost(id: number, argc: number, argv: JSValueConstPointer): number {
    const argument = (index: number): JSValueConstPointer => this.#ffi.QTS_ArgvGetJSValueConstPointer(argv, index);
    if (id === HOST_NOW) return this.#ffi.QTS_NewFloat64(this.#context, performance.now());
    if (id === HOST_SLEEP && argc > 0) this.#sleepUntil(this.#ffi.QTS_GetFloat64(this.#context, argument(0)));
    if (id === HOST_WRITE && argc > 2) {
      const stream = this.#ffi.QTS_GetFloat64(this.#context, argument(0)) === 2 ? 2 : 1;
      this.#write(stream, argument(1), this.#ffi.QTS_GetFloat64(this.#context, argument(2)) !== 0);
    }
    return 0;
  }

  #write(stream: 1 | 2, value: JSValueConstPointer, isBeforeNul: boolean): void {
    if (this.#io === null || this.#stopReason !== null) return;
    const text = this.#ffi.QTS_GetString(this.#context, value);
    if (text === 0) return;
    const end = this.#stringEnd(text);
    // With a NUL to follow, the one that ends the string in memory serves.
    const bytes = this.#module.HEAPU8.slice(text, isBeforeNul ? end + 1 : end);
    this.#ffi.QTS_FreeCString(this.#context, text);
    if (!this.#io.write(stream, bytes)) this.#stopReason = "output";
  }

  #sleepUntil(timeMs: number): void {
    const end = Math.min(timeMs, this.#deadline);
    for (let left = end - performance.now(); left > 0; left = end - performance.now()) Atomics.wait(this.#waitCell, 0, 0, left);
    if (timeMs > this.#deadline) this.#stopReason ??= "timeout";
  }

  #shouldStop(): boolean {
    if (this.#stopReason === null && performance.now() > this.#deadline) this.#stopReason = "timeout";
    return this.#stopReason !== null;
  }

  #noteRejection(promise: bigint, reason: bigint, isHandled: boolean): void {
    if (isHandled) {
      // From the end: the address of a promise that is gone may have been given to a new one.
      const index = this.#rejections.findLastIndex((rejection) => rejection.promise === promise);
      const [removed] = index < 0 ? [] : this.#rejections.splice(index, 1);
      if (removed !== undefined) this.#ffi.QTS_FreeValuePointer(this.#context, removed.reason);
      return;
    }
    if (this.#rejections.length >= MAX_REJECTIONS) return;
    const cell = this.#module._malloc(8);
    if (cell === 0) return;
    new DataView(this.#memory.buffer).setBigUint64(cell, BigInt.asUintN(64, reason), true);
    this.#rejections.push({ promise, reason: this.#ffi.QTS_DupValuePointer(this.#context, cell as JSValuePointer) });
    this.#module._free(cell);
  }

  // -------------------------------------------------------- calls of the guest

  #call(method: DriverMethod, args: readonly AnyPointer[]): JSValuePointer {
    const fn = this.#driver.get(method);
    if (fn === undefined) throw new Error(`The prelude has no driver method ${JSON.stringify(method)}`);
    return this.#callFunction(fn, args);
  }

  #callForTruth(method: DriverMethod): boolean {
    const value = this.#call(method, []);
    const isTrue = this.#ffi.QTS_GetFloat64(this.#context, value) === 1;
    this.#ffi.QTS_FreeValuePointer(this.#context, value);
    return isTrue;
  }

  #callFunction(fn: JSValuePointer, args: readonly AnyPointer[]): JSValuePointer {
    const argv = this.#allocate(Math.max(1, args.length) * 4);
    const view = new DataView(this.#memory.buffer);
    args.forEach((arg, index) => view.setUint32(argv + index * 4, arg, true));
    const result = this.#ffi.QTS_Call(this.#context, fn, this.#undefined, args.length, argv as unknown as JSValueConstPointerPointer);
    this.#module._free(argv);
    return this.#unwrap(result);
  }

  #evaluate(source: string, filename: string): JSValuePointer {
    const { address, size } = this.#copyIn(source);
    const flags = 0 as EvalFlags;
    const result = this.#ffi.QTS_Eval(this.#context, address, size, filename, 0 as EvalDetectModule, flags);
    this.#module._free(address);
    return this.#unwrap(result);
  }

  #unwrap(result: JSValuePointer): JSValuePointer {
    const thrown = this.#ffi.QTS_ResolveException(this.#context, result);
    this.#throwIfStopped();
    if (thrown !== 0) throw new GuestStop("A call into the guest failed", thrown);
    return result;
  }

  #throwIfStopped(): void {
    if (this.#stopReason !== null) throw new GuestStop("The program was stopped");
  }

  #newString(text: string): JSValuePointer {
    const { address } = this.#copyIn(text);
    const value = this.#ffi.QTS_NewString(this.#context, address);
    this.#module._free(address);
    return this.#unwrap(value);
  }

  /** Copies `text` into the guest's memory as a C string. */
  #copyIn(text: string): { address: BorrowedHeapCharPointer; size: number } {
    const bytes = this.#encoder.encode(text);
    const address = this.#allocate(bytes.length + 1);
    this.#module.HEAPU8.set(bytes, address);
    this.#module.HEAPU8[address + bytes.length] = 0;
    return { address: address as BorrowedHeapCharPointer, size: bytes.length };
  }

  #readString(value: JSValuePointer): string {
    const text = this.#ffi.QTS_GetString(this.#context, value);
    if (text === 0) throw new GuestStop("The guest has no room for a string");
    const result = this.#decoder.decode(this.#module.HEAPU8.subarray(text, this.#stringEnd(text)));
    this.#ffi.QTS_FreeCString(this.#context, text);
    return result;
  }

  #dump(value: JSValuePointer): string {
    try {
      return this.#readString(value).slice(0, MAX_RESULT_SIZE);
    } catch {
      return "The error cannot be described";
    }
  }

  #stringEnd(address: number): number {
    return this.#module.HEAPU8.indexOf(0, address);
  }

  #allocate(size: number): number {
    const address = this.#module._malloc(size);
    if (address === 0) throw new GuestStop("The guest's memory is full");
    return address;
  }
}

/** JS_EVAL_FLAG_COMPILE_ONLY. */
const COMPILE_ONLY = 1 << 5;

const OUT_OF_MEMORY = "out of memory";

/** QuickJS throws null when there is no room even for the error. */
function isMemoryError(error: ProgramError): boolean {
  return (error.type === "InternalError" && error.message === OUT_OF_MEMORY) || (error.type === "Uncaught" && error.message === "null");
}

/**
 * Takes the place of the emscripten functions that ask the host for its time
 * zone (`m` fills a `struct tm`, `n` names the zone): a guest lives in UTC.
 */
function utcImports(memory: WasmMemory): { readonly [name: string]: unknown } {
  return {
    m: (seconds: bigint, address: number) => {
      const date = new Date(Number(seconds) * 1000);
      const view = new DataView(memory.buffer);
      const startOfYear = Date.UTC(date.getUTCFullYear(), 0, 1);
      const fields = [
        date.getUTCSeconds(),
        date.getUTCMinutes(),
        date.getUTCHours(),
        date.getUTCDate(),
        date.getUTCMonth(),
        date.getUTCFullYear() - 1900,
        date.getUTCDay(),
        Math.floor((date.getTime() - startOfYear) / 86_400_000),
        0,
        0,
      ];
      fields.forEach((value, index) => view.setInt32(address + index * 4, value, true));
    },
    n: (timezone: number, daylight: number, standardName: number, daylightName: number) => {
      const view = new DataView(memory.buffer);
      view.setInt32(timezone, 0, true);
      view.setInt32(daylight, 0, true);
      for (const name of [standardName, daylightName]) new Uint8Array(memory.buffer).set([85, 84, 67, 0], name);
    },
  };
}

/** Makes a function that WebAssembly can call by its table: (i32, i64, i64, i32, i32) without a result. */
function asWasmFunction(fn: (context: number, promise: bigint, reason: bigint, isHandled: number, opaque: number) => void): unknown {
  const module = new wasm.Module(
    Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      // type 0: the signature
      ...[0x01, 0x09, 0x01, 0x60, 0x05, 0x7f, 0x7e, 0x7e, 0x7f, 0x7f, 0x00],
      // import function "e"."f" of type 0
      ...[0x02, 0x07, 0x01, 0x01, 0x65, 0x01, 0x66, 0x00, 0x00],
      // export it again as "f"
      ...[0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00],
    ]),
  );
  return new wasm.Instance(module, { e: { f: fn } }).exports["f"];
}

const compiled: { binary?: object } = {};

/** Returns the interpreter's module, compiled once for the thread. */
function compiledBinary(): object {
  const path = createRequire(import.meta.url).resolve("@jitl/quickjs-ng-wasmfile-release-sync/wasm");
  compiled.binary ??= new wasm.Module(prepareBinary(readFileSync(path)));
  return compiled.binary;
}

const SECTION = { import: 2, table: 4, global: 6, export: 7, element: 9, data: 11 } as const;

/**
 * Returns the binary with a smaller initial memory and its function table
 * exported as `table`.
 *
 * @throws {Error} If the binary has state beside its memory and stack pointer.
 */
export function prepareBinary(binary: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [binary.subarray(0, 8)];
  const cursor = { bytes: binary, at: 8 };
  while (cursor.at < binary.length) {
    const id = binary[cursor.at++] ?? 0;
    const size = readUnsigned(cursor);
    const content = binary.subarray(cursor.at, cursor.at + size);
    cursor.at += size;
    const changed = id === SECTION.import ? shrinkMemory(content) : id === SECTION.export ? exportTable(content) : content;
    if (id === SECTION.table) assertState(readUnsigned({ bytes: content, at: 0 }) === 1, "exactly one table");
    if (id === SECTION.global) assertState(readUnsigned({ bytes: content, at: 0 }) === 1, "exactly one global");
    if (id === SECTION.element) assertState(content[0] === 1 && content[1] === 0, "one active element segment");
    // Debug names and the like are of no use here.
    if (id !== 0) parts.push(Uint8Array.of(id, ...writeUnsigned(changed.length)), changed);
  }
  return Buffer.concat(parts);
}

function assertState(condition: boolean, expected: string): void {
  if (!condition) throw new Error(`Cannot use this QuickJS binary: it must have ${expected}`);
}

/** Sets the least size of the imported memory to `INITIAL_PAGES`. */
function shrinkMemory(content: Uint8Array): Uint8Array {
  const cursor = { bytes: content, at: 0 };
  for (let count = readUnsigned(cursor); count > 0; count--) {
    for (let names = 2; names > 0; names--) {
      const length = readUnsigned(cursor);
      cursor.at += length;
    }
    const kind = content[cursor.at++];
    if (kind === 0) {
      readUnsigned(cursor);
      continue;
    }
    assertState(kind === 2 && content[cursor.at] === 1, "no import but functions and one memory with a limit");
    const start = ++cursor.at;
    readUnsigned(cursor);
    return Buffer.concat([content.subarray(0, start), writeUnsigned(INITIAL_PAGES), content.subarray(cursor.at)]);
  }
  throw new Error("Cannot use this QuickJS binary: it must import its memory");
}

function exportTable(content: Uint8Array): Uint8Array {
  const cursor = { bytes: content, at: 0 };
  const count = readUnsigned(cursor);
  const name = Buffer.from("table");
  return Buffer.concat([writeUnsigned(count + 1), content.subarray(cursor.at), Uint8Array.of(name.length), name, Uint8Array.of(1, 0)]);
}

/** Reads a LEB128 number and moves on behind it. */
function readUnsigned(cursor: { readonly bytes: Uint8Array; at: number }): number {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = cursor.bytes[cursor.at++] ?? 0;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value >>> 0;
  }
}

function writeUnsigned(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}
