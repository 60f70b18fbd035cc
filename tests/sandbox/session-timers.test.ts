/** What a call of a session has set a clock for does not happen in the next call. */

import { expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";
import { withSession } from "../support/session-calls.js";
import { sleep } from "../support/wait.js";

/** Clocks that a call leaves, each with a handler that raises or with the default action, which ends the process. */
const LEFT: readonly (readonly [name: string, code: string])[] = [
  ["an alarm with a handler", "signal.signal(signal.SIGALRM, late); signal.alarm(1)"],
  ["an alarm without a handler", "signal.alarm(1)"],
  [
    "an interval timer with a handler",
    "signal.signal(signal.SIGALRM, late); signal.setitimer(signal.ITIMER_REAL, 0.15)",
  ],
  [
    "an interval timer that repeats",
    "signal.signal(signal.SIGALRM, late); signal.setitimer(signal.ITIMER_REAL, 0.15, 0.05)",
  ],
  ["an interval timer without a handler", "signal.setitimer(signal.ITIMER_REAL, 0.15)"],
  ["a timer of processor time", "signal.signal(signal.SIGPROF, late); signal.setitimer(signal.ITIMER_PROF, 0.15)"],
  ["a timer of user time", "signal.signal(signal.SIGVTALRM, late); signal.setitimer(signal.ITIMER_VIRTUAL, 0.15)"],
  ["a timer of user time without a handler", "signal.setitimer(signal.ITIMER_VIRTUAL, 0.15)"],
  [
    "a timer behind a blocked signal",
    "signal.pthread_sigmask(signal.SIG_BLOCK, [14])\nsignal.setitimer(signal.ITIMER_REAL, 0.01)\ntime.sleep(0.05)",
  ],
  ["a watchdog that ends the process", "faulthandler.dump_traceback_later(0.15, exit=True)"],
  ["a watchdog that prints", "faulthandler.dump_traceback_later(0.15, repeat=True)"],
  [
    "a limit of processor time",
    "resource.setrlimit(resource.RLIMIT_CPU, (1, resource.getrlimit(resource.RLIMIT_CPU)[1]))",
  ],
  ["a timer of a daemon thread", "t = threading.Timer(0.15, print, ['late']); t.daemon = True; t.start()"],
  [
    "a handler of its children's end, and a child",
    "signal.signal(signal.SIGCHLD, late)\nif os.fork() == 0: time.sleep(9)",
  ],
  ["a handler of a lost terminal, and a child", "signal.signal(signal.SIGHUP, late)\nif os.fork() == 0: time.sleep(9)"],
  [
    "signals that wait behind a mask",
    "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))\nfor n in (10, 12, 15): signal.raise_signal(n)",
  ],
  [
    "a clock, and an error of its own",
    "signal.signal(signal.SIGALRM, late); signal.setitimer(signal.ITIMER_REAL, 0.15)\n1 / 0",
  ],
];

const PREPARE = `import faulthandler, os, resource, signal, threading, time
def late(*_):
    raise RuntimeError("of the call before")
`;

const WORK = `import time
begin = time.process_time()
while time.process_time() - begin < SECONDS: pass
print("through")
begin = time.monotonic()
while time.monotonic() - begin < 0.4: time.sleep(0.01)
print("to the end")
`;

forEachEngine(
  "A call of a session runs to its end although the call before left",
  (engine) => {
    it.each(LEFT)("%s", { timeout: 15_000 }, async (name, code) => {
      await withSession(engine, "python", async (run) => {
        await run(PREPARE + code);
        await sleep(100);
        const ran = await run(WORK.replace("SECONDS", name.startsWith("a limit") ? "1.3" : "0.4"), {
          timeoutMs: 8_000,
        });
        expect(ran).toMatchObject({
          ending: "ok",
          stdout: { text: "through\nto the end\n" },
          stderr: { text: "" },
          error: null,
        });
      });
    });
  },
  ["local", "runc", "runsc"],
);

forEachEngine(
  "A clock of a program",
  (engine) => {
    it.each([false, true])("does not disturb the account of the error that it raised (kept: %s)", async (keep) => {
      const code = `import signal, time
def late(*_):
    raise RuntimeError("late")
signal.signal(signal.SIGALRM, late)
signal.setitimer(signal.ITIMER_REAL, 0.005, 0.0003)
time.sleep(2)`;
      await using sandbox = await engine.open();
      for (let n = 0; n < 5 && sandbox.isReady; n++) {
        const ran = await sandbox.run(
          { ...engine.job({ code, fence: "open", keep }), keep },
          AbortSignal.timeout(5_000),
        );
        expect(ran).toMatchObject({ ending: "error", exitCode: 1, error: { type: "RuntimeError", message: "late" } });
        if (!keep) return;
      }
      expect(sandbox.isReady).toBe(true);
    });

    it("finds the handlers of signals that every call begins with", async () => {
      await withSession(engine, "python", async (run) => {
        const first = await run(
          "import signal\nbefore = {n: signal.getsignal(n) for n in signal.valid_signals() - {24}}",
        );
        await run("for n in signal.valid_signals() - {9, 19}: signal.signal(n, lambda *_: None)");
        const now = "{n: signal.getsignal(n) for n in signal.valid_signals() - {24}} == before";
        expect(first).toMatchObject({ ending: "ok" });
        expect(await run(now)).toMatchObject({ ending: "ok", result: "True" });
      });
    });

    it("ends the session with a sentence if nothing can take it back", async () => {
      await using sandbox = await engine.open();
      const code = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (50, 50))";
      const ran = await sandbox.run(
        { ...engine.job({ code, fence: "open", keep: true }), keep: true },
        AbortSignal.timeout(5_000),
      );
      expect(ran).toMatchObject({ ending: "error", error: { type: "SystemError" } });
      expect(ran.error?.message).toMatch(/interpreter is lost: .* processor time \(RLIMIT_CPU\), .*ower only the soft/);
    });
  },
  ["local", "runc", "runsc"],
);

/** JavaScript of a session: a timer that nothing waits for ends with its call. */
forEachEngine("A call of a JavaScript session runs alone although the call before left", (engine) => {
  it.each([
    ["a repeating timer that holds nothing", "setInterval(() => console.log('late'), 5).unref()"],
    ["a timer that holds nothing", "setTimeout(() => { throw new Error('late') }, 20).unref()"],
    ["a timer and an error", "setTimeout(() => console.log('late'), 20); throw new Error('now')"],
    ["a repeating timer and an error", "setInterval(() => console.log('late'), 5); throw new Error('now')"],
    [
      "a chain of promises and an error",
      "(function f() { Promise.resolve().then(() => setTimeout(f, 1)); console.log('') })(); throw 1",
    ],
  ])("%s", async (_, code) => {
    await withSession(engine, "javascript", async (run) => {
      await run(code);
      const ran = await run("await new Promise((r) => setTimeout(r, 100)); console.log('through')");
      expect(ran).toMatchObject({ ending: "ok", stdout: { text: "through\n" }, stderr: { text: "" } });
    });
  });
});
