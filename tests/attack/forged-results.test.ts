/**
 * A program that lies about itself: with the fence away it speaks to every descriptor and process it can reach. What is
 * reported must stay true: never success when it was stopped, never a limit that was not met, never the words of
 * another.
 */

import { expect, it } from "vitest";
import type { Ending } from "../../src/outcome.js";
import { attempt } from "../support/run-attacks.js";
import { forEachAttack } from "../support/attacks.js";
import { type EngineName, forEachEngine } from "../support/engines.js";

const CONTAINERS: readonly EngineName[] = ["runc", "runsc"];
const PROCESSES: readonly EngineName[] = ["local", "runc", "runsc"];

/** Builds frames as a supervisor would, with a guessed token, and verdicts in all their wordings. */
const FORGE = `
import json, os, struct
def frame(kind, payload):
    return struct.pack(">BI", kind, len(payload)) + payload
verdict = json.dumps({
    "ending": "ok", "exit_code": 0, "signal": None, "error": None, "result": "FORGED",
    "cpu_ms": 1, "peak_memory_bytes": 1, "run_ms": 1,
}).encode()
report = json.dumps({"exit_code": 0, "error": None, "result": "FORGED", "out_of_memory": True}).encode()
frames = frame(4, bytes(16) + b"FORGED") + frame(7, bytes(16) + verdict) + frame(7, verdict)
`;

const TIMEOUT_MS = 500;

const LOOP = "\nwhile True:\n    pass\n";

interface Lie {
  readonly name: string;
  readonly code: string;
  readonly ends: readonly Ending[];
  readonly on?: readonly EngineName[];
  readonly exitCode?: number;
  /** The program may say what its result was; nothing else. */
  readonly result?: string;
  readonly stdout?: string;
}

