/**
 * The examples of LLM Sandbox's security guide: its list of tests, its tables of patterns, and the operations that each
 * preset blocks and allows.
 */

import { beforeAll, describe, expect, it } from "vitest";
import { createJudgingAnalyser, type JudgingAnalyser } from "../../support/analyser.js";
import { makePolicy } from "../../../src/policy/custom.js";
import { STRICT } from "../../../src/policy/presets.js";
import type { Policy } from "../../../src/policy/policy.js";
import { presetNamed } from "../../support/preset-facts.js";
import type { ParsedLanguage } from "../../../src/language.js";

let analyser: JudgingAnalyser;
beforeAll(async () => {
  analyser = await createJudgingAnalyser();
});

const preset = (name: string): Policy => presetNamed(name) ?? STRICT;
const isAllowed = (code: string, policy: string, language: ParsedLanguage = "python"): boolean =>
  analyser.analyse(code, language, preset(policy)).verdict === "allow";

describe("the tests of the security guide give the listed verdicts", () => {
  it.each([
    ["print('Hello')", true],
    ["x = 1 + 2", true],
    ["import os; os.system('ls')", false],
    ["eval('1+1')", false],
    ["# import os", true],
    ["'import os'", true],
    ["from os import system", false],
    ["__import__('os')", false],
    ["importlib.import_module('os')", false],
    ["getattr(__builtins__, 'eval')", false],
    ["code = 'print(\"Use os.system to run commands\")'", true],
  ])("%s", (code, expected) => {
    for (const policy of ["strict", "production"]) expect(isAllowed(code, policy), policy).toBe(expected);
  });
});

describe("the patterns of the security guide are found", () => {
  it.each<[ParsedLanguage, string, string]>([
    ["python", "import os\nos.system('ls')", "PY-EXEC-001"],
    ...["run", "call", "Popen", "check_output"].map((name): [ParsedLanguage, string, string] => [
      "python",
      `import subprocess\nsubprocess.${name}('ls')`,
      "PY-EXEC-002",
    ]),
    ["python", "eval('1')", "PY-DYN-001"],
    ["python", "exec('1')", "PY-DYN-001"],
    ["python", "__import__('os')", "PY-DYN-003"],
    ["python", "open('x', 'w')", "PY-FILE-002"],
    ["python", "open('x', 'a')", "PY-FILE-002"],
    ...["remove", "unlink", "rmdir"].map((name): [ParsedLanguage, string, string] => [
      "python",
      `import os\nos.${name}('x')`,
      "PY-FILE-003",
    ]),
    ["python", "import shutil\nshutil.rmtree('x')", "PY-FILE-004"],
    ["python", "import socket\nsocket.socket()", "PY-NET-001"],
    ["python", "import urllib.request\nurllib.request.urlopen('http://a')", "PY-NET-002"],
    ["python", "import os\nos.environ", "PY-ENV-001"],
    ...["system", "release", "version"].map((name): [ParsedLanguage, string, string] => [
      "python",
      `import platform\nplatform.${name}()`,
      "PY-SYS-001",
    ]),
    ["python", "compile('1', '', 'eval')", "PY-DYN-002"],
    ["python", "globals()", "PY-INTRO-001"],
    ["python", "locals()", "PY-INTRO-001"],
    ["python", "import pickle\npickle.load(f)", "PY-DESER-001"],
    ["python", "import pickle\npickle.loads(b)", "PY-DESER-001"],
    ...["getfile", "getsource", "getmodule"].map((name): [ParsedLanguage, string, string] => [
      "python",
      `import inspect\ninspect.${name}(x)`,
      "PY-INTRO-002",
    ]),
    ["python", "import ast\nast.parse('1')", "PY-DYN-004"],
    ["javascript", "eval('1')", "JS-DYN-001"],
    ["javascript", "new Function('return 1')", "JS-DYN-001"],
    ["javascript", "process.exit(1)", "JS-PROC-001"],
    ["javascript", "require('child_process')", "JS-EXEC-001"],
    ["java", 'class A { void f() throws Exception { Class.forName("a"); } }', "JAVA-REFL-001"],
    ["java", 'class A { void f() throws Exception { Runtime.getRuntime().exec("ls"); } }', "JAVA-EXEC-001"],
    ["java", "class A { void f() { System.exit(1); } }", "JAVA-PROC-001"],
  ])("in %s: %s", (language, code, rule) => {
    const { verdict, violations } = analyser.analyse(code, language, STRICT);
    expect(violations.map((violation) => violation.rule)).toContain(rule);
    expect(verdict).toBe("deny");
  });
});

