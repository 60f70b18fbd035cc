/** A program imports the project's own modules, which are among its files, on every engine. */

import { describe, expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";
import { useProjectRunner } from "../support/project-runner.js";

type Files = Readonly<Record<string, string>>;

const SLUG = `"""Makes slugs."""
import re

class Config:
    sep = "-"

def slug(text):
    return re.sub(r"[^a-z0-9]+", Config.sep, text.lower()).strip(Config.sep)

def fail():
    raise ValueError("no")
`;

const TESTS = `import unittest
from slug import slug

class SlugTest(unittest.TestCase):
    def test_words(self):
        self.assertEqual(slug("Hello, World"), "hello-world")
    def test_empty(self):
        self.assertEqual(slug(""), "")

if __name__ == "__main__":
    unittest.main()
`;

const PACKAGE: Files = {
  "shop/__init__.py": "from .prices import total\nfrom . import names\n__all__ = ['total', 'tax']\n",
  "shop/prices.py": "from .names import EUR\nfrom .tax.rates import RATE\ndef total(n): return (n * RATE, EUR)\n",
  "shop/names.py": "EUR = 'EUR'\n",
  "shop/tax/rates.py": "RATE = 2\n",
  "src/util.py": "def twice(x): return 2 * x\n",
};

/** Files, program and output, under the strict policy. */
const PURE: readonly (readonly [string, Files, string, string])[] = [
  ["a module", { "slug.py": SLUG }, "import slug\nprint(slug.slug('A b'), slug.__name__)", "a-b slug"],
  [
    "a name of a module",
    { "slug.py": SLUG },
    "from slug import slug as s, Config\nprint(s('A b'), Config.sep)",
    "a-b -",
  ],
  ["all names", { "slug.py": SLUG }, "from slug import *\nprint(slug('A b'))", "a-b"],
  [
    "a package with relative imports and a directory without a file of its own",
    PACKAGE,
    "import shop\nfrom shop import names as n\nimport shop.tax.rates as r\nprint(shop.total(3), n.EUR, r.RATE)",
    "(6, 'EUR') EUR 2",
  ],
  ["what __all__ names", PACKAGE, "from shop import *\nprint(total(1), tax.rates.RATE)", "(2, 'EUR') 2"],
  ["a module below src", PACKAGE, "from util import twice\nprint(twice(2))", "4"],
  [
    "a module once, which modules share",
    {
      "state.py": "seen = []\n",
      "a.py": "import state\nstate.seen.append('a')\n",
      "b.py": "from state import seen\nseen.append('b')\n",
    },
    "import a, b, a, state\nprint(state.seen)",
    "['a', 'b']",
  ],
  [
    "modules that import each other",
    {
      "even.py": "import odd\ndef even(n): return n == 0 or odd.odd(n - 1)\n",
      "odd.py": "import even\ndef odd(n): return n != 0 and even.even(n - 1)\n",
    },
    "from even import even\nprint(even(10))",
    "True",
  ],
  [
    "classes of a module, and changes them",
    {
      "shapes.py":
        "from dataclasses import dataclass\nfrom enum import Enum\nfrom typing import NamedTuple\n" +
        "class Kind(Enum):\n    A = 1\n@dataclass\nclass Point:\n    x: int\n    kind: 'Kind' = Kind.A\n" +
        "class Pair(NamedTuple):\n    a: int\n",
    },
    "import copy, shapes\nshapes.Point.double = lambda self: self.x * 2\np = copy.deepcopy(shapes.Point(4))\n" +
      "shapes.limit = 9\nprint(p, p.double(), shapes.Pair(1), shapes.limit)",
    "Point(x=4, kind=<Kind.A: 1>) 8 Pair(a=1) 9",
  ],
  [
    "a module in a function, and in a try",
    { "fast.py": "N = 1\n" },
    "def f():\n    import fast\n    return fast.N\ntry:\n    import fast as g\nexcept ImportError:\n    g = None\n" +
      "print(f(), g.N)",
    "1 1",
  ],
];

forEachEngine("the project's own modules", (engine) => {
  describe("under strict", () => {
    const runner = useProjectRunner(engine.name, "strict");

    it.each(PURE)("a program imports %s", async (_, files, code, output) => {
      const { ending } = await runner().run(files, { code });
      expect(ending).toMatchObject({ ending: "ok", stdout: { text: `${output}\n` } });
    });

    it("an error in a module shows the module's line, and the line of the program", async () => {
      const { ending } = await runner().run({ "slug.py": SLUG }, { code: "import slug\n\nslug.fail()" });
      expect(ending).toMatchObject({ ending: "error", error: { type: "ValueError", line: 3 } });
      const text = (ending as { error: { traceback: string } }).error.traceback;
      expect(text).toMatch(/project\/slug\.py", line 11, in fail\n {4}raise ValueError\("no"\)/);
      expect(text).not.toContain("importlib");
    });

    it("a module that the policy denies is refused before anything runs, with its file and line", async () => {
      const files = { "slug.py": "import re\n\nimport os\n", "pkg/__init__.py": "", "pkg/deep.py": "x = eval('1')\n" };
      const one = await runner().run(files, { code: "print('ran')\nimport slug" });
      expect(one.ending).toMatchObject({
        reason: "policy-denied",
        detail: { file: "slug.py", line: 3, resource: "os" },
        message: expect.stringContaining("(slug.py line 3, column 8)") as unknown,
      });
      const two = await runner().run(files, { code: "from pkg import deep" });
      expect(two.ending).toMatchObject({ reason: "policy-denied", detail: { file: "pkg/deep.py", line: 1 } });
      expect((await runner().run(files, { code: "from pkg import *\nprint(1)" })).ending).toMatchObject({
        ending: "ok",
      });
    });

    it("a file of another name says by which name it can be imported", async () => {
      const { ending } = await runner().run({ "tools/deep/slug.py": SLUG }, { code: "import slug" });
      expect(ending).toMatchObject({ reason: "policy-denied", detail: { suggestion: /tools\.deep\.slug/ } });
    });
  });

  describe("under workspace", () => {
    const runner = useProjectRunner(engine.name, "workspace");

    it.each([
      ["by its name", 'import unittest\nr = unittest.main(module="test_slug", argv=["x"], exit=False).result'],
      ["by a list", 'import unittest\nr = unittest.main(module=None, argv=["x", "test_slug"], exit=False).result'],
      [
        "by a search",
        'import unittest\nsuite = unittest.defaultTestLoader.discover(".")\nr = unittest.TextTestRunner().run(suite)',
      ],
      [
        "by a loader",
        "import unittest, test_slug\nsuite = unittest.TestLoader().loadTestsFromModule(test_slug)\n" +
          "r = unittest.TextTestRunner().run(suite)",
      ],
      ["by their names here", "import unittest\nfrom test_slug import *\nr = unittest.main(exit=False).result"],
    ])("a program runs the tests of a file %s", async (_, code) => {
      const files = { "slug.py": SLUG, "test_slug.py": TESTS, "setup.py": "import subprocess\n" };
      const { ending } = await runner().run(files, { code: `${code}\nprint(r.testsRun, r.wasSuccessful())` });
      expect(ending).toMatchObject({ ending: "ok", stdout: { text: "2 True\n" } });
    });

    it("a search finds tests in a directory of their own", async () => {
      const files = { "slug.py": SLUG, "tests/test_slug.py": TESTS, "tests/__init__.py": "" };
      for (const place of ["tests", "."]) {
        const code = `import unittest\ns = unittest.TestLoader().discover("${place}")\nprint(s.countTestCases())`;
        const { ending } = await runner().run(files, { code });
        expect(ending).toMatchObject({ ending: "ok", stdout: { text: "2\n" } });
      }
    });

    it("importlib.resources finds the files beside a package", async () => {
      const files = { "shop/__init__.py": "", "shop/words.txt": "a b\n", "shop/data/n.txt": "5" };
      const code =
        "from importlib import resources\nimport shop\nat = resources.files('shop')\n" +
        "print(at.joinpath('words.txt').read_text().split(), (resources.files(shop) / 'data' / 'n.txt').read_text())";
      const { ending } = await runner().run(files, { code });
      expect(ending).toMatchObject({ ending: "ok", stdout: { text: "['a', 'b'] 5\n" } });
    });

    it("pytest, where the image has it, runs the checked files, and none that the program writes", async () => {
      const tests =
        "import pytest\nfrom slug import slug\nimport helper\n@pytest.fixture\ndef text(): return 'A B'\n" +
        "def test_a(text, tmp_path): assert slug(text) == helper.WANTED\n" +
        "def test_b(capsys): assert slug('A') == 'b'\n";
      const files = { "slug.py": SLUG, "tests/test_slug.py": tests, "tests/helper.py": "WANTED = 'a-b'\n" };
      const code = (before: string): string =>
        `try:\n    import pytest\nexcept ImportError:\n    print("none")\nelse:\n${before}` +
        '    print("code", int(pytest.main(["-q", "tests"])))\n';
      const plain = await runner().run(files, { code: code("") });
      expect(plain.ending).toMatchObject({ ending: "ok" });
      const text = (plain.ending as { stdout: { text: string } }).stdout.text;
      if (text === "none\n") return;
      expect(text).toMatch(/assert 'a' == 'b'[^]*1 failed, 1 passed[^]*code 1/);
      const evil = "print('ev' 'il')\ndef test_x(): pass\n";
      for (const name of ["tests/test_slug.py", "tests/test_new.py", "conftest.py"]) {
        const { ending } = await runner().run(files, {
          code: code(`    open("${name}", "w").write(${JSON.stringify(evil)})\n`),
        });
        expect(JSON.stringify(ending)).not.toContain("evil\\n");
      }
    });

    it("the library finds its classes and functions by name", async () => {
      const code =
        "import pickle, slug, sys, inspect\nfrom unittest import mock\n" +
        "c = pickle.loads(pickle.dumps(slug.Config()))\n" +
        "with mock.patch('slug.slug', return_value='m'):\n    print(slug.slug('x'), type(c) is slug.Config)\n" +
        "print(slug.__file__.endswith('/project/slug.py'), sys.modules['slug'] is slug)\n" +
        "print(inspect.getsource(slug.fail).split()[-1])";
      const { ending } = await runner().run({ "slug.py": SLUG }, { code });
      expect(ending).toMatchObject({ ending: "ok", stdout: { text: 'm True\nTrue True\nValueError("no")\n' } });
    });
  });
});
