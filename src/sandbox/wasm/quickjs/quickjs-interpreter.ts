/**
 * One QuickJS with one context: the calls into it, and what it calls back.
 *
 * Values are pointers into its memory. Those made before `captureImage` are right again after every `restore`; all
 * others mean nothing after it. The restore frees everything, so what is freed here is what a long run, or many in a
 * realm that is kept, would pile up.
 */

import type {
  BorrowedHeapCharPointer,
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
} from "quickjs-emscripten-core";
import type { QuickjsCallbacks } from "./quickjs-callbacks.js";
import { loadQuickjs, type LoadedQuickjs, type QuickjsFfi } from "./quickjs-loader.js";
import { QuickjsMemory } from "./quickjs-memory.js";

type AnyPointer = JSValuePointer | JSValueConstPointer;
/** A C string that belongs to QuickJS. */
type TextPointer = ReturnType<QuickjsFfi["QTS_GetString"]>;

/**
 * How deep a program may go, in bytes of the WebAssembly stack (of 5 MiB), for each MiB of the thread's own stack,
 * which holds the same calls. 256 KiB are some 1 600 plain calls. Ordinary recursion then ends in a RangeError that the
 * program can catch; a few built-ins and the parser need more of the thread's stack and end the run, with the same
 * error, and the guest.
 */
const STACK_SIZE_PER_MB = 256 * 1024;
const MAX_STACK_SIZE = 4 * 1_048_576;
/** Jobs of the microtask queue between two looks at whether the program must stop. */
const JOBS_AT_A_TIME = 32;
/** JS_EVAL_FLAG_COMPILE_ONLY. */
const COMPILE_ONLY = 1 << 5;

const HOST_WRITE = 1;
const HOST_NOW = 2;
const HOST_SLEEP = 3;

/** QuickJS cannot go on: its memory is full, it was stopped, or it gave up. Never leaves the guest. */
export class GuestStop extends Error {
  readonly thrown: JSValuePointer | null;
  constructor(message: string, thrown: JSValuePointer | null = null) {
    super(message);
    this.thrown = thrown;
  }
}

export class QuickjsInterpreter {
  readonly #host: QuickjsCallbacks;
  readonly #memory: QuickjsMemory;
  readonly #loaded: LoadedQuickjs;
  readonly #ffi: QuickjsFfi;
  readonly #runtime: JSRuntimePointer;
  readonly #context: JSContextPointer;
  readonly #undefined: JSValueConstPointer;
  readonly #jobContext: JSContextPointerPointer;
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();

  /** Loads a QuickJS whose programs may use `memoryMb` MiB, on a thread with a stack of `threadStackMb` MiB. */
  static async create(
    host: QuickjsCallbacks,
    limits: { readonly memoryMb: number; readonly threadStackMb: number },
  ): Promise<QuickjsInterpreter> {
    const memory = new QuickjsMemory(limits.memoryMb);
    return new QuickjsInterpreter(host, memory, await loadQuickjs(memory.memory), limits.threadStackMb);
  }

