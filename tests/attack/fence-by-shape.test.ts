/**
 * Programs that go for the interpreter behind the fence: a real `open`, `__import__` or `eval`, a module, a frame, a
 * code object. Each is stopped by the policy or in the guest. The fence is no boundary: the sandbox is, and other tests
 * try it without the fence.
 */

import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { COMMON_MODULES, PURE_MODULES } from "../../src/policy/modules.js";
import { type FencedRunner, fencedRunner, forEachEngine } from "../support/engines.js";
import { safeBuiltins } from "../support/guest-policies.js";

/** The names that the programs get at run time, so that the analysis does not see them. */
const INPUTS = {
  globals: "__globals__",
  builtins: "__builtins__",
  subclasses: "__subclasses__",
  dict: "__dict__",
  format: "{0.__globals__.zz}",
  format_map: "{f.__globals__.zz}",
  nested: "{1:{0.__globals__.zz}}",
  method: "format",
  field: "{0.__globals__}",
  match_args: "__match_args__",
  frame: "gi_frame",
  cframe: "cr_frame",
  traceback: "__traceback__",
  self: "__self__",
  code_name: "__code__",
  annotation: "sys.modules['io'].FileIO",
  class: "FileIO",
  code: "().__class__.__base__.__subclasses__()",
  modules: "modules",
  module: "_module",
  getter: "__getattribute__",
  injected: "x,self.take(().__class__.__base__.__subclasses__()))or(self.x",
  reduce: "__reduce_ex__",
  walk: "walk_stack",
  fglobals: "f_globals",
  sys: "sys",
  os: "os",
  write: "write_text",
  new: "/tmp/fence-by-shape-new",
  field_import: "x==__import__ or self.x",
  field_open: "x==open or self.x",
  gzip_file: "GzipFile",
  null: "/dev/null",
  attrgetter: "attrgetter",
  discover: "discover",
  pool: "ProcessPoolExecutor",
  get_type_hints: "get_type_hints",
  CodeType: "CodeType",
  getattr_static: "getattr_static",
  owned: "owned\u2060",
  frame_member: "tb_frame.f_back.x",
  timed: "raise ZeroDivisionError(open)",
  mock_code: "x(a=(_ for _ in ()).throw(ValueError(open))): pass\ndef f",
  pathmod: "pathmod",
  slotnames: "__slotnames__",
  example: ">>> through(through.__globals__['__builtins__']['__import__'].__closure__)\n",
  example_pattern:
    ">>> match through:\n...     case object(__globals__=g): through(g['__builtins__']['__import__'].__closure__)\n",
};

/** A file that each engine has. On the embedded engine there is none but the library. */
const FILE = { wasm: "/usr/local/lib/python311.zip", local: "/etc/passwd", runc: "/etc/passwd", runsc: "/etc/passwd" };

/** Ends a program that has reached its goal. The view of `os` that holds `path` at most is the program's own. */
const THROUGH = `reached = []
def through(x):
    own = getattr(x, "__name__", "") == "os" and [k for k in dir(x) if k[:1] != "_"] in ([], ["path"])
    if x is not None and not own:
        reached.append(type(x))
        print("REACHED", type(x))
        raise SystemExit(0)
`;
/** The library may have caught what ends the program, and taken what it printed: a run of examples does both. */
const AFTERWARDS = `
for one in reached:
    print("REACHED", one)
`;

interface NamedProgram {
  readonly name: string;
  readonly code: string;
}

const HOSTILE = programsOf("reaching.txt").map(({ name, code }) => ({ name, code: THROUGH + code + AFTERWARDS }));
const HOSTILE_IN_PRODUCTION = programsOf("reaching-production.txt").map(({ name, code }) => ({
  name,
  code: THROUGH + code + AFTERWARDS,
}));
const HARMLESS = programsOf("harmless.txt");
const HARMLESS_IN_PRODUCTION = programsOf("harmless-production.txt");

/** A program starts with `--- ` and its name. */
function programsOf(file: string): readonly NamedProgram[] {
  return readFileSync(path.resolve(import.meta.dirname, "../fixtures/fence", file), "utf8")
    .split(/^--- /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf("\n");
      return { name: part.slice(0, end), code: part.slice(end + 1) };
    });
}

/** Prints how many members the modules in `all` and their classes have, and those that lead to the interpreter. */
const MEMBERS_THAT_LEAD_ON = `
names = "eval exec compile open __import__ getattr setattr delattr vars globals locals input breakpoint".split()
bad = {f"<built-in function {name}>" for name in names}
bad |= {"<class 'operator.attrgetter'>", "<class 'operator.methodcaller'>", "<class 'timeit.Timer'>", "<class 'code'>"}
found, count = [], 0
for m in all:
    for key, value in list(vars(m).items()):
        members = list(vars(value).items()) if isinstance(value, type) else []
        for name, one in [(key, value), *members]:
            count += 1
            kind = str(type(one))
            text = repr(one) if kind in ("<class 'builtin_function_or_method'>", "<class 'type'>") else kind
            if text in bad or kind in ("<class 'frame'>", "<class 'code'>", "<class 'traceback'>"):
                found.append((m.__name__, key, name))
            is_module = kind == "<class 'module'>"
            is_given = not is_module or any(one is other for other in all)
            is_given = is_given or m.__name__ == one.__name__.rpartition(".")[0]
            if not is_given:
                found.append((m.__name__, key, name))
print(count, found)
`;

const EXAMPLE = 'def f():\n    """\n    >>> 1\n    1\n    """\nt = doctest.DocTestFinder().find(f)[0]\n';

