/**
 * In a container the program and its supervisor are two users, and each guest has a program user of its own. Tried from
 * the inside, with the fence taken away.
 */

import { expect, it } from "vitest";
import type { Outcome } from "../../src/outcome.js";
import type { Sandbox } from "../../src/sandbox/engine.js";
import { attempt } from "../support/run-attacks.js";
import { ownership } from "../support/built-modules.js";
import { forEachAttack } from "../support/attacks.js";
import { type EngineName, type EngineUnderTest, docker, forEachEngine } from "../support/engines.js";
import { sleep } from "../support/wait.js";

const CONTAINERS: readonly EngineName[] = ["runc", "runsc"];

interface Session extends AsyncDisposable {
  readonly sandbox: Sandbox;
  call(code: string): Promise<Outcome>;
}

async function openSession(engine: EngineUnderTest): Promise<Session> {
  const sandbox = await engine.open();
  return {
    sandbox,
    call: (code) => sandbox.run({ ...engine.job({ code, fence: "open" }), keep: true }, new AbortController().signal),
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

/** What a process that a call has left does, once the call is over: the place of `WORK`. */
const LEAVE = (work: string): string => `
import os, json, signal, struct, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
${work
  .trim()
  .split("\n")
  .map((line) => `        ${line}`)
  .join("\n")}
    os._exit(0)
time.sleep(0.1)
"left"
`;

const HONEST = 'print("honest")\n1 / 0';

forEachAttack(
  "a process that an earlier call of the session has left",
  (engine) => {
    it("does not take the next call's job, nor answer it", async () => {
      await using session = await openSession(engine);
      const left = await session.call(
        LEAVE(`
while True:
    head = os.read(3, 4)
    if len(head) < 4:
        break
    size = struct.unpack(">I", head)[0]
    job = json.loads(os.read(3, size))
    report = {"exit_code": 0, "error": None, "result": "forged", "out_of_memory": False, "run": job["run"]}
    os.write(1, b"forged")
    os.write(4, json.dumps(report).encode() + b"\\n")
`),
      );
      expect(left.ending).toBe("ok");
      expect(await session.call(HONEST)).toMatchObject({
        ending: "error",
        error: { type: "ZeroDivisionError", line: 2 },
        stdout: { text: "honest\n" },
        result: null,
      });
    });

    it("reports nothing and prints nothing in the name of the next call", async () => {
      await using session = await openSession(engine);
      await session.call(
        LEAVE(`
while True:
    for number in range(12):
        report = {"exit_code": 0, "error": None, "result": "forged", "out_of_memory": False, "run": number}
        os.write(4, json.dumps(report).encode() + b"\\n")
    os.write(1, b"forged")
`).replace("time.sleep(0.1)", "pass"),
      );
      for (let call = 0; call < 3 && session.sandbox.isReady; call++) {
        const next = await session.call(HONEST);
        expect(next.result).toBeNull();
        expect(next).toMatchObject({ ending: "error", stdout: { text: "honest\n" } });
      }
    });

    it("is gone when the call is over, also an orphan in a session of its own with a dead first thread", async () => {
      await using session = await openSession(engine);
      await session.call(
        LEAVE(`
import ctypes, threading
for name in range(1, 32):
    try:
        signal.signal(name, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
threading.Thread(target=time.sleep, args=(60,)).start()
ctypes.CDLL(None).syscall(60, 0)
`),
      );
      const { result } = await session.call(
        [
          "import os",
          "def state(pid):",
          "    try:",
          "        fields = open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()",
          "        return 'alive' if int(fields[17]) > 1 else fields[0]",
          "    except OSError:",
          "        return 'gone'",
          "sorted(pid for pid in os.listdir('/proc') if pid.isdigit() and state(pid) not in ('Z', 'X', 'gone'))" +
            " == sorted(['1', str(os.getpid())])",
        ].join("\n"),
      );
      expect(result).toBe("True");
    });
  },
  CONTAINERS,
);

/** A thread that counts, to tell how long the program has run between two calls. */
const COUNT = `
import ctypes, os, signal, struct, threading, time
count = 0
def work():
    global count
    while True:
        count += 1
threading.Thread(target=work, daemon=True).start()
`;

const WAKERS: Readonly<Record<string, string>> = {
  "a timer that sends SIGCONT": `
libc = ctypes.CDLL(None, use_errno=True)
event = ctypes.create_string_buffer(struct.pack("PiiPP", 0, signal.SIGCONT, 0, 0, 0), 64)
timer = ctypes.c_int()
if libc.syscall(222, 1, event, ctypes.byref(timer)) == 0:
    libc.syscall(223, timer, 0, ctypes.create_string_buffer(struct.pack("qqqq", 0, 50000000, 0, 50000000)), None)
`,
  "a child that ends with SIGCONT": `
def wake():
    libc = ctypes.CDLL(None, use_errno=True)
    while True:
        pid = libc.syscall(56, int(signal.SIGCONT), 0, 0, 0, 0)
        if pid == 0:
            time.sleep(0.2)
            os._exit(0)
        time.sleep(0.05)
threading.Thread(target=wake, daemon=True).start()
`,
  "a process that sends SIGCONT": `
parent = os.getpid()
if os.fork() == 0:
    os.setsid()
    while True:
        try:
            os.kill(parent, signal.SIGCONT)
        except OSError:
            pass
        time.sleep(0.01)
`,
  "the end of its process group": `
if os.fork() == 0:
    if os.fork() == 0:
        time.sleep(60)
    os.setpgid(0, 0)
    time.sleep(60)
`,
  "the loss of its terminal": `
master, slave = os.openpty()
import fcntl, termios
fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
if os.fork() == 0:
    time.sleep(60)
os.close(master)
`,
};

forEachAttack(
  "a session that is stopped between two calls",
  (engine) => {
    it.each(Object.entries(WAKERS))("is not woken by %s", async (_, wake) => {
      await using session = await openSession(engine);
      await session.call(
        `${COUNT}\ntry:\n${wake.replaceAll("\n", "\n    ")}\nexcept Exception:\n    pass\ntime.sleep(0.1)`,
      );
      if (!session.sandbox.isReady) return; // it cannot be held, so it is not kept
      const before = await session.call("time.process_time()");
      await sleep(1_500);
      const after = await session.call("time.process_time()");
      expect(after.ending, JSON.stringify(after)).toBe("ok");
      expect(Number(after.result) - Number(before.result)).toBeLessThan(0.3);
    });
  },
  CONTAINERS,
);

forEachEngine(
  "a session that is stopped between two calls",
  (engine) => {
    it("ends with the reason if something has let it run all the same", async () => {
      const since = Math.floor(Date.now() / 1000);
      await using session = await openSession(engine);
      const { result } = await session.call(`${COUNT}\n(os.getpid(), os.getuid())`);
      const [pid, user] = (result ?? "").match(/\d+/g) ?? [];
      await execIn(session.sandbox, since, `${user}:${user}`, `import os; os.kill(${pid}, 18)`);
      await sleep(300);
      const next = await session.call("'ran'");
      expect(next).toMatchObject({
        ending: "killed",
        result: null,
        error: { message: expect.stringMatching(/between/) },
      });
      expect(session.sandbox.isReady).toBe(false);
    });
  },
  CONTAINERS,
);

/** Runs Python in guests that started at `since` (Unix seconds) or later, from outside, as the engine's owner can. */
async function execIn(sandbox: Sandbox, since: number, user: string, code: string): Promise<void> {
  const listed = (await docker?.listContainers({ filters: { label: [ownership.LABEL.sandbox] } })) ?? [];
  // A container of somebody else that hangs must not hold this test.
  for (const { Id: id } of listed.filter(({ Created: created }) => created >= since)) {
    const exec = await docker?.getContainer(id).exec({ Cmd: ["/usr/bin/python3", "-c", code], User: user });
    await exec?.start({ Detach: true }).catch(() => undefined);
  }
  expect(sandbox.isReady).toBe(true);
}

forEachAttack(
  "a supervisor that its program attacks",
  (engine) => {
    it("counts memory although the program takes the limit of its open files to zero", async () => {
      await using session = await openSession(engine);
      const outcome = await session.sandbox.run(
        {
          ...engine.job({
            fence: "open",
            memoryMb: 32,
            timeoutMs: 6_000,
            code: `
import os, resource, time
try:
    resource.prlimit(1, resource.RLIMIT_NOFILE, (0, 0))
except OSError:
    pass
resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
kept = []
for _ in range(28):
    kept.append(b"x" * (10 << 20))
    time.sleep(0.03)
`,
          }),
          keep: true,
        },
        new AbortController().signal,
      );
      expect(outcome.ending).toBe("out_of_memory");
    });

    it("is another user than the program, keeps one capability, and is not root", async () => {
      const { own, supervisor } = await attempt(engine, {
        own: "return os.getuid()",
        supervisor:
          "return {k: v.split() for k, v in (line.split(':', 1) for line in open('/proc/1/status') if ':' in line)}",
      });
      const told = supervisor.value as Record<string, string[]>;
      expect(told["Uid"]).toEqual(["65534", "65534", "65534", "65534"]);
      expect(told["Gid"]).toEqual(["65534", "65534", "65534", "65534"]);
      expect(own.value).not.toBe(65_534);
      expect([told["CapPrm"], told["CapEff"], told["CapBnd"]]).toEqual([
        ["0000000000000020"],
        ["0000000000000020"],
        ["0000000000000000"],
      ]);
    });

    it("cannot be opened, signalled, limited, traced or slowed down", async () => {
      const told = await attempt(engine, {
        descriptors: `
opened = []
for fd in range(64):
    for mode in (os.O_RDONLY, os.O_WRONLY):
        try:
            found = os.open(f"/proc/1/fd/{fd}", mode)
            name = os.readlink(f"/proc/self/fd/{found}")
            # gVisor goes on to a file that every user may open.
            if name not in ("/dev/null", f"/proc/{os.getpid()}/stat", f"/proc/{os.getpid()}/statm"):
                opened.append(name)
            os.close(found)
        except OSError:
            pass
return opened
`,
        signals: `
sent = []
for number in [0, *signal.valid_signals()]:
    try:
        os.kill(1, number)
        sent.append(int(number))
    except OSError:
        pass
return sent
`,
        limits: "import resource\nreturn resource.prlimit(1, resource.RLIMIT_NOFILE, (0, 0))",
        priority: "return os.setpriority(os.PRIO_PROCESS, 1, 19)",
        affinity: "return os.sched_setaffinity(1, [0])",
      });
      expect(told.descriptors).toEqual({ value: [] });
      expect(told.signals).toEqual({ value: [] });
      for (const name of ["limits", "priority", "affinity"] as const)
        expect(told[name].error, name).toBe("PermissionError");
    });
  },
  CONTAINERS,
);

forEachAttack(
  "the program's user",
  (engine) => {
    it("is another one in every guest, and has a name and a home", async () => {
      await using one = await openSession(engine);
      await using other = await openSession(engine);
      const look = "import os, pwd\n(os.getuid(), pwd.getpwuid(os.getuid()).pw_name, os.path.expanduser('~'))";
      const [a, b] = await Promise.all([one.call(look), other.call(look)]);
      expect(a.result).toMatch(/^\(2\d{4}, 'guest2\d{4}', '\/tmp'\)$/);
      expect(a.result).not.toBe(b.result);
      // The engine and the runtime read these two files at each start of a container.
      const lines = "sum(len(open(name).readlines()) for name in ('/etc/passwd', '/etc/group'))";
      expect(Number((await one.call(lines)).result)).toBeLessThan(100);
    });

    it("may call nothing that no program needs", async () => {
      const told = await attempt(engine, {
        refused: `
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    done = libc.syscall(number, *[ctypes.c_long(x) for x in arguments])
    return "done" if done >= 0 else ctypes.get_errno()
if os.uname().machine != "x86_64":
    return None
return {
    "io_uring": call(425, 1, 0), "pidfd_open": call(434, os.getpid(), 0), "ptrace": call(101, 0, 0, 0, 0),
    "process_vm_readv": call(310, os.getpid(), 0, 0, 0, 0, 0), "kcmp": call(312, 1, 1, 0, 0, 0),
    "unshare": call(272, 0x10000000), "setns": call(308, 0, 0), "mount": call(165, 0, 0, 0, 0, 0),
    "bpf": call(321, 0, 0, 0), "perf": call(298, 0, 0, 0, 0, 0), "userfaultfd": call(323, 1),
    "keys": call(248, 0, 0, 0, 0, 0), "affinity": call(203, 1, 0, 0), "limits": call(302, 1, 7, 0, 0),
    "timer": call(222, 0, 0, 0), "wake": call(62, os.getpid(), 18), "wake thread": call(200, os.getpid(), 18),
    "wake group": call(62, 0, 18), "clone wakes": call(56, 18, 0, 0, 0, 0),
    "clone user": call(56, 0x10000011, 0, 0, 0, 0),
    "clone3": call(435, 0, 0), "signal of a descriptor": call(72, 0, 10, 18), "signal of a parent": call(157, 1, 18),
    "queued signal": call(129, os.getpid(), 18, 0), "shm": call(29, 0, 4096, 0o1000), "sem": call(64, 0, 1, 0o1000),
    "msg": call(68, 0, 0o1000), "mq": call(240, 0, 0, 0, 0), "netlink": call(41, 16, 3, 0), "vsock": call(41, 40, 1, 0),
    "packet": call(41, 17, 3, 0), "socketpair": call(53, 30, 1, 0, 0), "x32": call(0x40000027),
    "asynchronous files": call(206, 1, 0),
}
`,
        disks: `
if os.uname().machine != "x86_64":
    return 0
os.sync()
return ctypes.CDLL(None).syscall(306, -1)
`,
        devices: `
import stat
def make(kind, major, minor):
    name = f"/tmp/device-{kind}-{major}-{minor}"
    try:
        os.mknod(name, kind | 0o600, os.makedev(major, minor))
        return "made"
    except OSError as error:
        return error.errno
os.mkfifo("/tmp/pipe")
os.mknod("/tmp/file", stat.S_IFREG | 0o600)
return [make(stat.S_IFBLK, 8, 0), make(stat.S_IFCHR, 1, 3), make(stat.S_IFCHR, 10, 200), make(stat.S_IFCHR, 10, 229)]
`,
        needed: `
import threading, multiprocessing
thread = threading.Thread(target=int)
thread.start()
thread.join()
pair = socket.socketpair()
os.setpriority(os.PRIO_PROCESS, 0, 5)
return [subprocess.run(["/usr/bin/python3", "-c", "print(1)"], capture_output=True).stdout.decode(), os.nice(1)]
`,
      });
      const refused = Object.entries((told.refused.value ?? {}) as Record<string, unknown>);
      expect(refused.filter(([, result]) => ![1, 38, 97].includes(result as number))).toEqual([]);
      // Not even a descriptor that is none is looked at: the call would make everybody wait for the machine's disks.
      expect(told.disks).toEqual({ value: 0 });
      // gVisor lets any user make one. Some of its own devices, which are not in /dev, could be opened so.
      expect(told.devices).toEqual({ value: [1, 1, 1, 1] });
      expect(told.needed).toEqual({ value: ["1\n", 6] });
    });
  },
  CONTAINERS,
);
