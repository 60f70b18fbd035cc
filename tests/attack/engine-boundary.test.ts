/**
 * What a program finds when nothing but the container holds it. Each claim is tried from the inside, with the fence
 * taken away.
 */

import { expect, it } from "vitest";
import { attempt } from "../support/run-attacks.js";
import { forEachAttack } from "../support/attacks.js";
import { CONFIG, type EngineName } from "../support/engines.js";

const CONTAINERS: readonly EngineName[] = ["runc", "runsc"];
const SECRET = "planted-secret-7f3a9c";

/**
 * The most threads or processes that a program can start. runc counts the supervisor as well. gVisor counts the
 * program's user alone, with a limit for both.
 */
const mostTasks = (engine: { readonly name: EngineName }): number =>
  engine.name === "runsc" ? CONFIG.pidsLimit + 1 : CONFIG.pidsLimit;

forEachAttack(
  "a program in a container",
  (engine) => {
    it("has no capability, and cannot gain one", async () => {
      const { status, setuid, setgid, chroot, mount } = await attempt(engine, {
        status: "return dict(line.split(':', 1) for line in open('/proc/self/status').read().splitlines())",
        setuid: "return os.setuid(0)",
        setgid: "return os.setgid(0)",
        chroot: "return os.chroot('/tmp')",
        mount: [
          "libc = ctypes.CDLL(None, use_errno=True)",
          "failed = libc.mount(b'none', b'/tmp', b'tmpfs', 0, None)",
          "return os.strerror(ctypes.get_errno()) if failed else 'mounted'",
        ].join("\n"),
      });
      const told = status.value as Record<string, string>;
      const field = (name: string): string | undefined => told[name]?.trim();
      for (const name of ["CapInh", "CapPrm", "CapEff", "CapBnd"]) expect(field(name), name).toBe("0000000000000000");
      const user = field("Uid")?.split("\t") ?? [];
      expect(new Set(user).size).toBe(1);
      expect(Number(user[0])).toBeGreaterThanOrEqual(20_000);
      expect(Number(user[0])).toBeLessThan(24_096);
      expect(field("Gid")?.split("\t")).toEqual(user);
      expect(field("Groups")).toBe("");
      // gVisor applies both and shows neither.
      if (engine.name === "runc") expect([field("NoNewPrivs"), field("Seccomp")]).toEqual(["1", "2"]);
      expect([setuid.error, setgid.error, chroot.error]).toEqual([
        "PermissionError",
        "PermissionError",
        "PermissionError",
      ]);
      expect(mount.value).not.toBe("mounted");
    });

    it("gains nothing from a new user namespace", async () => {
      const told = await attempt(engine, {
        made: "return ctypes.CDLL(None, use_errno=True).unshare(0x10000000) == 0",
        shadow: "return open('/etc/shadow').read()",
        write: "return open('/etc/planted', 'w')",
        network: "return socket.create_connection(('203.0.113.1', 80), 1)",
        supervisor: "return open('/proc/1/mem', 'rb').read(1)",
        disk: "os.mknod('/tmp/disk', stat.S_IFBLK | 0o666, os.makedev(8, 0))\nreturn open('/tmp/disk', 'rb').read(1)",
        setuid: "return os.setuid(0)",
      });
      // The program's own filter forbids it. Docker's profile does too, and gVisor ignores that one.
      expect(told.made).toEqual({ value: false });
      for (const name of ["shadow", "write", "network", "supervisor", "disk", "setuid"] as const)
        expect(told[name].error, name).toMatch(/Error$/);
    });

    it("can write in /tmp and its workspace only", async () => {
      const { root, writable, changed } = await attempt(engine, {
        // The files' own rights would do for this user; that nobody may write is told by the mount.
        root: [
          "flags = next((line.split()[5] for line in open('/proc/self/mountinfo') if line.split()[4] == '/'), '')",
          "return bool(os.statvfs('/').f_flag & os.ST_RDONLY) or flags.split(',')[0] == 'ro'",
        ].join("\n"),
        writable: `
mounts = [line.split()[4] for line in open("/proc/self/mountinfo").read().splitlines()]
places = mounts + [
    "/dev/shm", "/dev/mqueue", "/proc/sys", "/proc/sys/kernel", "/proc/self", "/proc/1", "/sys", "/sys/fs/cgroup",
    "/opt", "/opt/rlm", "/opt/rlm/python", "/etc", "/usr", "/usr/local", "/usr/bin", "/var", "/var/tmp", "/run",
    "/root", "/home", "/srv", "/mnt",
]
for folder, folders, _ in os.walk("/"):
    if folder == "/":
        folders[:] = [name for name in folders if name not in ("proc", "sys", "usr")]
    places.append(folder)
found = set()
for place in places:
    for make in (
        lambda path: os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL)),
        os.mkdir,
        lambda path: os.mkfifo(path),
    ):
        path = os.path.join(place, "planted")
        try:
            make(path)
            found.add(place)
            (os.rmdir if os.path.isdir(path) else os.unlink)(path)
        except OSError:
            pass
return sorted(found)
`,
        changed: `
found = []
for path in [
    "/etc/passwd", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/opt/rlm/python/supervisor.py",
    "/usr/bin/python3", "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/vm/overcommit_memory",
    "/sys/kernel/uevent_helper",
]:
    for act in (
        lambda: os.close(os.open(path, os.O_WRONLY | os.O_APPEND)),
        lambda: os.chmod(path, 0o777),
        lambda: os.unlink(path),
        lambda: os.rename(path, path + "x"),
    ):
        try:
            act()
            found.append(path)
        except OSError:
            pass
return found
`,
      });
      expect(root).toEqual({ value: true });
      expect(writable).toEqual({ value: ["/tmp", "/workspace"] });
      expect(changed).toEqual({ value: [] });
    });

    it("gets 16 MiB of /tmp, and no larger file", async () => {
      const told = await attempt(engine, {
        fill: `
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
written, block = 0, bytes(1 << 20)
try:
    for number in range(40):
        with open(f"/tmp/{number}", "wb", buffering=0) as file:
            written += file.write(block)
except OSError as error:
    return [written, error.strerror]
return [written, None]
`,
        one: [
          "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)",
          "[os.unlink('/tmp/' + name) for name in os.listdir('/tmp')]",
          "os.truncate(os.open('/tmp/big', os.O_CREAT | os.O_RDWR), 1 << 30)",
        ].join("\n"),
      });
      const [written, why] = told.fill.value as [number, string];
      expect(why).toBe("No space left on device");
      expect(written).toBeLessThanOrEqual(16 << 20);
      expect(written).toBeGreaterThan(8 << 20);
      expect(told.one.error).toBe("OSError");
    });

    it("cannot execute files that it has written", async () => {
      const told = await attempt(engine, {
        script: [
          "open('/tmp/s', 'w').write('#!/usr/bin/python3\\nprint(1)')",
          "os.chmod('/tmp/s', 0o755)",
          "return subprocess.run(['/tmp/s']).returncode",
        ].join("\n"),
        binary: [
          "shutil.copy('/usr/bin/python3', '/tmp/b')",
          "os.chmod('/tmp/b', 0o755)",
          "return subprocess.run(['/tmp/b', '-c', '1']).returncode",
        ].join("\n"),
        library: [
          "libc = next(line.split()[-1] for line in open('/proc/self/maps') if 'libc.so' in line or 'libc-' in line)",
          "shutil.copy(libc, '/tmp/l.so')",
          "return repr(ctypes.CDLL('/tmp/l.so'))",
        ].join("\n"),
        // The same search finds what may be executed, so that it can be trusted.
        control: "return subprocess.run(['/usr/bin/python3', '-c', '1']).returncode",
      });
      expect(told.script.error).toBe("PermissionError");
      expect(told.binary.error).toBe("PermissionError");
      expect(told.control.value).toBe(0);
      // gVisor of this age does not hold noexec against mapping; what is mapped gains nothing by it.
      if (engine.name === "runc") expect(told.library.error).toBe("OSError");
    });

    it("finds no network: one interface, no route, no name, no address to send to", async () => {
      const told = await attempt(engine, {
        interfaces: "return [name for _, name in socket.if_nameindex()] if hasattr(socket, 'if_nameindex') else None",
        devices: "return sorted(line.split(':')[0].strip() for line in open('/proc/net/dev').read().splitlines()[2:])",
        dns: "return socket.getaddrinfo('example.com', 80)",
        tcp: "return socket.create_connection(('203.0.113.1', 443), 1)",
        tcp6: "return socket.create_connection(('2001:db8::1', 443), 1)",
        udp: "return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('203.0.113.1', 53))",
        gateway: "return socket.create_connection(('172.17.0.1', 2375), 1)",
        metadata: "return socket.create_connection(('169.254.169.254', 80), 1)",
        raw: "return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)",
        packet: "return socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
      });
      expect(told.devices).toEqual({ value: ["lo"] });
      expect(told.dns.error).toBe("gaierror");
      for (const name of ["tcp", "tcp6", "udp", "gateway", "metadata"] as const)
        expect(told[name].error, name).toMatch(/^(OSError|ConnectionError|PermissionError)$/);
      expect([told.raw.error, told.packet.error]).toEqual(["PermissionError", "OSError"]);
    });

    it("finds no socket of the Docker engine or of another process", async () => {
      const told = await attempt(engine, {
        sockets: `
found = []
for folder, folders, names in os.walk("/"):
    if folder == "/":
        folders[:] = [name for name in folders if name not in ("proc", "sys")]
    for name in names:
        if stat.S_ISSOCK(os.lstat(os.path.join(folder, name)).st_mode):
            found.append(os.path.join(folder, name))
return found
`,
        unix: "return open('/proc/net/unix').read().count('@')",
      });
      expect(told.sockets).toEqual({ value: [] });
    });

    it("sees nothing of the server's environment, arguments or files", async () => {
      process.env["RLM_TEST_PLANTED"] = SECRET;
      try {
        const told = await attempt(engine, {
          environment: "return dict(os.environ)",
          processes: `
seen = []
for pid in os.listdir("/proc"):
    if pid.isdigit():
        for name in ("environ", "cmdline"):
            try:
                seen.append(open(f"/proc/{pid}/{name}").read())
            except OSError:
                pass
return seen
`,
          home: `return os.path.exists(${JSON.stringify(import.meta.filename)})`,
        });
        expect(JSON.stringify(told)).not.toContain(SECRET);
        expect(Object.keys(told.environment.value as object).sort()).toEqual([
          "HOME",
          "HOSTNAME",
          "LANG",
          "LC_ALL",
          "MPLBACKEND",
          "MPLCONFIGDIR",
          "OMP_NUM_THREADS",
          "OPENBLAS_NUM_THREADS",
          "PATH",
        ]);
        expect(told.home).toEqual({ value: false });
      } finally {
        delete process.env["RLM_TEST_PLANTED"];
      }
    });

    it("sees only its own processes", async () => {
      // Each attempt tells its own number: under a policy the two may have run in different guests.
      const { pids, beyond } = await attempt(engine, {
        pids: "return [os.getpid(), sorted(int(pid) for pid in os.listdir('/proc') if pid.isdigit())]",
        beyond: [
          "found = []",
          "for pid in range(2, 3000):",
          "    try:",
          "        os.kill(pid, 0)",
          "        found.append(pid)",
          "    except ProcessLookupError:",
          "        pass",
          "return [os.getpid(), found]",
        ].join("\n"),
      });
      const [pid, seen] = pids.value as [number, number[]];
      expect(seen).toEqual([1, pid]);
      const [own, found] = beyond.value as [number, number[]];
      expect(found).toEqual([own]);
    });

    it("reads nothing of the kernel's memory, the machine's disks or its log", async () => {
      const places = [
        "/proc/kcore",
        "/proc/kallsyms",
        "/proc/keys",
        "/proc/timer_list",
        "/proc/sched_debug",
        "/dev/mem",
        "/dev/kmem",
        "/dev/sda",
        "/dev/vda",
        "/dev/kmsg",
        "/proc/kmsg",
        "/sys/firmware/dmi/tables/DMI",
        "/proc/1/root/etc/shadow",
        "/proc/1/cwd/x",
      ];
      const told = await attempt(engine, {
        read: `
found = {}
for path in ${JSON.stringify(places)}:
    try:
        content = open(path, "rb").read(4096)
        # An address of zeroes says nothing.
        lines = content.splitlines()[:-1]
        if content.strip(b"\\0 \\n") and not all(line.startswith(b"0000000000000000") for line in lines):
            found[path] = repr(content[:40])
    except OSError:
        pass
return found
`,
      });
      expect(told.read).toEqual({ value: {} });
    });

    it("has its memory, swap and processes limited by a control group that it cannot change", async () => {
      const told = await attempt(engine, {
        writable: [
          "found = os.walk('/sys/fs/cgroup')",
          "paths = [os.path.join(folder, name) for folder, _, names in found for name in ['.'] + names]",
          "return [path for path in paths if os.access(path, os.W_OK)]",
        ].join("\n"),
        memory: `
for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
    if os.path.exists(path):
        return int(open(path).read())
`,
        swap: `
if os.path.exists("/sys/fs/cgroup/memory.swap.max"):
    return int(open("/sys/fs/cgroup/memory.swap.max").read()) + int(open("/sys/fs/cgroup/memory.max").read())
if os.path.exists("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes"):
    return int(open("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes").read())
`,
      });
      expect(told.writable).toEqual({ value: [] });
      // gVisor shows its guests no control group; theirs lies around the whole sandbox.
      if (engine.name === "runc")
        expect([told.memory.value, told.swap.value]).toEqual([CONFIG.memoryLimitBytes, CONFIG.memoryLimitBytes]);
    });

    it("starts no more threads than the limit of processes", async () => {
      // Under gVisor fifty processes are more than the memory, so threads are what can meet this limit.
      const ran = await engine.run({
        fence: "open",
        timeoutMs: 5_000,
        code: [
          "import os, sys, threading, time",
          "threading.stack_size(65_536)",
          "count, error = 0, None",
          "try:",
          "    while count < 400:",
          "        threading.Thread(target=time.sleep, args=(20,), daemon=True).start()",
          "        count += 1",
          "except RuntimeError as thrown:",
          "    error = thrown",
          "print(count, error, flush=True)",
          "os._exit(0)",
        ].join("\n"),
      });
      expect(ran).toMatchObject({ ending: "ok", stdout: { text: `${mostTasks(engine)} can't start new thread\n` } });
    });

    it("starts no more processes than the limit", async () => {
      // A program of its own: under gVisor fifty copies of one that has imported much are more than the memory.
      const ran = await engine.run({
        fence: "open",
        timeoutMs: 5_000,
        code: [
          "import os, time",
          "count = 0",
          "try:",
          "    while count < 400:",
          "        if os.fork() == 0:",
          "            time.sleep(20)",
          "        count += 1",
          "    print(count, None)",
          "except OSError as error:",
          "    print(count, error.errno)",
        ].join("\n"),
      });
      // Under gVisor even these may be more than the memory, which then ends the container.
      if (engine.name === "runsc" && ran.ending === "out_of_memory") return;
      expect(ran).toMatchObject({ ending: "ok", stdout: { text: `${mostTasks(engine)} 11\n` } });
    });

    it("cannot remove its limits", async () => {
      const told = await attempt(engine, {
        address: "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
        files: "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (100000, 100000))",
        core: "import resource\nresource.setrlimit(resource.RLIMIT_CORE, (-1, -1))",
        nice: "return os.nice(-5)",
        // Up is allowed, down is not.
        oom: "with open('/proc/self/oom_score_adj', 'w') as adjust:\n    adjust.write('-1000')",
      });
      expect(told.address.error).toBe("ValueError");
      expect(told.files.error).toBe("ValueError");
      expect(told.core.error).toBe("ValueError");
      // gVisor keeps both numbers to itself: they reach no kernel but its own.
      if (engine.name === "runc")
        expect([told.nice.error, told.oom.error]).toEqual(["PermissionError", "PermissionError"]);
    });
  },
  CONTAINERS,
);

