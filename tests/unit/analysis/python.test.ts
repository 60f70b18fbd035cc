import { beforeAll, describe, expect, it } from "vitest";
import type { Analysis } from "../../../src/policy/judge.js";
import { createJudgingAnalyser, type JudgingAnalyser } from "../../support/analyser.js";
import { STRICT } from "../../../src/policy/presets.js";

let analyser: JudgingAnalyser;
beforeAll(async () => {
  analyser = await createJudgingAnalyser();
});

const analyse = (code: string): Analysis => analyser.analyse(code, "python", STRICT);
const rules = (code: string): string[] =>
  analyse(code).violations.map(({ rule, resource }) => `${rule} ${resource ?? ""}`.trim());

describe("the strict policy denies a Python program", () => {
  it.each<[string, string, string[]]>([
    ["that imports", "import os", ["PY-IMPORT-001 os"]],
    ["that imports under another name", "import os as x", ["PY-IMPORT-001 os"]],
    ["that imports two at once", "import os, site", ["PY-IMPORT-001 os", "PY-IMPORT-001 site"]],
    [
      "that imports a denied module after an allowed one",
      "import math; import subprocess",
      ["PY-IMPORT-001 subprocess"],
    ],
    [
      "that imports a submodule",
      "import importlib.util, urllib.request",
      ["PY-IMPORT-001 importlib.util", "PY-IMPORT-001 urllib.request"],
    ],
    ["that imports from", "from os import system as s", ["PY-IMPORT-001 os", "PY-EXEC-001 os.system"]],
    ["that imports all names of a module", "from os import *", ["PY-IMPORT-001 os"]],
    [
      "that hides behind comments and continuations",
      "a.\\\n__code__\n(a # x\n.__mro__)\nfrom os \\\n import listdir\ngetattr(a, # b\n '__self' + '__')",
      [
        "PY-ESC-001 __code__",
        "PY-ESC-002 __mro__",
        "PY-IMPORT-001 os",
        "PY-FILE-006 os.listdir",
        "PY-ESC-001 __self__",
      ],
    ],
    [
      "that imports a denied module from an allowed one",
      "from urllib import request, parse",
      ["PY-IMPORT-001 urllib.request"],
    ],
    [
      "that imports a module which an allowed module imports",
      "from random import _os\nfrom uuid import os as s",
      ["PY-IMPORT-001 random._os", "PY-ESC-001 random._os", "PY-IMPORT-001 uuid.os"],
    ],
    [
      "that uses a module as an attribute of another module",
      "import random, uuid as u\nrandom._os\nu.os.system",
      ["PY-ESC-001 _os", "PY-IMPORT-001 uuid.os", "PY-EXEC-001 u.os.system"],
    ],
    [
      "that reaches a submodule through its package",
      "import urllib.parse\nurllib.request.urlopen",
      ["PY-IMPORT-001 urllib.request", "PY-NET-002 urllib.request.urlopen"],
    ],
    ["that imports relatively", "from . import a\nfrom .b import c", ["PY-IMPORT-001 .", "PY-IMPORT-001 .b"]],
    [
      "that imports in a function",
      "def f():\n  try:\n    import socket\n  except ImportError: pass",
      ["PY-IMPORT-001 socket"],
    ],
    [
      "that imports over several lines",
      "from os import (\n  system,\n  sep)",
      ["PY-IMPORT-001 os", "PY-EXEC-001 os.system", "PY-IMPORT-001 os"],
    ],
    ["that imports with spaces and a continuation", "import xml \\\n . sax", ["PY-IMPORT-001 xml.sax"]],
    ["in wide letters", "import ｏｓ", ["PY-IMPORT-001 os"]],
    ["in mathematical letters", "𝘦𝘷𝘢𝘭('1')", ["PY-DYN-001 eval"]],
    ["with dunders in wide letters", "().__ｓubclasses__", ["PY-ESC-001 __subclasses__"]],
    ["that calls eval", "eval('1')", ["PY-DYN-001 eval"]],
    ["that names a builtin and does not call it", "f = exec", ["PY-DYN-001 exec"]],
    ["that decorates with a builtin", "@eval\nclass A: pass", ["PY-DYN-001 eval"]],
    ["that evaluates in an f-string", "f'{eval(1)}'", ["PY-DYN-001 eval"]],
    ["that evaluates in a nested format", "f'{x:{eval(1)}}'", ["PY-DYN-001 eval"]],
    ["that evaluates in a raw f-string", "rf'\\N{eval(1)}'", ["PY-DYN-001 eval"]],
    ["that evaluates in a default of a parameter of that name", "def f(eval=eval): pass", ["PY-DYN-001 eval"]],
    ["that evaluates in an annotation", "x: eval('1') = 2", ["PY-DYN-001 eval"]],
    ["that evaluates where another function has that name", "def f(eval): pass\neval('1')", ["PY-DYN-001 eval"]],
    [
      "that evaluates where a method has that name",
      "class A:\n  def eval(self): return eval('1')",
      ["PY-DYN-001 eval"],
    ],
    ["that evaluates beside an attribute and a keyword of that name", "f(eval=1).eval(eval)", ["PY-DYN-001 eval"]],
    ["that declares a builtin global and uses it", "def f():\n  global open\n  open('x')", ["PY-FILE-001 open"]],
    [
      "that declares a builtin global past a function that binds it",
      "def g(open):\n  def f():\n    global open\n    open('x')",
      ["PY-FILE-001 open"],
    ],
    ["that evaluates in the first source of a comprehension", "[eval for eval in [eval]]", ["PY-DYN-001 eval"]],
    [
      "that compiles",
      "compile('1', '', 'eval')\n__import__('os')",
      ["PY-DYN-002 compile", "PY-DYN-003 __import__", "PY-IMPORT-001 os"],
    ],
    [
      "that opens a file",
      "with open('/etc/shadow') as f: print(f.read())",
      ["PY-FILE-001 open", "PY-FILE-005 /etc/shadow"],
    ],
    [
      "that opens a file by module",
      "import io\nio.open('x')\nfrom io import FileIO as F",
      ["PY-FILE-001 io.open", "PY-FILE-001 io.FileIO"],
    ],
    ["that binds the name of a builtin too late", "eval('1')\neval = 1", ["PY-DYN-001 eval"]],
    [
      "that binds the name of a builtin in a block that may never run",
      "if 0:\n  eval = 1\neval('1')\nfor exec in []: pass\nexec('1')",
      ["PY-DYN-001 eval", "PY-DYN-001 exec"],
    ],
    [
      "that binds the name of a builtin in a function that may never be called",
      "def f():\n  global open\n  open = 1\nopen",
      ["PY-FILE-001 open"],
    ],
    ["that binds the name of a builtin and deletes it", "eval = 1\ndel eval\neval('1')", ["PY-DYN-001 eval"]],
    [
      "that binds the name of a builtin to an exception",
      "try: 1/0\nexcept ArithmeticError as eval: eval\neval('1')",
      ["PY-DYN-001 eval"],
    ],
    [
      "that reads namespaces",
      "globals()\nlocals()\nvars()",
      ["PY-INTRO-001 globals", "PY-INTRO-001 locals", "PY-INTRO-001 vars"],
    ],
    ["that asks a user", "x = input()\nbreakpoint()", ["PY-PROC-001 input", "PY-PROC-001 breakpoint"]],
    [
      "that walks classes",
      "().__class__.__base__.__subclasses__()",
      ["PY-ESC-002 __base__", "PY-ESC-001 __subclasses__"],
    ],
    [
      "that walks frames",
      "g.gi_frame.f_back.f_builtins",
      ["PY-ESC-001 gi_frame", "PY-ESC-001 f_back", "PY-ESC-001 f_builtins"],
    ],
    ["that walks a traceback", "e.__traceback__.tb_frame", ["PY-ESC-002 __traceback__", "PY-ESC-001 tb_frame"]],
    ["that names the module of the builtins", "__builtins__", ["PY-ESC-001 __builtins__"]],
    ["that uses the owner of a builtin", "print.__self__", ["PY-ESC-001 __self__"]],
    [
      "that matches on an escape",
      "match e:\n  case E(__traceback__=tb): pass\n  case a.__globals__: pass",
      ["PY-ESC-002 __traceback__", "PY-ESC-001 __globals__"],
    ],
    [
      "that names an escape in a string",
      "getattr(x, '__globals__')\nhasattr(x, '__code__')",
      ["PY-ESC-001 __globals__", "PY-ESC-001 __code__"],
    ],
    ["that names an escape in pieces", "getattr(x, '__glo' 'b' + r'als__')", ["PY-ESC-001 __globals__"]],
    [
      "that names an escape in escapes",
      "setattr(x, '\\x5f\\u005f\\137_code__'.x, 1)\nsetattr(x, '\\x5f\\u005fcode__', 1)",
      ["PY-ESC-001 __code__"],
    ],
    [
      "that names an escape to a getter",
      "from operator import attrgetter as ag\nimport operator as o\nag('a.__code__')\no.attrgetter('b', '__mro__')",
      ["PY-ESC-001 __code__", "PY-ESC-002 __mro__"],
    ],
    ["that names an escape in a format", "'{0.__globals__[x]}'.format(f)", ["PY-ESC-001 __globals__"]],
    ["that looks up an escape by its name", "d['__builtins__']", ["PY-ESC-001 __builtins__"]],
    [
      "that runs a string with timeit",
      "import timeit\ntimeit.timeit('1')\ntimeit.repeat(stmt=f'{1}')",
      ["PY-DYN-001 timeit.timeit", "PY-DYN-001 timeit.repeat"].map(
        () => expect.stringMatching(/^PY-DYN-001/) as unknown as string,
      ),
    ],
    ["with a bare carriage return", "# c\rimport os", ["PY-SYNTAX-002"]],
    ["with a bare carriage return in a string", "x = 'a\rb'", [expect.stringMatching(/^PY-SYNTAX-00/)]],
    ["that is not Python", "def f(:\n  pass", ["PY-SYNTAX-001"]],
    ["with a NUL", "x = 1\0import os", expect.arrayContaining(["PY-SYNTAX-001"])],
    ["that is not Python and imports", "import os\nx = = 1", ["PY-IMPORT-001 os", "PY-SYNTAX-001"]],
  ])("%s", (_, code, expected) => {
    expect(rules(code)).toEqual(expected);
    expect(analyse(code).verdict).toBe("deny");
  });

  it.each<[string, string]>([
    ["brackets", `${"(".repeat(600)}1${")".repeat(600)}`],
    ["a sum", "1+".repeat(2_000) + "1"],
    ["attributes", `a${".a".repeat(3_000)}`],
    ["lambdas", `${"lambda:".repeat(1_000)}eval`],
    ["line continuations", "\\\n".repeat(5_000)],
    ["comments", `if x:\n${"#\n".repeat(4_000)} y`],
  ])("nested or repeated past a limit: %s", (_, code) => {
    expect(rules(code)).toEqual(["PY-SYNTAX-003"]);
    expect(analyse(code).verdict).toBe("deny");
  });
});

