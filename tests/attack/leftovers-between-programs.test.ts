/** What one program leaves behind, the next one does not find: every guest runs one job. */

import { expect, it } from "vitest";
import { forEachAttack } from "../support/attacks.js";

const MARK = "left-behind-41c7";

/** Changes all that a program can reach: modules, builtins, files, the heap, random numbers, descriptors, handlers. */
const SPOIL = `
PLACES = ["/tmp/planted", "/planted", "planted"]
import builtins, decimal, gc, json, locale, math, os, random, signal, sys, warnings
math.pi = 3
json.dumps = lambda *_, **__: "${MARK}"
builtins = sys.modules["builtins"]  # what a program imports by that name is a copy
builtins.print = lambda *_, **__: None
builtins.planted = "${MARK}"
sys.modules["planted"] = math
sys.path.insert(0, "/tmp")
sys.setrecursionlimit(90)
sys.planted = "${MARK}"
random.seed(1)
decimal.getcontext().prec = 3
warnings.simplefilter("error")
os.environ["PLANTED"] = "${MARK}"
gc.disable()
for place in PLACES:
    try:
        open(place, "w").write("${MARK}")
    except OSError:
        pass
for descriptor in range(5, 20):
    try:
        os.dup2(1, descriptor)
    except (OSError, AttributeError):
        pass
keep = ["${MARK}" * 1000 for _ in range(500)]
class Planted(BaseException): pass
try:
    sys.stdout.write("")
    sys.stdout = sys.stderr
finally:
    sys.excepthook = sys.displayhook = None
`;

const LOOK = `
PLACES = ["/tmp/planted", "/planted", "planted"]
import builtins, decimal, gc, json, math, os, sys, warnings
found = {
    "pi": math.pi,
    "json": json.dumps([1]),
    "builtins": hasattr(sys.modules["builtins"], "planted"),
    "sys": hasattr(sys, "planted"),
    "modules": "planted" in sys.modules,
    "path": "/tmp" in sys.path,
    "recursion": sys.getrecursionlimit() > 90,
    "precision": decimal.getcontext().prec,
    "environment": "PLANTED" in os.environ,
    "gc": gc.isenabled(),
    "files": [place for place in PLACES if os.path.exists(place)],
    "classes": [c.__name__ for c in BaseException.__subclasses__() if c.__name__ == "Planted"],
    "stdout": sys.stdout is not sys.stderr,
}
print(json.dumps(found))
`;

const CLEAN = {
  pi: Math.PI,
  json: "[1]",
  builtins: false,
  sys: false,
  modules: false,
  path: false,
  recursion: true,
  precision: 28,
  environment: false,
  gc: true,
  files: [],
  classes: [],
  stdout: true,
};

/**
 * Looks for the mark in everything that the collector knows, and in the memory itself where there is a way to read it.
 */
const SEARCH = `
import gc
mark = "".join(reversed("${[...MARK].reverse().join("")}"))
found = 0
for thing in gc.get_objects():
    if type(thing) in (list, tuple, dict) and thing is not globals():
        for part in (thing.values() if type(thing) is dict else thing):
            if type(part) is str and len(part) > 100 and mark in part:
                found += 1
import re
# Never built here, so that it is in no memory of this program.
needle = re.compile(b"(?:%s){60}" % mark.encode())
try:
    for line in open("/proc/self/maps"):
        place, rights = line.split()[:2]
        start, end = (int(x, 16) for x in place.split("-"))
        if rights.startswith("rw") and end - start < 1 << 28:
            with open("/proc/self/mem", "rb", buffering=0) as memory:
                memory.seek(start)
                found += needle.search(memory.read(end - start)) is not None
except OSError:
    pass
print(found)
`;

