/** The module `node:events`. */

import EventEmitter from "events";

const custom = (emitter, name, isWrapped) => {
  const list =
    typeof emitter.rawListeners === "function" ? emitter.rawListeners(name) : realm.listenersOf(emitter, name);
  return isWrapped ? list : list.map((listener) => listener.listener ?? listener);
};

function itself() {
  return this;
}

/** Returns an iterator over the events of one name, as Node's `events.on` does. */
function on(emitter, event, options = {}) {
  const { signal } = options;
  signal?.throwIfAborted();
  const values = [];
  const waiting = [];
  let failure = null;
  let isDone = false;
  const give = (...args) => {
    const next = waiting.shift();
    if (next === undefined) values.push(args);
    else next.resolve({ value: args, done: false });
  };
  const fail = (error) => {
    failure = { error };
    const next = waiting.shift();
    if (next === undefined) return;
    failure = null;
    next.reject(error);
  };
  const stop = () => {
    isDone = true;
    emitter.off(event, give);
    emitter.off("error", fail);
    for (const { resolve } of waiting.splice(0)) resolve({ value: undefined, done: true });
    return Promise.resolve({ value: undefined, done: true });
  };
  emitter.on(event, give);
  if (event !== "error") emitter.on("error", fail);
  for (const name of options.close ?? []) emitter.on(name, stop);
  signal?.addEventListener("abort", () => fail(signal.reason), { once: true });
  return {
    next() {
      if (values.length > 0) return Promise.resolve({ value: values.shift(), done: false });
      if (failure !== null) {
        const { error } = failure;
        failure = null;
        void stop();
        return Promise.reject(error);
      }
      if (isDone) return Promise.resolve({ value: undefined, done: true });
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return: stop,
    throw(error) {
      fail(error);
      return stop();
    },
    [Symbol.asyncIterator]: itself,
  };
}

const plainOnce = EventEmitter.once;
/** `events.once` with a signal, and for the targets of the web too. */
function once(emitter, name, { signal } = {}) {
  if (typeof emitter.addEventListener === "function" && typeof emitter.on !== "function")
    return new Promise((resolve) => emitter.addEventListener(name, (event) => resolve([event]), { once: true }));
  if (signal === undefined) return plainOnce(emitter, name);
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    plainOnce(emitter, name).then(resolve, reject);
  });
}

EventEmitter.once = once;
EventEmitter.on = on;
EventEmitter.captureRejections = false;
EventEmitter.captureRejectionSymbol = Symbol.for("nodejs.rejection");
EventEmitter.errorMonitor = Symbol("events.errorMonitor");
EventEmitter.getEventListeners = (emitter, name) => custom(emitter, name, false);
EventEmitter.getMaxListeners = (emitter) => emitter.getMaxListeners();
EventEmitter.setMaxListeners = (count, ...emitters) => {
  if (emitters.length === 0) EventEmitter.defaultMaxListeners = count;
  for (const emitter of emitters) emitter.setMaxListeners?.(count);
};
EventEmitter.addAbortListener = (signal, listener) => {
  if (signal.aborted) queueMicrotask(() => listener());
  else signal.addEventListener("abort", listener, { once: true });
  return { [Symbol.dispose ?? "dispose"]: () => signal.removeEventListener("abort", listener) };
};

export default EventEmitter;