forEachAttack(
  "a program in WebAssembly",
  (engine) => {
    it("finds a read-only tree with the standard library, and no file of the host", async () => {
      process.env["RLM_TEST_PLANTED"] = SECRET;
      try {
        const told = await attempt(engine, {
          environment: "return dict(os.environ)",
          everything: "return [os.path.join(folder, name) for folder, _, names in os.walk('/') for name in names]",
          climb: "return open('/../../../etc/passwd').read()",
          host: `return os.path.exists(${JSON.stringify(import.meta.filename)})`,
        });
        expect(JSON.stringify(told)).not.toContain(SECRET);
        // Constants of the guest, as in a container. PATH and HOME of this machine are others.
        const constants = { PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "C.UTF-8", HOME: "/tmp" };
        expect(told.environment).toEqual({ value: constants });
        expect(
          (told.everything.value as string[]).filter((file) => !/^\/usr\/local\/lib\/python3\.?11[./]/.test(file)),
        ).toEqual([]);
        expect(told.everything.value).toContain("/usr/local/lib/python311.zip");
        expect(told.climb.error).toMatch(/^(FileNotFoundError|PermissionError|OSError)$/);
        expect(told.host).toEqual({ value: false });
      } finally {
        delete process.env["RLM_TEST_PLANTED"];
      }
    });

    it("can write in /tmp and its workspace only, and the next program finds both empty", async () => {
      const look = [
        "import hashlib, os",
        "library = hashlib.sha256(open('/usr/local/lib/python311.zip', 'rb').read()).hexdigest()",
        "print(sorted(os.listdir('/')), os.listdir('/tmp') + os.listdir('/workspace'), library)",
      ].join("\n");
      const before = await engine.run({ code: look, fence: "open" });
      expect(before).toMatchObject({
        ending: "ok",
        stdout: { text: expect.stringMatching(/^\['tmp', 'usr', 'workspace'\] \[\] [0-9a-f]{64}\n$/) },
      });
      const tries = [
        "open('/planted', 'w').write('x')",
        "open('/usr/local/lib/python311.zip', 'r+b').write(b'x' * 99999)",
        "open('/usr/local/lib/python311.zip', 'w').write('x' * 99999)",
        "open('/rlm/report', 'w').write('x')",
        "os.mkdir('/planted')",
        "open('/tmp/planted', 'w').write('x')",
        "os.mkdir('/workspace/planted')",
        "os.remove('/usr/local/lib/python311.zip')",
        "os.rename('/usr/local/lib/python311.zip', '/planted')",
        "os.symlink('/usr', '/planted')",
        "os.link('/usr/local/lib/python311.zip', '/planted')",
        "os.truncate('/usr/local/lib/python311.zip', 0)",
        "os.chmod('/usr/local/lib/python311.zip', 0)",
      ];
      for (const one of tries) {
        const ran = await engine.run({
          code: `import os\ntry:\n    ${one}\nexcept (OSError, AttributeError):\n    pass`,
          fence: "open",
        });
        expect(["ok", "error"], `${one}: ${JSON.stringify(ran)}`).toContain(ran.ending);
        const after = await engine.run({ code: look, fence: "open" });
        expect(after.stdout.text, one).toBe(before.stdout.text);
      }
    });

    it("ends as an error if its interpreter aborts", async () => {
      const ran = await engine.run({ code: "import os\nos.abort()", fence: "open" });
      expect(ran).toMatchObject({
        ending: "error",
        exitCode: 134,
        error: { type: "SystemError", message: "The interpreter aborted" },
      });
    });

    it("cannot end its thread by changing the code that reports its end", async () => {
      for (const spoil of [
        "json.dumps = lambda *_: 'nonsense'",
        "json.JSONEncoder.encode = lambda *_: '[]'",
        "json.JSONEncoder.encode = lambda *_: 'null'",
        "json.encoder.encode_basestring_ascii = json.encoder.c_make_encoder = None",
      ]) {
        const ran = await engine.run({ code: `import json\n${spoil}\nprint('done')`, fence: "open" });
        expect(["ok", "error"], `${spoil}: ${JSON.stringify(ran)}`).toContain(ran.ending);
        expect(ran.stdout.text).toContain("done");
      }
    });
  },
  ["wasm"],
);
