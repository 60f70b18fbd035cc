/** A JavaScript program loads the modules of Node that work on values, by `import` and `require`, on every engine. */

import { describe, expect, it } from "vitest";
import { GUEST_MODULES } from "../../src/analysis/javascript/targets.js";
import { forEachEngine, type Ran } from "../support/engines.js";
import { sharedGuest } from "../support/shared-guest.js";

const DIFF = "Expected values to be strictly deep-equal:\n+ actual - expected\n\n  {\n+   a: 1\n-   a: 2\n  }";

const PROGRAMS: readonly (readonly [what: string, code: string, printed: string])[] = [
  [
    "declarations of every form",
    "import path, { join as glue, sep } from 'node:path';\nimport * as util from \"util\";\nimport 'node:url';\n" +
      "import { default as E } from 'events';\n" +
      "console.log(path.basename('/a/b.txt', '.txt'), glue('a', '..', sep), util.inspect({ a: 1 }), typeof E)",
    "b ./ { a: 1 } function\n",
  ],
  ["a declaration after its use", "console.log(join('a', 'b'));\nimport { join } from 'node:path';", "a/b\n"],
  [
    "declarations beside top-level await",
    "import { setTimeout as sleep } from 'node:timers/promises';\nimport { once, EventEmitter } from 'node:events';\n" +
      "const e = new EventEmitter(); setTimeout(() => e.emit('x', 42), 5);\n" +
      "console.log(await once(e, 'x'), await sleep(1, 'slept'));",
    "[ 42 ] slept\n",
  ],
  [
    "import()",
    "const p = await import('node:path'); const { default: d, join } = await import('path');\n" +
      "console.log(p.join === join, d.join === join, p[Symbol.toStringTag])",
    "true true Module\n",
  ],
  [
    "require, with the same objects as import",
    "import assert from 'node:assert'; const { format } = require('util');\n" +
      "console.log(require('assert') === assert, require('node:buffer').Buffer === Buffer, format('%s-%d', 'a', 1))",
    "true true a-1\n",
  ],
  [
    "assert",
    "const assert = require('node:assert'); const make = () => new Map([[1, { a: [1] }]]);\n" +
      "assert.deepStrictEqual(make(), make());\n" +
      "assert.throws(() => { throw new TypeError('bad') }, { name: 'TypeError', message: /bad/ });\n" +
      "await assert.rejects(Promise.reject(new Error('x')), /x/);\n" +
      "for (const act of [() => assert.strictEqual(1, 2), () => assert.deepStrictEqual({ a: 1 }, { a: 2 })])\n" +
      "  try { act() } catch (e) { console.log(e.name, e.code, e.message.trimEnd()) }",
    "AssertionError ERR_ASSERTION Expected values to be strictly equal:\n\n1 !== 2\n" +
      `AssertionError ERR_ASSERTION ${DIFF}\n`,
  ],
  [
    "util",
    "const util = require('util');\n" +
      "console.log(util.inspect({ b: [1, 2], a: { c: {} } }, { compact: false, sorted: true }),\n" +
      "util.isDeepStrictEqual([1], [1]), util.types.isRegExp(/x/), await util.promisify((x, f) => f(null, x * 2))(4))",
    "{\n  a: {\n    c: {}\n  },\n  b: [\n    1,\n    2\n  ]\n} true true 8\n",
  ],
  [
    "url and querystring",
    "const url = require('url'), qs = require('querystring');\n" +
      "const p = url.parse('http://a.com:80/p?x=1&y=2#h', true);\n" +
      "console.log(p.host, p.query.y, url.resolve('/a/b', '../c'), url.fileURLToPath('file:///a%20b'))\n" +
      "console.log(qs.stringify({ a: [1, 2] }))",
    "a.com:80 2 /c /a b\na=1&a=2\n",
  ],
  [
    "parseArgs of util, and its refusals",
    "const { parseArgs } = require('util'); const options = { foo: { type: 'string', short: 'f' }," +
      "v: { type: 'boolean', short: 'v' }, tag: { type: 'string', multiple: true }," +
      "n: { type: 'string', default: '1' } };" +
      "\nconst p = (...args) => { try { const r = parseArgs({ args, options, allowPositionals: true });" +
      "console.log(JSON.stringify(r)) } catch (e) { console.log(e.code, e.message.split('.')[0]) } };\n" +
      "p('--foo', 'bar', '-v', 'x', '--tag=a', '--tag', 'b', '--', '-z'); p('-vf', 'q'); p('-fq'); p('--nope');" +
      "p('--foo'); p('--v=1'); p('--foo', '-v');\n" +
      "try { parseArgs({ args: ['a'] }) } catch (e) { console.log(e.code) }",
    '{"values":{"foo":"bar","v":true,"tag":["a","b"],"n":"1"},"positionals":["x","-z"]}\n' +
      '{"values":{"v":true,"foo":"q","n":"1"},"positionals":[]}\n{"values":{"foo":"q","n":"1"},"positionals":[]}\n' +
      "ERR_PARSE_ARGS_UNKNOWN_OPTION Unknown option '--nope'\n" +
      "ERR_PARSE_ARGS_INVALID_OPTION_VALUE Option '-f, --foo <value>' argument missing\n" +
      "ERR_PARSE_ARGS_INVALID_OPTION_VALUE Option '-v, --v' does not take an argument\n" +
      "ERR_PARSE_ARGS_INVALID_OPTION_VALUE Option '--foo' argument is ambiguous\n" +
      "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL\n",
  ],
  [
    "the words of assert.deepEqual, and an event error that is no error",
    "const assert = require('assert'), E = require('events');\n" +
      "const t = (f) => { try { f() } catch (e) { console.log(e.code, e.message.slice(-34)) } };\n" +
      "t(() => assert.deepEqual([1], [2]));\n" +
      "t(() => new E().emit('error', 'text')); t(() => new E().emit('error', { a: 1 }))",
    "ERR_ASSERTION should loosely deep-equal\n\n[\n  2\n]\n" +
      "ERR_UNHANDLED_ERROR Unhandled error. ('text')\nERR_UNHANDLED_ERROR Unhandled error. ({ a: 1 })\n",
  ],
  [
    "promises of timers by util.promisify",
    "const { promisify } = require('util'); const sleep = promisify(setTimeout);\n" +
      "console.log(await sleep(1), await sleep(1, 'a'), await promisify(setImmediate)('b'))",
    "undefined a b\n",
  ],
  [
    "the error of an assertion, and one of a class with a text of its own, as they are shown",
    "const show = (e) => console.log(e.stack.split('\\n')[0]);\n" +
      "try { require('assert').equal(1, 2) } catch (e) { show(e) }\n" +
      "class Own extends Error { toString() { return 'own text' } }\nshow(new Own('a'))",
    "AssertionError [ERR_ASSERTION]: 1 == 2\nError: a\n",
  ],
  [
    "events",
    "const E = require('events'); class M extends E {} const m = new M();\n" +
      "m.once('e', (x) => console.log('once', x));\n" +
      "m.on('e', (x) => console.log('on', x)); console.log(m.emit('e', 1), m.emit('e', 2), m.listenerCount('e'))",
    "once 1\non 1\non 2\ntrue true 1\n",
  ],
];

