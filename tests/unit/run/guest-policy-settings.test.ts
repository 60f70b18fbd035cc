/** Tests each setting of a guest policy on the embedded engine, the only engine that is always there. */

import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../src/outcome.js";
import type { GuestFile, GuestPolicy } from "../../../src/sandbox/engine.js";
import { embeddedPython } from "../../support/embedded-engine.js";
import { allBuiltins, HINT, safeBuiltins } from "../../support/guest-policies.js";

/** The names of `sys` that give no access to other modules. */
const HARMLESS_SYS =
  `maxsize maxunicode version version_info hexversion byteorder float_info int_info hash_info thread_info argv exit
  getsizeof getrecursionlimit setrecursionlimit intern stdout stderr stdin platform implementation float_repr_style
  getrefcount exc_info flags executable prefix copyright api_version getdefaultencoding getfilesystemencoding
  stdlib_module_names builtin_module_names get_int_max_str_digits`.split(/\s+/);

const FILES: readonly GuestFile[] = [
  { name: "notes.txt", path: "root/notes.txt", bytes: new TextEncoder().encode("é1\r\n2\n") },
  { name: "data/x.bin", path: "root/data/x.bin", bytes: new Uint8Array([0, 255]) },
];

const runJob = embeddedPython();

describe("a program that may read", () => {
  const guestPolicy = safeBuiltins(["io", "pathlib"], true);

  it.each([
    ["as text, in UTF-8 and with one kind of line end", "open('notes.txt').read()", "'é1\\n2\\n'"],
    ["line by line", "[line for line in open('notes.txt')]", "['é1\\n', '2\\n']"],
    [
      "in the encoding and with the line ends that it chooses",
      "open('notes.txt', 'rt', encoding='latin-1', newline='').read()",
      "'Ã©1\\r\\n2\\n'",
    ],
    [
      "with the handling of errors that it chooses",
      "open('notes.txt', encoding='ascii', errors='replace').read()",
      "'\ufffd\ufffd1\\n2\\n'",
    ],
    ["as bytes", "open('data/x.bin', 'rb').read()", "b'\\x00\\xff'"],
    ["by a longer spelling of its path", "open('./data/x.bin', 'br').read()", "b'\\x00\\xff'"],
    ["by a path object", "import pathlib\nopen(pathlib.Path('data') / 'x.bin', 'rb').read()", "b'\\x00\\xff'"],
    ["under its name", "open('notes.txt').name, open('data/x.bin', 'rb').name", "('notes.txt', 'data/x.bin')"],
    ["by io.open", "import io\nio.open('notes.txt').readline()", "'é1\\n'"],
    ["several times", "open('notes.txt').read() == open('notes.txt').read()", "True"],
  ])("reads an input file %s", async (_, code, result) => {
    expect(await run(code, guestPolicy)).toMatchObject({ error: null, result });
  });

  it("reads the files of the sandbox", async () => {
    expect(await run("open('/usr/local/lib/python311.zip', 'rb').read(2)", guestPolicy)).toMatchObject({
      error: null,
      result: "b'PK'",
    });
  });

  it.each(["w", "wb", "a", "x", "r+", "rb+", "U"])(
    "cannot open an input file or another file with mode %s",
    async (mode) => {
      for (const name of ["notes.txt", "/tmp/new"]) {
        const { error } = await run(`open('${name}', '${mode}')`, guestPolicy);
        expect(error).toMatchObject({
          type: "PermissionError",
          message: expect.stringContaining("the policy gives reading only") as string,
        });
      }
    },
  );

  it.each([
    ["a descriptor", "open(0)"],
    ["a descriptor of a class of its own", "class N(int): pass\nopen(N(0))"],
    ["an object that can be used as a descriptor", "class N:\n    def __index__(self): return 0\nopen(N())"],
    ["a name with an opener of its own", "open('notes.txt', opener=lambda name, flags: 0)"],
  ])("cannot open %s", async (_, code) => {
    expect((await run(code, guestPolicy)).error).toMatchObject({ type: "PermissionError" });
  });

  it("cannot disguise a mode as another", async () => {
    const code = "class M(str):\n    def __iter__(self): return iter('r')\nopen('/rlm/report', M('w'))";
    expect((await run(code, guestPolicy)).error).toMatchObject({ type: "TypeError" });
  });

  it.each([
    "open('notes.txt').write('x')",
    "open('data/x.bin', 'rb').write(b'x')",
    "open('data/x.bin', 'rb').truncate(0)",
  ])("cannot write: %s", async (code) => {
    expect((await run(code, guestPolicy)).error?.type).toBe("UnsupportedOperation");
  });

  it("gets a FileNotFoundError for a missing file", async () => {
    expect((await run("open('absent.txt')", guestPolicy)).error).toMatchObject({ type: "FileNotFoundError" });
  });
});

