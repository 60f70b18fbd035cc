/**
 * Four attacks that succeed in a REPL without a sandbox. Each is tried twice: against the whole
 * product, where the fence stops it, and without the fence, where the boundary stops it.
 */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attempt } from "../support/run-attacks.js";
import { forEachAttack } from "../support/attacks.js";
import { type FencedRunner, fencedRunner, forEachEngine } from "../support/engines.js";

const CONNECT =
  "import socket\ns = socket.socket()\ns.settimeout(2)\ns.connect(('203.0.113.1', 80))\nprint('connected')";
const MEMORY_BOMB = "x = 'a' * 10**9\nprint('made')";
const SHADOW = "print(open('/etc/shadow').read())";
const SUBPROCESS = "import subprocess\nprint('imported')";

forEachEngine("the escapes from a local REPL, against the fence:", (engine) => {
  let runner: FencedRunner;
  beforeAll(async () => {
    runner = await fencedRunner(engine.name);
  });
  afterAll(async () => {
    await runner[Symbol.asyncDispose]();
  });

  it.each([
    ["socket.connect()", CONNECT, { rule: "PY-IMPORT-001", resource: "socket", line: 1 }],
    ["open('/etc/shadow')", SHADOW, { rule: "PY-FILE-001", resource: "open", line: 1 }],
    ["import subprocess", SUBPROCESS, { rule: "PY-IMPORT-001", resource: "subprocess", line: 1 }],
  ])("%s is refused and nothing runs", async (_, code, detail) => {
    const { ending, isolation } = await runner.run({ code });
    expect(ending).toMatchObject({ name: "Refusal", reason: "policy-denied", detail });
    expect(isolation).toBeNull();
  });

  it("'a' * 10**9 ends as out of memory with status 137", async () => {
    const { ending } = await runner.run({ code: MEMORY_BOMB });
    expect(ending).toMatchObject({
      ending: "out_of_memory",
      exitCode: 137,
      stdout: { text: "" },
      error: { type: "MemoryError", line: 1 },
    });
  });

  it.each([
    ["socket.connect()", CONNECT, "ImportError", "Cannot import 'socket'"],
    ["open('/etc/shadow')", SHADOW, "NameError", "name 'open' is not defined"],
    ["import subprocess", SUBPROCESS, "ImportError", "Cannot import 'subprocess'"],
  ])("%s fails in the guest too, if the analysis lets it pass", async (_, code, type, message) => {
    const ran = await engine.run({ code });
    expect(ran).toMatchObject({ ending: "error", stdout: { text: "" }, error: { type, line: 1 } });
    expect(ran.error?.message).toContain(message);
  });
});

