/** Programs that a coding agent's policy refuses, and neighbours of theirs that it lets by. */

import { beforeAll, expect, it } from "vitest";
import { createJudgingAnalyser, type JudgingAnalyser } from "../../support/analyser.js";
import { MINIMAL, PRESETS, WORKSPACE } from "../../../src/policy/presets.js";

let analyser: JudgingAnalyser;
beforeAll(async () => {
  analyser = await createJudgingAnalyser();
});

/** Programs that mean another machine, and the rule that refuses them. */
const REFUSED: readonly (readonly [string, string])[] = [
  ["import subprocess\nsubprocess.run(['ls'])", "PY-IMPORT-001"],
  ["import os\nos.system('ls')", "PY-EXEC-001"],
  ["import os\nos.popen('ls')", "PY-EXEC-001"],
  ["import os\nos.fork()", "PY-PROC-003"],
  ["import os, signal\nos.kill(1, signal.SIGKILL)", "PY-PROC-002"],
  ["import urllib.request", "PY-IMPORT-001"],
  ["import socket", "PY-IMPORT-001"],
  ["import smtplib", "PY-IMPORT-001"],
  ["import http.client", "PY-IMPORT-001"],
  ["import requests", "PY-IMPORT-001"],
  ["import ctypes", "PY-IMPORT-001"],
  ["import multiprocessing", "PY-IMPORT-001"],
  ["eval('1')", "PY-DYN-001"],
  ["exec('1')", "PY-DYN-001"],
  ["import cProfile\ncProfile.run('main()')", "PY-DYN-001"],
  ["import importlib\nimportlib.import_module('os')", "PY-IMPORT-001"],
  ["open('/etc/passwd')", "PY-FILE-005"],
  ["import os\nos.remove('/usr/lib/x')", "PY-FILE-007"],
  ["open('../x')", "PY-FILE-007"],
  ["from pathlib import Path\n(Path('/srv') / 'x').write_text('')", "PY-FILE-007"],
  ["().__class__.__bases__[0].__subclasses__()", "PY-ESC-001"],
  ["import sys\nsys._getframe()", "PY-ESC-001"],
];

const ALLOWED: readonly string[] = [
  "import os\nos.path.join('/usr', 'lib'), os.environ.get('HOME'), os.listdir('.')",
  "open('a/../b.txt', 'w').write('x')",
  "import tempfile, threading, queue, asyncio, concurrent.futures",
  "import urllib.parse, xml.etree.ElementTree, email.message, html, json",
  "import sys, unittest, doctest, pytest, numpy, pandas, matplotlib.pyplot",
  "import unittest\nunittest.defaultTestLoader.discover('.')",
  "import cProfile, pstats, io\nwith cProfile.Profile() as p:\n    sum([1])\npstats.Stats(p, stream=io.StringIO())",
  "import pickle\npickle.loads(pickle.dumps(1))",
  "import importlib.metadata",
  "class T:\n    pass\nprint(T.__name__, T.__dict__, T().__class__)",
];

it.each(REFUSED)("The policy workspace refuses %j by %s", (code, rule) => {
  const { verdict, violations } = analyser.analyse(code, "python", WORKSPACE);
  expect(verdict).toBe("deny");
  expect(violations.map((violation) => violation.rule)).toContain(rule);
});

it.each(ALLOWED)("The policy workspace allows %j", (code) => {
  expect(analyser.analyse(code, "python", WORKSPACE)).toMatchObject({ verdict: "allow" });
});

it("a warning about pickle does not say that it is refused", () => {
  const { verdict, violations } = analyser.analyse("import pickle\npickle.loads(b'')", "python", WORKSPACE);
  expect(verdict).toBe("allow");
  expect(violations.map(({ message }) => message)).toEqual([
    'May use "pickle.loads", with care: reading this format runs code that is in the data',
  ]);
});

const JAVASCRIPT_REFUSED: readonly (readonly [string, string])[] = [
  ["require('child_process').execSync('ls')", "JS-EXEC-001"],
  ["import net from 'node:net'", "JS-IMPORT-001"],
  ["fetch('http://a')", "JS-NET-001"],
  ["new Worker('a.js')", "JS-PROC-001"],
  ["process.kill(1)", "JS-PROC-001"],
  ["process[Math.random() > 1 ? 'exit' : 'kill'](1)", "JS-PROC-001"],
  ["process.binding('fs')", "JS-EXEC-001"],
  ["process.dlopen({}, 'x')", "JS-NATIVE-001"],
  ["eval('1')", "JS-DYN-001"],
  ["const fs = require('fs'); fs.readFileSync('/etc/passwd')", "JS-FILE-004"],
  ["import { rm } from 'fs/promises'; await rm('../..', { recursive: true })", "JS-FILE-004"],
  ["require('fs-extra').readJson('a')", "JS-IMPORT-001"],
  ["Deno.readTextFile('a')", "JS-HOST-001"],
  ["import test from 'test'", "JS-IMPORT-001"],
  ["const load = require; load('fs')", "JS-IMPORT-001"],
];

const JAVASCRIPT_ALLOWED: readonly string[] = [
  "import fs from 'node:fs'; fs.writeFileSync('a.txt', fs.readFileSync('b.txt')); fs.rmSync('c', { recursive: true })",
  "const { readFile } = require('fs').promises; await readFile('/tmp/x')",
  "const fs = require('fs'); fs.openSync('x', 'w'); fs.readFileSync(0); fs.readFileSync('/dev/stdin')",
  "import os, { EOL } from 'node:os'; os.tmpdir() + EOL",
  "import { createHash } from 'node:crypto'; createHash('sha256')",
  "import * as readline from 'node:readline/promises'; import { env } from 'process'; " +
    "readline.createInterface({ input: env })",
  "import test from 'node:test'; test('x', () => {})",
  "process.stdin.on('data', () => {}); process.stdout.write(process.env.HOME); process.exitCode = 1; process.exit()",
  "require('path').join(__dirname, 'a')",
];

it.each(JAVASCRIPT_REFUSED)("The policy workspace refuses JavaScript %j by %s", (code, rule) => {
  const { verdict, violations } = analyser.analyse(code, "javascript", WORKSPACE);
  expect(verdict).toBe("deny");
  expect(violations.map((violation) => violation.rule)).toContain(rule);
});

it.each(JAVASCRIPT_ALLOWED)("The policies workspace and minimal alone allow JavaScript %j", (code) => {
  const allowing = PRESETS.filter((preset) => analyser.analyse(code, "javascript", preset).verdict === "allow");
  expect(allowing).toEqual([WORKSPACE, MINIMAL]);
});