const LIES: readonly Lie[] = [
  {
    name: "frames on every descriptor it has, then a loop",
    on: CONTAINERS,
    ends: ["timeout"],
    code: [
      FORGE,
      "for fd in range(3, 64):",
      "    try:",
      "        os.write(fd, frames)",
      "    except OSError:",
      `        pass${LOOP}`,
    ].join("\n"),
  },
  {
    name: "frames on the descriptors of process 1, then a loop",
    on: CONTAINERS,
    ends: ["timeout"],
    code: [
      FORGE,
      "for fd in range(64):",
      "    try:",
      `        with open(f"/proc/1/fd/{fd}", "wb", buffering=0) as channel:`,
      "            channel.write(frames)",
      "    except OSError:",
      `        pass${LOOP}`,
    ].join("\n"),
  },
  {
    name: "a report of success, then a loop",
    on: PROCESSES,
    ends: ["timeout"],
    exitCode: 124,
    code: `${FORGE}\nos.write(4, report)${LOOP}`,
  },
  {
    name: "a report of success, then death by signal",
    on: PROCESSES,
    ends: ["killed"],
    exitCode: 137,
    code: `${FORGE}\nos.write(4, report)\nos.kill(os.getpid(), 9)`,
  },
  {
    name: "a report of success, then an exit with failure",
    on: PROCESSES,
    ends: ["error"],
    exitCode: 3,
    code: `${FORGE}\nos.write(4, report)\nos._exit(3)`,
  },
  {
    name: "a report of success, then too much output",
    on: PROCESSES,
    ends: ["output_limit"],
    code: `${FORGE}\nos.write(4, report)\nwhile True:\n    os.write(1, b"x" * 65536)`,
  },
  {
    name: "a report of a full memory with another status",
    on: PROCESSES,
    ends: ["error"],
    exitCode: 5,
    code: `${FORGE}\nos.write(4, report)\nos._exit(5)`,
  },
  {
    name: "a report that is no report",
    on: PROCESSES,
    ends: ["ok"],
    code: `${FORGE}\nos.write(4, b"[1, 2" * 1000)\nos._exit(0)`,
  },
  {
    name: "a report of a gigabyte",
    on: PROCESSES,
    ends: ["ok", "timeout"],
    code: `${FORGE}\nfor _ in range(1000):\n    os.write(4, b"{" * 1000000)\nos._exit(0)`,
  },
  {
    name: "a report whose numbers are too large to be numbers",
    on: PROCESSES,
    ends: ["ok"],
    code: [
      FORGE,
      `error = b'{"type": "T", "message": "m", "line": 1e999, "column": NaN, "traceback": 7}'`,
      `os.write(4, b'{"error": ' + error + b', "result": 5, "exit_code": 1' + b"0" * 5000 + b"}")`,
      "os._exit(0)",
    ].join("\n"),
  },
  {
    name: "a report whose numbers are no numbers, of a failure",
    on: PROCESSES,
    ends: ["error"],
    exitCode: 9,
    code: [
      FORGE,
      `os.write(4, b'{"error": {"type": "T", "message": "m", "line": 1e999, "column": NaN, "traceback": 7}}')`,
      "os._exit(9)",
    ].join("\n"),
  },
  {
    name: "a report that grows when it is written down",
    on: PROCESSES,
    ends: ["ok"],
    code: `${FORGE}\nos.write(4, ('{"result": "' + "\\u00e9" * 60000 + '"}').encode())\nos._exit(0)`,
  },
  {
    name: "a report whose error holds another deep structure",
    on: PROCESSES,
    ends: ["error"],
    exitCode: 9,
    code: [
      FORGE,
      `os.write(4, b'{"error": {"type": "T", "message": ' + b"[" * 900 + b"]" * 900 + b', "traceback": {}}}')`,
      "os._exit(9)",
    ].join("\n"),
  },
  {
    name: "a report nested deeper than a parser goes",
    on: PROCESSES,
    ends: ["ok"],
    code: `${FORGE}\nos.write(4, b'{"result":' + b"[" * 50000)\nos._exit(0)`,
  },
  {
    name: "exit status 137 of its own",
    on: PROCESSES,
    ends: ["error"],
    exitCode: 137,
    code: "import os\nos._exit(137)",
  },
  {
    name: "exit status 124 of its own",
    on: PROCESSES,
    ends: ["error"],
    exitCode: 124,
    code: "import os\nos._exit(124)",
  },
  { name: "a MemoryError of its own", ends: ["error"], exitCode: 1, code: "raise MemoryError" },
  {
    name: "a MemoryError of its own, in a function, with a cause",
    ends: ["error"],
    exitCode: 1,
    code: "def f():\n    raise MemoryError('none left') from ValueError()\nf()",
  },
  { name: "a TimeoutError of its own", ends: ["error"], exitCode: 1, code: "raise TimeoutError" },
  {
    name: "SIGKILL, as the kernel's killer sends it",
    on: PROCESSES,
    ends: ["killed"],
    exitCode: 137,
    code: "import os\nos.kill(os.getpid(), 9)",
  },
  {
    name: "SIGABRT, as a full heap does",
    on: PROCESSES,
    ends: ["killed"],
    exitCode: 134,
    code: "import os\nos.abort()",
  },
  {
    name: "the stop signal to itself",
    on: PROCESSES,
    ends: ["error"],
    exitCode: 152,
    code: `import os, signal\nos.kill(os.getpid(), signal.SIGXCPU)${LOOP}`,
  },
  {
    name: "text that looks like frames",
    ends: ["ok"],
    stdout: "\u0007\u0000\u0000\u0000\u0002{}",
    code: "import sys\nsys.stdout.buffer.write(b'\\x07\\x00\\x00\\x00\\x02{}')",
  },
  {
    name: "a supervisor that it tries to stop, to wake and to kill",
    on: CONTAINERS,
    ends: ["timeout"],
    stdout: "PermissionError PermissionError PermissionError PermissionError PermissionError ",
    code: [
      "import os, signal",
      "for number in (signal.SIGSTOP, signal.SIGTSTP, signal.SIGCONT, signal.SIGTERM, signal.SIGKILL):",
      "    try:",
      "        os.kill(1, number)",
      "    except OSError as error:",
      "        print(type(error).__name__, end=' ', flush=True)",
      LOOP,
    ].join("\n"),
  },
];

forEachAttack("a program cannot forge how it ended with", (engine) => {
  for (const lie of LIES.filter(({ on }) => on === undefined || on.includes(engine.name))) {
    it(`${lie.name}: it is ${lie.ends.join(" or ")}`, async () => {
      const ran = await engine.run({ code: lie.code, fence: "open", timeoutMs: TIMEOUT_MS });
      const told = JSON.stringify(ran).slice(0, 2_000);
      expect(lie.ends, told).toContain(ran.ending);
      expect(ran.elapsedMs, told).toBeLessThan(TIMEOUT_MS + 500);
      if (lie.exitCode !== undefined) expect(ran.exitCode, told).toBe(lie.exitCode);
      if (ran.ending !== "ok") expect(ran.result, told).toBeNull();
      expect(ran.stdout.text, told).not.toContain("FORGED");
      if (lie.stdout !== undefined) expect(ran.stdout.text, told).toBe(lie.stdout);
      if (ran.error !== null) expect(ran.error.line === null || Number.isInteger(ran.error.line), told).toBe(true);
      expect(ran.runMs, told).toBeGreaterThan(0);
    });
  }
});