describe("the presets block and allow the operations of the security guide", () => {
  it.each<[string, readonly string[], readonly string[]]>([
    [
      "minimal",
      [
        "import os\nos.system('rm -rf /')",
        "import os\nos.system('format c:')",
        "import subprocess\nsubprocess.run(['rm', '-rf', '/'])",
        "import ctypes\nctypes.CDLL(None)",
      ],
      [
        "import os\nos.system('ls')",
        "import os\nos.remove('a')",
        "open('a', 'w')",
        "eval('1')",
        "import requests\nrequests.get('http://a')",
        "import os\nos.environ",
        "import subprocess\nsubprocess.run(['ls'])",
      ],
    ],
    [
      "development",
      [
        "import os\nos.system('ls')",
        "import shutil\nshutil.rmtree('a')",
        "import os\nos.system('rm -rf /')",
        "import ctypes",
      ],
      [
        "open('a', 'w').write('b')",
        "import os\nos.listdir('.')",
        "import requests\nrequests.post('http://a')",
        "import socket\nsocket.socket()",
        "import os\nos.remove('a')",
        "eval('1')",
      ],
    ],
    [
      "production",
      [
        "import os\nos.system('ls')",
        "import subprocess\nsubprocess.run('ls')",
        "open('a', 'w')",
        "import os\nos.environ['A']",
        "eval('1')",
        "exec('1')",
        "import socket",
        "import multiprocessing",
        "import os\nos.remove('a')",
      ],
      [
        "sum(range(10))",
        "import math, json, re, sys\nprint(sys.maxsize)",
        "open('a.csv').read()",
        "with open('a', 'rb') as f: f.read()",
        "import glob\nglob.glob('*.csv')",
        "import numpy as np\nnp.linalg.norm([1])",
      ],
    ],
    [
      "educational",
      [
        "import os\nos.system('ls')",
        "import shutil\nshutil.rmtree('a')",
        "import os\nos.remove('a')",
        "from pathlib import Path\nPath('a').unlink()",
        "import ctypes",
        "import subprocess",
      ],
      [
        "eval('1 + 1')",
        "exec('x = 1')",
        "class A: pass\nA.__mro__",
        "open('a.txt', 'w')",
        "import socket",
        "import random, turtle",
        "globals()",
        "input('name?')",
      ],
    ],
    [
      "data_science",
      [
        "import os\nos.system('ls')",
        "import subprocess",
        "import os\nos.remove('/usr/lib/a')",
        "import shutil\nshutil.rmtree('../..')",
        "import os\nos.fork()",
        "import socket",
        "import ctypes",
        "eval(x)",
      ],
      [
        "import numpy as np, pandas as pd\npd.read_csv('a.csv').groupby('b').mean().to_csv('c.csv')",
        "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.savefig('a.png')",
        "import requests\nrequests.get('http://a').json()",
        "import urllib.request\nurllib.request.urlopen('http://a')",
        "import pickle\npickle.load(open('a', 'rb'))",
        "df.eval('a + b')",
        "import os\nos.makedirs('out', exist_ok=True)\nprint(os.listdir('out'))",
        "import os, shutil, tempfile\na = tempfile.mkdtemp()\nos.remove('b.csv')\nshutil.rmtree(a)",
      ],
    ],
    [
      "web_scraping",
      [
        "import os\nos.system('ls')",
        "import subprocess",
        "import os\nos.unlink('a')",
        "import ctypes",
        "import socket\nsocket.socket()",
      ],
      [
        "import requests\nfrom bs4 import BeautifulSoup\nBeautifulSoup(requests.get('http://a').text, 'html.parser')",
        "import time\ntime.sleep(1)",
        "open('a.html', 'w')",
        "import urllib.request\nurllib.request.urlopen('http://a')",
      ],
    ],
    [
      "strict",
      [
        "import os",
        "import sys\nsys.modules",
        "import subprocess",
        "eval('1')",
        "compile('1', '', 'exec')",
        "open('a')",
        "__import__('math')",
        "import socket",
        "import urllib.request",
        "import requests",
        "import multiprocessing",
        "import threading",
        "import pickle",
        "import marshal",
        "import shelve",
        "input()",
        "globals()",
      ],
      [
        "import math\nmath.sqrt(2)",
        "from collections import Counter\nCounter('abc')",
        "class A:\n    def f(self): return self.__class__.__name__\nA().f()",
        "import re\nre.compile('a')",
        "getattr(x, 'y')",
      ],
    ],
  ])("%s", (name, blocks, allows) => {
    expect(
      blocks.filter((code) => isAllowed(code, name)),
      "should be blocked",
    ).toEqual([]);
    expect(
      allows.filter((code) => !isAllowed(code, name)),
      "should be allowed",
    ).toEqual([]);
  });

  it("and educational warns about eval and exec", () => {
    const { verdict, violations } = analyser.analyse("eval('1')\nexec('1')", "python", preset("educational"));
    expect({ verdict, rules: violations.map(({ rule, severity }) => `${rule} ${severity}`) }).toEqual({
      verdict: "allow",
      rules: ["PY-DYN-001 1", "PY-DYN-001 1"],
    });
  });
});

describe("the custom policies of the security guide work", () => {
  it("with patterns for clouds, domains and external calls, and a module", () => {
    const policy = makePolicy(
      {
        extends: "development",
        severity_threshold: "LOW",
        patterns: [
          { pattern: "boto3|google\\.cloud|azure", description: "Cloud SDK usage", severity: "HIGH" },
          {
            pattern: "requests\\.get\\s*\\(['\"].*internal\\.company\\.com",
            description: "Internal network access",
            severity: "HIGH",
            in: "all",
          },
          { pattern: "requests\\.(get|post)\\s*\\(", description: "External API call", severity: "LOW" },
        ],
        restricted_modules: [{ name: "psutil", description: "System monitoring", severity: "MEDIUM" }],
      },
      "custom",
      presetNamed,
      "custom",
    );
    const found = (code: string): string[] =>
      analyser.analyse(code, "python", policy).violations.map(({ message }) => message);
    expect(found("import boto3")).toEqual(["Cannot use this: Cloud SDK usage"]);
    expect(found("requests.get('http://wiki.internal.company.com')")).toEqual(
      expect.arrayContaining(["Cannot use this: Internal network access", "Cannot use this: External API call"]),
    );
    expect(found("import psutil")[0]).toContain('Cannot import "psutil"');
  });
});