it.each([
  ["with safe builtins", safeBuiltins(["io"])],
  ["with all builtins", allBuiltins([], false)],
])("a program that may not read has no open %s", async (_, guestPolicy) => {
  expect((await run("open", guestPolicy)).error).toMatchObject({ type: "NameError" });
});

describe("a program with all modules except the withheld ones", () => {
  const guestPolicy = allBuiltins(["os", "subprocess", "json.decoder"]);

  it.each([
    ["by name", "import os", "os"],
    ["by another name", "import os as harmless", "os"],
    ["in a function", "def f():\n    import subprocess\nf()", "subprocess"],
    ["for a name in it", "from os import getcwd", "os"],
    ["for all its names", "from os import *", "os"],
    ["by a module below it", "import os.path", "os.path"],
    ["for a module below it", "from os import path", "os"],
    ["below a module that it can have", "import json.decoder", "json.decoder"],
    ["by __import__", "__import__('os')", "os"],
    ["by the builtins module", "import builtins\nbuiltins.__import__('os')", "os"],
    ["by importlib", "import importlib\nimportlib.import_module('os.path')", "os.path"],
    [
      "by a name relative to a package",
      "import importlib\nimportlib.import_module('.decoder', 'json')",
      "json.decoder",
    ],
    ["by importlib's __import__", "import importlib\nimportlib.__import__('os')", "os"],
    [
      "by a function that importlib exports",
      "from importlib import import_module\nimport_module('subprocess')",
      "subprocess",
    ],
    ["by importlib with a module below it", "import importlib.util\nimportlib.import_module('os')", "os"],
    ["by exec", "exec('import os')", "os"],
    ["by exec with names of its own", "exec('import os', {})", "os"],
    ["by eval", "eval(\"__import__('os')\")", "os"],
  ])("cannot import one %s", async (_, code, name) => {
    expect((await run(code, guestPolicy)).error).toMatchObject({
      type: "ImportError",
      message: `Cannot import '${name}': ${HINT}`,
    });
  });

  it("cannot import one from its package", async () => {
    expect((await run("from json import decoder", guestPolicy)).error).toMatchObject({
      message: `Cannot import 'decoder' from 'json': ${HINT}`,
    });
  });

  it.each([
    [
      "libraries that import withheld ones themselves",
      "import shutil, tempfile, glob\nshutil.which('x') is None",
      "True",
    ],
    ["dotted modules", "import xml.etree.ElementTree as ET, collections.abc\nET.fromstring('<a/>').tag", "'a'"],
    [
      "modules by importlib",
      "import importlib\nimportlib.import_module('.encoder', 'json').__name__",
      "'json.encoder'",
    ],
    ["the other parts of importlib", "import importlib.util\nimportlib.util.find_spec('math') is not None", "True"],
    [
      "eval, exec, compile and globals",
      "exec(compile('x = 1', 's', 'exec'))\neval('x + 1'), globals()['x'], locals() is globals()",
      "(2, 1, True)",
    ],
    ["the builtins that end a program", "(exit, quit) and 1", "1"],
    ["builtins that it changes", "import builtins\nbuiltins.twice = lambda n: 2 * n\ntwice(4)", "8"],
    [
      "input files by open",
      "open('notes.txt').readline(), open('data/x.bin', 'rb').read()",
      "('é1\\n', b'\\x00\\xff')",
    ],
    [
      "an asyncio loop",
      [
        "import asyncio",
        "async def f(n):",
        "    await asyncio.sleep(n)",
        "    return n",
        "async def both():",
        "    return await asyncio.gather(f(.02), f(.01))",
        "asyncio.run(both())",
      ].join("\n"),
      "[0.02, 0.01]",
    ],
  ])("has %s", async (_, code, result) => {
    expect(await run(code, guestPolicy)).toMatchObject({ error: null, result });
  });

  it("cannot break the guest when it replaces its builtins", async () => {
    const outcome = await run(
      "import builtins\nbuiltins.print = builtins.repr = builtins.open = None\nexit('farewell')",
      guestPolicy,
    );
    expect(outcome).toMatchObject({ ending: "error", exitCode: 1, stderr: { text: "farewell\n" } });
  });
});

