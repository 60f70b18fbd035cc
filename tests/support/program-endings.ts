/** Every way a program can end, and how it should: the rows that the tests of endings run on each engine. */

import { expect } from "vitest";
import type { Ending } from "../../src/outcome.js";
import type { EngineName, EngineUnderTest, Program, Ran } from "./engines.js";
import { PACKAGE } from "./built-modules.js";

const CONTAINERS: readonly EngineName[] = ["runc", "runsc"];
const PROCESSES: readonly EngineName[] = ["local", "runc", "runsc"];

export interface Case extends Program {
  readonly name: string;
  /** The endings that are right; more than one only where `why` says so. */
  readonly ends: Ending | readonly Ending[] | Partial<Record<EngineName, Ending | readonly Ending[]>>;
  readonly why?: string;
  /** All engines unless told otherwise. */
  readonly on?: readonly EngineName[];
  readonly stdout?: string;
  readonly stderr?: string;
  readonly result?: string | null;
  readonly exitCode?: number | null;
  readonly also?: (ran: Ran, engine: EngineUnderTest) => void;
}

export function allowed(one: Case, engine: EngineName): readonly Ending[] {
  const ends =
    typeof one.ends === "object" && !Array.isArray(one.ends)
      ? (one.ends as Partial<Record<EngineName, Ending | readonly Ending[]>>)[engine]
      : one.ends;
  if (ends === undefined) throw new Error(`${one.name} says nothing of ${engine}`);
  return typeof ends === "string" ? [ends] : (ends as readonly Ending[]);
}