/** `local` has no boundary: the fence is all it has. */
forEachAttack(
  "the escapes from a local REPL, against the boundary:",
  (engine) => {
    it("socket.connect() is an OSError: there is no network to reach", async () => {
      const ran = await engine.run({ code: CONNECT, fence: "open" });
      expect(ran).toMatchObject({ ending: "error", stdout: { text: "" }, error: { type: "OSError" } });
      // The kernel's own numbers: ENETUNREACH; gVisor without a route says EHOSTUNREACH, WASI without sockets ENOTSUP.
      expect(ran.error?.message).toMatch(/^\[Errno (?:101|113|58)\] .*there is no network here/);
    });

    it("'a' * 10**9 ends as out of memory with status 137", async () => {
      const ran = await engine.run({ code: MEMORY_BOMB, fence: "open" });
      expect(ran).toMatchObject({ ending: "out_of_memory", exitCode: 137, stdout: { text: "" } });
    });

    it("open('/etc/shadow') fails, and no password is shown", async () => {
      const ran = await engine.run({ code: SHADOW, fence: "open" });
      expect(ran).toMatchObject({ ending: "error", stdout: { text: "" } });
      // The embedded engine has no such file to forbid.
      expect(ran.error?.type).toBe(engine.isContainer ? "PermissionError" : "FileNotFoundError");
    });

    if (engine.isContainer) {
      describe("import subprocess succeeds, and the program that it starts", () => {
        it("is no shell and no tool, because the image has none", async () => {
          const tools = [
            "sh",
            "bash",
            "dash",
            "busybox",
            "ls",
            "cat",
            "id",
            "perl",
            "curl",
            "wget",
            "nc",
            "ssh",
            "su",
            "sudo",
            "mount",
            "apt",
            "dpkg",
            "gcc",
          ];
          const told = await attempt(engine, {
            found: [
              'path = "/bin:/sbin:/usr/bin:/usr/sbin:/usr/local/bin:/usr/local/sbin"',
              `return [tool for tool in ${JSON.stringify(tools)} if shutil.which(tool, path=path)]`,
            ].join("\n"),
            shell: "return subprocess.run('id', shell=True)",
            // The interpreters are there, so that this search can be trusted.
            python: "return shutil.which('python3')",
          });
          expect(told).toMatchObject({
            found: { value: [] },
            shell: { error: "FileNotFoundError" },
            python: { value: "/usr/bin/python3" },
          });
        });

        it("can gain nothing: no file in the image is setuid or setgid", async () => {
          const told = await attempt(engine, {
            privileged: `
found, seen = [], 0
for folder, folders, names in os.walk("/"):
    if folder == "/":
        folders[:] = [name for name in folders if name not in ("proc", "sys", "dev")]
    for name in names:
        path = os.path.join(folder, name)
        mode = os.lstat(path)
        seen += 1
        if stat.S_ISREG(mode.st_mode) and mode.st_mode & 0o6000:
            found.append(path)
return [found, seen > 1000]
`,
          });
          expect(told.privileged).toEqual({ value: [[], true] });
        });

        it("has the limits of the program: the same user, no capabilities, no network, no more memory", async () => {
          const told = await attempt(engine, {
            inside: `
code = '''
import json, socket
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
try:
    socket.create_connection(("203.0.113.1", 80), 1)
    network = "reached"
except OSError as error:
    network = "none"
try:
    open("/etc/shadow").read()
    shadow = "read"
except PermissionError:
    shadow = "denied"
try:
    "a" * 10**9
    memory = "made"
except MemoryError:
    memory = "denied"
print(json.dumps([status["Uid"].split(), status["CapEff"].strip(), status["CapBnd"].strip(), network, shadow, memory]))
'''
import textwrap
command = [sys.executable or "/usr/bin/python3", "-c", textwrap.dedent(code)]
done = subprocess.run(command, capture_output=True, text=True)
own = [line.split()[1:] for line in open("/proc/self/status") if line.startswith("Uid:")]
return [*own, *json.loads(done.stdout)]
`,
          });
          const none = "0000000000000000";
          const user = expect.stringMatching(/^2[0-4]\d{3}$/);
          const users = [user, user, user, user];
          expect(told.inside).toEqual({ value: [users, users, none, none, "none", "denied", "denied"] });
          // The user of this guest alone, in the program and in the process that it starts.
          const [own, started] = (told.inside as { readonly value: readonly unknown[] }).value;
          expect(started).toEqual(own);
        });
      });
    } else {
      it("import subprocess succeeds, and WebAssembly has no processes to start", async () => {
        const told = await attempt(engine, {
          run: "return subprocess.run(['/usr/bin/python3', '-c', '1'])",
          system: "return os.system('id')",
          fork: "return os.fork()",
          exec: "return os.execv('/usr/bin/python3', ['python3'])",
          spawn: "return os.posix_spawn('/usr/bin/python3', ['python3'], {})",
        });
        for (const [name, one] of Object.entries(told))
          expect(one.error, name).toMatch(/^(OSError|FileNotFoundError|AttributeError)$/);
      });
    }
  },
  ["wasm", "runc", "runsc"],
);