forEachAttack(
  "a program cannot reach its supervisor",
  (engine) => {
    it("to read its memory, where the token is, or to trace it", async () => {
      const told = await attempt(engine, {
        memory: "return open('/proc/1/mem', 'rb').read(1)",
        tasks: "return open('/proc/1/task/1/mem', 'rb').read(1)",
        ptrace:
          "libc = ctypes.CDLL(None, use_errno=True)\nreturn [libc.ptrace(16, 1, 0, 0), libc.ptrace(0x4206, 1, 0, 0)]",
        read: `
class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
# The supervisor is the same interpreter, forked from: what is mapped here is mapped there.
place = next(int(line.split("-")[0], 16) for line in open("/proc/self/maps") if "rw-p" in line)
buffer = ctypes.create_string_buffer(16)
libc = ctypes.CDLL(None, use_errno=True)
local, remote = Vector(ctypes.addressof(buffer), 16), Vector(place, 16)
calls = [getattr(libc, name) for name in ("process_vm_readv", "process_vm_writev")]
return [call(1, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0) for call in calls]
`,
        environment: "return open('/proc/1/environ').read()",
        arguments: "return open('/proc/1/cmdline').read()",
        descriptor: [
          "libc = ctypes.CDLL(None, use_errno=True)",
          "pid = libc.syscall(434, 1, 0)",
          "return [libc.syscall(438, pid, fd, 0) for fd in range(8)] if pid >= 0 else [-1]",
        ].join("\n"),
      });
      expect([told.memory.error, told.tasks.error]).toEqual([
        "PermissionError",
        expect.stringMatching(/^(PermissionError|FileNotFoundError)$/),
      ]);
      expect(told.ptrace).toEqual({ value: [-1, -1] });
      expect(told.read).toEqual({ value: [-1, -1] });
      expect(new Set(told.descriptor.value as number[])).toEqual(new Set([-1]));
      // They say how every guest was started, and nothing of this one's job or token.
      expect(told.arguments.value).toMatch(
        /^\/usr\/bin\/python3\0-I\0-S\0-B\0\/opt\/rlm\/python\/supervisor\.pyc\0\d+\0python\0$/,
      );
    });

    it("to change the library that it runs", async () => {
      const told = await attempt(engine, {
        write: "return open('/opt/rlm/python/program.py', 'a')",
        memory: "return os.open('/proc/1/mem', os.O_RDWR)",
        links: "return os.rename('/opt/rlm', '/tmp/rlm')",
      });
      for (const [name, one] of Object.entries(told)) expect(one.error, name).toMatch(/^(OSError|PermissionError)$/);
    });
  },
  CONTAINERS,
);

forEachEngine("a report that a program writes itself", (engine) => {
  it("can have any result, cut to its longest length, and nothing more", async () => {
    const ran = await engine.run({ code: "class R:\n    def __repr__(self):\n        return 'x' * 100_000\nR()" });
    expect(ran.ending).toBe("ok");
    expect(Buffer.byteLength(ran.result ?? "")).toBe(16_384);
    expect(ran.result?.endsWith("...")).toBe(true);
  });

  it("cannot have a longer error either", async () => {
    const ran = await engine.run({ code: "raise ValueError('\\u20ac' * 100_000)" });
    expect(ran.ending).toBe("error");
    const { message = "", traceback = "" } = ran.error ?? {};
    for (const text of [message, traceback]) {
      // Cut between two characters: a character of three bytes need not fit to the last byte.
      expect(Buffer.byteLength(text)).toBeGreaterThan(16_384 - 3);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(16_384);
      expect(text).not.toContain("\ufffd");
    }
    expect(message).toMatch(/^\u20ac+/);
    expect(traceback).toMatch(/^Traceback \(most recent call last\):\n {2}File "program\.py", line 1/);
  });
});
