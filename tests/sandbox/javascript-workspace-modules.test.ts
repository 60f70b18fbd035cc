/** What a JavaScript program of a coding agent finds besides files: `os`, `crypto`, its `process`, `readline`. */

import { describe, expect, it } from "vitest";
import { WORKSPACE_MODULES } from "../../src/analysis/javascript/targets.js";
import { forEachEngine, type Ran } from "../support/engines.js";
import { sharedGuest } from "../support/shared-guest.js";

const LINES = "3\nA b\nlast";

/** Ways to read LINES, and what they print. */
const READS: readonly (readonly [what: string, code: string, printed: string])[] = [
  ["readFileSync(0)", "console.log(require('fs').readFileSync(0, 'utf8').split('\\n'))", "[ '3', 'A b', 'last' ]\n"],
  [
    "readFileSync('/dev/stdin')",
    "import fs from 'node:fs'; console.log(fs.readFileSync('/dev/stdin').toString().trim().split('\\n').length)",
    "3\n",
  ],
  [
    "the events of process.stdin",
    "let all = ''; process.stdin.setEncoding('utf8'); process.stdin.on('data', (part) => { all += part });\n" +
      "process.stdin.on('end', () => console.log(all.split('\\n').map((line) => line.length)))",
    "[ 1, 3, 4 ]\n",
  ],
  [
    "readable and read()",
    "let all = ''; process.stdin.on('readable', () => { let part; while ((part = " +
      "process.stdin.read()) !== null) all += part });\n" +
      "process.stdin.on('end', () => console.log(all.length))",
    "10\n",
  ],
  [
    "for await of process.stdin",
    "const parts = []; for await (const part of process.stdin) parts.push(part); " +
      "console.log(Buffer.concat(parts).length)",
    "10\n",
  ],
  [
    "the lines of readline",
    "const rl = require('readline').createInterface({ input: process.stdin }); const lines = [];\n" +
      "rl.on('line', (line) => lines.push(line)).on('close', () => console.log(lines))",
    "[ '3', 'A b', 'last' ]\n",
  ],
  [
    "for await of readline",
    "import readline from 'node:readline'; import { stdin as input } from 'node:process';\n" +
      "for await (const line of readline.createInterface({ input, terminal: false })) console.log('-' + line)",
    "-3\n-A b\n-last\n",
  ],
  [
    "questions with callbacks",
    "const rl = require('readline').createInterface(process.stdin, process.stdout);\n" +
      "rl.question('n? ', (n) => rl.question('name? ', (name) => { console.log(n, name); rl.close() }))",
    "n? name? 3 A b\n",
  ],
  [
    "questions with promises",
    "import * as readline from 'node:readline/promises'; import { stdin, stdout } from 'node:process';\n" +
      "const rl = readline.createInterface({ input: stdin, output: stdout }); const n = await rl.question('n? ');\n" +
      "console.log(n, await rl.question('name? '));\nfor await (const line of rl) console.log('rest', line)",
    "n? name? 3 A b\nrest last\n",
  ],
  [
    "readSync in parts",
    "const fs = require('fs'); const room = Buffer.alloc(4); let all = '', n;\n" +
      "while ((n = fs.readSync(0, room, 0, 4, null)) > 0) all += room.toString('utf8', 0, n); console.log(all.length)",
    "10\n",
  ],
];

const SHA256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

