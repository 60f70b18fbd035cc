/** The clocks of processor time tell what the program has used: its work, not its sleep, and nobody else's time. */

import { expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";
import { withSession } from "../support/session-calls.js";
import { sleep } from "../support/wait.js";

const CODE = `
import os, time

def work():
    return sum(i * i for i in range(100_000))

clocks = {
    "process_time": time.process_time,
    "process_time_ns": lambda: time.process_time_ns() / 1e9,
    "thread_time": time.thread_time,
    "thread_time_ns": lambda: time.thread_time_ns() / 1e9,
    "times": lambda: os.times().user + os.times().system,
}
wrong = []
for name, clock in clocks.items():
    first = clock()
    time.sleep(0.3)
    slept = clock()
    started = time.perf_counter()
    while clock() - slept < 0.05 and time.perf_counter() - started < 3:
        work()
    worked = clock()
    if not (0 <= first < 60 and slept - first < 0.25 and worked - slept >= 0.05):
        wrong.append((name, first, slept, worked))
print(wrong)
`;

forEachEngine("A Python program reads its processor time", (engine) => {
  it("from every clock that has it", async () => {
    const ran = await engine.run({ code: CODE, fence: "open", timeoutMs: 20_000 });
    expect(ran).toMatchObject({ ending: "ok", error: null, stdout: { text: "[]\n" } });
  }, 60_000);

  it("which goes on in the next call of a session, without the time between the calls", async () => {
    await withSession(engine, "python", async (call) => {
      expect(await call("import time\nat = time.process_time()")).toMatchObject({ ending: "ok" });
      await sleep(400);
      const next = await call("passed = time.process_time() - at\nprint(0 <= passed < 0.35)");
      expect(next).toMatchObject({ ending: "ok", stdout: { text: "True\n" } });
    });
  }, 60_000);
});
