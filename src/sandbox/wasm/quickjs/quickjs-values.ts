/**
 * The values of one QuickJS context, as pointers into its memory: makes them, reads them and frees them.
 *
 * A pointer that was made before the image was captured is valid again after every restore. All other pointers are
 * invalid after it. A restore frees everything, so the frees here matter within a long run, and in a realm that is kept
 * for further runs.
 */

import type {
  BorrowedHeapCharPointer,
  JSContextPointer,
  JSValueConstPointer,
  JSValuePointer,
  JSVoidPointer,
} from "quickjs-emscripten-core";
import type { QuickjsCallbacks } from "./quickjs-callbacks.js";
import type { LoadedQuickjs, QuickjsFfi } from "./quickjs-loader.js";
import type { QuickjsMemory } from "./quickjs-memory.js";

/** A C string that belongs to QuickJS. */
type TextPointer = ReturnType<QuickjsFfi["QTS_GetString"]>;

/** QuickJS cannot continue: its memory is full, it was stopped, or a call failed. Never leaves the guest. */
export class GuestStop extends Error {
  /** The value that QuickJS threw; null if it threw none. */
  readonly thrown: JSValuePointer | null;

  constructor(message: string, thrown: JSValuePointer | null = null) {
    super(message);
    this.thrown = thrown;
  }
}

/** The values of one context. Every method that needs memory throws a `GuestStop` if there is none. */
export class QuickjsValues {
  readonly #memory: QuickjsMemory;
  readonly #ffi: QuickjsFfi;
  readonly #module: LoadedQuickjs["module"];
  readonly #context: JSContextPointer;
  readonly #callbacks: QuickjsCallbacks;
  readonly #encoder = new TextEncoder();

  constructor(
    memory: QuickjsMemory,
    { ffi, module }: LoadedQuickjs,
    context: JSContextPointer,
    callbacks: QuickjsCallbacks,
  ) {
    this.#memory = memory;
    this.#ffi = ffi;
    this.#module = module;
    this.#context = context;
    this.#callbacks = callbacks;
  }

  /**
   * Returns the result of a call, if the call succeeded.
   *
   * @throws {GuestStop} With the value that the call threw.
   */
  unwrap(result: JSValuePointer): JSValuePointer {
    const thrown = this.thrownBy(result);
    if (thrown !== null) throw new GuestStop("A call into the guest failed", thrown);
    return result;
  }

  /**
   * Returns the value that a call threw, or null if it succeeded.
   *
   * @throws {GuestStop} If the program was stopped.
   */
  thrownBy(result: JSValuePointer): JSValuePointer | null {
    const thrown = this.#ffi.QTS_ResolveException(this.#context, result);
    if (this.#callbacks.stopReason !== null) throw new GuestStop("The program was stopped");
    return thrown === 0 ? null : thrown;
  }

  /**
   * Makes a string.
   *
   * @param text Bytes are UTF-8. A NUL ends the string.
   */
  newString(text: string | Uint8Array): JSValuePointer {
    const { address } = this.copyIn(text);
    const value = this.#ffi.QTS_NewString(this.#context, address);
    this.release(address);
    return this.unwrap(value);
  }

  /** Makes an ArrayBuffer that holds a copy of `bytes`. */
  newArrayBuffer(bytes: Uint8Array): JSValuePointer {
    const address = this.allocate(bytes.length);
    this.#memory.bytes.set(bytes, address);
    return this.#ffi.QTS_NewArrayBuffer(this.#context, address as JSVoidPointer, bytes.length);
  }

  /** Returns a value as a number, as JavaScript's `Number()` would. */
  readNumber(value: JSValuePointer | JSValueConstPointer): number {
    return this.#ffi.QTS_GetFloat64(this.#context, value);
  }

  /** Returns a copy of a value's text in UTF-8, up to its first NUL; null if it is longer than `maxSize` bytes. */
  readText(value: JSValuePointer, maxSize: number): Uint8Array | null {
    return this.withText(value, (start, end) => (end - start > maxSize ? null : this.#memory.bytes.slice(start, end)));
  }

  /** Calls `use` with the start and the end of a value's text in the memory, and frees the text afterwards. */
  withText<Result>(value: JSValuePointer, use: (start: TextPointer, end: number) => Result): Result {
    const text = this.#ffi.QTS_GetString(this.#context, value);
    if (text === 0) throw new GuestStop("The guest has no room for a string");
    const result = use(text, this.textEnd(text));
    this.#ffi.QTS_FreeCString(this.#context, text);
    return result;
  }

  /** Returns the address of the NUL that ends a C string. */
  textEnd(text: number): number {
    const { bytes } = this.#memory;
    const end = bytes.indexOf(0, text);
    return end < 0 ? bytes.length : end;
  }

  /** Makes a lasting value from the 64 bits by which C passes one. Returns null if there is no room for it. */
  keep(bits: bigint): JSValuePointer | null {
    const cell = this.#module._malloc(8);
    if (cell === 0) return null;
    this.#memory.view.setBigUint64(cell, BigInt.asUintN(64, bits), true);
    const kept = this.#ffi.QTS_DupValuePointer(this.#context, cell as JSValuePointer);
    this.release(cell);
    return kept;
  }

  /** Frees a value. Its pointer is invalid afterwards. */
  free(value: JSValuePointer): void {
    this.#ffi.QTS_FreeValuePointer(this.#context, value);
  }

  /** Copies text into the memory as a C string, which the caller releases. `size` is its length without the NUL. */
  copyIn(text: string | Uint8Array): { readonly address: BorrowedHeapCharPointer; readonly size: number } {
    const encoded = typeof text === "string" ? this.#encoder.encode(text) : text;
    const address = this.allocate(encoded.length + 1);
    const { bytes } = this.#memory;
    bytes.set(encoded, address);
    bytes[address + encoded.length] = 0;
    return { address: address as BorrowedHeapCharPointer, size: encoded.length };
  }

  /** Returns the address of `size` free bytes, which the caller releases. */
  allocate(size: number): number {
    const address = this.#module._malloc(size);
    if (address === 0) throw new GuestStop("The guest's memory is full");
    return address;
  }

  /** Frees memory of `allocate` or `copyIn`. */
  release(address: number): void {
    this.#module._free(address);
  }
}
