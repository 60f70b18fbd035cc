/** The mocks of `node:test`. */

import { newNotHereError } from "./not-here.js";

class Calls {
  calls = [];
  #implementation;
  #original;
  #once = new Map();
  #undo;
  #left;

  constructor(original, implementation, undo, times = Infinity) {
    this.#original = original;
    this.#implementation = implementation;
    this.#undo = undo;
    this.#left = times;
  }

  callCount() {
    return this.calls.length;
  }

  resetCalls() {
    this.calls = [];
  }

  mockImplementation(implementation) {
    this.#implementation = implementation;
  }

  mockImplementationOnce(implementation, onCall = this.calls.length) {
    this.#once.set(onCall, implementation);
  }

  restore() {
    this.#implementation = this.#original;
    this.#undo?.();
  }

  /** Calls the implementation, and notes how that went. */
  run(self, args, target) {
    const number = this.calls.length;
    const work = this.#once.get(number) ?? (this.#left > 0 ? this.#implementation : this.#original);
    this.#once.delete(number);
    this.#left--;
    const call = { arguments: args, error: undefined, result: undefined, stack: new Error(), target, this: self };
    this.calls.push(call);
    try {
      call.result = target === undefined ? Reflect.apply(work, self, args) : Reflect.construct(work, args, target);
      return call.result;
    } catch (error) {
      call.error = error;
      throw error;
    }
  }
}

function mocked(original, implementation, undo, times) {
  const calls = new Calls(original, implementation, undo, times);
  function called(...args) {
    return calls.run(this, args, new.target === called ? original : new.target);
  }
  Object.defineProperty(called, "name", { value: original.name, configurable: true });
  Object.defineProperty(called, "length", { value: original.length, configurable: true });
  if (original.prototype !== undefined) called.prototype = original.prototype;
  Object.defineProperty(called, "mock", { value: calls });
  return called;
}

function ownerOf(object, name) {
  for (let at = object; at !== null && at !== undefined; at = Object.getPrototypeOf(at)) {
    const found = Object.getOwnPropertyDescriptor(at, name);
    if (found !== undefined) return found;
  }
  const message = `The argument 'methodName' must be a method. Received ${realm.inspect(name)}`;
  throw realm.newCodeError("TypeError", "ERR_INVALID_ARG_VALUE", message);
}

/** Makes mocks, and undoes them together. */
export class MockTracker {
  #mocks = [];

  fn(original = () => undefined, implementation, options) {
    const plain = typeof implementation === "function" ? { implementation, options } : { options: implementation };
    const made = mocked(original, plain.implementation ?? original, undefined, plain.options?.times);
    this.#mocks.push(made.mock);
    return made;
  }

  method(object, name, implementation, options) {
    const plain = typeof implementation === "function" ? { implementation, options } : { options: implementation };
    const { getter = false, setter = false, times } = plain.options ?? {};
    const kind = getter ? "get" : setter ? "set" : "value";
    const found = ownerOf(object, name);
    const original = found[kind];
    if (typeof original !== "function") ownerOf(null, name);
    const own = Object.getOwnPropertyDescriptor(object, name);
    const undo = () => (own === undefined ? delete object[name] : Object.defineProperty(object, name, own));
    const made = mocked(original, plain.implementation ?? original, undo, times);
    Object.defineProperty(object, name, { ...found, configurable: true, [kind]: made });
    this.#mocks.push(made.mock);
    return made;
  }

  getter(object, name, implementation, options) {
    return this.method(object, name, implementation, { ...options, getter: true });
  }

  setter(object, name, implementation, options) {
    return this.method(object, name, implementation, { ...options, setter: true });
  }

  restoreAll() {
    for (const mock of this.#mocks.toReversed()) mock.restore();
  }

  reset() {
    this.restoreAll();
    this.#mocks = [];
  }

  get timers() {
    throw newNotHereError("mock.timers", "pass the time and the timer functions to the code under test instead");
  }
}
