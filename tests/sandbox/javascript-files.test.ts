/** A JavaScript program works with files of its own throw-away workspace by `node:fs`, on every engine. */

import { execFileSync } from "node:child_process";
import { symlink } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { GuestFile } from "../../src/sandbox/engine.js";
import { type EngineUnderTest, forEachEngine, type Ran } from "../support/engines.js";
import { allBuiltins } from "../support/guest-policies.js";

const FS = "const fs = require('node:fs');\n";
const ERRORS =
  "const said = (work) => { try { return work() } catch (e) { return [e.code, e.syscall, " +
  "e.path, e.message].join(' | ') } };\n";

/** Programs, and what they print. */
const PROGRAMS: readonly (readonly [what: string, code: string, printed: string])[] = [
  [
    "writes, appends, reads and measures text",
    "fs.writeFileSync('a.txt', 'h\u00e9llo\\n'); fs.appendFileSync('a.txt', 'two');\n" +
      "console.log([fs.readFileSync('a.txt', 'utf8'), fs.readFileSync('a.txt', { encoding: 'utf-8' }).length])\n" +
      "console.log(fs.statSync('a.txt').size, fs.readFileSync('a.txt').subarray(0, 3), " +
      "fs.readFileSync('a.txt', 'hex'))",
    "[ 'h\u00e9llo\\ntwo', 9 ]\n10 <Buffer 68 c3 a9> 68c3a96c6c6f0a74776f\n",
  ],
  [
    "writes and reads bytes",
    "fs.writeFileSync('b.bin', new Uint8Array([0, 255, 10])); fs.writeFileSync('c.bin', " +
      "Buffer.from('ff00', 'hex'));\n" +
      "fs.appendFileSync('b.bin', 'z'); const b = fs.readFileSync('b.bin'); b[0] = 9;\n" +
      "console.log(fs.readFileSync('b.bin'), Buffer.isBuffer(b), " +
      "fs.readFileSync('c.bin').equals(Buffer.from([255, 0])))",
    "<Buffer 00 ff 0a 7a> true true\n",
  ],
  [
    "makes, lists and removes directories",
    "console.log(fs.mkdirSync('d/e/f', { recursive: true }).endsWith('/d'), " +
      "fs.mkdirSync('d', { recursive: true }));\n" +
      "fs.writeFileSync('d/x.txt', ''); fs.writeFileSync('d/e/y.txt', 'y');\n" +
      "console.log(fs.readdirSync('d').sort(), fs.readdirSync('d', { recursive: true }).sort());\n" +
      "for (const one of fs.readdirSync('d', { withFileTypes: true })) console.log(one.name, " +
      "one.isFile(), one.isDirectory());\n" +
      "fs.rmSync('d/x.txt'); fs.rmdirSync('d/e/f'); fs.rmSync('d', { recursive: true }); " +
      "fs.rmSync('d', { force: true });\n" +
      "console.log(fs.existsSync('d'), fs.existsSync('.'))",
    "true undefined\n[ 'e', 'x.txt' ] [ 'e', 'e/f', 'e/y.txt', 'x.txt' ]\ne false true\nx.txt true false\nfalse true\n",
  ],
  [
    "renames, copies and cuts files",
    "fs.writeFileSync('a', 'one'); fs.renameSync('a', 'b'); fs.copyFileSync('b', 'c'); fs.truncateSync('c', 2);\n" +
      "fs.mkdirSync('g'); fs.writeFileSync('g/h', 'deep'); fs.cpSync('g', 'i', { recursive: " +
      "true }); fs.unlinkSync('b');\n" +
      "console.log(fs.readFileSync('c', 'utf8'), fs.readFileSync('i/h', 'latin1'), fs.existsSync('b'))",
    "on deep false\n",
  ],
  [
    "opens, reads at a place, writes at a place and closes",
    "const fd = fs.openSync('f', 'w+'); fs.writeSync(fd, 'hello world'); fs.writeSync(fd, " +
      "Buffer.from('W'), 0, 1, 6);\n" +
      "const room = Buffer.alloc(5); console.log(fs.readSync(fd, room, 0, 5, 6), `${room}`, fs.fstatSync(fd).size);\n" +
      "fs.closeSync(fd); console.log(fs.readFileSync('f', 'utf8'))",
    "5 World 11\nhello World\n",
  ],
  [
    "makes temporary directories, and knows its own",
    "const os = require('os'), path = require('path'); const d = fs.mkdtempSync(path.join(os.tmpdir(), 'x-'));\n" +
      "fs.writeFileSync(path.join(d, 'a'), '1'); console.log(/^\\/tmp\\/x-\\w{6}$/.test(d), fs.readdirSync(d));\n" +
      "console.log(process.cwd() === __dirname, fs.realpathSync('.') === process.cwd(), " +
      "path.resolve('q') === __dirname + '/q')",
    "true [ 'a' ]\ntrue true true\n",
  ],
  [
    "works by promises, callbacks and streams",
    "const { readFile, writeFile, mkdir, readdir, rm, open } = require('fs/promises');\n" +
      "await mkdir('p'); await writeFile('p/a', 'A'); const handle = await open('p/b', 'w'); " +
      "await handle.writeFile('B');\n" +
      "await handle.close(); console.log(await readFile('p/a', 'utf8'), await readdir('p'), fs.promises.rm === rm);\n" +
      "fs.readFile('p/b', 'utf8', (error, text) => console.log('back', error, text));\n" +
      "const out = fs.createWriteStream('p/c'); out.write('1\\n2'); out.end('\\n3', async () => {\n" +
      "  const lines = []; for await (const line of require('readline').createInterface({ " +
      "input: fs.createReadStream('p/c') })) lines.push(line);\n" +
      "  console.log(lines) })",
    "A [ 'a', 'b' ] true\nback null B\n[ '1', '2', '3' ]\n",
  ],
  [
    "gets errors as Node makes them",
    ERRORS +
      "fs.writeFileSync('file', ''); fs.mkdirSync('dir/sub', { recursive: true });\n" +
      "console.log([() => fs.readFileSync('no.txt'), () => fs.readFileSync('dir'), () => fs.mkdirSync('dir'),\n" +
      "() => fs.readdirSync('file'), () => fs.writeFileSync('file/x', ''), () => " +
      "fs.rmdirSync('dir'), () => fs.unlinkSync('no'),\n" +
      "() => fs.renameSync('no', 'other'), () => fs.writeFileSync('file', '', { flag: 'wx' " +
      "}), () => fs.closeSync(99),\n" +
      "() => fs.rmSync('dir'), () => fs.readFileSync({}), () => fs.accessSync('no')].map(said).join('\\n'))",
    [
      "ENOENT | open | no.txt | ENOENT: no such file or directory, open 'no.txt'",
      "EISDIR | read |  | EISDIR: illegal operation on a directory, read",
      "EEXIST | mkdir | dir | EEXIST: file already exists, mkdir 'dir'",
      "ENOTDIR | scandir | file | ENOTDIR: not a directory, scandir 'file'",
      "ENOTDIR | open | file/x | ENOTDIR: not a directory, open 'file/x'",
      "ENOTEMPTY | rmdir | dir | ENOTEMPTY: directory not empty, rmdir 'dir'",
      "ENOENT | unlink | no | ENOENT: no such file or directory, unlink 'no'",
      "ENOENT | rename | no | ENOENT: no such file or directory, rename 'no' -> 'other'",
      "EEXIST | open | file | EEXIST: file already exists, open 'file'",
      "EBADF | close |  | EBADF: bad file descriptor, close",
      "ERR_FS_EISDIR | rm | dir | Path is a directory: rm returned EISDIR (is a directory) dir",
      'ERR_INVALID_ARG_TYPE |  |  | The "path" argument must be of type string or an instance of Buffer or URL.' +
        " Received an instance of Object",
      "ENOENT | access | no | ENOENT: no such file or directory, access 'no'\n",
    ].join("\n"),
  ],
  [
    "hears what it does not have",
    "for (const name of ['watch', 'symlinkSync', 'opendir']) try { fs[name]('x') } catch (e) " +
      "{ console.log(e.message) }",
    "Cannot use fs.watch: nothing else changes the files of a program; read them again instead\n" +
      "Cannot use fs.symlinkSync: a program has no links; copy the file with copyFileSync instead\n" +
      "Cannot use fs.opendir: use readFileSync, writeFileSync and readdirSync instead\n",
  ],
];

