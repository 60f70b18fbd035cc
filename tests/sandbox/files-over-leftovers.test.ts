/** The input files of a call are there, whatever an earlier call of the session has put in their places. */

import { expect, it } from "vitest";
import type { GuestFile } from "../../src/sandbox/engine.js";
import { forEachEngine } from "../support/engines.js";
import { withSession } from "../support/session-calls.js";

const given = (path: string): GuestFile => ({ name: path, path: `app/${path}`, bytes: Buffer.from(`text of ${path}`) });

const IN_APP = { directory: "app" };

const READ_PYTHON = "open('data/in/a.txt').read() + '|' + open('b.txt').read()";
const READ_JAVASCRIPT =
  "const fs = require('node:fs'); fs.readFileSync('data/in/a.txt', 'utf8') + '|' + fs.readFileSync('b.txt', 'utf8')";
const READ = "text of data/in/a.txt|text of b.txt";

const PYTHON: readonly (readonly [name: string, code: string])[] = [
  ["a file in the place of the upper directory", "open('data', 'w').write('x')"],
  ["a file in the place of the lower directory", "import os; os.mkdir('data'); open('data/in', 'w').write('x')"],
  [
    "a file in the place of the program's directory",
    "import os, shutil\nos.chdir('..'); shutil.rmtree('app'); open('app', 'w')",
  ],
  ["no directory of the program", "import os, shutil\nos.chdir('..'); shutil.rmtree('app')"],
  ["directories in the places of the files", "import os; os.makedirs('data/in/a.txt/x'); os.makedirs('b.txt/y')"],
  ["a link that leads nowhere", "import os; os.symlink('nowhere', 'data'); os.symlink('nowhere', 'b.txt')"],
  ["a link to a file", "import os; open('c', 'w'); os.symlink('c', 'data')"],
  ["an open file in the place of the directory", "f = open('data', 'w'); f.write('x')"],
];

const JAVASCRIPT: readonly (readonly [name: string, code: string])[] = [
  ["a file in the place of the upper directory", "fs.writeFileSync('data', 'x')"],
  ["a file in the place of the lower directory", "fs.mkdirSync('data'); fs.writeFileSync('data/in', 'x')"],
  [
    "directories in the places of the files",
    "fs.mkdirSync('data/in/a.txt/x', { recursive: true }); fs.mkdirSync('b.txt')",
  ],
];

forEachEngine("A Python call has its files after a call that left", (engine) => {
  it.each(PYTHON)("%s", async (_, code) => {
    await withSession(engine, "python", async (run) => {
      expect(await run(`${code}\nNone`, IN_APP)).toMatchObject({ error: null });
      const ran = await run(READ_PYTHON, { ...IN_APP, files: [given("data/in/a.txt"), given("b.txt")] });
      expect(ran).toMatchObject({ error: null, ending: "ok", result: `'${READ}'` });
    });
  });
});

forEachEngine("A JavaScript call has its files after a call that left", (engine) => {
  it.each(JAVASCRIPT)("%s", async (_, code) => {
    await withSession(engine, "javascript", async (run) => {
      expect(await run(`{ const fs = require('node:fs'); ${code} }`, IN_APP)).toMatchObject({
        error: null,
      });
      const ran = await run(READ_JAVASCRIPT, { ...IN_APP, files: [given("data/in/a.txt"), given("b.txt")] });
      expect(ran).toMatchObject({ error: null, ending: "ok", result: `'${READ}'` });
    });
  });
});
