/** Programs of a coding agent under the policy `workspace`: they work as in a project, and go nowhere else. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FencedRunner, fencedRunner, forEachEngine } from "../support/engines.js";

/** Programs, and the end of the output that they have. */
const WORKING: readonly (readonly [string, string, string])[] = [
  [
    "writes, lists, reads and removes files",
    `
import os, shutil, glob
from pathlib import Path
os.makedirs("out/a", exist_ok=True)
with open("out/a/x.txt", "w") as f:
    f.write("one\\n")
Path("out/b.txt").write_text("two")
print(sorted(glob.glob("out/*.txt")), os.path.getsize("out/b.txt"), Path("out/a/x.txt").read_text())
shutil.copy("out/b.txt", "out/c.txt"); shutil.rmtree("out/a"); os.rename("out/c.txt", "out/d.txt")
print(sorted(os.listdir("out")), not os.getcwd().endswith("/"), shutil.disk_usage("/tmp").free > 0)
`,
    "['out/b.txt'] 3 one\n\n['b.txt', 'd.txt'] True True",
  ],
  [
    "has a home directory of its own, in which it writes a file",
    `
import os, pathlib
home = pathlib.Path.home()
with open(os.path.expanduser("~/note.txt"), "w") as note:
    note.write("kept")
print(str(home) == os.environ["HOME"] in (os.getcwd(), "/tmp"), (home / "note.txt").read_text())
`,
    "True kept",
  ],
  [
    "makes a zip, a tar and compressed files",
    `
import zipfile, tarfile, gzip, bz2, io
with zipfile.ZipFile("a.zip", "w") as z: z.writestr("x.txt", "in zip")
with gzip.open("a.gz", "wt") as f: f.write("in gz")
with tarfile.open("a.tar", "w") as t:
    info = tarfile.TarInfo("y.txt"); info.size = 3; t.addfile(info, io.BytesIO(b"tar"))
print(zipfile.ZipFile("a.zip").read("x.txt"), gzip.open("a.gz", "rt").read(), tarfile.open("a.tar").getnames())
print(bz2.decompress(bz2.compress(b"b")))
`,
    "b'in zip' in gz ['y.txt']\nb'b'",
  ],
  [
    "uses a database, settings, arguments and logs",
    `
import sqlite3, configparser, argparse, logging, tempfile, csv, tomllib, sys
db = sqlite3.connect("a.db"); db.execute("create table t (n)"); db.execute("insert into t values (7)")
config = configparser.ConfigParser(); config["a"] = {"b": "1"}
with open("a.ini", "w") as f: config.write(f)
logging.basicConfig(stream=sys.stdout, format="%(message)s", level="INFO"); logging.info("logged")
with tempfile.TemporaryDirectory() as d, open(d + "/a.csv", "w", newline="") as f: csv.writer(f).writerow([1, 2])
args = argparse.ArgumentParser().parse_args([])
print(db.execute("select n from t").fetchone(), open("a.ini").readline().strip(), tomllib.loads("a = 1"), args)
`,
    "logged\n(7,) [a] {'a': 1} Namespace()",
  ],
  [
    "profiles its own functions",
    `
import cProfile, io, pstats, profile
def work(n):
    return sum(range(n))
with cProfile.Profile() as first:
    work(10)
second = cProfile.Profile(); second.enable(); work(5); second.disable(); print(second.runcall(work, 4))
table = io.StringIO(); pstats.Stats(first, second, stream=table).sort_stats("cumulative").print_stats("work")
print("(work)" in table.getvalue(), profile.Profile().runcall(work, 3))
`,
    "6\nTrue 3",
  ],
  [
    "runs its own tests, with mock",
    `
import unittest, os
from unittest import mock
def home(): return os.environ["HOME_OF_TEST"]
class T(unittest.TestCase):
    def test_env(self):
        with mock.patch.dict(os.environ, {"HOME_OF_TEST": "/x"}): self.assertEqual(home(), "/x")
    def test_open(self):
        with mock.patch("builtins.open", mock.mock_open(read_data="fake")) as opened:
            self.assertEqual(open("no/such").read(), "fake")
        opened.assert_called_once()
    def test_print(self):
        with mock.patch("builtins.print") as printed: print("x")
        printed.assert_called_with("x")
    def test_system(self):
        with mock.patch("os.listdir", return_value=["a"]): self.assertEqual(os.listdir("."), ["a"])
result = unittest.main(exit=False, argv=["x"]).result
print(result.testsRun, result.wasSuccessful())
`,
    "4 True",
  ],
  [
    "looks at itself",
    `
import inspect, types, sys, pickle, io, contextlib, functools
def f(a, b=1): return a
with contextlib.redirect_stdout(io.StringIO()) as out: print("caught")
print(inspect.signature(f), isinstance(f, types.FunctionType), isinstance(f, types.LambdaType), out.getvalue().strip())
print(pickle.loads(pickle.dumps({"a": [1]})), sys.version_info >= (3, 9), f.__name__)
`,
    "(a, b=1) True True caught\n{'a': [1]} True f",
  ],
];