/** Ways out, each as an expression that must give an error or nothing. */
const OUTSIDE: readonly string[] = [
  "fs.readFileSync('/etc/passwd')",
  "fs.readFileSync('../../etc/passwd')",
  "fs.readFileSync('/workspace/../etc/passwd')",
  "fs.readFileSync('/tmp/../proc/self/environ', 'utf8')",
  "fs.readFileSync('/proc/self/environ', 'utf8')",
  "fs.readFileSync('/proc/self/fd/3')",
  "fs.readFileSync('/dev/fd/3')",
  "fs.readFileSync('/proc/1/environ')",
  "fs.readFileSync(new URL('file:///etc/passwd'))",
  "fs.readFileSync(Buffer.from('/etc/passwd'))",
  "fs.readFileSync('/workspace\\0/../../etc/passwd')",
  "fs.readFileSync({ toString: () => '/etc/passwd' })",
  "fs.readFileSync('/workspacex')",
  "fs.existsSync('/etc/passwd')",
  "fs.statSync('/etc/passwd')",
  "fs.lstatSync('/')",
  "fs.readdirSync('/')",
  "fs.readdirSync('/opt/rlm/javascript')",
  "fs.writeFileSync('/opt/rlm/javascript/runner.mjs', 'x')",
  "fs.appendFileSync('/proc/self/oom_score_adj', '-1000')",
  "fs.mkdirSync('/workspace/../planted')",
  "fs.copyFileSync('/etc/passwd', 'stolen')",
  "fs.cpSync('/etc', 'stolen', { recursive: true })",
  "fs.renameSync('/etc/hostname', 'stolen')",
  "fs.renameSync('/workspace', '/tmp/moved')",
  "fs.rmSync('/workspace', { recursive: true })",
  "fs.rmdirSync('/tmp')",
  "fs.openSync('/proc/self/fd/3', 'r')",
  "fs.readSync(3, Buffer.alloc(9))",
  "fs.writeSync(4, '{\"exit_code\":0}')",
  "fs.writeFileSync(4, 'x')",
  "fs.readFileSync(3)",
  "fs.fstatSync(4)",
  "fs.readSync(-1, Buffer.alloc(1))",
  "process.chdir('/etc')",
];

