/** The ways in which a program tests itself, on every engine and under the policy that gives the least. */

import { afterAll, beforeAll, expect, it } from "vitest";
import { type FencedRunner, fencedRunner, forEachDataScience, forEachEngine } from "../support/engines.js";
import type { Outcome } from "../../src/outcome.js";
import { allBuiltins } from "../support/guest-policies.js";

/** Functions that are refused where a policy refuses code from text. */
const CODE_FROM_TEXT = ["builtins.exec", "builtins.compile"];

const PATCHES = `import io, sys, random, types
import unittest
from unittest.mock import patch
from types import FunctionType
class T(unittest.TestCase):
    @patch("sys.stdout", new_callable=io.StringIO)
    def test_output(self, out):
        print("inside")
        with patch("sys.stdout", new_callable=io.StringIO) as inner:
            print("deeper")
        print("again")
        self.assertEqual((out.getvalue(), inner.getvalue()), ("inside\\nagain\\n", "deeper\\n"))
    def test_arguments(self):
        with patch.object(sys, "argv", ["p", "-v"]), patch("sys.stderr", io.StringIO()) as err:
            print("e", file=sys.stderr)
            self.assertEqual((sys.argv, err.getvalue()), (["p", "-v"], "e\\n"))
    def test_method_of_an_object(self):
        with patch("random.randint", return_value=4), patch("random.random") as r:
            r.return_value = 0.5
            self.assertEqual((random.randint(1, 6), random.random()), (4, 0.5))
    def test_kinds(self):
        kinds = [isinstance(f, types.FunctionType) for f in (lambda: 0, T.test_kinds, len, 1)]
        self.assertEqual(kinds, [True, True, False, False])
        self.assertTrue(isinstance(T.test_kinds, (FunctionType, int)))
    def test_old_stream(self):
        sys.stdout = io.StringIO()
        print("kept")
        text, sys.stdout = sys.stdout.getvalue(), sys.__stdout__
        self.assertEqual(text, "kept\\n")
suite = unittest.defaultTestLoader.loadTestsFromTestCase(T)
result = unittest.TextTestRunner(stream=sys.stdout).run(suite)
print(len(result.errors + result.failures), "failed of", result.testsRun)
`;

const PACKED = `import bz2, gzip, io
out = io.BytesIO()
with gzip.GzipFile(fileobj=out, mode="wb") as f:
    f.write(b"a\\n")
with gzip.open(io.BytesIO(out.getvalue()), "rt") as f:
    c, d = io.BytesIO(bz2.compress(b"c")), io.BytesIO(bz2.compress(b"d"))
    print(f.read().strip(), bz2.open(c).read(), bz2.BZ2File(d).read())
`;

forEachEngine("Under the strict policy a program", (engine) => {
  let runner: FencedRunner;
  beforeAll(async () => {
    runner = await fencedRunner(engine.name);
  });
  afterAll(async () => {
    await runner[Symbol.asyncDispose]();
  });
  const run = async (code: string) =>
    (await runner.run({ code, language: "python", timeoutMs: 5_000 })).ending as Outcome;

  it("replaces streams, arguments and methods in its tests, and tests values for functions", async () => {
    const ran = await run(PATCHES);
    expect(ran).toMatchObject({ ending: "ok", error: null });
    expect(ran.stdout.text).toContain("0 failed of 5");
  });

  it("packs and unpacks bytes through objects that are like files", async () => {
    expect(await run(PACKED)).toMatchObject({ ending: "ok", stdout: { text: "a b'c' b'd'\n" } });
  });
});

await forEachDataScience("In the data image a program", (engine) => {
  const run = async (code: string) =>
    engine.run({ code, fence: { ...allBuiltins(["subprocess"]), names: CODE_FROM_TEXT } });

  it("runs its own tests by pytest.main([__file__])", async () => {
    const ran = await run(`import os, pytest
@pytest.fixture
def two(): return 2
def test_here(two): assert two + 1 == 3
def test_wrong(two): assert two == 3
if __name__ == "__main__":
    codes = [int(pytest.main(["-q", __file__])), int(pytest.main(["-q", f"{os.path.abspath(__file__)}::test_here"]))]
    print(codes, os.path.exists("test_program.py"))
`);
    expect(ran.stdout.text).toMatch(/1 failed, 1 passed[^]*1 passed[^]*\[1, 0\] False/);
  });

  it("makes names with Faker, from a seed", async () => {
    const ran = await run(`from faker import Faker
Faker.seed(3); a = Faker().name()
Faker.seed(3); b = Faker(["en_US"]).name()
print(a == b)
`);
    expect(ran).toMatchObject({ ending: "ok", stdout: { text: "True\n" } });
  });
});
