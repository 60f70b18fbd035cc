/** The modules `node:timers` and `node:timers/promises`. */

const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate } = realm.globals;

const wait = (start, stop) => (value, signal) =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = start(() => resolve(value));
    signal?.addEventListener(
      "abort",
      () => {
        stop(timer);
        reject(signal.reason);
      },
      { once: true },
    );
  });

const promises = {
  setTimeout: (delay, value, options) => wait((done) => setTimeout(done, delay), clearTimeout)(value, options?.signal),
  setImmediate: (value, options) => wait(setImmediate, clearImmediate)(value, options?.signal),
  async *setInterval(delay, value, options) {
    for (;;) yield await promises.setTimeout(delay, value, options);
  },
  scheduler: {
    wait: (delay, options) => promises.setTimeout(delay, undefined, options),
    yield: () => promises.setImmediate(),
  },
};

export default { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate, promises };
