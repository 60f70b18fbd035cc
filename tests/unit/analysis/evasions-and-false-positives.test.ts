/**
 * Programs that evade the policy of LLM Sandbox are denied here, and harmless programs that it denies are allowed. Both
 * were measured on LLM Sandbox.
 */

import { beforeAll, describe, expect, it } from "vitest";
import { createJudgingAnalyser, type JudgingAnalyser } from "../../support/analyser.js";
import { DATA_SCIENCE, PRESETS, PRODUCTION, STRICT } from "../../../src/policy/presets.js";

let analyser: JudgingAnalyser;
beforeAll(async () => {
  analyser = await createJudgingAnalyser();
});

describe("strict and production deny", () => {
  it.each([
    ["two imports in one statement", "import os, sys"],
    ["two imports in one statement, the other way round", "import sys, os"],
    ["two imports and a call", "import sys, os\nos.system('ls')"],
    ["an import before a semicolon", "import os;print(1)"],
    ["an import after a hash in a string", "x = '#'; import os; os.system('ls')"],
    ["a call after a hash in a string", "import os\nx = '# '; os.system('ls')"],
    ["a block between triple quotes in strings", "a = \"'''\"\nimport os\nos.system('ls')\nb = \"'''\""],
    ["a call with spaces around its dot", "os . system('ls')"],
    ["a call with spaces around its dot, imported", "import os\nos . system('ls')"],
    ["an import that is continued", "import \\\n    os"],
    ["a from-import that is continued", "from \\\n    os import \\\n    system"],
    ["importlib", "import importlib\nimportlib.import_module('os').system('ls')"],
    ["a walk through classes", "().__class__.__base__.__subclasses__()"],
    ["a walk through classes to a global", "().__class__.__base__.__subclasses__()[0].__init__.__globals__['sys']"],
    ["a builtin by a name in two parts", "__builtins__.__dict__['ev'+'al']('1+1')"],
    ["a builtin by getattr", "getattr(__builtins__, 'eval')('1+1')"],
    ["a builtin by the object it belongs to", "print.__self__.__dict__['op'+'en']('/etc/passwd')"],
    ["an import by the object it belongs to", "len.__self__.__import__('posix').getpid()"],
    ["__import__ by getattr", "getattr(print.__self__, '__import__')('posix')"],
    [
      "the frames of a traceback",
      "try:\n    1/0\nexcept Exception as e:\n    e.__traceback__.tb_frame.f_back.f_globals",
    ],
    ["the module of the builtins by their type", "type(__builtins__).__init__.__globals__['sys']"],
    ["writing of bytes", "open('x', 'wb')"],
    ["appending and reading", "open('x', 'a+')"],
    ["writing with a mode by name", "open('x', mode='w')"],
    ["a pickle", "import pickle\npickle.loads(b'')"],
  ])("%s", (_, code) => {
    expect(analyser.analyse(code, "python", STRICT).verdict, "strict").toBe("deny");
    expect(analyser.analyse(code, "python", PRODUCTION).verdict, "production").toBe("deny");
  });
});

describe("no preset denies", () => {
  it.each([
    ["prose about imports", "print('to import os you write import os')"],
    ["prose about eval", "'''never use eval(x), exec(x) or os.system(x)'''\nx = 1"],
    ["a comment", "# import os; os.system('rm -rf /')\nx = 1"],
    ["a method named eval", "df = Frame()\ndf.eval('a + b')\ndf.query('a > 1')"],
    ["re.compile", "import re\nre.compile('a').match('a')"],
    [
      "getattr, setattr and delattr on objects of the program",
      "class A: pass\na = A()\nsetattr(a, 'x', 1)\ngetattr(a, 'x')\ndelattr(a, 'x')",
    ],
    ["a list named http", "http = []\nhttp.append(1)"],
    ["the examples of the guide that should pass", "print('Hello')\nx = 1 + 2"],
  ])("%s", (_, code) => {
    for (const policy of PRESETS)
      expect(analyser.analyse(code, "python", policy), policy.name).toMatchObject({ verdict: "allow", violations: [] });
  });
});

describe("a policy", () => {
  it("gives the same findings at every check", () => {
    const code = "import os, sys\nos.system('ls')\neval(x)";
    const first = JSON.stringify(PRESETS.map((policy) => analyser.analyse(code, "python", policy)));
    for (let times = 0; times < 10; times++)
      expect(JSON.stringify(PRESETS.map((policy) => analyser.analyse(code, "python", policy)))).toBe(first);
  });

  it("reports every finding, not only the first", () => {
    const { violations } = analyser.analyse("import os\neval(x)\nos.remove('a')\nopen('b', 'w')", "python", STRICT);
    expect(violations.map(({ rule, line }) => `${line} ${rule}`)).toEqual([
      "1 PY-IMPORT-001",
      "2 PY-DYN-001",
      "3 PY-FILE-003",
      "4 PY-FILE-001",
      "4 PY-FILE-002",
    ]);
  });

  it("warns about findings below its threshold, and allows the program", () => {
    expect(analyser.analyse("import requests\nrequests.get('http://a')", "python", DATA_SCIENCE)).toMatchObject({
      verdict: "allow",
      maxSeverity: 1,
      violations: [{ rule: "PY-IMPORT-001" }, { rule: "PY-NET-002" }],
    });
  });
});
