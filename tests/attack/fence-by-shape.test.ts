/**
 * Programs that go for the interpreter behind the fence: a real `open`, `__import__` or `eval`, a module, a frame, a
 * code object. Each is stopped by the policy or in the guest. The fence is no boundary: the sandbox is, and other tests
 * try it without the fence.
 */

import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
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
  timed: "raise ZeroDivisionError(open)",
};

/** A file that each engine has. On the embedded engine there is none but the library. */
const FILE = { wasm: "/usr/local/lib/python311.zip", local: "/etc/passwd", runc: "/etc/passwd", runsc: "/etc/passwd" };

/** Ends a program that has reached what it went for. */
const THROUGH = `def through(x):
    if x is not None:
        print("REACHED", type(x))
        raise SystemExit(0)
`;

interface NamedProgram {
  readonly name: string;
  readonly code: string;
}

const HOSTILE = programsOf("reaching.txt").map(({ name, code }) => ({ name, code: THROUGH + code }));
const HOSTILE_IN_PRODUCTION = programsOf("reaching-production.txt").map(({ name, code }) => ({
  name,
  code: THROUGH + code,
}));
const HARMLESS = programsOf("harmless.txt");

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

  it.each(HARMLESS)("has what it needs: $name", async ({ code }) => {
    const { ending } = await runner.run({ code });
    expect(ending).toMatchObject({ ending: "ok", error: null });
    expect("stdout" in ending && ending.stdout.text).toMatch(/FINE\n$/);
  });
});
