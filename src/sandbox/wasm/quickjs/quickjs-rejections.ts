/**
 * The promise rejections of the current run that the program has not handled yet.
 *
 * QuickJS reports them to a C callback, and the emscripten package gives no access to it. So this file puts a callback
 * into the function table and its number into the runtime, as C code would.
 */

import type { JSValuePointer } from "quickjs-emscripten-core";
import type { QuickjsInterpreter } from "./quickjs-interpreter.js";

/** Offset of `host_promise_rejection_tracker` in the JSRuntime of this build, in bytes. `watch` checks it. */
const REJECTION_TRACKER_OFFSET = 180;

/** Rejections that the list holds. One is enough to end a program. */
const MAX_REJECTIONS = 10_000;

/** JSHostPromiseRejectionTracker. It gets values as their 64 bits. */
type Tracker = (context: number, promise: bigint, reason: bigint, isHandled: number, opaque: number) => void;

/** The rejections that no handler has taken, oldest first. */
export class RejectionList {
  readonly #interpreter: QuickjsInterpreter;
  readonly #rejections: { readonly promise: bigint; readonly reason: JSValuePointer }[] = [];

  private constructor(interpreter: QuickjsInterpreter) {
    this.#interpreter = interpreter;
  }

  /**
   * Makes a list that QuickJS fills from now on. It changes the table and the memory, so it belongs to the boot.
   *
   * @throws {Error} If QuickJS does not report a rejection: then it is not the expected build.
   */
  static watch(interpreter: QuickjsInterpreter): RejectionList {
    const list = new RejectionList(interpreter);
    const tracker: Tracker = (_context, promise, reason, isHandled) => list.#note(promise, reason, isHandled !== 0);
    interpreter.setRuntimeCallback(REJECTION_TRACKER_OFFSET, asWasmFunction(tracker));
    interpreter.evaluate("Promise.reject(0); void 0", "prelude.js");
    if (list.#rejections.length !== 1)
      throw new Error("Cannot use this build of QuickJS: it must report rejections, it reported none");
    list.forget();
    return list;
  }

  /** Removes the oldest rejection and returns its reason, which the caller frees. Returns null if there is none. */
  takeFirst(): JSValuePointer | null {
    return this.#rejections.shift()?.reason ?? null;
  }

  /** Frees the rejections of a run whose realm is kept. */
  release(): void {
    for (const { reason } of this.#rejections) this.#interpreter.values.free(reason);
    this.forget();
  }

  /** Empties the list after a restore, which has made its pointers invalid. */
  forget(): void {
    this.#rejections.length = 0;
  }

  #note(promise: bigint, reason: bigint, isHandled: boolean): void {
    if (isHandled) {
      // From the end, because a new promise can have the address of one that is gone.
      const index = this.#rejections.findLastIndex((rejection) => rejection.promise === promise);
      const [removed] = index < 0 ? [] : this.#rejections.splice(index, 1);
      if (removed !== undefined) this.#interpreter.values.free(removed.reason);
      return;
    }
    if (this.#rejections.length >= MAX_REJECTIONS) return;
    const kept = this.#interpreter.values.keep(reason);
    if (kept !== null) this.#rejections.push({ promise, reason: kept });
  }
}

/**
 * Makes a function that WebAssembly can call through its table: (i32, i64, i64, i32, i32) without a result. A module
 * that imports a function and exports it again turns it into one.
 */
function asWasmFunction(fn: Tracker): unknown {
  const bytes = [
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    // type 0: the signature
    [0x01, 0x09, 0x01, 0x60, 0x05, 0x7f, 0x7e, 0x7e, 0x7f, 0x7f, 0x00],
    // import function "e"."f" of type 0
    [0x02, 0x07, 0x01, 0x01, 0x65, 0x01, 0x66, 0x00, 0x00],
    // export it as "f"
    [0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00],
  ].flat();
  const module = new WebAssembly.Module(Uint8Array.from(bytes));
  return new WebAssembly.Instance(module, { e: { f: fn } }).exports["f"];
}
