/** Each call of a session has streams that work, and the guest goes on, whatever an earlier call has changed. */

import { expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";
import { withSession } from "../support/session-calls.js";

/** What a call does to its streams, and what is printed of it. */
const CHANGED_STREAMS: readonly (readonly [name: string, code: string, printed: string])[] = [
  ["a file in the place of stdout", "sys.stdout = open('log.txt', 'w'); print('lost')", ""],
  ["stdout closed", "sys.stdout.close()", ""],
  ["stdout and stderr closed, and stdin", "sys.stdin.close(); sys.stdout.close(); sys.stderr.close()", ""],
  [
    "a redirection left open",
    "import contextlib, io; c = contextlib.redirect_stdout(io.StringIO()); c.__enter__(); print(1)",
    "",
  ],
  ["no streams at all", "sys.stdout = sys.stderr = sys.stdin = sys.__stdout__ = sys.__stderr__ = None", ""],
  ["a stream without its buffer", "b = sys.stdout.detach(); b.write(b'late'); None", "late"],
  ["a second stream over the same buffer", "import io; io.TextIOWrapper(sys.stdout.buffer).write('w'); None", "w"],
  ["a closed raw stream", "sys.stdout.buffer.raw.close()", ""],
  [
    "another encoding",
    "sys.stdout.reconfigure(encoding='ascii', errors='strict', newline='\\r\\n', line_buffering=False)",
    "",
  ],
  ["methods replaced", "sys.stdout.write = sys.stdout.flush = sys.stderr.write = lambda *a: 0; print(1)", ""],
  ["a text without its end", "print('half', end=''); sys.stdout.flush = lambda: None", "half"],
  ["descriptor 1 closed", "import os; os.close(1)", ""],
  ["descriptors 0 to 2 closed", "import os; os.close(0); os.close(1); os.close(2)", ""],
  ["streams deleted", "del sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__", ""],
  ["an object that is no stream", "sys.stdout = sys.stderr = 5", ""],
];

/** What a call does to parts of the interpreter that the guest's own code needs. */
const CHANGED_STATE: readonly (readonly [name: string, code: string])[] = [
  ["a trace function that raises", "sys.settrace(lambda *a: 1 / 0)"],
  ["a profile function that raises", "sys.setprofile(lambda *a: 1 / 0)"],
  ["the recursion limit", "sys.setrecursionlimit(50)"],
  [
    "the builtins",
    "b = sys.modules['builtins']\nfor n in 'len open type dict str print next'.split(): setattr(b, n, None)",
  ],
  ["json", "import json; json.loads = json.dumps = None; json.JSONDecoder.decode = json.JSONEncoder.iterencode = None"],
  ["os", "import os; os.write = os.read = os.open = os.close = os.getpid = os._exit = None"],
  [
    "traceback and linecache",
    "import traceback as t, linecache as l; t.TracebackException = t.format_list = l.cache = l.getline = None",
  ],
  ["the length of tracebacks", "sys.tracebacklimit = 0"],
  ["the hooks", "sys.excepthook = sys.unraisablehook = sys.displayhook = None"],
  [
    "what is imported, and how",
    "sys.meta_path.clear(); sys.path.clear(); sys.modules.pop('traceback'); sys.modules.pop('linecache')",
  ],
  ["warnings into errors", "import warnings; warnings.simplefilter('error')"],
  [
    "the current directory",
    "import os; os.makedirs('/tmp/gone', exist_ok=True); os.chdir('/tmp/gone'); os.rmdir('/tmp/gone')",
  ],
  ["the program's own builtins", "__builtins__ = None; print = None"],
];

forEachEngine("A call of a session prints, and only its own output, after a call that left", (engine) => {
  it.each(CHANGED_STREAMS)("%s", async (_, code, printed) => {
    await withSession(engine, "python", async (run) => {
      expect(await run(`import sys\n${code}`)).toMatchObject({ stdout: { text: printed }, stderr: { text: "" } });
      for (const n of [1, 2]) {
        expect(await run(`b = None\nprint('out \\u00e9', ${n})\nprint('err', file=sys.stderr)\n${n}`)).toMatchObject({
          ending: "ok",
          result: String(n),
          stdout: { text: `out \u00e9 ${n}\n` },
          stderr: { text: "err\n" },
        });
      }
    });
  });

  it("another file at descriptor 1", async () => {
    if (!engine.hasProcesses) return;
    await withSession(engine, "python", async (run) => {
      await run("import os; f = open('x.txt', 'w'); os.dup2(f.fileno(), 1); print('into the file')");
      expect(await run("print('seen', open('x.txt').read())")).toMatchObject({
        stdout: { text: "seen into the file\n\n" },
      });
    });
  });

  it("a log handler that is bound to its stream", async () => {
    await withSession(engine, "python", async (run) => {
      await run("import logging; logging.basicConfig(format='%(message)s'); logging.warning('one')");
      expect(await run("logging.warning('two')")).toMatchObject({ stderr: { text: "two\n" } });
    });
  });
});

forEachEngine("A call of a session runs and reports its error after a call that has changed", (engine) => {
  it.each(CHANGED_STATE)("%s", async (_, code) => {
    await withSession(engine, "python", async (run) => {
      await run(`import sys\n${code}`);
      const ran = await run("print = __builtins__.print if print is None else print\nprint('on')\n1 / 0");
      expect(ran).toMatchObject({
        ending: "error",
        stdout: { text: "on\n" },
        error: { type: "ZeroDivisionError", line: 3 },
      });
      expect(ran.error?.traceback).toContain("1 / 0");
      expect(await run("40 + 2")).toMatchObject({ ending: "ok", result: "42" });
    });
  });

  it("its recursion limit, which stays the session's", async () => {
    await withSession(engine, "python", async (run) => {
      await run("import sys\nsys.setrecursionlimit(321)\n1 / 0");
      expect(await run("sys.getrecursionlimit()")).toMatchObject({ result: "321" });
    });
  });

  it("the signals that it takes, and then runs out of time", async () => {
    if (!engine.hasProcesses) return;
    await withSession(engine, "python", async (run) => {
      await run("import signal; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32)); import os; os.umask(0o777)");
      const ran = await run("\nwhile True: pass", { timeoutMs: 400 });
      expect(ran).toMatchObject({ ending: "timeout", error: { type: "TimeoutError", line: 2 } });
    });
  });
});