describe("the strict policy allows a Python program", () => {
  it.each([
    ["that is empty", ""],
    ["that names denied things in comments", "# import os; eval(open(input()))\nx = 1"],
    ["that names denied things in strings", "x = 'import os'\n'''\neval(1)\n'''\ny = f'eval {x} open'"],
    ["with quotes in comments and hashes in strings", "x = '# not a comment'  # '''\ny = 1"],
    [
      "that imports allowed modules",
      "import math, collections.abc as c\nfrom json.decoder import JSONDecodeError\n" +
        "from __future__ import annotations\nfrom urllib import parse\nfrom typing import *",
    ],
    ["with a parameter named input", "def f(input, open=None):\n  return input[open]\nf(1)"],
    ["with a variable named vars", "vars = 1\nprint(vars)"],
    [
      "with names bound in every other way",
      "for input in x: input\nwith a as open: pass\n[eval for eval in x]\nif (exec := 1): pass\n" +
        "import math as compile\nopen, compile, exec",
    ],
    [
      "with names caught and matched",
      "try: pass\nexcept E as open: open\nmatch x:\n  case [eval, *exec]: eval, exec\n" +
        "  case {'a': input, **vars}: input, vars\n  case C(a=compile): compile",
    ],
    ["with a lambda's parameter", "(lambda input, *open, **eval: (input, open, eval))"],
    [
      "with methods and keywords of those names",
      "class A:\n  def open(self): pass\n  input: int = 1\nA().open()\nA().eval(exec=1)\nre.compile('x')",
    ],
    ["with a nested function's names", "def f(open):\n  def g():\n    return open\n  return g"],
    ["that reads the attributes of an object with vars", "vars(x)"],
    [
      "with ordinary dunders",
      "class A:\n  def __init__(self): self.__class__.__name__; self.__dict__\n" +
        "if __name__ == '__main__': print(__doc__)",
    ],
    ["with attributes that modules have too", "self.sys = 1\nx.os.path\nargs.types"],
    ["with windows line ends", "x = 1\r\ny = 2\r\n"],
    ["that runs a function with timeit", "import timeit\ntimeit.timeit(lambda: 1, number=3)"],
    ["that formats", "'{0.name} {x[0]} {{}}'.format(a, x=b)"],
    ["as nested as Python itself allows", `${"(".repeat(190)}1${")".repeat(190)}`],
  ])("%s", (_, code) => {
    expect(analyse(code)).toEqual({ verdict: "allow", syntaxError: null, maxSeverity: 0, violations: [] });
  });
});

