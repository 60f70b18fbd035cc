/** The end of a Python program: what waits for it runs, within the time limit, and its output is in the outcome. */

import { expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";

const lines = (...all: readonly string[]): string => all.join("\n");
const REGISTERED = "import atexit\natexit.register(print, 'bye')\n";
const GENERATOR = lines(
  "def g():",
  "    try:",
  "        yield",
  "    finally:",
  "        print('closed', name)",
  "name = 'n'",
  "x = g()",
  "next(x)",
);

const EXITS: readonly (readonly [name: string, code: string, exitCode: number, type: string])[] = [
  ["text fails", "class E:\n    def __str__(self): raise ValueError\nraise SystemExit(E())", 1, "SystemExit"],
  ["code cannot be read", "class E(SystemExit):\n    code = property(lambda e: 1 / 0)\nraise E(3)", 1, "E"],
  ["attributes all fail", "class E(SystemExit):\n    def __getattribute__(e, n): raise OSError\nraise E(3)", 1, "E"],
  ["code cannot be compared", "class C:\n    def __eq__(c, o): raise OSError\nraise SystemExit(C())", 1, "SystemExit"],
  ["code says that it is a number", "class C:\n    __class__ = int\nraise SystemExit(C())", 1, "SystemExit"],
  [
    "number is never equal",
    "class C(int):\n    def __eq__(c, o): raise OSError\nraise SystemExit(C(4))",
    4,
    "SystemExit",
  ],
  ["number is not whole", "raise SystemExit(0.0)", 1, "SystemExit"],
  ["number is too large", "raise SystemExit(10 ** 30)", 255, "SystemExit"],
  [
    "number is of an own class",
    "class E(int):\n    def __and__(self, _): return 'x'\nraise SystemExit(E(3))",
    3,
    "SystemExit",
  ],
];

const AT_THE_END: readonly (readonly [name: string, code: string, stdout: string])[] = [
  [
    "exit functions, the last one first",
    `${REGISTERED}atexit.register(print, 'first')\nprint('body')`,
    "body\nfirst\nbye\n",
  ],
  [
    "weakref.finalize",
    "import weakref\nclass A: pass\na = A()\nf = weakref.finalize(a, print, 'finalised')",
    "finalised\n",
  ],
  ["the finally of a suspended generator", GENERATOR, "closed n\n"],
  [
    "a with statement in a suspended generator, in a list in an object",
    lines(
      "import contextlib",
      "@contextlib.contextmanager",
      "def c():",
      "    try:",
      "        yield",
      "    finally:",
      "        print('left')",
      "def g():",
      "    with c():",
      "        yield",
      "class A: pass",
      "a = A()",
      "a.kept = [{'x': g()}]",
      "a.kept.append(a)",
      "next(a.kept[0]['x'])",
    ),
    "left\n",
  ],
  [
    "the finally of a suspended asynchronous generator",
    lines(
      "async def g():",
      "    try:",
      "        yield 1",
      "    finally:",
      "        print('closed')",
      "x = g()",
      "try:",
      "    x.__anext__().send(None)",
      "except StopIteration:",
      "    pass",
    ),
    "closed\n",
  ],
  [
    "__del__ of objects that are left",
    "class A:\n    def __del__(self): print('gone', name)\nname = 'n'\na = A()\nb = [a]",
    "gone n\n",
  ],
  [
    "a log that is held in memory",
    lines(
      "import logging, logging.handlers, sys",
      "h = logging.handlers.MemoryHandler(9, target=logging.StreamHandler(sys.stdout))",
      "logging.getLogger().addHandler(h)",
      "logging.warning('held')",
    ),
    "held\n",
  ],
  ["what was printed without the end of its line", `${REGISTERED}print('abc', end='')`, "abcbye\n"],
];

forEachEngine("At the end of a Python program", (engine) => {
  it.each(AT_THE_END)("it runs %s", async (_, code, stdout) => {
    const ran = await engine.run({ code, fence: "open" });
    expect(ran).toMatchObject({ ending: "ok", exitCode: 0, stdout: { text: stdout }, stderr: { text: "" } });
  });

  it.each([
    ["an exit", "import sys\nsys.exit(3)", { exitCode: 3, error: { type: "SystemExit" } }],
    ["an exception", "1 / 0", { exitCode: 1, error: { type: "ZeroDivisionError" } }],
    ["an interrupt", "raise KeyboardInterrupt", { exitCode: 1, error: { type: "KeyboardInterrupt" } }],
  ])("it runs exit functions and generators after %s", async (_, code, outcome) => {
    const ran = await engine.run({ code: `${REGISTERED}${GENERATOR}\n${code}`, fence: "open" });
    expect(ran).toMatchObject({ ending: "error", stdout: { text: "bye\nclosed n\n" }, ...outcome });
  });

  it("an exception of an exit function is printed, and changes neither the exit code nor the result", async () => {
    const code = `${REGISTERED}def bad():\n    raise ValueError('at exit')\natexit.register(bad)\n40 + 2`;
    const ran = await engine.run({ code, fence: "open" });
    expect(ran).toMatchObject({ ending: "ok", exitCode: 0, result: "42", error: null, stdout: { text: "bye\n" } });
    expect(ran.stderr.text).toMatch(/^Exception ignored in atexit callback: <function bad at .*>\nTraceback/);
    expect(ran.stderr.text).toContain("line 4, in bad\n    raise ValueError('at exit')");
  });

  it.each([
    ["exit function", "import atexit\n@atexit.register\ndef f():\n    print('start')\n    while True: pass"],
    [
      "generator",
      "def g():\n    try: yield\n    finally:\n        print('start')\n        while True: pass\nx = g(); next(x)",
    ],
    [
      "exit function after an error",
      "import atexit\n@atexit.register\ndef f():\n    print('start')\n    while True: pass\n1 / 0",
    ],
  ])("an endless %s runs into the time limit", async (_, code) => {
    const ran = await engine.run({ code, fence: "open", timeoutMs: 600 });
    expect(ran).toMatchObject({ ending: "timeout", result: null, stdout: { text: "start\n" } });
    expect(ran.error?.message).toBe("The program ran longer than 600 ms");
  });

  it.each(EXITS)("an exit whose %s ends with the exit code of the interpreter", async (_, code, exitCode, type) => {
    const ran = await engine.run({ code });
    expect(ran).toMatchObject({ ending: "error", exitCode, error: { type } });
  });

  it("a program without stdout ends well", async () => {
    const ran = await engine.run({ code: "import sys\ndel sys.stdout\n7", fence: "open" });
    expect(ran).toMatchObject({ ending: "ok", result: "7", error: null });
  });

  it("a session's runner that ends just after its report leaves a supervisor that says so", async () => {
    if (!engine.hasProcesses) return;
    for (let attempt = 0; attempt < 8; attempt++) {
      await using sandbox = await engine.open();
      const timer = `t = threading.Timer(${attempt / 2_000}, os._exit, [0])`;
      const code = lines("import os, threading", timer, "t.daemon = True", "t.start()", "7");
      const job = { ...engine.job({ code, fence: "open" }), keep: true };
      const ran = await sandbox.run(job, AbortSignal.timeout(10_000));
      expect(ran.usage.cpuMs, JSON.stringify(ran)).not.toBeNull();
    }
  });

  it("os._exit leaves at once", async () => {
    const ran = await engine.run({ code: `${REGISTERED}${GENERATOR}\nimport os\nos._exit(4)`, fence: "open" });
    expect(ran).toMatchObject({ ending: "error", exitCode: 4, stdout: { text: "" } });
  });

  it("threads end first, also after an exception, and then exit functions run", async () => {
    if (!engine.hasProcesses) return;
    const code = lines(
      `${REGISTERED}import threading, time`,
      "threading.Thread(target=lambda: (time.sleep(0.2), print('thread'))).start()",
      "1 / 0",
    );
    expect(await engine.run({ code, fence: "open" })).toMatchObject({
      ending: "error",
      stdout: { text: "thread\nbye\n" },
    });
    const endless = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\n1 / 0";
    expect(await engine.run({ code: endless, fence: "open", timeoutMs: 500 })).toMatchObject({ ending: "timeout" });
  });

  it("of a call of a session nothing of it runs, because the interpreter goes on", async () => {
    await using sandbox = await engine.open();
    const run = (code: string): ReturnType<typeof sandbox.run> =>
      sandbox.run({ ...engine.job({ code, fence: "open" }), keep: true }, AbortSignal.timeout(10_000));
    expect(await run(`${REGISTERED}${GENERATOR}`)).toMatchObject({ ending: "ok", stdout: { text: "" } });
    expect(await run("x.close()")).toMatchObject({ ending: "ok", stdout: { text: "closed n\n" } });
  });
});