const INPUTS: readonly GuestFile[] = [
  { name: "data/x.csv", path: "app/data/x.csv", bytes: Buffer.from("\u{feff}a;b\n1;2\n") },
  { name: "x.bin", path: "other/x.bin", bytes: Buffer.from([0xff, 0, 1]) },
];

forEachEngine("JavaScript's files", (engine) => {
  const run = (code: string, more: object = {}): Promise<Ran> =>
    engine.run({ language: "javascript", code, fence: "open", ...more });

  it.each(PROGRAMS)("a program %s", async (_, code, printed) => {
    const { error, stdout } = await run(FS + code);
    expect({ error, printed: stdout.text }).toEqual({ error: null, printed });
  });

  it("are the input files of the call, by the names that a program uses, byte by byte", async () => {
    const code =
      "console.log(fs.readFileSync('/workspace/app/data/x.csv', 'utf8').charCodeAt(0), " +
      "fs.statSync('data/x.csv').size,\n" +
      "fs.readFileSync('data/x.csv').length, fs.readFileSync('x.bin'), fs.readdirSync('/workspace').sort())\n" +
      "fs.writeFileSync('data/x.csv', 'new'); console.log(fs.readFileSync('data/x.csv', " +
      "'utf8'), files['data/x.csv'][0])";
    const job = { ...engine.job({ language: "javascript", code: FS + code, fence: "open", files: INPUTS }) };
    await using sandbox = await engine.open("javascript");
    const ran = await sandbox.run({ ...job, directory: "app" }, AbortSignal.timeout(10_000));
    expect({ error: ran.error, printed: ran.stdout.text }).toEqual({
      error: null,
      printed: "65279 11 11 <Buffer ff 00 01> [ 'app', 'other' ]\nnew a\n",
    });
  });

  it("stay between the calls of a session, and come with a later call", async () => {
    await using sandbox = await engine.open("javascript");
    const call = (code: string, files: readonly GuestFile[] = []) =>
      sandbox.run(
        { ...engine.job({ language: "javascript", code, fence: "open", files, keep: true }), keep: true },
        AbortSignal.timeout(10_000),
      );
    const large = Buffer.alloc(9_000, "x");
    const other = { name: "y.txt", path: "app/y.txt", bytes: Buffer.alloc(9_000, "y") };
    expect(await call("let no = ;", [{ name: "l.txt", path: "app/l.txt", bytes: large }])).toMatchObject({
      ending: "error",
    });
    expect(await call("1", [INPUTS[0] as GuestFile, other])).toMatchObject({ ending: "ok" });
    expect(await call("require('fs').readFileSync('l.txt', 'utf8') === 'x'.repeat(9_000)")).toMatchObject({
      result: "true",
    });
    expect(
      await call("var fs = require('fs'); fs.writeFileSync('kept.txt', 'k'); fs.readdirSync('/workspace/app').sort()"),
    ).toMatchObject({
      result: "[ 'data', 'l.txt', 'y.txt' ]",
    });
    expect(await call("fs.readFileSync('kept.txt', 'utf8') + fs.readFileSync('x.bin').length", INPUTS)).toMatchObject({
      result: "'k3'",
    });
  });

  it("have a bound, and a program can go on behind it", async () => {
    if (engine.name === "local") return;
    const code =
      "let said = ''; try { for (let i = 0; i < 200; i++) fs.writeFileSync('f' + i, " +
      "'x'.repeat(1e6)) } catch (e) { said = e.code }\n" +
      "fs.rmSync('f0'); fs.writeFileSync('small', 'ok'); console.log(said, fs.readFileSync('small', 'utf8'))";
    expect((await run(FS + code, { timeoutMs: 5_000 })).stdout.text).toBe("ENOSPC ok\n");
  });

  it("never run as their owner, whatever mode a program gives them", async () => {
    const code =
      "fs.writeFileSync('a', 'x', { mode: 0o7777 }); fs.closeSync(fs.openSync('b', 'w', 0o6777)); " +
      "fs.mkdirSync('c', 0o7777);\nfs.writeFileSync('d', Buffer.from('x'), { mode: 0o4755 }); " +
      "fs.writeFileSync('e', ''); " +
      "fs.chmodSync('e', 0o7755);\n" +
      "console.log(['a', 'b', 'c', 'd', 'e'].map((one) => fs.statSync(one).mode & 0o7000).join())";
    const { error, stdout } = await run(FS + code);
    expect({ error, printed: stdout.text }).toEqual({ error: null, printed: "0,0,0,0,0\n" });
  });

  it("are quick enough for a megabyte of text and of bytes", async () => {
    const code =
      "const text = '0123456789\\n'.repeat(95_000) + '\u00e9'; fs.writeFileSync('big', " +
      "text); fs.appendFileSync('big', 'end');\n" +
      "console.log(fs.statSync('big').size, fs.readFileSync('big').length, " +
      "fs.readFileSync('big', 'utf8') === text + 'end',\n" +
      "fs.readFileSync('big').toString().length, fs.readFileSync('big', 'utf8').split('\\n').length)";
    expect((await run(FS + code)).stdout.text).toBe("1045005 1045005 true 1045004 95001\n");
  });

  describe("lie in the workspace and below /tmp, and no other path leads to a file:", () => {
    it("by the functions that work at once, promises and streams", async () => {
      const tries = OUTSIDE.map((one) => `() => ${one}`).join(",\n");
      const code =
        `const found = [${tries}].map((work) => said(work));\n` +
        "for (const work of [() => fs.promises.readFile('/etc/passwd'), () => " +
        "fs.promises.open('/proc/self/mem', 'r+')])\n" +
        "  found.push(await work().then(String, (e) => said(() => { throw e })));\n" +
        "fs.createReadStream('/etc/passwd').on('data', (d) => console.log('DATA', " +
        "d)).on('error', (e) => console.log(e.code));\n" +
        "console.log(found.join('\\n'))";
      const { stdout, error } = await run(FS + ERRORS + code);
      expect(error).toBeNull();
      const lines = stdout.text.trim().split("\n");
      expect(lines).toHaveLength(OUTSIDE.length + 3);
      for (const line of lines)
        expect(line).toMatch(/^(?:EACCES|EBADF|ERR_INVALID_ARG_\w+|ERR_OUT_OF_RANGE)\b|^false$/);
      expect(lines[0]).toBe(
        "EACCES | open | /etc/passwd | EACCES: permission denied, open '/etc/passwd': a program uses files below " +
          "/workspace and /tmp; name project files in the `files` argument of the call",
      );
    });

    it("also behind a link or a pipe that lies in the workspace", async () => {
      if (engine.name !== "local") return;
      await using sandbox = await engine.open("javascript");
      await symlink("/etc", path.join(sandbox.workspace, "link"));
      await symlink("/etc/passwd", path.join(sandbox.workspace, "file"));
      await symlink("/etc/none", path.join(sandbox.workspace, "loose"));
      execFileSync("mkfifo", [path.join(sandbox.workspace, "pipe")]);
      const code =
        "console.log(['link/passwd', 'file', 'pipe'].map((one) => said(() => " +
        "fs.readFileSync(one, 'utf8'))[0]).join(''),\n" +
        "['link/x', 'file', 'loose', 'pipe'].map((one) => said(() => fs.writeFileSync(one, " +
        "'x'))?.slice(0, 5)).join(),\n" +
        "said(() => fs.readdirSync('link')).slice(0, 6), fs.lstatSync('link').isSymbolicLink(), fs.existsSync('file'))";
      const ran = await sandbox.run(
        engine.job({ language: "javascript", code: FS + ERRORS + code, fence: "open" }),
        AbortSignal.timeout(10_000),
      );
      expect({ error: ran.error, printed: ran.stdout.text }).toEqual({
        error: null,
        printed: "EEE EACCE,EACCE,ENOEN,ENXIO EACCES true false\n",
      });
    });

    it("and no object of the engine comes with one", async () => {
      const { result, error, stdout } = await run(LEADS_NOWHERE, {
        fence: { ...allBuiltins(), builtins: "safe" },
        timeoutMs: 5_000,
      });
      expect({ result, error, stdout: stdout.text }).toEqual({ result: "[ 'EvalError' ]", error: null, stdout: "" });
    });
  });

  itIsNotThereUnderStrict(engine);
});