/** Nothing of ours, and no place of the host, shows in what a program is told of its failure. */
function showsProgramOnly({ error }: Ran): void {
  const traceback = error?.traceback ?? "";
  expect(traceback).not.toBe("");
  expect(traceback).not.toMatch(/supervisor|prelude|runner\.mjs|python-guest|<string>|node:|\/opt\/|\/usr\//);
  expect(traceback).not.toContain(PACKAGE);
  for (const [, file] of traceback.matchAll(/File "([^"]*)"/g)) expect(file).toBe("program.py");
}

const ORDINARY: readonly Case[] = [
  {
    name: "printing and a last expression",
    code: "print('out')\n6 * 7",
    ends: "ok",
    stdout: "out\n",
    stderr: "",
    result: "42",
    exitCode: 0,
  },
  {
    name: "both streams",
    fence: "open",
    code: "import sys\nprint('out')\nprint('err', file=sys.stderr)",
    ends: "ok",
    stdout: "out\n",
    stderr: "err\n",
    result: null,
  },
  {
    name: "an exception deep in a call",
    code: "def inner(n):\n    return 1 / n\n\ndef outer():\n    print('before')\n    inner(0)\n\nouter()",
    ends: "error",
    stdout: "before\n",
    exitCode: 1,
    also: (ran) => {
      showsProgramOnly(ran);
      expect(ran.error).toMatchObject({ type: "ZeroDivisionError", message: "division by zero", line: 2, column: 12 });
      expect(ran.error?.traceback).toContain("in outer");
    },
  },
  {
    name: "an exception raised by a library's own code",
    code: "import json\njson.loads('{')",
    ends: "error",
    exitCode: 1,
    also: (ran) => {
      showsProgramOnly(ran);
      expect(ran.error).toMatchObject({ type: "JSONDecodeError", line: 2 });
    },
  },
  {
    name: "an exception from an exception handler",
    code: "try:\n    {}['k']\nexcept KeyError as e:\n    raise ValueError('v') from e",
    ends: "error",
    also: (ran) => {
      showsProgramOnly(ran);
      expect(ran.error).toMatchObject({ type: "ValueError", message: "v", line: 4 });
      expect(ran.error?.traceback).toContain("KeyError: 'k'");
    },
  },
  {
    name: "an exception whose text cannot be made",
    code: "class E(Exception):\n    def __str__(self):\n        raise E\nraise E",
    ends: "error",
  },
  {
    name: "a syntax error, of which nothing runs",
    code: "print('ran')\ndef (:\n    pass",
    ends: "error",
    stdout: "",
    also: ({ error }) => expect(error).toMatchObject({ type: "SyntaxError", line: 2, column: 5 }),
  },
  {
    name: "a syntax error that only compiling finds",
    code: "print('ran')\nreturn 1",
    ends: "error",
    stdout: "",
    also: ({ error }) => expect(error).toMatchObject({ type: "SyntaxError", line: 2 }),
  },
  {
    name: "SystemExit with a number",
    code: "print('x')\nraise SystemExit(3)",
    ends: "error",
    exitCode: 3,
    stdout: "x\n",
  },
  {
    name: "SystemExit with 0",
    code: "print('x')\nraise SystemExit(0)\nprint('y')",
    ends: "ok",
    exitCode: 0,
    stdout: "x\n",
  },
  {
    name: "SystemExit with 256, which eight bits would call success",
    code: "raise SystemExit(256)",
    ends: "error",
    exitCode: 1,
  },
  { name: "SystemExit with words", code: "raise SystemExit('words')", ends: "error", exitCode: 1, stderr: "words\n" },
  { name: "exit() and quit()", code: "try:\n    exit(4)\nexcept SystemExit:\n    quit(5)", ends: "error", exitCode: 5 },
  {
    name: "os._exit, past every handler",
    fence: "open",
    code: "import os\ntry:\n    os._exit(7)\nfinally:\n    print('never')",
    ends: "error",
    exitCode: 7,
    stdout: "",
  },
  {
    name: "os._exit(0), with no report",
    fence: "open",
    code: "import os\nos._exit(0)",
    ends: "ok",
    exitCode: 0,
    result: null,
  },
  {
    name: "deep recursion",
    code: "def f(n):\n    return f(n + 1)\nf(0)",
    ends: "error",
    also: ({ error }) => expect(error?.type).toBe("RecursionError"),
  },
  {
    name: "recursion with the interpreter's limit taken away",
    fence: "open",
    code: [
      "import sys",
      "sys.setrecursionlimit(10 ** 9)",
      "class A:",
      "    def __getattr__(self, n):",
      "        return getattr(self, n)",
      "A().x",
    ].join("\n"),
    ends: {
      wasm: "error",
      local: ["killed", "error", "out_of_memory"],
      runc: ["killed", "error", "out_of_memory"],
      runsc: ["killed", "error", "out_of_memory"],
    },
    why: "the C stack may end it before the interpreter does",
  },
];

const LOOPS: readonly Case[] = [
  {
    name: "an endless loop",
    timeoutMs: 400,
    code: "print('start')\nwhile True:\n    pass",
    ends: "timeout",
    stdout: "start\n",
    exitCode: 124,
  },
  {
    name: "one endless operation of the interpreter",
    timeoutMs: 400,
    code: "x = 7 ** (7 ** 8)\nprint(str(x % 10) * (x > 0))\n[0 for _ in iter(int, 1)]",
    ends: "timeout",
  },
  {
    name: "a sleep",
    timeoutMs: 400,
    code: "import time\nprint('start')\ntime.sleep(60)",
    ends: "timeout",
    stdout: "start\n",
  },
  {
    name: "a loop that catches everything",
    timeoutMs: 400,
    code: "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass",
    ends: "timeout",
  },
  {
    name: "a loop in the text of an exception",
    timeoutMs: 400,
    code: "class E(Exception):\n    def __str__(self):\n        while True:\n            pass\nraise E",
    ends: "timeout",
  },
  {
    name: "a loop in the repr of the result",
    timeoutMs: 400,
    code: "class R:\n    def __repr__(self):\n        while True:\n            pass\nR()",
    ends: "timeout",
  },
  {
    name: "a loop in a finaliser",
    timeoutMs: 400,
    code: "class D:\n    def __del__(self):\n        while True:\n            pass\nd = D()\ndel d",
    ends: "timeout",
  },
  {
    name: "a regular expression that backtracks for ever",
    timeoutMs: 400,
    code: "import re\nre.match('(a+)+$', 'a' * 64 + 'b')",
    ends: "timeout",
  },
  {
    name: "a loop with every signal ignored",
    timeoutMs: 400,
    fence: "open",
    on: PROCESSES,
    ends: "timeout",
    code: [
      "import signal",
      "for s in signal.valid_signals():",
      "    try:",
      "        signal.signal(s, signal.SIG_IGN)",
      "    except OSError:",
      "        pass",
      "while True:",
      "    pass",
    ].join("\n"),
  },
  {
    name: "a loop with every signal blocked",
    timeoutMs: 400,
    fence: "open",
    on: PROCESSES,
    ends: "timeout",
    code: "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\nwhile True:\n    pass",
  },
  {
    name: "a handler of the stop signal that goes on",
    timeoutMs: 400,
    fence: "open",
    on: PROCESSES,
    ends: "timeout",
    code: [
      "import signal",
      "def go_on(*_):",
      "    while True:",
      "        pass",
      "signal.signal(signal.SIGXCPU, go_on)",
      "while True:",
      "    pass",
    ].join("\n"),
  },
  {
    name: "a handler of the stop signal that leaves with success",
    timeoutMs: 400,
    fence: "open",
    on: PROCESSES,
    ends: "timeout",
    exitCode: 124,
    result: null,
    code: "import os, signal\nsignal.signal(signal.SIGXCPU, lambda *_: os._exit(0))\nwhile True:\n    pass",
  },
  {
    name: "a thread that will not die",
    timeoutMs: 400,
    fence: "open",
    on: PROCESSES,
    ends: "timeout",
    code: [
      "import threading",
      "def loop():",
      "    while True:",
      "        pass",
      "threading.Thread(target=loop).start()",
      "print('main is done')",
    ].join("\n"),
    stdout: "main is done\n",
  },
  {
    name: "a daemon thread that loops while the program ends",
    fence: "open",
    on: PROCESSES,
    ends: "ok",
    stdout: "main is done\n",
    code: [
      "import threading",
      "def loop():",
      "    while True:",
      "        pass",
      "threading.Thread(target=loop, daemon=True).start()",
      "print('main is done')",
    ].join("\n"),
  },
];

const MEMORY: readonly Case[] = [
  {
    name: "a gigabyte at once",
    code: "'a' * 10**9",
    ends: "out_of_memory",
    exitCode: 137,
    also: ({ error }) => expect(error).toMatchObject({ type: "MemoryError", line: 1 }),
  },
  {
    name: "memory bit by bit",
    memoryMb: 64,
    code: "kept = []\nwhile True:\n    kept.append(bytearray(1_000_000))",
    timeoutMs: 5_000,
    ends: "out_of_memory",
    exitCode: 137,
  },
  {
    name: "memory in small objects",
    memoryMb: 32,
    code: "kept = []\nwhile True:\n    kept.append([len(kept)] * 200)",
    timeoutMs: 5_000,
    ends: "out_of_memory",
    exitCode: 137,
  },
  {
    name: "more memory than a call's own smaller limit",
    memoryMb: 32,
    code: "len(bytes(64_000_000))",
    ends: "out_of_memory",
  },
  {
    name: "memory bit by bit, with MemoryError caught",
    timeoutMs: 1_500,
    ends: ["timeout", "out_of_memory"],
    why: "its allocations fail and it goes on, or its resident memory is over the limit",
    code: [
      "kept = []",
      "while True:",
      "    try:",
      "        kept.append(bytearray(1_000_000))",
      "    except MemoryError:",
      "        pass",
    ].join("\n"),
  },
  {
    name: "a MemoryError that the program survives",
    code: "try:\n    'a' * 10**9\nexcept MemoryError:\n    print('survived')",
    ends: "ok",
    stdout: "survived\n",
  },
  {
    name: "a MemoryError that the program raises itself",
    code: "raise MemoryError('not true')",
    ends: "error",
    exitCode: 1,
  },
  {
    name: "memory of several processes together",
    timeoutMs: 2_500,
    fence: "open",
    on: CONTAINERS,
    ends: ["out_of_memory", "killed", "timeout"],
    why: "the kernel chooses which process goes first",
    code: [
      "import os",
      "for _ in range(4):",
      "    os.fork()",
      "kept = []",
      "while True:",
      "    kept.append(bytearray(b'x') * 1_000_000)",
    ].join("\n"),
  },
  {
    name: "memory of a process that the program started",
    timeoutMs: 2_500,
    fence: "open",
    on: CONTAINERS,
    ends: ["ok", "out_of_memory", "killed", "timeout"],
    why: "the child goes alone, or under gVisor the whole container",
    code: [
      "import os",
      "kept = []",
      "children = [os.fork() for _ in range(1)]",
      "if children[0] == 0:",
      "    for _ in range(3):",
      "        os.fork()",
      "    while True:",
      "        kept.append(bytearray(b'x') * 1_000_000)",
      "os.waitpid(children[0], 0)",
      "print('alive')",
    ].join("\n"),
  },
];

const MIB = 1_048_576;

/** A SyntaxError that the compiler finds after the parser. It comes with its line and a caret, as from a file. */
function compileError(code: string, line: number, column: number, caret: string): Case {
  const text = (code.split("\n")[line - 1] ?? "").trim();
  return {
    name: `the compiler's error at ${JSON.stringify(text)}`,
    code,
    ends: "error",
    also: ({ error }) => {
      expect(error).toMatchObject({ type: "SyntaxError", line, column });
      expect(error?.traceback).toContain(`File "program.py", line ${line}\n    ${text}\n    ${caret}\nSyntaxError: `);
    },
  };
}

const LATE_SYNTAX: readonly Case[] = [
  compileError("print(1)\nreturn 5", 2, 1, "^^^^^^^^"),
  compileError("x = 1\nnonlocal x", 2, 1, "^^^^^^^^^^"),
  compileError("def f(a, a):\n    pass", 1, 10, "         ^"),
  compileError("x = 1; await x", 1, 8, "       ^^^^^^^"),
  compileError("'äöü'; yield 7", 1, 8, "       ^^^^^^^"),
  compileError("for x in []:\n    pass\nbreak", 3, 1, "^^^^^"),
];

const CHAINS: readonly Case[] = [
  {
    name: "an error with 3000 causes",
    code: [
      "error = None",
      "for n in range(3000):",
      "    try:",
      "        raise ValueError(n) from error",
      "    except ValueError as caught:",
      "        error = caught",
      "raise KeyError('last') from error",
    ].join("\n"),
    ends: "error",
    also: ({ error }) => {
      expect(error).toMatchObject({ type: "KeyError", message: "'last'", line: 7 });
      expect(error?.traceback).toMatch(/^\(2951 earlier errors of the chain are left out\)\n/);
      expect(error?.traceback).toContain("ValueError: 2999\n");
      expect(error?.traceback).toMatch(/KeyError: 'last'\n$/);
    },
  },
];

const OUTPUT: readonly Case[] = [
  {
    name: "one byte too much, and an exit of its own",
    code: `print('x' * ${MIB}, end='!')\nraise SystemExit(3)`,
    ends: "output_limit",
    exitCode: 137,
    also: ({ error }) => expect(error?.message).toBe("The program printed more than 1048576 bytes"),
  },
  {
    name: "a flood on stdout",
    code: "while True:\n    print('x' * 999)",
    ends: "output_limit",
    also: ({ stdout }) => {
      expect(stdout.text.startsWith("xxx")).toBe(true);
      expect(stdout.text.length).toBeLessThan(70_000);
      expect(stdout.truncated?.totalBytes).toBeLessThanOrEqual(MIB);
      expect(stdout.truncated?.totalBytes).toBeGreaterThan(MIB - 65_536);
    },
  },
  {
    name: "a flood on stderr",
    fence: "open",
    code: "import sys\nwhile True:\n    print('x' * 999, file=sys.stderr)",
    ends: "output_limit",
    stdout: "",
    also: ({ stderr }) => expect(stderr.truncated?.totalBytes).toBeLessThanOrEqual(MIB),
  },
  { name: "a flood with no newline", code: "while True:\n    print('x' * 999, end='')", ends: "output_limit" },
  {
    name: "a gigabyte in one write",
    fence: "open",
    memoryMb: 256,
    code: "import os\nblock = b'x' * 100_000_000\nfor _ in range(10):\n    os.write(1, block)",
    ends: "output_limit",
  },
  {
    name: "a flood from a loop that catches everything",
    timeoutMs: 1_000,
    code: "while True:\n    try:\n        print('x' * 9999)\n    except BaseException:\n        pass",
    ends: "output_limit",
  },
  {
    name: "output up to the limit",
    code: `print('x' * ${MIB - 1})`,
    ends: "ok",
    also: ({ stdout }) => expect(stdout.truncated?.totalBytes).toBe(MIB),
  },
  { name: "one byte more than the limit", code: `print('x' * ${MIB})`, ends: "output_limit" },
  {
    name: "bytes that are not text",
    fence: "open",
    code: [
      "import sys",
      "sys.stdout.buffer.write(bytes([0x41, 0xff, 0xfe, 0xc3, 0x28, 0, 0x42]))",
      "sys.stdout.buffer.flush()",
    ].join("\n"),
    ends: "ok",
    stdout: "A\ufffd\ufffd\ufffd(\0B",
  },
  {
    name: "characters of several bytes across both cuts",
    code: "print('e\\u00e9\\u20ac\\U0001f600' * 20_000, end='')",
    ends: "ok",
    also: ({ stdout }) => {
      expect(stdout.text).not.toContain("\ufffd");
      expect(stdout.truncated?.totalBytes).toBe(200_000);
      const [head = "", tail = ""] = stdout.text.split(/\n\[\.\.\. \d+ bytes left out \.\.\.\]\n/);
      expect(head.startsWith("e\u00e9\u20ac\u{1f600}e")).toBe(true);
      expect(tail.endsWith("e\u00e9\u20ac\u{1f600}")).toBe(true);
      expect(Buffer.byteLength(head + tail)).toBe(stdout.truncated?.keptBytes);
    },
  },
  { name: "output with no newline at its end", code: "print('no newline', end='')", ends: "ok", stdout: "no newline" },
  { name: "a lone surrogate, which no encoding has", code: "print('a\\ud800b')", ends: "ok", stdout: "a\\ud800b\n" },
  {
    name: "stdout closed as a stream",
    fence: "open",
    code: "import sys\nsys.stdout.close()\nprint('lost')",
    ends: "error",
    stdout: "",
    also: ({ error }) => expect(error?.type).toBe("ValueError"),
  },
  {
    name: "stdout closed as a stream, and nothing after",
    fence: "open",
    code: "import sys\nprint('kept')\nsys.stdout.close()\n1",
    ends: "ok",
    stdout: "kept\n",
    result: "1",
  },
  {
    name: "stdout and stderr closed as descriptors",
    fence: "open",
    on: PROCESSES,
    code: "import os\nos.close(1)\nos.close(2)\n1",
    ends: "ok",
    stdout: "",
    result: "1",
  },
  {
    name: "the report's pipe closed",
    fence: "open",
    on: PROCESSES,
    code: "import os\nprint('kept')\nos.close(4)\n1",
    ends: "ok",
    stdout: "kept\n",
    result: null,
  },
  {
    name: "the report's pipe closed before a failure",
    fence: "open",
    on: PROCESSES,
    code: "import os\nos.close(4)\n1 / 0",
    ends: "error",
    exitCode: 1,
  },
  {
    name: "every descriptor closed",
    fence: "open",
    on: PROCESSES,
    code: "import os\nos.closerange(0, 256)\n1",
    ends: "ok",
  },
  {
    name: "every descriptor closed, then a loop",
    timeoutMs: 400,
    fence: "open",
    on: PROCESSES,
    code: "import os\nos.closerange(0, 256)\nwhile True:\n    pass",
    ends: "timeout",
  },
];

const signalled =
  (name: string): NonNullable<Case["also"]> =>
  (ran) =>
    expect(ran.signal).toBe(name);

const PROCESS: readonly Case[] = [
  ...["SIGKILL", "SIGTERM", "SIGSEGV", "SIGABRT", "SIGHUP", "SIGINT"].map((name): Case => ({
    name: `${name} to itself`,
    fence: "open",
    on: PROCESSES,
    ends: "killed",
    also: signalled(name),
    result: null,
    code: `import os, signal\nprint('start')\nos.kill(os.getpid(), signal.${name})\nwhile True:\n    pass`,
    stdout: "start\n",
  })),
  {
    name: "SIGSTOP to itself",
    timeoutMs: 400,
    fence: "open",
    on: PROCESSES,
    ends: "timeout",
    code: "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
  },
  {
    name: "a signal that has a number only",
    ends: "killed",
    on: PROCESSES,
    fence: "open",
    code: "import os, signal\nos.kill(os.getpid(), signal.SIGRTMIN + 3)",
    also: signalled("SIGRTMIN+3"),
  },
  {
    name: "the signal of the time limit, sent by the program",
    ends: "error",
    on: PROCESSES,
    fence: "open",
    exitCode: 152,
    code: "import os, signal\nprint('start')\nos.kill(os.getpid(), signal.SIGXCPU)\nprint('end')",
    also: ({ error }) => expect(error?.message).toMatch(/^The program was stopped by SIGXCPU/),
  },
  {
    name: "a signal that a handler of its own takes",
    fence: "open",
    on: PROCESSES,
    ends: "ok",
    stdout: "caught\n",
    code: [
      "import os, signal",
      "signal.signal(signal.SIGUSR1, lambda *_: print('caught'))",
      "os.kill(os.getpid(), signal.SIGUSR1)",
    ].join("\n"),
  },
  {
    name: "signals to its group",
    fence: "open",
    on: PROCESSES,
    ends: "killed",
    also: signalled("SIGKILL"),
    code: "import os, signal\nos.killpg(0, signal.SIGKILL)",
  },
  {
    name: "every signal to process 1",
    timeoutMs: 1_000,
    fence: "open",
    on: CONTAINERS,
    ends: { runc: "ok", runsc: ["ok", "killed", "timeout"] },
    why: "under gVisor process 1 can be killed and stopped",
    code: [
      "import os, signal",
      "for s in sorted(signal.valid_signals()):",
      "    try:",
      "        os.kill(1, s)",
      "    except OSError:",
      "        pass",
      "print('alive')",
    ].join("\n"),
  },
  {
    name: "SIGKILL to every process",
    timeoutMs: 1_000,
    fence: "open",
    on: CONTAINERS,
    ends: { runc: ["ok", "killed"], runsc: ["ok", "killed"] },
    why: "the kernel spares the caller and process 1, or does not",
    code: [
      "import os, signal",
      "try:",
      "    os.kill(-1, signal.SIGKILL)",
      "except ProcessLookupError:",
      "    pass",
      "print('alive')",
    ].join("\n"),
  },
  {
    name: "a fork bomb",
    timeoutMs: 800,
    fence: "open",
    on: CONTAINERS,
    ends: { runc: "timeout", runsc: ["timeout", "killed", "out_of_memory"] },
    why: "under gVisor it can take the whole container",
    code: "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
  },
  {
    name: "a thread bomb",
    timeoutMs: 800,
    fence: "open",
    on: CONTAINERS,
    ends: { runc: ["timeout", "error"], runsc: ["timeout", "error", "killed", "out_of_memory"] },
    why: "a thread that cannot be started is an exception",
    code: [
      "import threading, time",
      "while True:",
      "    try:",
      "        threading.Thread(target=time.sleep, args=(60,)).start()",
      "    except RuntimeError:",
      "        time.sleep(0.01)",
    ].join("\n"),
  },
  {
    name: "a process that outlives it",
    fence: "open",
    on: CONTAINERS,
    timeoutMs: 2_000,
    ends: "ok",
    stdout: "parent\n",
    code: "import os, time\nif os.fork() == 0:\n    time.sleep(60)\nprint('parent')",
  },
  {
    name: "a process in a session of its own, started twice over, that holds the pipes",
    fence: "open",
    on: PROCESSES,
    timeoutMs: 2_000,
    ends: "ok",
    stdout: "parent\n",
    code: [
      "import os, time",
      "if os.fork() == 0:",
      "    os.setsid()",
      "    if os.fork() == 0:",
      "        time.sleep(3)",
      "        print('late')",
      "    os._exit(0)",
      "os.wait()",
      "print('parent')",
    ].join("\n"),
  },
  {
    name: "a process left behind that floods the pipes",
    fence: "open",
    on: CONTAINERS,
    timeoutMs: 2_000,
    ends: ["ok", "output_limit"],
    why: "what it prints before it is killed may be too much",
    code: "import os\nif os.fork() == 0:\n    os.setsid()\n    while True:\n        os.write(1, b'x' * 4096)",
  },
  {
    name: "a process left behind when the time is up",
    fence: "open",
    on: CONTAINERS,
    timeoutMs: 400,
    ends: "timeout",
    code: [
      "import os, signal",
      "signal.signal(signal.SIGXCPU, signal.SIG_IGN)",
      "if os.fork() == 0:",
      "    os.setsid()",
      "while True:",
      "    pass",
    ].join("\n"),
  },
];

const js = (name: string, code: string, ends: Case["ends"], rest: Partial<Case> = {}): Case => ({
  name,
  code,
  ends,
  language: "javascript",
  ...rest,
});

const JAVASCRIPT: readonly Case[] = [
  js("printing and a last expression", "console.log('out'); console.error('err');\n6 * 7", "ok", {
    stdout: "out\n",
    stderr: "err\n",
    result: "42",
    exitCode: 0,
  }),
  js("top-level await", "const x = await Promise.resolve(20);\nx + 1", "ok", { result: "21" }),
  js(
    "an exception deep in a call",
    "function inner() {\n  throw new TypeError('deep');\n}\nconsole.log('before');\ninner();",
    "error",
    {
      stdout: "before\n",
      exitCode: 1,
      also: (ran) => {
        showsProgramOnly(ran);
        expect(ran.error).toMatchObject({ type: "TypeError", message: "deep", line: 2 });
        expect(ran.error?.traceback).toContain("inner");
      },
    },
  ),
  js("a thrown value that is no error", "throw 'words'", "error", {
    also: ({ error }) => expect(error?.message).toContain("words"),
  }),
  js("a rejection that nobody handles", "Promise.reject(new RangeError('late'));", "error", {
    also: ({ error }) => expect(error).toMatchObject({ type: "RangeError", message: "late" }),
  }),
  js("a syntax error, of which nothing runs", "console.log('ran');\nlet = = 1;", "error", {
    stdout: "",
    also: ({ error }) => expect(error).toMatchObject({ type: "SyntaxError", line: 2 }),
  }),
  js("an endless loop", "console.log('start');\nfor (;;) {}", "timeout", {
    timeoutMs: 400,
    stdout: "start\n",
    exitCode: 124,
  }),
  js("a sleep", "console.log('start');\nawait new Promise((resolve) => setTimeout(resolve, 60_000));", "timeout", {
    timeoutMs: 400,
    stdout: "start\n",
  }),
  js("promises without end", "const again = () => Promise.resolve().then(again);\nawait again();", "timeout", {
    timeoutMs: 400,
  }),
  js("timers without end", "const again = () => setTimeout(again, 0);\nagain();", "timeout", { timeoutMs: 400 }),
  js("a loop that catches everything", "for (;;) { try { for (;;) {} } catch {} finally { continue; } }", "timeout", {
    timeoutMs: 400,
  }),
  js(
    "a loop in the text of an error",
    "const e = new Error('x'); Object.defineProperty(e, 'message', { get() { for (;;) {} } });\nthrow e;",
    ["timeout", "error"],
    { timeoutMs: 400, why: "the text may be taken without calling the program" },
  ),
  js("a regular expression that backtracks for ever", "/^(a+)+$/.test('a'.repeat(64) + 'b')", "timeout", {
    timeoutMs: 400,
  }),
  js(
    "memory bit by bit",
    "const kept = [];\nfor (;;) kept.push(new Array(100_000).fill(kept.length));",
    "out_of_memory",
    { timeoutMs: 5_000, memoryMb: 64, exitCode: 137 },
  ),
  js("memory in buffers", "const kept = [];\nfor (;;) kept.push(new Uint8Array(1_000_000).fill(1));", "out_of_memory", {
    timeoutMs: 5_000,
  }),
  js(
    "more memory than a call's own smaller limit",
    "const kept = [];\nfor (;;) kept.push('x'.repeat(1_000) + kept.length);",
    "out_of_memory",
    { timeoutMs: 5_000, memoryMb: 32 },
  ),
  js("a string longer than any may be", "'a'.repeat(2 ** 30)", ["error", "out_of_memory"], {
    why: "V8 calls it an invalid length",
  }),
  js("one byte too much, and an end of its own", `console.log('x'.repeat(${MIB}))`, "output_limit", { exitCode: 137 }),
  js("a flood on stdout", "for (;;) console.log('x'.repeat(999));", "output_limit", {
    also: ({ stdout }) => expect(stdout.truncated?.totalBytes).toBeLessThanOrEqual(MIB),
  }),
  js("a flood on stderr", "for (;;) console.error('x'.repeat(999));", "output_limit", { stdout: "" }),
  js("characters of several bytes across both cuts", "console.log('e\\u00e9\\u20ac\\u{1f600}'.repeat(20_000))", "ok", {
    also: ({ stdout }) => {
      expect(stdout.text).not.toContain("\ufffd");
      expect(stdout.truncated?.totalBytes).toBe(200_001);
    },
  }),
  js("deep recursion", "function f() { return f() + 1; }\nf();", "error", {
    also: ({ error }) => expect(error?.type).toMatch(/RangeError|InternalError/),
  }),
  js(
    "a request for the host's process",
    "['binding', 'dlopen', 'kill', 'mainModule'].map((name) => { try { return typeof process[name] } " +
      "catch (e) { return e.name } }).join() + (global === globalThis) + typeof Deno + typeof std + typeof os",
    "ok",
    { result: `'Error,Error,Error,Errortrue${"undefined".repeat(3)}'` },
  ),
];

/** In this order; the language is part of each program. */
export const ENDINGS_TABLE: readonly (readonly [title: string, cases: readonly Case[]])[] = [
  ["a Python program", [...ORDINARY, ...LATE_SYNTAX, ...CHAINS, ...LOOPS, ...MEMORY, ...OUTPUT, ...PROCESS]],
  ["a JavaScript program", JAVASCRIPT],
];
