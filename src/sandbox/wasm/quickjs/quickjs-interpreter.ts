/** One QuickJS with one context: the calls into it, and the functions by which it calls back. */

import { isUtf8 } from "node:buffer";
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
} from "quickjs-emscripten-core";
import { MAX_OUTPUT_SIZE } from "../../../limits.js";
import type { QuickjsCallbacks } from "./quickjs-callbacks.js";
import { loadQuickjs, type LoadedQuickjs, type QuickjsFfi } from "./quickjs-loader.js";
import { QuickjsMemory } from "./quickjs-memory.js";
import { QuickjsValues } from "./quickjs-values.js";

/**
 * Stack of a program in bytes, for each MiB of the thread's own stack, which holds the same calls. 256 KiB are about
 * 1 600 plain calls. Ordinary recursion then ends in a RangeError that the program can catch. A few built-in functions
 * and the parser need more of the thread's stack. They end the run with the same error, and their guest is replaced.
 */
const STACK_SIZE_PER_MB = 256 * 1024;

/** Largest stack of a program, in bytes. The WebAssembly stack has 5 MiB. */
const MAX_STACK_SIZE = 4 * 1_048_576;

/** Microtasks that run between two checks whether the program must stop. */
const JOBS_AT_A_TIME = 32;

/** JS_EVAL_FLAG_COMPILE_ONLY. */
const COMPILE_ONLY = 1 << 5;

/** The numbers of the functions that a program can call. */
const CALLBACK = { write: 1, now: 2, sleep: 3, encode: 4, decode: 5 } as const;

/** Longest text that is encoded or decoded for a program, in bytes: it is copied into the memory of this process. */
const MAX_TEXT_SIZE = 32 * 1_048_576;

/** One QuickJS. Its state is its memory, and pointers that stay valid. */
export class QuickjsInterpreter {
  readonly values: QuickjsValues;
  readonly #callbacks: QuickjsCallbacks;
  readonly #memory: QuickjsMemory;
  readonly #loaded: LoadedQuickjs;
  readonly #ffi: QuickjsFfi;
  readonly #runtime: JSRuntimePointer;
  readonly #context: JSContextPointer;
  readonly #undefined: JSValueConstPointer;
  readonly #jobContext: JSContextPointerPointer;

  /**
   * Loads a QuickJS.
   *
   * @param limits.memoryMb Memory that programs may use, in MiB.
   * @param limits.threadStackMb Stack of this thread, in MiB.
   * @throws {SetupError} If the binary is not the expected one.
   */
  static async create(
    callbacks: QuickjsCallbacks,
    limits: { readonly memoryMb: number; readonly threadStackMb: number },
  ): Promise<QuickjsInterpreter> {
    const memory = new QuickjsMemory(limits.memoryMb);
    return new QuickjsInterpreter(callbacks, memory, await loadQuickjs(memory.memory), limits.threadStackMb);
  }