  private constructor(host: QuickjsCallbacks, memory: QuickjsMemory, loaded: LoadedQuickjs, threadStackMb: number) {
    const { module, ffi } = loaded;
    this.#host = host;
    this.#memory = memory;
    this.#loaded = loaded;
    this.#ffi = ffi;
    module.callbacks = {
      callFunction: (_asyncify, _context, _self, argc, argv, id) => this.#callHost(id, argc, argv) as JSValuePointer,
      shouldInterrupt: () => (host.shouldStop() ? 1 : 0),
      freeHostRef: () => undefined,
      loadModuleSource: () => 0 as BorrowedHeapCharPointer,
      normalizeModule: () => 0 as BorrowedHeapCharPointer,
    };
    this.#runtime = ffi.QTS_NewRuntime();
    ffi.QTS_RuntimeSetMaxStackSize(this.#runtime, Math.min(MAX_STACK_SIZE, threadStackMb * STACK_SIZE_PER_MB));
    ffi.QTS_RuntimeEnableInterruptHandler(this.#runtime);
    // 0: every intrinsic of the language.
    this.#context = ffi.QTS_NewContext(this.#runtime, 0 as IntrinsicsFlags);
    this.#undefined = ffi.QTS_GetUndefined();
    this.#jobContext = module._malloc(4) as JSContextPointerPointer;
  }

  /** How large the memory has become; it never shrinks. */
  get memoryBytes(): number {
    return this.#memory.bytes.length;
  }

  get wasGrowthRefused(): boolean {
    return this.#memory.wasGrowthRefused;
  }

  /** Forgets that an earlier run met the memory's end. */
  begin(): void {
    this.#memory.begin();
  }

  /**
   * Puts `fn` into the function table and its number into the runtime, as C would. Only before `captureImage`: the
   * table is not put back.
   */
  setRuntimeCallback(offset: number, fn: unknown): void {
    const index = this.#loaded.table.grow(1);
    this.#loaded.table.set(index, fn);
    this.#memory.view.setUint32(this.#runtime + offset, index, true);
  }

  /** Makes the present state the one that `restore` puts back. */
  captureImage(): void {
    this.#memory.capture(this.#loaded.stack);
  }

  /** Puts the image back; false if the memory has grown by too much for that. */
  restore(): boolean {
    return this.#memory.restore(this.#loaded.stack);
  }

  // ------------------------------------------------------------------ calls

  /** Evaluates a script of ours. */
  evaluate(source: string, filename: string): JSValuePointer {
    const { address, size } = this.#copyIn(source);
    const result = this.#ffi.QTS_Eval(this.#context, address, size, filename, 0 as EvalDetectModule, 0 as EvalFlags);
    this.#loaded.module._free(address);
    return this.#unwrap(result);
  }

  /** Evaluates the program in a string value, whose text goes to the compiler as it is, and frees that value. */
  evaluateProgram(
    source: JSValuePointer,
    filename: string,
    isCompileOnly: boolean,
  ): { readonly completion: JSValuePointer; readonly thrown: JSValuePointer | null } {
    const text = this.#textOf(source);
    const size = this.#textEnd(text) - text;
    const flags = (isCompileOnly ? COMPILE_ONLY : 0) as EvalFlags;
    const completion = this.#ffi.QTS_Eval(this.#context, text, size, filename, 0 as EvalDetectModule, flags);
    this.#ffi.QTS_FreeCString(this.#context, text);
    this.free(source);
    return { completion, thrown: this.#thrownBy(completion) };
  }

  call(fn: JSValuePointer, args: readonly JSValuePointer[]): JSValuePointer {
    const argv = this.#allocate(Math.max(1, args.length) * 4);
    const { view } = this.#memory;
    args.forEach((arg, index) => view.setUint32(argv + index * 4, arg, true));
    const result = this.#ffi.QTS_Call(
      this.#context,
      fn,
      this.#undefined,
      args.length,
      argv as JSValueConstPointerPointer,
    );
    this.#loaded.module._free(argv);
    return this.#unwrap(result);
  }

  /** Runs the next few microtasks; false if there was none. */
  runMicrotasks(): boolean {
    if (this.#ffi.QTS_IsJobPending(this.#runtime) === 0) return false;
    this.free(this.#unwrap(this.#ffi.QTS_ExecutePendingJob(this.#runtime, JOBS_AT_A_TIME, this.#jobContext)));
    return true;
  }

  #unwrap(result: JSValuePointer): JSValuePointer {
    const thrown = this.#thrownBy(result);
    if (thrown !== null) throw new GuestStop("A call into the guest failed", thrown);
    return result;
  }

  #thrownBy(result: JSValuePointer): JSValuePointer | null {
    const thrown = this.#ffi.QTS_ResolveException(this.#context, result);
    if (this.#host.stopReason !== null) throw new GuestStop("The program was stopped");
    return thrown === 0 ? null : thrown;
  }

  // ----------------------------------------------------------------- values

  /** @param text UTF-8 if it is bytes. */
  newString(text: string | Uint8Array): JSValuePointer {
    const { address } = this.#copyIn(text);
    const value = this.#ffi.QTS_NewString(this.#context, address);
    this.#loaded.module._free(address);
    return this.#unwrap(value);
  }

  newArrayBuffer(bytes: Uint8Array): JSValuePointer {
    const address = this.#allocate(bytes.length);
    this.#memory.bytes.set(bytes, address);
    return this.#ffi.QTS_NewArrayBuffer(this.#context, address as JSVoidPointer, bytes.length);
  }

  /** Makes the functions that reach the host, in the order in which the prelude takes them: write, now, sleep. */
  newHostFunctions(): JSValuePointer[] {
    return [HOST_WRITE, HOST_NOW, HOST_SLEEP].map((id) =>
      this.#ffi.QTS_NewFunction(this.#context, "host", 0, false, id as HostRefId),
    );
  }

  getProperty(object: JSValuePointer, name: string): JSValuePointer {
    return this.#ffi.QTS_GetProp(this.#context, object, this.newString(name));
  }

  readNumber(value: AnyPointer): number {
    return this.#ffi.QTS_GetFloat64(this.#context, value);
  }

  readString(value: JSValuePointer): string {
    const text = this.#textOf(value);
    const result = this.#decoder.decode(this.#memory.bytes.subarray(text, this.#textEnd(text)));
    this.#ffi.QTS_FreeCString(this.#context, text);
    return result;
  }

  /** Makes a lasting value of the 64 bits as which C passes one; null if there is no room for it. */
  keep(bits: bigint): JSValuePointer | null {
    const cell = this.#loaded.module._malloc(8);
    if (cell === 0) return null;
    this.#memory.view.setBigUint64(cell, BigInt.asUintN(64, bits), true);
    const kept = this.#ffi.QTS_DupValuePointer(this.#context, cell as JSValuePointer);
    this.#loaded.module._free(cell);
    return kept;
  }

  free(value: JSValuePointer): void {
    this.#ffi.QTS_FreeValuePointer(this.#context, value);
  }

  #textOf(value: JSValuePointer): TextPointer {
    const text = this.#ffi.QTS_GetString(this.#context, value);
    if (text === 0) throw new GuestStop("The guest has no room for a string");
    return text;
  }

  #textEnd(text: TextPointer): number {
    return this.#memory.bytes.indexOf(0, text);
  }

  /** Copies `text` into the memory as a C string. */
  #copyIn(text: string | Uint8Array): { readonly address: BorrowedHeapCharPointer; readonly size: number } {
    const encoded = typeof text === "string" ? this.#encoder.encode(text) : text;
    const address = this.#allocate(encoded.length + 1);
    const { bytes } = this.#memory;
    bytes.set(encoded, address);
    bytes[address + encoded.length] = 0;
    return { address: address as BorrowedHeapCharPointer, size: encoded.length };
  }

