/** `Event`, `CustomEvent`, `EventTarget` and `DOMException`. */

const CODES = {
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25,
};
export const custom = Symbol.for("nodejs.util.inspect.custom");

export function hide(target, name, value) {
  Object.defineProperty(target, name, { value, writable: true, enumerable: false, configurable: true });
}

export class DOMException extends Error {
  #name = "Error";

  constructor(message = "", options = "Error") {
    super(message);
    if (options !== null && typeof options === "object") {
      this.#name = `${options.name ?? "Error"}`;
      if ("cause" in options) hide(this, "cause", options.cause);
    } else {
      this.#name = options;
    }
    // The stack was made before there was a name.
    const { stack = "" } = this;
    const at = stack.indexOf("\n    at ");
    hide(this, "stack", `${this.#name}: ${this.message}${at < 0 ? "" : stack.slice(at)}`);
  }

  get name() {
    return this.#name;
  }

  get code() {
    return CODES[this.#name] ?? 0;
  }
}
for (const [name, code] of Object.entries(CODES)) {
  const constant = `${name
    .replace(/Error$/, "")
    .replace(/(?<=[a-z])(?=[A-Z])/g, "_")
    .toUpperCase()}_ERR`;
  for (const target of [DOMException, DOMException.prototype])
    Object.defineProperty(target, constant, { value: code, enumerable: true });
}
Object.defineProperty(DOMException.prototype, Symbol.toStringTag, { value: "DOMException", configurable: true });

export class Event {
  #type;
  #bubbles;
  #cancelable;
  #composed;
  #isDefaultPrevented = false;
  #isStopped = false;
  #target = null;
  #isDispatched = false;
  #timeStamp = performance.now();

  constructor(type, options = {}) {
    if (arguments.length === 0) throw new TypeError('The "type" argument must be specified');
    this.#type = `${type}`;
    this.#bubbles = !!options?.bubbles;
    this.#cancelable = !!options?.cancelable;
    this.#composed = !!options?.composed;
  }

  static begin(event, target) {
    if (event.#isDispatched) throw new DOMException("The event is already being dispatched", "InvalidStateError");
    event.#isDispatched = true;
    event.#target = target;
  }

  static end(event) {
    event.#isDispatched = false;
    event.#isStopped = false;
  }

  static isStopped(event) {
    return event.#isStopped;
  }

  static is(value) {
    return value !== null && typeof value === "object" && #type in value;
  }

  get type() {
    return this.#type;
  }

  get target() {
    return this.#target;
  }

  get currentTarget() {
    return this.#isDispatched ? this.#target : null;
  }

  get srcElement() {
    return this.#target;
  }

  get bubbles() {
    return this.#bubbles;
  }

  get cancelable() {
    return this.#cancelable;
  }

  get composed() {
    return this.#composed;
  }

  get defaultPrevented() {
    return this.#isDefaultPrevented;
  }

  get returnValue() {
    return !this.#isDefaultPrevented;
  }

  get cancelBubble() {
    return this.#isStopped;
  }

  get eventPhase() {
    return this.#isDispatched ? 2 : 0;
  }

  get timeStamp() {
    return this.#timeStamp;
  }

  get isTrusted() {
    return false;
  }

  preventDefault() {
    if (this.#cancelable) this.#isDefaultPrevented = true;
  }

  stopPropagation() {}

  stopImmediatePropagation() {
    this.#isStopped = true;
  }

  composedPath() {
    return this.#isDispatched ? [this.#target] : [];
  }

  [custom](depth, options, inspect) {
    const name = this.constructor.name;
    if (depth < 0) return `[${name}]`;
    const { type, defaultPrevented, cancelable, timeStamp } = this;
    return `${name} ${inspect({ type, defaultPrevented, cancelable, timeStamp }, options)}`;
  }
}
const { begin, end, isStopped, is } = Event;
for (const name of ["begin", "end", "isStopped", "is"]) delete Event[name];
hide(Event.prototype, custom, Event.prototype[custom]);
Object.defineProperty(Event.prototype, Symbol.toStringTag, { value: "Event", configurable: true });

export class CustomEvent extends Event {
  #detail;

  constructor(type, options) {
    super(type, options);
    this.#detail = options?.detail ?? null;
  }

  get detail() {
    return this.#detail;
  }
}

export class EventTarget {
  #listeners = new Map();

  static has(target, type) {
    return (target.#listeners.get(type)?.length ?? 0) > 0;
  }

  static list(target, type) {
    return (target.#listeners.get(type) ?? []).map(({ callback }) => callback);
  }

  addEventListener(type, callback, options) {
    if (callback === null || callback === undefined) return;
    if (typeof callback !== "function" && typeof callback !== "object")
      throw new TypeError(
        `The "listener" argument must be an instance of EventListener. Received ${realm.inspect(callback)}`,
      );
    const {
      once = false,
      signal,
      capture = false,
    } = typeof options === "object" && options !== null ? options : { capture: !!options };
    if (signal?.aborted) return;
    const name = `${type}`;
    const list = this.#listeners.get(name) ?? [];
    if (list.some((one) => one.callback === callback && one.capture === !!capture)) return;
    this.#listeners.set(name, [...list, { callback, once: !!once, capture: !!capture }]);
    signal?.addEventListener("abort", () => this.removeEventListener(name, callback, { capture }), { once: true });
  }

  removeEventListener(type, callback, options) {
    const name = `${type}`;
    const capture = typeof options === "object" && options !== null ? !!options.capture : !!options;
    const list = this.#listeners.get(name) ?? [];
    this.#listeners.set(
      name,
      list.filter((one) => one.callback !== callback || one.capture !== capture),
    );
  }

  dispatchEvent(event) {
    if (!is(event)) throw new TypeError('The "event" argument must be an instance of Event');
    begin(event, this);
    const handler = this[`on${event.type}`];
    const list = this.#listeners.get(event.type) ?? [];
    try {
      if (typeof handler === "function") callListener(this, handler, event);
      for (const one of list) {
        if (isStopped(event)) break;
        if (!(this.#listeners.get(event.type) ?? []).includes(one)) continue;
        if (one.once) this.removeEventListener(event.type, one.callback, { capture: one.capture });
        callListener(this, one.callback, event);
      }
    } finally {
      end(event);
    }
    return !event.defaultPrevented;
  }
}
export const { list: listenersOf } = EventTarget;
for (const name of ["has", "list"]) delete EventTarget[name];
Object.defineProperty(EventTarget.prototype, Symbol.toStringTag, { value: "EventTarget", configurable: true });

/** An error of a listener ends the program, as an error that nothing catches does, and the other listeners run. */
function callListener(target, callback, event) {
  try {
    if (typeof callback === "function") callback.call(target, event);
    else callback.handleEvent(event);
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown;
    });
  }
}