/** Ways of `doctest` to a debugger, which would run each line of the program's standard input as code. */
const DEBUGGERS: readonly (readonly [name: string, code: string])[] = [
  [
    "in the run of an example",
    `class R(doctest.DocTestRunner):
    def report_start(self, out, test, ex): self.debugger.set_trace()
${EXAMPLE}R().run(t)`,
  ],
  [
    "at the start of a run",
    `class R(doctest.DocTestRunner):
    def report_start(self, out, test, ex): self.debugger.reset(); self.debugger.cmdloop()
${EXAMPLE}R().run(t)`,
  ],
  ["by a script", `doctest.debug_script("print(1)", globs={})`],
  ["by a source", `doctest.debug_src(">>> print(1)", globs={})`],
  ["by the examples of a module", `${EXAMPLE}doctest.debug("__main__", "f")`],
  ["by its class", `doctest._OutputRedirectingPdb(None).set_trace()\nprint(1)`],
  [
    "by an example",
    `${EXAMPLE.replace(">>> 1\n    1", ">>> import pdb; pdb.set_trace()")}doctest.DocTestRunner().run(t)`,
  ],
];

const AT_ONCE = 2;

forEachEngine("A program behind the fence", (engine) => {
  let runner: FencedRunner;
  beforeAll(async () => {
    runner = await fencedRunner(engine.name);
  });
  afterAll(async () => {
    await runner[Symbol.asyncDispose]();
  });

  const reachedBy = async (under: FencedRunner, programs: readonly NamedProgram[]): Promise<readonly string[]> => {
    const reached: string[] = [];
    const left = [...programs];
    const worker = async (): Promise<void> => {
      for (let one = left.shift(); one !== undefined; one = left.shift()) {
        const { ending } = await under.run({ code: one.code, inputs: { ...INPUTS, file: FILE[engine.name] } });
        if ("stdout" in ending && ending.stdout.text.includes("REACHED")) reached.push(one.name);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return reached.sort();
  };

  it(`does not reach the interpreter in ${HOSTILE.length} ways`, async () => {
    expect(await reachedBy(runner, HOSTILE)).toEqual([]);
  }, 120_000);

  it(`reaches no module, frame or file under production in ${HOSTILE_IN_PRODUCTION.length} ways`, async () => {
    await using production = await fencedRunner(engine.name, "production");
    expect(await reachedBy(production, HOSTILE_IN_PRODUCTION)).toEqual([]);
  }, 120_000);

  it("finds no function of the interpreter among the members of any module of production", async () => {
    await using production = await fencedRunner(engine.name, "production");
    const modules = [...PURE_MODULES, ...COMMON_MODULES].filter((name) => name !== "__future__");
    const imports = modules.map(
      (name, at) => `try:\n    import ${name} as m${at}\n    all.append(m${at})\nexcept ImportError: pass`,
    );
    const code = `all = []\n${imports.join("\n")}\n${MEMBERS_THAT_LEAD_ON}`;
    const { ending } = await production.run({ code, timeoutMs: 20_000 });
    expect(ending).toMatchObject({
      ending: "ok",
      error: null,
      stdout: { text: expect.stringMatching(/^\d{4,5} \[\]\n$/) },
    });
  }, 30_000);

  it("imports no input file in the place of a module after a search for tests", async () => {
    const code = `import unittest
try:
    unittest.TestLoader().discover("/workspace/home", "nothing*")
except ImportError:
    pass
import colorsys
print(hasattr(colorsys, "reached"))`;
    const ran = await engine.run({
      code,
      fence: safeBuiltins(["unittest", "colorsys"], true),
      files: [{ name: "colorsys.py", path: "home/colorsys.py", bytes: Buffer.from("reached = 1") }],
    });
    expect(ran).toMatchObject({ ending: "ok", stdout: { text: "False\n" } });
  });

  it.each(DEBUGGERS)("gives no commands to a debugger by its standard input, %s", async (_, code) => {
    const stdin = "!print('REACHED', open)\n".repeat(3) + "c\n";
    const { ending } = await runner.run({ code: `import doctest\n${code}`, stdin });
    if ("stdout" in ending) expect(ending.stdout.text).not.toContain("REACHED");
    else expect(ending).toMatchObject({ name: "Refusal", reason: "policy-denied" });
  });

  it("sends no descriptor of the process over a socket of an event loop", async () => {
    const code = `import asyncio
L = asyncio.new_event_loop()
class F:
    mode = "rb"
    def fileno(self): return 0
    def read(self, n=-1): return b""
    def seek(self, *a): pass
L._csock.settimeout(1)
L._ssock.settimeout(1)
L._csock.sendfile(F())
print(L._ssock.recv(100))`;
    const { ending } = await runner.run({ code, stdin: "REACHED" });
    expect(JSON.stringify(ending)).not.toContain("b'REACHED'");
  });

  it.each(HARMLESS)("has what it needs: $name", async ({ code }) => {
    // They leave each other alone, so that they can share a container.
    const { ending } = await runner.run({ code, keep: engine.isContainer });
    expect(ending).toMatchObject({ ending: "ok", error: null });
    expect("stdout" in ending && ending.stdout.text).toMatch(/FINE\n$/);
  });
  it("has what it needs under production", async () => {
    await using production = await fencedRunner(engine.name, "production");
    for (const { name, code } of HARMLESS_IN_PRODUCTION) {
      const { ending } = await production.run({ code, inputs: { file: FILE[engine.name] } });
      expect(ending, name).toMatchObject({ ending: "ok", error: null });
      expect("stdout" in ending && ending.stdout.text, name).toMatch(/FINE\n$/);
    }
  }, 60_000);
});