describe("a program with a module below a withheld one", () => {
  const guestPolicy: GuestPolicy = { ...allBuiltins(["os"]), exempt: ["os.path"] };

  it.each([
    ["import os.path\nos.path.join('a', 'b')", "'a/b'"],
    ["from os import path\npath.basename('a/b')", "'b'"],
    ["from os.path import join\njoin('a', 'b')", "'a/b'"],
  ])("has that module: %s", async (code, result) => {
    expect(await run(code, guestPolicy)).toMatchObject({ error: null, result });
  });

  it.each([
    "import os.path\nos.listdir('/')",
    "import os.path\nos.system",
    "from os import listdir",
    "import os\nos.getcwd()",
  ])("has nothing else of the withheld module: %s", async (code) => {
    expect((await run(code, guestPolicy)).ending).toBe("error");
  });

  it("does not have a withheld module of a package that is listed whole", async () => {
    const whole: GuestPolicy = { ...safeBuiltins(["xml.*"]), withheld: ["xml.dom"] };
    expect(await run("import xml.sax\nxml.sax.__name__", whole)).toMatchObject({ result: "'xml.sax'" });
    for (const code of [
      "import xml.dom",
      "from xml import dom",
      "import xml.dom.minidom",
      "from xml.dom import minidom",
    ]) {
      expect((await run(code, whole)).error, code).toMatchObject({
        type: "ImportError",
        message: expect.stringContaining(HINT) as string,
      });
    }
  });
});

describe("a program with the safe builtins", () => {
  it.each([
    [
      "the descriptors of a class by vars",
      "d = vars(type)\n[v for k, v in d.items() if k.endswith('bclasses__')][0](object)",
    ],
    [
      "an attribute by string.Formatter, under a name made at run time",
      "import string\nstring.Formatter().get_field('0.' + '__'.join(['', 'subclasses', '']), [object], {})[0]()",
    ],
    [
      "code from an annotation by singledispatch",
      [
        "from functools import singledispatch",
        "@singledispatch",
        "def f(x): pass",
        "@f.register",
        "def _(x: '(print(1), int)[1]'): pass",
      ].join("\n"),
    ],
    [
      "code from an annotation by typing",
      "import typing\ndef f(x: '(print(1), int)[1]'): pass\ntyping.get_type_hints(f)",
    ],
  ])("cannot have %s", async (_, code) => {
    expect(await run(code, safeBuiltins(["string", "functools", "typing"]))).toMatchObject({
      ending: "error",
      stdout: { text: "" },
    });
  });

  it.each([
    ["vars of a class", "class A:\n    x = 1\nvars(A)['x']", "1"],
    ["vars of an object, and changes the object by it", "class A: pass\na = A()\nvars(a)['x'] = 1\na.x", "1"],
    ["string.Formatter", "import string\nstring.Formatter().format('{0.real} {x[0]}', 1, x=[2])", "'1 2'"],
    [
      "singledispatch by a plain annotation as text",
      [
        "from functools import singledispatch",
        "@singledispatch",
        "def f(x): return 0",
        "@f.register",
        "def _(x: 'int'): return 1",
        "f(2), f('a')",
      ].join("\n"),
      "(1, 0)",
    ],
    [
      "type hints with names that are defined later",
      [
        "import typing",
        "class A:",
        "    next: 'typing.Optional[A]' = None",
        "typing.get_type_hints(A)['next'] == typing.Optional[A]",
      ].join("\n"),
      "True",
    ],
  ])("has %s", async (_, code, result) => {
    expect(await run(code, safeBuiltins(["string", "functools", "typing"]))).toMatchObject({ error: null, result });
  });
});