forEachAttack("the state of a Python program", (engine) => {
  // Files that a program writes under `local` are the user's own files: nothing there holds it.
  const [spoil, look] = [SPOIL, LOOK].map((code) =>
    engine.name === "local" ? code.replace(/^PLACES = .*$/m, "PLACES = []") : code,
  ) as [string, string];

  it("does not reach the next program: modules, builtins, files, environment, settings", async () => {
    const first = await engine.run({ code: look, fence: "open" });
    expect(JSON.parse(first.stdout.text)).toEqual(CLEAN);
    const spoiled = await engine.run({ code: spoil, fence: "open" });
    expect(spoiled.ending, JSON.stringify(spoiled.error)).toBe("ok");
    const next = await engine.run({ code: look, fence: "open" });
    expect(JSON.parse(next.stdout.text)).toEqual(CLEAN);
  });

  it("does not reach the heap of the next program", async () => {
    const spoiled = await engine.run({
      code: `keep = ["${MARK}" * 1000 for _ in range(500)]\nlen(keep)`,
      fence: "open",
    });
    expect(spoiled.result).toBe("500");
    const next = await engine.run({ code: SEARCH, fence: "open" });
    expect(next).toMatchObject({ ending: "ok", stdout: { text: "0\n" } });
  });

  it("does not reach the next program after a run that was stopped", async () => {
    const stopped = await engine.run({ code: `${spoil}\nwhile True:\n    pass`, fence: "open", timeoutMs: 500 });
    expect(stopped.ending).toBe("timeout");
    const next = await engine.run({ code: look, fence: "open" });
    expect(JSON.parse(next.stdout.text)).toEqual(CLEAN);
  });

  it("has random numbers of its own in each run", async () => {
    const code = "import random, secrets, uuid\nprint(random.random(), secrets.token_hex(8), uuid.uuid4())";
    const runs = await Promise.all(Array.from({ length: 4 }, () => engine.run({ code })));
    const numbers = runs.flatMap(({ stdout }) => stdout.text.trim().split(" "));
    expect(numbers).toHaveLength(12);
    expect(new Set(numbers).size).toBe(12);
  });

  it("does not include the inputs of another program", async () => {
    const [a, b] = await Promise.all([engine.run({ code: "1", inputs: { text: MARK } }), engine.run({ code: "text" })]);
    expect([a.ending, b.error?.type]).toEqual(["ok", "NameError"]);
  });

  it("does not include the input files of another program", async () => {
    const bytes = Buffer.from(MARK);
    const first = await engine.run({
      code: "files['secret.txt']",
      files: [{ name: "secret.txt", path: "root/secret.txt", bytes }],
    });
    expect(first.result).toBe(`'${MARK}'`);
    const next = await engine.run({ code: "files" });
    expect(next.result).toBe("{}");
  });
});

forEachAttack("the state of a JavaScript program", (engine) => {
  it("does not reach the next program: globals, prototypes, built-in functions", async () => {
    const spoiled = await engine.run({
      language: "javascript",
      code: [
        `globalThis.planted = '${MARK}'; Array.prototype.planted = 1;`,
        "JSON.stringify = () => 'x'; Math.random = () => 4; Promise.prototype.then = null; console.log = null;",
        "Object.defineProperty(Object.prototype, 'toString', { value: () => 'x' });",
        "1",
      ].join("\n"),
    });
    expect(spoiled.ending).toBe("ok");
    const next = await engine.run({
      language: "javascript",
      code: [
        "console.log(typeof planted, [].planted, JSON.stringify([1]), Math.random() < 1, String({}));",
        "await Promise.resolve('fine')",
      ].join("\n"),
    });
    expect(next).toMatchObject({
      ending: "ok",
      result: "'fine'",
      stdout: { text: "undefined undefined [1] true [object Object]\n" },
    });
  });

  it("has random numbers of its own in each run", async () => {
    const runs = await Promise.all(
      Array.from({ length: 3 }, () => engine.run({ language: "javascript", code: "Math.random()" })),
    );
    expect(new Set(runs.map(({ result }) => result)).size).toBe(3);
  });
});