describe("a violation in Python", () => {
  it("has a place, a message and a suggestion", () => {
    expect(analyse("x = 1\nif x:\n    import os.stat as p\n").violations).toEqual([
      {
        rule: "PY-IMPORT-001",
        category: "modules",
        severity: 3,
        message: 'Cannot import "os.stat": the policy does not allow this module',
        line: 3,
        column: 12,
        endLine: 3,
        endColumn: 24,
        snippet: "import os.stat as p",
        suggestion: expect.stringContaining("`files`"),
        resource: "os.stat",
      },
    ]);
    expect(analyse("import leftpad").violations[0]?.suggestion).toMatch(/^Use another module, or write the code/);
    expect(analyse("open('a.csv')").violations[0]?.suggestion).toContain('files["..."]');
  });

  it("is listed with all others, in the order of the text", () => {
    const { violations, maxSeverity } = analyse("x = input()\neval(x); import os\nopen(x)");
    expect(violations.map(({ rule, line, column }) => [rule, line, column])).toEqual([
      ["PY-PROC-001", 1, 5],
      ["PY-DYN-001", 2, 1],
      ["PY-IMPORT-001", 2, 17],
      ["PY-FILE-001", 3, 1],
    ]);
    expect(maxSeverity).toBe(3);
  });

  it("counts columns in UTF-16 units and lines as Python does", () => {
    expect(analyse("'\u{1f600}'; eval\r\nexec").violations.map(({ line, column }) => [line, column])).toEqual([
      [1, 7],
      [2, 1],
    ]);
  });

  it("quotes only the last part of a long line", () => {
    const [found] = analyse(`x = "${"a".repeat(3_000)}"; eval(x)`).violations;
    expect(found?.snippet).toBe("eval(x)");
  });

  it("is also at the call, if the function has another name there", () => {
    const { violations } = analyse("from os import system as s\ns('ls')");
    expect(violations.map(({ rule, line }) => `${rule} ${line}`)).toContain("PY-EXEC-001 2");
  });

  it("of syntax gives the place of the error", () => {
    expect(analyse("x = 1\ny = = 2").syntaxError).toEqual({
      message: "invalid syntax",
      line: 2,
      column: expect.any(Number) as number,
    });
    expect(analyse("eval").syntaxError).toBeNull();
  });

  it("below the threshold is reported and does not deny", () => {
    const lax = { ...STRICT, threshold: 3 } as const;
    expect(analyser.analyse("input()", "python", lax)).toMatchObject({
      verdict: "allow",
      violations: [{ rule: "PY-PROC-001", severity: 2 }],
    });
    expect(analyser.analyse("x = =", "python", { ...STRICT, threshold: 3 }).verdict).toBe("deny");
  });
});