describe("a program with a list of modules", () => {
  it("gets views without modules even after it has changed the library's name for their class", async () => {
    const code = "import types\ntypes.ModuleType = int\nimport json\nhasattr(json, 'codecs')";
    expect(await run(code, safeBuiltins(["json", "types.*"]))).toMatchObject({ error: null, result: "False" });
  });

  it("gets a starred package with everything below it, and the imports of its libraries work", async () => {
    const code = [
      "import xml.dom.minidom as m",
      "from xml.sax import saxutils",
      "m.parseString('<a/>').firstChild.tagName, saxutils.os.sep",
    ].join("\n");
    expect(await run(code, safeBuiltins(["xml.*"]))).toMatchObject({ error: null, result: "('a', '/')" });
    expect((await run("import os", safeBuiltins(["xml.*"]))).error).toMatchObject({
      message: `Cannot import 'os': ${HINT}`,
    });
  });

  it("gets a starred package below another package, and nothing else of that one", async () => {
    const guestPolicy = safeBuiltins(["xml.etree.*"]);
    expect(
      await run(
        "import xml.etree.ElementTree as ET\nfrom xml import etree\nimport xml\nET.fromstring('<a/>').tag",
        guestPolicy,
      ),
    ).toMatchObject({ error: null, result: "'a'" });
    expect((await run("import xml.sax", guestPolicy)).error).toMatchObject({
      message: `Cannot import 'xml.sax': ${HINT}`,
    });
  });

  it("gets a dotted module and no name of the package above it", async () => {
    const guestPolicy = safeBuiltins(["os.path", "importlib.machinery"]);
    expect(
      await run("import os.path\nfrom os import path\nos.path.join('a', 'b'), path.sep", guestPolicy),
    ).toMatchObject({ error: null, result: "('a/b', '/')" });
    expect((await run("import os.path\nos.system", guestPolicy)).error).toMatchObject({ type: "AttributeError" });
    expect((await run("from os import getcwd", guestPolicy)).error).toMatchObject({
      message: `Cannot import 'getcwd' from 'os': ${HINT}`,
    });
    expect((await run("import importlib.machinery\nimportlib.import_module", guestPolicy)).error).toMatchObject({
      type: "AttributeError",
    });
  });

  it("gets the harmless names of sys and its own argv, and no other name", async () => {
    const code = "import sys\nhere = [name for name in names if hasattr(sys, name)]\nprint(*here)\nsys.argv";
    const names = [
      ...HARMLESS_SYS,
      ..."modules path meta_path path_hooks settrace setprofile _getframe addaudithook gettrace".split(" "),
    ];
    const outcome = await run(`names = ${JSON.stringify(names)}\n${code}`, safeBuiltins(["sys"]));
    expect(outcome).toMatchObject({ error: null, result: "['program.py']" });
    expect(outcome.stdout.text.trim().split(" ").sort()).toEqual([...HARMLESS_SYS].sort());
  });

  it("prints to sys.stdout, or to the object that has replaced it", async () => {
    const code = [
      "import sys, io",
      "sys.stdout.write('a\\n')",
      "screen, sys.stdout = sys.stdout, io.StringIO()",
      "print('b')",
      "text, sys.stdout = sys.stdout.getvalue(), screen",
      "print('c', file=sys.stderr)",
      "text",
    ].join("\n");
    expect(await run(code, safeBuiltins(["sys", "io"]))).toMatchObject({
      error: null,
      result: "'b\\n'",
      stdout: { text: "a\n" },
      stderr: { text: "c\n" },
    });
  });

  it("keeps its earlier output when it replaces sys.stdout", async () => {
    expect(
      await run("import sys, io\nprint('a', end='')\nsys.stdout = io.StringIO()", safeBuiltins(["sys", "io"])),
    ).toMatchObject({ stdout: { text: "a" } });
  });

  it("imports only listed modules by importlib", async () => {
    const guestPolicy = safeBuiltins(["importlib", "json"]);
    expect(await run("import importlib\nimportlib.import_module('json').loads('[1]')", guestPolicy)).toMatchObject({
      error: null,
      result: "[1]",
    });
    expect((await run("import importlib\nimportlib.import_module('os')", guestPolicy)).error).toMatchObject({
      message: `Cannot import 'os': ${HINT}`,
    });
  });

  it("can call a function that imports a module in C", async () => {
    const code = "import datetime, time\ntime.strptime('2020', '%Y')\ndatetime.datetime.strptime('2020', '%Y').year";
    expect(await run(code, safeBuiltins(["datetime", "time"]))).toMatchObject({ error: null, result: "2020" });
    expect((await run("import _strptime", safeBuiltins(["datetime", "time"]))).error).toMatchObject({
      message: `Cannot import '_strptime': ${HINT}`,
    });
  });

  it("can import * from a module that is shown in part", async () => {
    expect(await run("from io import *\nStringIO('x').read()", safeBuiltins(["io"]))).toMatchObject({
      error: null,
      result: "'x'",
    });
  });

  it.each([
    ["argparse", "p = argparse.ArgumentParser()\np.add_argument('--n', default=3)\np.parse_args().n", "3"],
    [
      "unittest",
      "class T(unittest.TestCase):\n    def test(self): self.assertTrue(1)\nunittest.main(exit=False).result.testsRun",
      "1",
    ],
    ["logging", "logging.basicConfig(level='INFO')\nlogging.info('x')", null],
    ["concurrent.futures", "f = concurrent.futures.Future()\nf.set_result(3)\nf.result()", "3"],
    ["asyncio", "async def f(): return 1\nasyncio.run(f())", "1"],
    ["xml.etree.ElementTree", "xml.etree.ElementTree.fromstring('<a/>').tag", "'a'"],
    ["dataclasses", "@dataclasses.dataclass\nclass A:\n    x: int\nA(1)", "A(x=1)"],
    ["zoneinfo", "zoneinfo.TZPATH != 1", "True"],
    ["sqlite3", "sqlite3.connect(':memory:').execute('select 1').fetchone()", "(1,)"],
  ])("can work with %s", async (module, code, result) => {
    expect(await run(`import ${module}\n${code}`, safeBuiltins([module]))).toMatchObject({ error: null, result });
  });
});

function run(code: string, guestPolicy: GuestPolicy): Promise<Outcome> {
  return runJob({ code, files: FILES, directory: "root", guestPolicy });
}
