/** Calls that the interpreter announces, and that open no file, are as fast as other calls. */

import { expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";

/** Returns the time of the fastest of five loops of a call, divided by that of a call that is never announced. */
const RATIO = `import time, math, json
def best(call):
    times = []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(20_000):
            call(math)
        times.append(time.perf_counter() - start)
    return min(times)
best(id) / best(callable)`;

forEachEngine(
  "a call that opens no file",
  (engine) => {
    it.each(["strict", "open"] as const)("is not looked at for files, with the policy %s", async (fence) => {
      const ran = await engine.run({ code: RATIO, fence });
      expect(ran.error).toBeNull();
      expect(Number(ran.result)).toBeLessThan(4);
    });
  },
  ["wasm", "local"],
);
