/** A JavaScript program may give its own things any name that the realm has already, as a file of Node may. */

import { describe, expect, it } from "vitest";
import type { Sandbox } from "../../src/sandbox/engine.js";
import { type EngineUnderTest, forEachEngine } from "../support/engines.js";

/** Each way to declare a name: the statement, an expression of the name, and the text of its value. */
const FORMS: readonly (readonly [
  form: string,
  declare: (name: string) => string,
  read: (name: string) => string,
  value: string,
])[] = [
  ["const", (name) => `const ${name} = 1;`, (name) => name, "1"],
  ["let", (name) => `let ${name}; ${name} = 1;`, (name) => name, "1"],
  ["var", (name) => `var ${name} = 1;`, (name) => name, "1"],
  ["class", (name) => `class ${name} { static one = 1 }`, (name) => `${name}.one`, "1"],
  ["function", (name) => `function ${name}() { return 1 }`, (name) => `${name}()`, "1"],
  ["a pattern", (name) => `const { a: ${name}, ...more${name} } = { a: 1 };`, (name) => name, "1"],
  ["import", (name) => `import { sep as ${name} } from 'node:path';`, (name) => name, "'/'"],
  ["import *", (name) => `import * as ${name} from 'node:path';`, (name) => `${name}.sep`, "'/'"],
  ["const with await", (name) => `const ${name} = await 1;`, (name) => name, "1"],
  ["function with await", (name) => `function ${name}() { return 1 } await 0;`, (name) => `${name}()`, "1"],
  ["class with await", (name) => `await 0; class ${name} { static one = 1 }`, (name) => `${name}.one`, "1"],
];

/** Names that only a program of its own can keep from the realm in one of the engines. */
const FIXED = ["undefined", "NaN", "Infinity", "Error"];

/** In strict code no name may be one of these. */
const FORBIDDEN: Readonly<Record<string, readonly string[]>> = {
  eval: ["class", "import", "import *", "class with await"],
};

/** Programs as they are written, and what they print. */
const PROGRAMS: readonly (readonly [code: string, printed: string])[] = [
  [
    "class Error extends globalThis.Error { code = 1 }\n" +
      "try { throw new Error('a') } catch (e) { console.log(e.code, e.message, e instanceof globalThis.Error) }",
    "1 a true\n",
  ],
  [
    "class Map extends globalThis.Map { first() { return [...this][0] } } console.log(new Map([[1, 2]]).first())",
    "[ 1, 2 ]\n",
  ],
  ["const { Error } = globalThis; console.log(new Error('a').message)", "a\n"],
  [
    "class Map extends globalThis.Map { first() { return make }} function make() { return new Map([[1, 2]]) }\n" +
      "await 0; console.log(make().first() === make, make().get(1), new globalThis.Map([[1, 3]]).get(1))",
    "true 2 3\n",
  ],
  ["const { Promise, Map } = globalThis; Promise.resolve(new Map([[1, 2]])).then(console.log)", "Map(1) { 1 => 2 }\n"],
  ["const process = require('node:process'); process.stdout.write(typeof process.argv)", "object"],
  ["import process from 'node:process'; process.stdout.write(typeof process.argv)", "object"],
  ["const { URL } = require('url'); console.log(new URL('/b?c=1', 'http://a').searchParams.get('c'))", "1\n"],
  ["const { Buffer } = require('node:buffer'); console.log(Buffer.from('a').toString('hex'))", "61\n"],
  ["const { performance } = require('perf_hooks'); console.log(performance.now() >= 0)", "true\n"],
  ["import { setTimeout } from 'node:timers/promises'; console.log(await setTimeout(1, 'a'))", "a\n"],
  ["const { setTimeout } = require('timers/promises'); setTimeout(1, 'a').then((x) => console.log(x))", "a\n"],
  ["const { log } = globalThis.console; { const console = { log: (x) => log('my', x) }; console.log(1) }", "my 1\n"],
  ["const Symbol = (x) => x; console.log(require('util').inspect({ a: Symbol([1]) }))", "{ a: [ 1 ] }\n"],
  [
    "class Map { constructor() { throw 1 } } class Set extends Map {} class Promise extends Map {} class Buffer {}\n" +
      "const Object = 1, Array = 2, Reflect = 3, String = 4, JSON = 5, RegExp = 6, Number = 7, Uint8Array = 8;\n" +
      "const E = require('events'); const e = new E(); e.on('a', (x) => console.log(x, { x })); e.emit('a', [1]);\n" +
      "console.log(require('util').format('%s %j', 1, { a: 1 }), require('path').join('a', '..', 'b'));\n" +
      "console.log(new URL('http://a/?b=1').search, require('querystring').parse('a=1').a, btoa('a'));\n" +
      "console.log(new TextDecoder().decode(new TextEncoder().encode('a')), structuredClone({ a: [1] }));\n" +
      "require('assert').deepStrictEqual([1], [1]); new AbortController().signal.throwIfAborted()",
    '[ 1 ] { x: [ 1 ] }\n1 {"a":1} b\n?b=1 1 YQ==\na { a: [ 1 ] }\n',
  ],
];

/** Names of the engine's realm. */
async function namesOf(engine: EngineUnderTest): Promise<readonly string[]> {
  const { result } = await engine.run({
    code: "Object.getOwnPropertyNames(globalThis).join(' ')",
    language: "javascript",
    fence: "open",
  });
  return [...(result ?? "").slice(1, -1).split(" "), "fetch", "name", "stdin"];
}

type Run = (code: string) => ReturnType<Sandbox["run"]>;

async function inSession(engine: EngineUnderTest, body: (run: Run) => Promise<void>): Promise<void> {
  await using sandbox: Sandbox = await engine.open("javascript");
  await body((code) =>
    sandbox.run(
      { ...engine.job({ code, language: "javascript", fence: "open", keep: true, stdin: "x" }), keep: true },
      AbortSignal.timeout(10_000),
    ),
  );
}

forEachEngine("A JavaScript program may take the names of its realm:", (engine) => {
  let found: Promise<readonly string[]> | null = null;

  describe.each(FORMS)("by %s", (form, declare, read, value) => {
    it("twice in a session", async () => {
      const names = (await (found ??= namesOf(engine))).filter((name) => FORBIDDEN[name]?.includes(form) !== true);
      expect(names.length).toBeGreaterThan(80);
      const wrong: string[] = [];
      await inSession(engine, async (run) => {
        for (const name of names)
          for (const round of [1, 2]) {
            const { result, error } = await run(`${declare(name)} ${read(name)}`);
            if (result !== value) wrong.push(`${name} ${round}: ${error?.message ?? String(result)}`);
          }
      });
      expect(wrong).toEqual([]);
    });

    it("in a program of its own", async () => {
      const code = `${FIXED.map(declare).join("\n")}\n[${FIXED.map(read).join(", ")}]`;
      const { result, error } = await engine.run({ code, language: "javascript", fence: "open" });
      expect({ error, result }).toEqual({ error: null, result: `[ ${FIXED.map(() => value).join(", ")} ]` });
    });
  });

  it.each(PROGRAMS)("%j", async (code, printed) => {
    const ran = await engine.run({ code, language: "javascript", fence: "open" });
    expect({ error: ran.error, printed: ran.stdout.text }).toEqual({ error: null, printed });
    await inSession(engine, async (run) => {
      for (const round of [1, 2]) {
        const { error, stdout } = await run(code);
        expect({ round, error, printed: stdout.text }).toEqual({ round, error: null, printed });
      }
    });
  });
});