  #allocate(size: number): number {
    const address = this.#loaded.module._malloc(size);
    if (address === 0) throw new GuestStop("The guest's memory is full");
    return address;
  }

  // -------------------------------------------------------------- callbacks

  /** Answers a call of a host function with a pointer; 0 is undefined. */
  #callHost(id: number, argc: number, argv: JSValueConstPointer): number {
    const argument = (index: number): JSValueConstPointer => this.#ffi.QTS_ArgvGetJSValueConstPointer(argv, index);
    if (id === HOST_NOW) return this.#ffi.QTS_NewFloat64(this.#context, this.#host.now());
    if (id === HOST_SLEEP && argc > 0) this.#host.sleepUntil(this.readNumber(argument(0)));
    if (id === HOST_WRITE && argc > 2)
      this.#write(this.readNumber(argument(0)) === 2 ? 2 : 1, argument(1), this.readNumber(argument(2)) !== 0);
    return 0;
  }

  #write(stream: 1 | 2, value: JSValueConstPointer, isBeforeNul: boolean): void {
    if (!this.#host.isListening) return;
    const text = this.#ffi.QTS_GetString(this.#context, value);
    if (text === 0) return;
    const end = this.#textEnd(text);
    // With a NUL to follow, the one that ends the string in memory serves.
    const bytes = this.#memory.bytes.slice(text, isBeforeNul ? end + 1 : end);
    this.#ffi.QTS_FreeCString(this.#context, text);
    this.#host.write(stream, bytes);
  }
}
