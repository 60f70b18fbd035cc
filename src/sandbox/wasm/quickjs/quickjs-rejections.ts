/**
 * The rejections of the current run that nobody handles yet.
 *
 * QuickJS tells an embedder of them, but the emscripten package has no way to ask for it. So the callback is put into
 * the function table, and its number into the runtime, as C would.
 */

import type { JSValuePointer } from "quickjs-emscripten-core";
import type { QuickjsInterpreter } from "./quickjs-interpreter.js";

/** Place of `host_promise_rejection_tracker` in the JSRuntime of this build; `watch` tries whether it is right. */
const REJECTION_TRACKER_OFFSET = 180;
/** What is remembered at most; one is enough to end a program. */
const MAX_REJECTIONS = 10_000;

/** JSHostPromiseRejectionTracker: values are passed as their 64 bits. */
type Tracker = (context: number, promise: bigint, reason: bigint, isHandled: number, opaque: number) => void;

export class RejectionList {
  readonly #interpreter: QuickjsInterpreter;
  readonly #rejections: { readonly promise: bigint; readonly reason: JSValuePointer }[] = [];

  private constructor(interpreter: QuickjsInterpreter) {
    this.#interpreter = interpreter;
  }

  /** Has QuickJS tell of rejections from now on. Part of the boot: it changes the table and the memory. */
  static watch(interpreter: QuickjsInterpreter): RejectionList {
    const list = new RejectionList(interpreter);
    const tracker: Tracker = (_context, promise, reason, isHandled) => list.#note(promise, reason, isHandled !== 0);
    interpreter.setRuntimeCallback(REJECTION_TRACKER_OFFSET, asWasmFunction(tracker));
    interpreter.evaluate("Promise.reject(0); void 0", "prelude.js");
    if (list.#rejections.length !== 1)
      throw new Error("QuickJS is not of the expected build: a rejection went unnoticed");
    list.forget();
    return list;
  }

  /** Returns what the oldest rejection was made with, for the caller to free; null if there is none. */
  takeFirst(): JSValuePointer | null {
    return this.#rejections.shift()?.reason ?? null;
  }

  /** Frees what is left of a run whose realm is kept. */
  release(): void {
    for (const { reason } of this.#rejections) this.#interpreter.free(reason);
    this.forget();
  }

  /** Forgets pointers that mean nothing any more. */
  forget(): void {
    this.#rejections.length = 0;
  }

  #note(promise: bigint, reason: bigint, isHandled: boolean): void {
    if (isHandled) {
      // From the end: the address of a promise that is gone may have been given to a new one.
      const index = this.#rejections.findLastIndex((rejection) => rejection.promise === promise);
      const [removed] = index < 0 ? [] : this.#rejections.splice(index, 1);
      if (removed !== undefined) this.#interpreter.free(removed.reason);
      return;
    }
    if (this.#rejections.length >= MAX_REJECTIONS) return;
    const kept = this.#interpreter.keep(reason);
    if (kept !== null) this.#rejections.push({ promise, reason: kept });
  }
}

/** Makes a function that WebAssembly can call by its table: (i32, i64, i64, i32, i32) without a result. */
function asWasmFunction(fn: Tracker): unknown {
  const module = new WebAssembly.Module(
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
  return new WebAssembly.Instance(module, { e: { f: fn } }).exports["f"];
}