forEachEngine("The modules of JavaScript:", (engine) => {
  const runProgram = sharedGuest(engine);
  const run = (code: string): Promise<Ran> => runProgram({ language: "javascript", code });

  it.each(PROGRAMS)("%s", async (_, code, printed) => {
    const ran = await run(code);
    expect({ error: ran.error, printed: ran.stdout.text }).toEqual({ error: null, printed });
  });

  it("parseArgs of util takes the arguments of the program, if it is given none", async () => {
    const code =
      "const { parseArgs } = require('util'); const options = { name: { type: 'string', default: 'none' } };\n" +
      "const { values, positionals } = parseArgs({ options, allowPositionals: true });\n" +
      "process.argv.push('--name=own'); console.log(values.name, positionals, parseArgs({ options }).values.name)";
    expect(await run(code)).toMatchObject({ ending: "ok", stdout: { text: "none [] own\n" } });
  });

  it("every module that the analysis lets by is there", async () => {
    const names = [...GUEST_MODULES];
    const code = `${JSON.stringify(names)}.flatMap((x) => [typeof require(x), typeof require("node:" + x)]).join()`;
    const kinds = (await run(code)).result?.slice(1, -1).split(",") ?? [];
    expect(kinds).toHaveLength(names.length * 2);
    expect(new Set(kinds)).toEqual(new Set(["function", "object"]));
  });

  describe("say what is missing:", () => {
    it.each([
      [
        "import fs from 'node:fs'",
        "Error",
        /^Cannot import 'node:fs': a program has the modules assert, buffer, events/,
      ],
      ["require('lodash')", "Error", /^Cannot require 'lodash': a program has the modules .*define helper functions/],
      ["await import('./x.js')", "Error", /^Cannot import '\.\/x\.js': a file of the project must/],
      [
        "import { nope } from 'path'",
        "SyntaxError",
        /^The requested module 'path' does not provide an export named 'nope': it has .*join/,
      ],
    ])("%s", async (code, type, message) => {
      const { error } = await run(code);
      expect({ type: error?.type, message: error?.message }).toEqual({
        type,
        message: expect.stringMatching(message) as string,
      });
    });
  });

  it("errors keep their line and column, and a module is strict", async () => {
    const { error } = await run("import {\n  join,\n} from 'node:path';\njoin('a');\n  undeclared = 1;");
    expect(error).toMatchObject({ type: "ReferenceError", line: 5 });
  });
});
