/**
 * A program that is stopped at its time limit: what it had printed is there, and the reason is in the same words.
 *
 * Two run side by side, each on a processor of its own: no test measures how long they take. Under gVisor, which needs
 * a processor itself, they run one after the other.
 */

import { expect, it as one, vi } from "vitest";
import { forEachEngine, type Program } from "../support/engines.js";

vi.setConfig({ maxConcurrency: 2 });

const TIMEOUT_MS = 700;
const SENTENCE = "The program ran longer than 700 ms";

const LOOPS: Readonly<Record<string, Program>> = {
  "a loop": { code: "while True:\n    pass" },
  "one long operation": { code: "x = 9**9**9" },
  "a long sleep": { code: "import time\ntime.sleep(60)", fence: "open" },
  "a search that goes back again and again": { code: "import re\nre.match('(a*)*b', 'a' * 60)", fence: "open" },
  "a loop in JavaScript": { code: "for (;;);", language: "javascript" },
  "one long operation in JavaScript": { code: "/^(a|a)*$/.test('a'.repeat(60) + 'b')", language: "javascript" },
};

const UNFINISHED: Readonly<Record<string, string>> = {
  print: 'print("abc", end="")',
  "a write": 'import sys\nsys.stdout.write("a")\nsys.stdout.write("bc")',
  "prints with another separator": 'for x in "abc":\n    print(x, end="", sep=" ")',
};

/** A busy machine needs some of it until the program has printed. */
const C_TIMEOUT_MS = 1_500;

/** Code of C takes no signal of Python, so the program cannot write the rest of its line itself. */
const IN_C: Readonly<Record<string, string>> = {
  "a sum without an end": "import itertools; sum(itertools.count())",
  "a comparison without an end": "import itertools; max(itertools.repeat(1))",
};

const CRASHES: Readonly<Record<string, string>> = {
  "os.abort": "import os; os.abort()",
  "os._exit": "import os; os._exit(3)",
  "a kill": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
};

forEachEngine("a program that is stopped at its time limit", (engine) => {
  const it = engine.name === "runsc" ? one : one.concurrent;
  for (const [name, program] of Object.entries(LOOPS))
    it(`in ${name} ends as a time-out, and the reason is the same everywhere`, async () => {
      const ran = await engine.run({ ...program, timeoutMs: TIMEOUT_MS });
      expect([ran.ending, ran.exitCode]).toEqual(["timeout", 124]);
      expect([ran.error?.type, ran.error?.message]).toEqual(["TimeoutError", SENTENCE]);
    });

  it.each([1e4, 3e4, 1e5, 3e5, 1e6])("that throws after %d characters of work is told of the limit", async (size) => {
    // Nothing stops a function of the language in its middle, so the program can be late and throw nevertheless.
    const code = `"ab".repeat(${size}).split("a").join("c"); throw new Error("own")`;
    const ran = await engine.run({ code, language: "javascript", timeoutMs: 1 });
    if (ran.ending !== "timeout") return; // it was not late
    expect([ran.error?.type, ran.error?.message]).toEqual(["TimeoutError", "The program ran longer than 1 ms"]);
    expect([ran.exitCode, ran.result]).toEqual([124, null]);
  });

  for (const [name, code] of Object.entries(UNFINISHED))
    it(`keeps the unfinished line of ${name}`, async () => {
      const ran = await engine.run({ code: `${code}\nwhile True:\n    pass`, fence: "open", timeoutMs: TIMEOUT_MS });
      expect([ran.ending, ran.stdout.text]).toEqual(["timeout", "abc"]);
    });

  for (const [name, code] of Object.entries(IN_C))
    it(`keeps an unfinished line before ${name}`, async () => {
      const before = 'print("one")\nprint("abc", end="")';
      const ran = await engine.run({ code: `${before}\n${code}`, fence: "open", timeoutMs: C_TIMEOUT_MS });
      expect([ran.ending, ran.stdout.text]).toEqual(["timeout", "one\nabc"]);
    });

  it("keeps the unfinished lines of both streams before code of C, and nothing twice", async () => {
    const code = [
      "import itertools, sys",
      'sys.stdout.write("1\\n2"); sys.stdout.flush()',
      'sys.stdout.buffer.write(b"3"); sys.stderr.write("e\\u00e9\\nf")',
      "for n in range(3): print(n, end=' ')",
      "sum(itertools.count())",
    ];
    const ran = await engine.run({ code: code.join("\n"), fence: "open", timeoutMs: C_TIMEOUT_MS });
    expect([ran.ending, ran.stdout.text, ran.stderr.text]).toEqual(["timeout", "1\n230 1 2 ", "e\u00e9\nf"]);
  });

  it("keeps a line of any length that is not finished", async () => {
    const code = "import itertools\nfor n in range(10_000): print(f'{n:6}', end='')\nsum(itertools.count())";
    const ran = await engine.run({ code, fence: "open", timeoutMs: C_TIMEOUT_MS });
    const printed = Array.from({ length: 10_000 }, (_, n) => String(n).padStart(6)).join("");
    expect([ran.ending, ran.stdout.text === printed]).toEqual(["timeout", true]);
  });

  if (engine.hasProcesses)
    it("keeps an unfinished line of a program that a process of it was forked from", async () => {
      const code = [
        "import itertools, os",
        'print("abc", end="")',
        "if os.fork() == 0:",
        '    print("of the child", end="")',
        "    os._exit(0)",
        "os.wait()",
        'print("def", end="")',
        "sum(itertools.count())",
      ];
      const ran = await engine.run({ code: code.join("\n"), fence: "open", timeoutMs: C_TIMEOUT_MS });
      expect([ran.ending, ran.stdout.text]).toEqual(["timeout", "abcdef"]);
    });

  for (const [name, code] of Object.entries(CRASHES))
    it(`keeps an unfinished line before ${name}`, async () => {
      const ran = await engine.run({ code: `print("one")\nprint("abc", end="")\n${code}`, fence: "open" });
      expect(ran.ending).not.toBe("ok");
      expect(ran.stdout.text).toBe("one\nabc");
    });

  it("keeps an unfinished line of stderr, in the order of the lines before it", async () => {
    const code =
      'import sys\nprint("one", file=sys.stderr)\nprint("two", end="", file=sys.stderr)\nwhile True:\n    pass';
    const ran = await engine.run({ code, fence: "open", timeoutMs: TIMEOUT_MS });
    expect([ran.ending, ran.stderr.text]).toEqual(["timeout", "one\ntwo"]);
  });

  it("keeps the unfinished line of a later call of a session", async () => {
    const session = await engine.open();
    const call = (code: string) =>
      session.run({ ...engine.job({ code, timeoutMs: TIMEOUT_MS }), keep: true }, new AbortController().signal);
    expect(await call('print("first", end="")')).toMatchObject({ ending: "ok", stdout: { text: "first" } });
    expect(await call('print("abc", end="")\nwhile True:\n    pass')).toMatchObject({
      ending: "timeout",
      stdout: { text: "abc" },
      error: { message: SENTENCE },
    });
    await session.close();
  });

  it("keeps the unfinished line of a later call of a session before code of C", async () => {
    const session = await engine.open();
    const call = (code: string) =>
      session.run({ ...engine.job({ code, timeoutMs: C_TIMEOUT_MS }), keep: true }, new AbortController().signal);
    expect(await call('print("first", end="")')).toMatchObject({ ending: "ok", stdout: { text: "first" } });
    expect(await call('import itertools\nprint("abc", end="")\nsum(itertools.count())')).toMatchObject({
      ending: "timeout",
      stdout: { text: "abc" },
    });
    await session.close();
  });
});