/** JavaScript programs as a model writes them, and what they print. */
const SCRIPTS: readonly (readonly [string, string, string])[] = [
  [
    "makes a report of a CSV",
    "import fs from 'node:fs';\nimport path from 'node:path';\nfs.mkdirSync('data', { recursive: true });\n" +
      "fs.writeFileSync(path.join('data', 'x.csv'), 'n,v\\na,1\\nb,2\\n');\n" +
      "const [, ...rows] = fs.readFileSync('data/x.csv', " +
      "'utf8').trim().split('\\n').map((line) => line.split(','));\n" +
      "fs.writeFileSync('data/sum.json', JSON.stringify({ sum: rows.reduce((sum, row) => sum " +
      "+ Number(row[1]), 0) }));\n" +
      "console.log(fs.readdirSync('data').sort(), JSON.parse(fs.readFileSync('data/sum.json')))",
    "[ 'sum.json', 'x.csv' ] { sum: 3 }",
  ],
  [
    "solves a task from stdin",
    "const lines = require('fs').readFileSync('/dev/stdin', 'utf8').trim().split('\\n');\n" +
      "process.stdout.write(lines.slice(1).map((line) => line.split(' ').reduce((a, b) => a " +
      "+ Number(b), 0)).join('\\n') + '\\n')",
    "3\n7",
  ],
  [
    "hashes a file that it has made",
    "const { createHash } = require('crypto'); const fs = require('fs'); fs.writeFileSync('a', 'abc');\n" +
      "console.log(createHash('sha1').update(fs.readFileSync('a')).digest('hex'))",
    "a9993e364706816aba3e25717850c26c9cd0d89d",
  ],
];

/** Ways to reach a function by a name that is made at run time, which no check sees. */
const AT_RUN_TIME: readonly (readonly [string, RegExp])[] = [
  ["import os\n[v for k, v in vars(os).items() if k.startswith('syst')][0]('true')", /Cannot use os\.system: /],
  ["import os\n[v for k, v in vars(os).items() if k.startswith('pop')][0]('true')", /Cannot use os\.popen: /],
  [
    "import cProfile as c\n[v for k, v in vars(c.Profile).items() if k.startswith('runc') and len(k) < 7][0](" +
      "c.Profile(), '1', {}, {})",
    /Cannot run this text as code: /,
  ],
  [
    "import profile as c\n[v for k, v in vars(c).items() if k.startswith('ru') and len(k) < 4][0]('1')",
    /Cannot run this text as code: /,
  ],
  ["import builtins\n[v for k, v in vars(builtins).items() if k.startswith('ev')][0]('1')", /Cannot use eval: /],
];

forEachEngine("under the policy workspace", (engine) => {
  let runner: FencedRunner;
  beforeAll(async () => {
    runner = await fencedRunner(engine.name, "workspace");
  });
  afterAll(async () => runner[Symbol.asyncDispose]());

  describe("a program", () => {
    it.each(WORKING)("%s", async (_, code, end) => {
      const { ending } = await runner.run({ code });
      expect(ending).toMatchObject({ ending: "ok", stdout: { text: `${end}\n` } });
    });

    it.each(SCRIPTS)("in JavaScript %s", async (_, code, end) => {
      const { ending } = await runner.run({ code, language: "javascript", stdin: "2\n1 2\n3 4\n" });
      expect(ending).toMatchObject({ ending: "ok", stdout: { text: `${end}\n` } });
    });

    // The embedded engine's `os` has no functions for commands.
    it.each(engine.name === "wasm" ? AT_RUN_TIME.filter(([code]) => !code.includes("os\n")) : AT_RUN_TIME)(
      "that makes a name at run time is refused: %j",
      async (code, words) => {
        const { ending } = await runner.run({ code });
        expect(ending).toMatchObject({ ending: "error", error: { message: expect.stringMatching(words) as unknown } });
      },
    );
  });

  it("a JavaScript program that strict refuses for its files is told of this policy", async () => {
    await using strict = await fencedRunner(engine.name);
    const code = "const fs = require('node:fs'); fs.writeFileSync('a.txt', 'x')";
    const { ending } = await strict.run({ code, language: "javascript" });
    expect(ending).toMatchObject({
      name: "Refusal",
      detail: { rule: "JS-IMPORT-001", passesUnder: [{ policy: "workspace" }, { policy: "minimal" }] },
    });
  });
});
