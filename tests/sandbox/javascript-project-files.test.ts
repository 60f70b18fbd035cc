/** A JavaScript program imports the project's own files, which are among its files, on every engine. */

import { describe, expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";
import { useProjectRunner } from "../support/project-runner.js";

const FILES = {
  "slug.js":
    'import { sep as s } from "./lib/sep.js";\nimport data from "./lib/data.json" with { type: "json" };\n' +
    'export const slug = (t) => t.toLowerCase().split(" ").join(s);\n' +
    "export default function name() { return data.name; }\n" +
    "export class Box { constructor(v) { this.v = v; } }\n" +
    "export function fail() {\n  throw new TypeError('bad');\n}\n" +
    'let hidden = 1;\nexport { hidden as shown, name as other };\nexport * from "./lib/sep.js";\n',
  "lib/sep.js": 'export const sep = "-", [a, { b: c = 3 }] = [1, {}];\n',
  "lib/data.json": '{"name": "data", "n": [1]}',
  "common.js": 'const d = require("./lib/data"); exports.n = d.n; module.exports.m = (x) => x + 1;\n',
  "typed.ts": "export const x: number = 5;\nexport interface I { a: string }\n",
  "anonymous.mjs": "export default (x) => x * 2;\n",
  "count.js": "export let count = 0;\nexport const more = () => ++count;\n",
  "even.js": 'import { odd } from "./odd.js";\nexport function even(n) { return n === 0 || odd(n - 1); }\n',
  "odd.js": 'import * as e from "./even.js";\nexport function odd(n) { return n !== 0 && e.even(n - 1); }\n',
  "markup.js": 'export const page = "<!-- a -->"; // <!-- b\n',
  "bad.js": "export const a = 1;\nexport const b = eval('2');\n",
  "late.js": "export const x = await Promise.resolve(1);\n",
  "hides.js": "export const x = 1;\nlet y = x\n<!--y;\n",
  "separated.js": "export function f() { return //\u2028 console.log('hidden')\n}\n",
  "leaves.js": "export const x = 1; }); console.log('out'); (function () {\n",
};

const WORKING: readonly (readonly [string, string, string])[] = [
  [
    "what a module exports",
    'import name, { slug, Box, shown, sep, c } from "./slug.js";\n' +
      'console.log(name(), slug("A B"), new Box(3).v, shown, sep, c)',
    "data a-b 3 1 - 3",
  ],
  ["CommonJS and JSON", 'const { n, m } = require("./common"); console.log(n, m(1))', "[ 1 ] 2"],
  [
    "all names, and JSON with and without its type",
    'import * as all from "./slug.js"; import d from "./lib/data.json";\n' +
      'import e from "./lib/data.json" with { type: "json" };\n' +
      "console.log(Object.keys(all).sort().join(), d.n, d === e)",
    "Box,a,c,default,fail,other,sep,shown,slug [ 1 ] true",
  ],
  [
    "by import()",
    'const x = await import("./slug.js"); console.log(x.default(), (await import("./common.js")).default.m(2))',
    "data 3",
  ],
  ["a line behind a separator", 'import { f } from "./separated.js"; console.log(f())', "undefined"],
  ["TypeScript", 'import { x } from "./typed.ts"; console.log(x)', "5"],
  ["an anonymous default", 'import twice from "./anonymous.mjs"; console.log(twice(2))', "4"],
  [
    "a module once, with names that change",
    'import * as one from "./count.js"; one.more(); console.log(require("./count").count, one.count)',
    "1 1",
  ],
  ["modules that import each other", 'import { even } from "./even.js"; console.log(even(10))', "true"],
  ["texts with markup", 'import { page } from "./markup.js"; console.log(page)', "<!-- a -->"],
  [
    "in strict code",
    '"use strict"; const c = require("./common.js"); console.log(this === undefined, c.n)',
    "false [ 1 ]",
  ],
];

forEachEngine("the project's own JavaScript files", (engine) => {
  const runner = useProjectRunner(engine.name, "strict");
  const run = async (code: string) => (await runner().run(FILES, { code, language: "javascript" })).ending;

  it.each(WORKING)("a program imports %s", async (_, code, output) => {
    expect(await run(code)).toMatchObject({ ending: "ok", stdout: { text: `${output}\n` } });
  });

  it("an error in a file shows the file's line, and the line of the program", async () => {
    const ending = await run('import { fail } from "./slug.js";\n\nfail();');
    expect(ending).toMatchObject({ ending: "error", error: { type: "TypeError", line: 3, column: 1 } });
    expect((ending as { error: { traceback: string } }).error.traceback).toMatch(/at fail \(slug\.js:7:\d+\)/);
  });

  describe("refused before anything runs is", () => {
    it.each([
      [
        "a file that the policy denies",
        'import { a } from "./bad.js"',
        { file: "bad.js", line: 2, rule: "JS-DYN-001" },
      ],
      ["one that nobody has", 'import { a } from "./missing.js"', { resource: "./missing.js" }],
      ["a require of it", 'console.log(require("./missing"))', { resource: "./missing" }],
      ["one that is no program by itself", 'import { x } from "./leaves.js"', { file: "leaves.js" }],
    ])("%s", async (_, code, detail) => {
      expect(await run(`console.log("ran");\n${code}`)).toMatchObject({ reason: "policy-denied", detail });
    });

    it.each(["late.js", "hides.js"])("a file that would be another program in a script: %s", async (file) => {
      const ending = await run(`import { x } from "./${file}"; console.log(x)`);
      expect(ending).toMatchObject({ reason: "bad-input", detail: { resource: file } });
    });
  });
});