/** Visits what the modules give, and what comes from their calls and errors, and makes code by each constructor. */
const LEADS_NOWHERE = `
const seen = new Set(), found = new Set(), values = [];
const tries = [() => fs.readFileSync("no"), () => fs.statSync({}), () => fs.openSync("a", "w"),
  () => fs.readdirSync("."),
  () => fs.statSync("."), () => fs.readdirSync(".", { withFileTypes: true }), () => fs.readFileSync("a"),
  () => fs.promises.readFile("a"),
  () => process.stdin, () => process.stdout, () => process.exit.call(null, {}), () => fs.readSync(3),
  () => crypto.createHash("md5"),
  () => crypto.createHash("no"), () => os.cpus(), () => os.userInfo(),
  () => readline.createInterface({ input: process.stdin }),
  () => crypto.randomBytes(4), () => crypto.subtle.digest("SHA-1", new Uint8Array(1)), () => fs.createWriteStream("b"),
  () => fs.createReadStream("a")[Symbol.asyncIterator](),
  () => { let left = 60; (function deep() { try { deep() } finally { if (left-- > 0) fs.readFileSync("a") } })() }];
const modules = ["fs", "fs/promises", "os", "crypto", "process", "readline", "readline/promises", "node:test"];
var fs = require("fs"), crypto = require("crypto"), os = require("os"), readline = require("readline");
process.exit = process.exit.bind; // the run must go on
for (const work of tries) try { values.push(work()) } catch (e) { values.push(e) }
const visit = (value, depth) => {
  if (value === null || !/object|function/.test(typeof value) || seen.has(value) || depth > 12) return;
  seen.add(value);
  for (const key of Reflect.ownKeys(value)) {
    const d = Object.getOwnPropertyDescriptor(value, key);
    for (const part of [d.value, d.get, d.set]) visit(part, depth + 1);
  }
  visit(Object.getPrototypeOf(value), depth + 1);
  if (typeof value !== "function") return;
  try { value.constructor("return globalThis"); found.add("made") } catch (e) { found.add(e.name) }
  if (!(value instanceof Function) && value !== Function.prototype) found.add("stranger");
};
for (const name of modules) visit(require(name), 0);
for (const value of values) visit(value, 0);
[...found]`;

function itIsNotThereUnderStrict(engine: EngineUnderTest): void {
  it("are not there under a policy that does not give them", async () => {
    for (const name of ["fs", "node:fs", "fs/promises", "node:os", "crypto", "node:test"]) {
      const { error } = await engine.run({ language: "javascript", code: `require(${JSON.stringify(name)})` });
      expect(error?.message).toMatch(/^Cannot require '.*': a program has the modules assert, /);
    }
    const ran = await engine.run({ language: "javascript", code: "[typeof __dirname, typeof fs].join()" });
    expect(ran.result).toBe("'undefined,undefined'");
    for (const name of ["cwd", "env", "exit"]) {
      const { error } = await engine.run({ language: "javascript", code: `process.${name}` });
      expect(error?.message).toMatch(new RegExp(`^Cannot use process\\.${name}: `));
    }
  });
}