const VALUES: readonly (readonly [what: string, code: string, printed: string])[] = [
  [
    "digests and HMAC",
    "const c = require('crypto'); " +
      "console.log(c.createHash('sha256').update('a').update(Buffer.from('bc')).digest('hex'),\n" +
      "c.createHash('md5').update('abc').digest('base64'), c.createHash('SHA1').update('abc').digest().length,\n" +
      "c.createHmac('sha512', 'k').update('abc').digest('hex').slice(0, 8), " +
      "c.createHash('sha256').copy().digest('hex').length)",
    `${SHA256} kAFQmDzST7DWlj99KOF/cg== 20 bb9ec770 64\n`,
  ],
  [
    "random values and safe comparison",
    "import crypto, { randomUUID, randomInt, randomBytes, timingSafeEqual } from 'node:crypto';\n" +
      "const n = randomInt(5, 7); console.log(randomBytes(8).length, randomUUID().length, n >= 5 && n < 7,\n" +
      "timingSafeEqual(Buffer.from('a'), Buffer.from('b')), randomBytes(8).equals(randomBytes(8)))\n" +
      "console.log(Buffer.from(await crypto.webcrypto.subtle.digest('SHA-256', Buffer.from('abc'))).toString('hex'))",
    `8 36 true false false\n${SHA256}\n`,
  ],
  [
    "keys from passwords",
    "const c = require('crypto'); console.log(c.pbkdf2Sync('p', 's', 2, 8, 'sha256').toString('hex'),\n" +
      "c.scryptSync('p', 's', 8, { N: 16 }).toString('hex'))",
    "1998f3d3f22119b7 4efe92b5bba5ee18\n",
  ],
  [
    "what crypto does not have",
    "const c = require('crypto'); for (const f of [() => c.createCipheriv('aes-128-cbc'), () " +
      "=> c.createHash('whirlpool')])\n" +
      "  try { f() } catch (e) { console.log(e.message) }",
    "Cannot use crypto.createCipheriv: a program has digests, HMAC, pbkdf2, scrypt and random values here\n" +
      "Cannot use the digest 'whirlpool': a program has md5, ripemd160, sha1, sha224, " +
      "sha256, sha384, sha512, sha512-256 here\n",
  ],
  [
    "Node's words for an argument of another type, in every module",
    "const crypto = require('crypto'), fs = require('fs'), { promisify } = require('util');\n" +
      "const calls = [() => crypto.createHash(5), () => crypto.createHash('md5').update({}), () => promisify([1]),\n" +
      "() => promisify(Object.create(null)), () => promisify('a'.repeat(50)), () => promisify(Symbol('x')),\n" +
      "() => crypto.randomInt(1.5), () => fs.readFile('x', 5), () => crypto.createHash(function f() {}),\n" +
      "() => process.stdout.write(5), () => fs.readFileSync({})];\n" +
      "for (const call of calls) try { call() } catch (e) " +
      "{ console.log(e.name, e.code, e.message.replace(/.* must be (.*)\\. Received /, '$1 | ')) }",
    [
      "of type string | type number (5)",
      "of type string or an instance of Buffer, TypedArray, or DataView | an instance of Object",
      "of type function | an instance of Array",
      "of type function | [Object: null prototype] {}",
      "of type function | type string ('aaaaaaaaaaaaaaaaaaaaaaaaa...')",
      "of type function | type symbol (Symbol(x))",
      "a safe integer | type number (1.5)",
      "of type function | type number (5)",
      "of type string | function f",
      "of type string or an instance of Buffer, TypedArray, or DataView | type number (5)",
      "of type string or an instance of Buffer or URL | an instance of Object",
    ]
      .map((line) => `TypeError ERR_INVALID_ARG_TYPE ${line}\n`)
      .join(""),
  ],
  [
    "the system, with values of no machine",
    "const os = require('os'); console.log(JSON.stringify(os.EOL), os.tmpdir(), " +
      "os.homedir(), os.platform(), os.cpus().length,\n" +
      "os.hostname(), os.userInfo().username, os.networkInterfaces())",
    '"\\n" /tmp /tmp linux 1 guest guest {}\n',
  ],
  [
    "its process",
    "process.stdout.write('a'); process.stderr.write(''); process.nextTick((x) => console.log('tick', x), 1);\n" +
      "console.log(process.argv.length, Object.keys(process.env).join(), process.platform, " +
      "process.cwd() === __dirname && !__dirname.endsWith('/') && __filename === `${__dirname}/program.js`,\n" +
      "typeof process.hrtime.bigint(), process.memoryUsage().heapUsed > 0, " +
      "__filename.endsWith('/program.js'), process.uptime() >= 0)",
    "a2 PATH,HOME,LANG,TZ linux true bigint true true true\ntick 1\n",
  ],
  [
    "the end of its process",
    "process.on('exit', (code) => console.log('bye', code)); process.on('beforeExit', () => " +
      "console.log('before'));\nsetTimeout(() => console.log('late'), 1)",
    "late\nbefore\nbye 0\n",
  ],
];

