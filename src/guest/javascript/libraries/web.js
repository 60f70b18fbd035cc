/** `AbortController` and `AbortSignal`, with the events that they stand on. */

import { custom, CustomEvent, DOMException, Event, EventTarget, hide, listenersOf } from "./web-events.js";

const secret = Symbol("secret");

class AbortSignal extends EventTarget {
  #isAborted = false;
  #reason = undefined;
  onabort = null;

  constructor(key) {
    if (key !== secret) throw realm.newCodeError("TypeError", "ERR_ILLEGAL_CONSTRUCTOR", "Illegal constructor");
    super();
    hide(this, "onabort", null);
  }

  static abort(reason = new DOMException("This operation was aborted", "AbortError")) {
    const signal = new AbortSignal(secret);
    signal.#isAborted = true;
    signal.#reason = reason;
    return signal;
  }

  static timeout(delay) {
    const signal = new AbortSignal(secret);
    const stop = () => raise(signal, new DOMException("The operation was aborted due to timeout", "TimeoutError"));
    realm.setTimeout(stop, delay).unref();
    return signal;
  }

  static any(signals) {
    const joined = new AbortSignal(secret);
    for (const signal of signals) {
      if (signal.aborted) return AbortSignal.abort(signal.reason);
    }
    for (const signal of signals) signal.addEventListener("abort", () => raise(joined, signal.reason), { once: true });
    return joined;
  }

  static raise(signal, reason) {
    if (signal.#isAborted) return;
    signal.#isAborted = true;
    signal.#reason = reason === undefined ? new DOMException("This operation was aborted", "AbortError") : reason;
    signal.dispatchEvent(new Event("abort"));
  }

  get aborted() {
    return this.#isAborted;
  }

  get reason() {
    return this.#reason;
  }

  throwIfAborted() {
    // oxlint-disable-next-line typescript/only-throw-error
    if (this.#isAborted) throw this.#reason;
  }

  [custom](depth, options, inspect) {
    return depth < 0 ? "[AbortSignal]" : `AbortSignal ${inspect({ aborted: this.#isAborted }, options)}`;
  }
}
const { raise } = AbortSignal;
delete AbortSignal.raise;
hide(AbortSignal.prototype, custom, AbortSignal.prototype[custom]);
Object.defineProperty(AbortSignal.prototype, Symbol.toStringTag, { value: "AbortSignal", configurable: true });

class AbortController {
  #signal = new AbortSignal(secret);

  get signal() {
    return this.#signal;
  }

  abort(reason) {
    raise(this.#signal, reason);
  }

  [custom](depth, options, inspect) {
    return depth < 0 ? "[AbortController]" : `AbortController ${inspect({ signal: this.#signal }, options)}`;
  }
}
hide(AbortController.prototype, custom, AbortController.prototype[custom]);
Object.defineProperty(AbortController.prototype, Symbol.toStringTag, { value: "AbortController", configurable: true });

realm.listenersOf = listenersOf;

export default { AbortController, AbortSignal, CustomEvent, DOMException, Event, EventTarget };