  private constructor(
    callbacks: QuickjsCallbacks,
    memory: QuickjsMemory,
    loaded: LoadedQuickjs,
    threadStackMb: number,
  ) {
    const { module, ffi } = loaded;
    this.#callbacks = callbacks;
    this.#memory = memory;
    this.#loaded = loaded;
    this.#ffi = ffi;
    module.callbacks = {
      callFunction: (_asyncify, _context, _self, argc, argv, id) => this.#callBack(id, argc, argv) as JSValuePointer,
      shouldInterrupt: () => (callbacks.shouldStop() ? 1 : 0),
      freeHostRef: () => undefined,
      loadModuleSource: () => 0 as BorrowedHeapCharPointer,
      normalizeModule: () => 0 as BorrowedHeapCharPointer,
    };
    this.#runtime = ffi.QTS_NewRuntime();
    ffi.QTS_RuntimeSetMaxStackSize(this.#runtime, Math.min(MAX_STACK_SIZE, threadStackMb * STACK_SIZE_PER_MB));
    ffi.QTS_RuntimeEnableInterruptHandler(this.#runtime);
    // 0 selects every intrinsic of the language.
    this.#context = ffi.QTS_NewContext(this.#runtime, 0 as IntrinsicsFlags);
    this.#undefined = ffi.QTS_GetUndefined();
    this.#jobContext = module._malloc(4) as JSContextPointerPointer;
    this.values = new QuickjsValues(memory, loaded, this.#context, callbacks);
  }

  /** Peak memory of the present run, or of the last one, in bytes. */
  get peakMemoryBytes(): number {
    return this.#memory.peakBytes;
  }

  /** True if QuickJS asked for more memory in this run and did not get it. */
  get wasGrowthRefused(): boolean {
    return this.#memory.wasGrowthRefused;
  }

  /** Begins a run: forgets the refusals of earlier runs. */
  begin(): void {
    this.#memory.begin();
  }

  /**
   * Puts `fn` into the function table and its number into the runtime at `offset`, as C code would. Only before
   * `captureImage`, because a restore does not change the table.
   */
  setRuntimeCallback(offset: number, fn: unknown): void {
    const index = this.#loaded.table.grow(1);
    this.#loaded.table.set(index, fn);
    this.#memory.view.setUint32(this.#runtime + offset, index, true);
  }

  /** Makes the present state the one that `restore` restores. */
  captureImage(): void {
    this.#memory.capture(this.#loaded.stack);
  }

  /** Restores the captured state. Returns false if the memory has grown too far for that. */
  restore(): boolean {
    return this.#memory.restore(this.#loaded.stack);
  }

  /** Evaluates a script of this package. */
  evaluate(source: string, filename: string): JSValuePointer {
    const { address, size } = this.values.copyIn(source);
    const result = this.#ffi.QTS_Eval(this.#context, address, size, filename, 0 as EvalDetectModule, 0 as EvalFlags);
    this.values.release(address);
    return this.values.unwrap(result);
  }

  /** Evaluates the program in a string value, and frees the value. The compiler gets its text without a copy. */
  evaluateProgram(
    source: JSValuePointer,
    filename: string,
    isCompileOnly: boolean,
  ): { readonly completion: JSValuePointer; readonly thrown: JSValuePointer | null } {
    const flags = (isCompileOnly ? COMPILE_ONLY : 0) as EvalFlags;
    const completion = this.values.withText(source, (text, end) =>
      this.#ffi.QTS_Eval(this.#context, text, end - text, filename, 0 as EvalDetectModule, flags),
    );
    this.values.free(source);
    return { completion, thrown: this.values.thrownBy(completion) };
  }

  /**
   * Calls a function with `this` undefined. The caller frees the arguments.
   *
   * @throws {GuestStop} If the function throws, or the program was stopped.
   */
  call(fn: JSValuePointer, args: readonly (JSValuePointer | JSValueConstPointer)[]): JSValuePointer {
    const argv = this.values.allocate(Math.max(1, args.length) * 4);
    const { view } = this.#memory;
    args.forEach((arg, index) => view.setUint32(argv + index * 4, arg, true));
    const list = argv as JSValueConstPointerPointer;
    const result = this.#ffi.QTS_Call(this.#context, fn, this.#undefined, args.length, list);
    this.values.release(argv);
    return this.values.unwrap(result);
  }

  /** Returns a property of an object. The caller frees it. */
  getProperty(object: JSValuePointer, name: string): JSValuePointer {
    return this.#ffi.QTS_GetProp(this.#context, object, this.values.newString(name));
  }

  /** Runs the next few microtasks. Returns false if there was none. */
  runMicrotasks(): boolean {
    if (this.#ffi.QTS_IsJobPending(this.#runtime) === 0) return false;
    const result = this.#ffi.QTS_ExecutePendingJob(this.#runtime, JOBS_AT_A_TIME, this.#jobContext);
    this.values.free(this.values.unwrap(result));
    return true;
  }

  /** Makes the functions that call back, in the order in which the prelude takes them. It gets no other ones. */
  newCallbackFunctions(): (JSValuePointer | JSValueConstPointer)[] {
    const { write, now, sleep, encode, decode } = CALLBACK;
    return [write, now, sleep, null, null, encode, decode].map((id) =>
      id === null ? this.#undefined : this.#ffi.QTS_NewFunction(this.#context, "callback", 0, false, id as HostRefId),
    );
  }

  /** Answers a call of a callback function with a value. 0 stands for undefined. */
  #callBack(id: number, argc: number, argv: JSValueConstPointer): number {
    const argument = (index: number): JSValueConstPointer => this.#ffi.QTS_ArgvGetJSValueConstPointer(argv, index);
    const number = (index: number): number => this.values.readNumber(argument(index));
    if (id === CALLBACK.now) return this.#ffi.QTS_NewFloat64(this.#context, this.#callbacks.now());
    if (id === CALLBACK.sleep && argc > 0) this.#callbacks.sleepUntil(number(0));
    if (id === CALLBACK.write && argc > 2) this.#write(number(0) === 2 ? 2 : 1, argument(1), number(2) !== 0);
    try {
      if (id === CALLBACK.encode && argc > 0) return this.#encode(argument(0));
      if (id === CALLBACK.decode && argc > 2) return this.#decode(argument(0), number(1), number(2));
    } catch {
      // There is no room for it. The prelude then does it by itself, and meets the same end.
    }
    return 0;
  }

  /** Returns the bytes of a text, up to its first NUL, as an ArrayBuffer. 0 if the text is too long. */
  #encode(value: JSValueConstPointer): number {
    const text = this.#ffi.QTS_GetString(this.#context, value);
    if (text === 0) return 0;
    const end = this.values.textEnd(text);
    const bytes = end - text > MAX_TEXT_SIZE ? null : this.#memory.bytes.slice(text, end);
    this.#ffi.QTS_FreeCString(this.#context, text);
    return bytes === null ? 0 : this.values.newArrayBuffer(bytes);
  }

  /** Returns a part of an ArrayBuffer as text. 0 if it is no UTF-8, holds a NUL, or is too long. */
  #decode(value: JSValueConstPointer, from: number, to: number): number {
    const size = this.#ffi.QTS_GetArrayBufferLength(this.#context, value);
    if (!(from >= 0 && from <= to && to <= size && to - from <= MAX_TEXT_SIZE)) return 0;
    const start = this.#ffi.QTS_GetArrayBuffer(this.#context, value);
    const bytes = this.#memory.bytes.slice(start + from, start + to);
    return bytes.includes(0) || !isUtf8(bytes) ? 0 : this.values.newString(bytes);
  }

  /** @param isBeforeNul True if a NUL follows in the output. The NUL that ends the text in the memory serves as it. */
  #write(stream: 1 | 2, value: JSValueConstPointer, isBeforeNul: boolean): void {
    if (!this.#callbacks.isListening) return;
    const text = this.#ffi.QTS_GetString(this.#context, value);
    if (text === 0) return;
    const end = this.values.textEnd(text) + (isBeforeNul ? 1 : 0);
    // A byte more than a program may print is enough to stop it.
    const bytes = this.#memory.bytes.slice(text, Math.min(end, text + MAX_OUTPUT_SIZE + 1));
    this.#ffi.QTS_FreeCString(this.#context, text);
    this.#callbacks.write(stream, bytes);
  }
}