forEachEngine("JavaScript's workspace modules:", (engine) => {
  const run = (code: string, more: object = {}): Promise<Ran> =>
    engine.run({ language: "javascript", code, fence: "open", ...more });
  const runShared = sharedGuest(engine);

  describe("a program reads its standard input by", () => {
    it.each(READS)("%s", async (_, code, printed) => {
      const { error, stdout } = await runShared({ language: "javascript", code, fence: "open", stdin: LINES });
      expect({ error, printed: stdout.text }).toEqual({ error: null, printed });
    });

    it("each of them also without one: it is empty", async () => {
      const code =
        "const fs = require('fs'); process.stdin.on('data', () => " +
        "console.log('data')).on('end', () => console.log('end'));\n" +
        "console.log([fs.readFileSync(0, 'utf8'), fs.readSync(0, Buffer.alloc(2))])";
      expect((await run(code)).stdout.text).toBe("[ '', 0 ]\nend\n");
    });

    it("each call of a session its own", async () => {
      await using sandbox = await engine.open("javascript");
      const call = (stdin: string) => {
        const code = "require('fs').readFileSync(0, 'utf8') + process.stdin.read()";
        const job = { ...engine.job({ language: "javascript", code, fence: "open", stdin, keep: true }), keep: true };
        return sandbox.run(job, AbortSignal.timeout(10_000));
      };
      expect(await call("one")).toMatchObject({ result: "'onenull'" });
      expect(await call("two")).toMatchObject({ result: "'twonull'" });
    });
  });

  describe("a program has", () => {
    it.each(VALUES)("%s", async (_, code, printed) => {
      const { error, stdout } = await runShared({ language: "javascript", code, fence: "open" });
      expect({ error, printed: stdout.text }).toEqual({ error: null, printed });
    });

    it("every module that the analysis lets by", async () => {
      const names = [...WORKSPACE_MODULES].map((name) => `node:${name}`);
      const ran = await run(`${JSON.stringify(names)}.map((x) => typeof require(x)).join()`);
      expect(new Set(ran.result?.slice(1, -1).split(","))).toEqual(new Set(["object", "function"]));
    });

    it("no environment, path or name of the machine", async () => {
      const code =
        "JSON.stringify([process, require('os'), require('os').cpus(), process.argv, process.env, process.versions])";
      const { result } = await run(`${code}.length + ' ' + [process.binding, process.dlopen, process._kill].join()`);
      expect(result).toMatch(/^'\d+ ,,'$/);
    });
  });

  it("process.exit ends a program with its status, and code that catches it runs on in silence", async () => {
    const ended = await run("console.log(1); try { process.exit(3) } catch {} console.log(2)");
    expect(ended).toMatchObject({ ending: "error", exitCode: 3, stdout: { text: "1\n" } });
    expect(ended.error).toMatchObject({ type: "SystemExit", message: "process.exit(3)", line: 1 });
    expect(await run("setTimeout(() => console.log('no'), 5); process.exit()")).toMatchObject({
      ending: "ok",
      exitCode: 0,
      result: null,
      stdout: { text: "" },
    });
    expect(await run("process.exitCode = 4; console.log('end')")).toMatchObject({ ending: "error", exitCode: 4 });
    expect(await run("process.exit(256 * 3)")).toMatchObject({ ending: "ok", exitCode: 0 });
  });

  it("process.exit in a listener of the end ends the program at once, and calls no listener again", async () => {
    const code = "process.on('exit', (code) => { console.log('bye', code); process.exit(5) }); console.log('a');";
    for (const [end, status] of [
      ["", 0],
      ["process.exit(2)", 2],
    ] as const)
      expect(await run(`${code} ${end}`)).toMatchObject({
        ending: "error",
        exitCode: 5,
        stdout: { text: `a\nbye ${status}\n` },
      });
    expect(await run("process.on('exit', () => process.exit()); 1")).toMatchObject({ ending: "ok", exitCode: 0 });
  });

  it("a call of a session finds no status and no listener of the end that an earlier call has left", async () => {
    await using sandbox = await engine.open("javascript");
    const call = (code: string) =>
      sandbox.run(
        { ...engine.job({ language: "javascript", code, fence: "open", keep: true }), keep: true },
        AbortSignal.timeout(10_000),
      );
    const listen =
      "process.on('exit', () => console.log('exit')); process.once('beforeExit', () => console.log('be'));";
    expect(await call(`${listen} 1`)).toMatchObject({ ending: "ok", stdout: { text: "be\nexit\n" } });
    expect(await call("2")).toMatchObject({ ending: "ok", result: "2", stdout: { text: "" } });
    expect(await call(`${listen} process.exitCode = 4; throw 1`)).toMatchObject({ ending: "error" });
    expect(await call("process.exitCode")).toMatchObject({ ending: "ok", result: null, stdout: { text: "" } });
    expect(await call("process.on('exit', () => console.log('own')); process.exitCode = 3")).toMatchObject({
      exitCode: 3,
      stdout: { text: "own\n" },
    });
    expect(await call("process.exit()")).toMatchObject({ ending: "ok", exitCode: 0, stdout: { text: "" } });
  });

  it("a status that means something to the engine is only a status", async () => {
    for (const status of [124, 137])
      expect(await run(`process.exit(${status})`)).toMatchObject({ ending: "error", exitCode: status });
  });
});
