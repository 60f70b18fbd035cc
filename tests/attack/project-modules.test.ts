/** Modules of the project that want more than their program may have. */

import { describe, expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";
import { useProjectRunner } from "../support/project-runner.js";

type Files = Readonly<Record<string, string>>;

const RAN = "ran\n";

/** Files and program that a policy refuses before anything runs: what denies is in a module, or is reached by one. */
const DENIED: readonly (readonly [string, string, Files, string])[] = [
  ["strict", "a module that imports another", { "a.py": "import b\n", "b.py": "import socket\n" }, "import a"],
  ["strict", "a module that is imported late", { "a.py": "import os\n" }, "def f():\n    import a\nprint('ran')"],
  ["strict", "a package", { "p/__init__.py": "exec('1')\n", "p/x.py": "" }, "from p.x import y"],
  ["strict", "a module that climbs", { "a.py": "c = ().__class__.__base__.__subclasses__()\n" }, "import a"],
  ["workspace", "a module", { "a.py": "import subprocess\nsubprocess.run(['ls'])\n" }, "print('ran')\nimport a"],
  ["workspace", "a module under another name", { "a.py": "import os\nf = os.system\n" }, "from a import f\nf('ls')"],
  ["workspace", "a file of tests", { "test_a.py": "eval('1')\n" }, "import unittest\nunittest.main('test_a')"],
  [
    "workspace",
    "a file that a search for tests finds",
    { "t/test_a.py": "import socket\n" },
    "import unittest\nunittest.TestLoader().discover('t')",
  ],
  [
    "workspace",
    "a module that a patch names",
    { "a.py": "exec('1')\n" },
    "from unittest import mock\nmock.patch('a.x')",
  ],
  ["workspace", "a file that is no Python", { "a.py": "x = (\n" }, "import a"],
];

/** A compiled file of Python 3.11 that prints "evil", and that says that nobody needs to compare it with its source. */
const COMPILED =
  "a70d0d0a010000000000000000000000e30000000000000000000000000300000000000000f31c0000009700020065006400" +
  "a6010000ab0100000000000000000100640153002902da046576696c4e2901da057072696e74a900f300000000da0178fa08" +
  "3c6d6f64756c653e7207000000010000007316000000f003010101d8000580058066810d840d800d800d800d7205000000";

/** Programs that import code which nobody has checked, and the word that they would print. */
const WRITTEN: readonly (readonly [string, string])[] = [
  [
    "under a new name",
    "open('evil.py', 'w').write('print(%r)' % 'ev' 'il')\nimport sys\nsys.path.insert(0, '.')\nimport evil",
  ],
  [
    "in the place of a checked one",
    "open('good.py', 'w').write('print(%r)' % 'ev' 'il')\nimport sys\nsys.path.insert(0, '.')\nimport good",
  ],
  ["into a package", "open('pack/more.py', 'w').write('print(%r)' % 'ev' 'il')\nimport pack\nfrom pack import more"],
  [
    "as a package of a zip",
    "import sys, zipfile\nz = zipfile.ZipFile('m.zip', 'w')\n" +
      "z.writestr('evil.py', 'print(\"ev\" \"il\")'); z.close()\n" +
      "sys.path.insert(0, 'm.zip')\nimport evil",
  ],
  [
    "as a test",
    "open('test_evil.py', 'w').write('print(\"ev\" \"il\")')\nimport unittest\n" +
      "unittest.TextTestRunner().run(unittest.defaultTestLoader.discover('.'))",
  ],
  [
    "by the machinery",
    "open('evil.py', 'w').write('print(\"ev\" \"il\")')\nimport sys\n" +
      "m = [v for k, v in sys.modules.items() if k.endswith('lib_external')][0]\n" +
      "l = [v for k, v in vars(m).items() if k.startswith('SourceFile')][0]\nl('evil', 'evil.py').load_module()",
  ],
  [
    "as the compiled file of a module of the library",
    "import os, sys\nhome = os.path.abspath('p') + os.path.dirname(os.__file__)\nos.makedirs(home)\n" +
      `open(home + '/colorsys.cpython-311.pyc', 'wb').write(bytes.fromhex('${COMPILED}'))\n` +
      "sys.pycache_prefix = os.path.abspath('p')\nimport colorsys\nprint(colorsys.rgb_to_hsv(0, 0, 0))",
  ],
];

/** Programs whose module wants the interpreter's builtins under a policy with the safe ones. */
const REACHING: readonly (readonly [string, string, string])[] = [
  ["its builtins, by a name made at run time", "N = '__buil' + 'tins__'\n", "import a\nprint(getattr(a, a.N))"],
  ["its builtins, through vars", "N = 1\n", "import a\nk = ['__buil'] * 2\nprint(vars(a)[k[0] + 'tins__'])"],
  ["its builtins, with all its names", "__all__ = ['__buil' + 'tins__', '__dict__']\n", "from a import *\nprint(1)"],
  ["its dictionary", "N = 1\n", "import a\nd = a.__dict__\nprint(d[''.join(['__buil', 'tins__'])])"],
  ["a builtin that is withheld", "def f(n):\n    return getattr(f, n)\n", "import a\nprint(a.f('__glob' + 'als__'))"],
  ["its loader", "N = '__load' + 'er__'\n", "import a\nprint(getattr(a, a.N))"],
  ["its specification", "N = '__sp' + 'ec__'\n", "import a\nprint(getattr(a, a.N))"],
  ["classes of the library", "import random\ndef f(n, v): setattr(random.Random, n, v)\n", "import a\na.f('seed', 1)"],
  [
    "a module of the library as the target of a patch",
    "",
    "from unittest import mock\nprint(mock.patch('shutil.which').getter())",
  ],
  [
    "its dictionary as the target of a patch",
    "",
    "from unittest import mock\nimport a\np = mock.patch.dict('a.__dict__')\np.start()\n" +
      "print(p.in_dict['__buil' 'tins__'.strip()])",
  ],
  ["a module by a name made at run time", "import re\n", "import a\nprint(getattr(a, 'r' + 'e')._parser)"],
];

forEachEngine("modules of the project", (engine) => {
  for (const policy of ["strict", "workspace"]) {
    describe(`under ${policy}`, () => {
      const runner = useProjectRunner(engine.name, policy);

      it.each(DENIED.filter(([under]) => under === policy))("%s: refused is %s", async (_, __, files, code) => {
        const { ending, isolation } = await runner().run(files, { code });
        expect(ending).toMatchObject({ reason: "policy-denied" });
        expect(isolation).toBeNull();
      });
    });
  }

  describe("code that a program writes under workspace", () => {
    const runner = useProjectRunner(engine.name, "workspace");

    it.each(WRITTEN)("%s is not imported", async (_, code) => {
      const files = { "good.py": "print('good')\n", "pack/__init__.py": "" };
      const { ending } = await runner().run(files, { code });
      expect(JSON.stringify(ending)).not.toContain('"evil\\n');
      if (code.endsWith("import good")) expect(ending).toMatchObject({ stdout: { text: "good\n" } });
      else if (code.includes("colorsys")) expect(ending).toMatchObject({ stdout: { text: "(0.0, 0.0, 0)\n" } });
      else if (!code.includes("discover")) expect(ending).toMatchObject({ ending: "error" });
    });
  });

  describe("under production", () => {
    const runner = useProjectRunner(engine.name, "production");

    it.each(REACHING)("a module does not give %s", async (_, module, code) => {
      const { ending } = await runner().run({ "a.py": module }, { code });
      const text = JSON.stringify(ending);
      expect(text).toMatch(/"ending":"error"|"reason":"policy-denied"|^\{"name":"Refusal"/);
      expect(text).not.toMatch(/built-in function|__import__/);
    });
  });

  describe("a file that is changed", () => {
    const runner = useProjectRunner(engine.name, "strict");

    it("after it was read runs as it was checked", async () => {
      const { ending } = await runner().run({ "a.py": "print('checked')\n" }, { code: "import a" });
      expect(ending).toMatchObject({ stdout: { text: "checked\n" } });
    });

    it.each([
      ["too large", { "a.py": `x = "${"y".repeat(300_000)}"\n` }, /at most 262144 bytes/],
      ["no text", { "a.py": "x = '\\xff\\udc80'\n" }, null],
    ])("and is %s", async (_, files, words) => {
      const { ending } = await runner().run(files, { code: "import a\nprint('ran')" });
      if (words !== null)
        expect(ending).toMatchObject({ reason: "bad-input", message: expect.stringMatching(words) as unknown });
      else expect(ending).toMatchObject({ stdout: { text: RAN } });
    });
  });
});
