import vm from "node:vm";
import { beforeAll, describe, expect, it } from "vitest";
import { type Analyser, type Analysis, createAnalyser } from "../../../src/policy/analyser.js";
import { STRICT } from "../../../src/policy/strict.js";

let analyser: Analyser;
beforeAll(async () => {
  analyser = await createAnalyser();
});

const analyse = (code: string): Analysis => analyser.analyse(code, "javascript", STRICT);
const rules = (code: string): string[] => analyse(code).violations.map(({ rule, resource }) => `${rule} ${resource ?? ""}`.trim());

describe("the strict policy denies a JavaScript program", () => {
  it.each<[string, string, string[]]>([
    ["that imports", "import fs from 'fs'", ["JS-IMPORT-001 fs"]],
    ["that exports", "export const x = 1", ["JS-IMPORT-001 export"]],
    ["that imports late", "import('fs')", ["JS-IMPORT-001 fs"]],
    ["that imports by a made-up name", "import('f' + x)", ["JS-IMPORT-001 import()"]],
    ["that requires", "const fs = require('fs')", ["JS-IMPORT-001 require"]],
    ["that asks for its module", "import.meta.url", ["JS-IMPORT-001 import.meta"]],
    ["that evaluates", "eval('1')", ["JS-DYN-001 eval"]],
    ["that evaluates indirectly", "(0, eval)('1'); const e = eval", ["JS-DYN-001 eval", "JS-DYN-001 eval"]],
    ["that spells eval in escapes", "\\u0065val('1')", ["JS-DYN-001 eval"]],
    ["that evaluates by the global object", "globalThis['ev' + 'al'](1); globalThis.Function", ["JS-DYN-001 globalThis.eval", "JS-DYN-001 globalThis.Function"]],
    ["that evaluates where a function has that name", "function f(eval) {} eval(1)", ["JS-DYN-001 eval"]],
    ["that assigns eval to itself", "eval = eval", ["JS-DYN-001 eval", "JS-DYN-001 eval"]],
    ["that makes a function", "new Function('return 1'); Function`x`", ["JS-DYN-001 Function", "JS-DYN-001 Function"]],
    ["that schedules text", "setTimeout('x()', 1)", ["JS-DYN-001 x()"]],
    ["that asks for its host", "process.exit(); Deno; Bun; fetch('http://a')", ["JS-HOST-001 process", "JS-HOST-001 Deno", "JS-HOST-001 Bun", "JS-HOST-001 fetch"]],
    ["that walks to a constructor", "[].constructor.constructor('1')()", ["JS-ESC-001 [].constructor.constructor"]],
    ["that walks by strings", "x['constructor'][`constru` + 'ctor']", [expect.stringMatching(/^JS-ESC-001/) as unknown as string]],
    ["that walks in optional steps", "x?.constructor?.constructor", ["JS-ESC-001 x?.constructor?.constructor"]],
    ["that walks from a function", "(() => {}).constructor('1'); (async function () {})['constructor']", ["JS-ESC-001 (() => {}).constructor", "JS-ESC-001 (async function () {})['constructor']"]],
    ["that walks from a prototype", "Object.getPrototypeOf(function* () {}).constructor", [expect.stringMatching(/^JS-ESC-001/) as unknown as string]],
    ["that takes constructors apart", "const { constructor: { constructor: F } } = {}", ["JS-ESC-001 constructor"]],
    ["that prepares stack traces", "Error.prepareStackTrace = f", ["JS-ESC-001 prepareStackTrace"]],
    ["behind an HTML comment that is none", "0<!--x+`\neval(1)//`", ["JS-DYN-001 eval"]],
    ["in a template", "`${eval(1)}`", ["JS-DYN-001 eval"]],
    ["that is not JavaScript", "let x = ;", ["JS-SYNTAX-001"]],
    ["that returns from nothing", "return 1", ["JS-SYNTAX-001"]],
  ])("%s", (_, code, expected) => {
    expect(rules(code)).toEqual(expected);
    expect(analyse(code).verdict).toBe("deny");
  });

  it.each([
    ["brackets", "[".repeat(5_000)],
    ["parentheses that close", `${"(".repeat(2_000)}1${")".repeat(2_000)}`],
    ["a sum", `${"1+".repeat(2_000)}1`],
    ["properties", `a${".a".repeat(3_000)}`],
    ["negations", `${"!".repeat(5_000)}1`],
    ["blocks", `${"{".repeat(3_000)}${"}".repeat(3_000)}`],
    ["patterns", `let ${"[".repeat(3_000)}`],
    ["instances", `${"new ".repeat(2_000)}a`],
  ])("nested past a limit: %s", (_, code) => {
    expect(rules(code)).toEqual(["JS-SYNTAX-002"]);
    expect(analyse(code).verdict).toBe("deny");
  });

  it("as nested as is allowed without running out of stack", () => {
    expect(analyse(`${"(".repeat(240)}1${")".repeat(240)}`).verdict).toBe("allow");
    expect(analyse(`${"(()=>{return[".repeat(80)}1${"]})".repeat(80)}`).verdict).toBe("allow");
  });
});

describe("the strict policy allows a JavaScript program", () => {
  it.each([
    ["with nothing in it", ""],
    ["that mentions things in comments and strings", "// eval(1)\n/* require('fs') */ const s = 'process.exit()', t = `import x`, r = /eval(x)/"],
    ["with an HTML comment", "x = 1 <!-- eval(2)\n--> eval(3)"],
    ["with names of its own", "function process(x) { return x } process(1); const fetch = 2, { window, a: [document] } = x; fetch, window, document"],
    ["with names of its own, by assignment", "global = 1; global"],
    ["with names it catches and takes", "try {} catch (process) { process } ((require) => require)(1); class Bun {} new Bun"],
    ["with properties and labels of those names", "x.eval; x.process = 1; ({ eval: 1, process() {} }); process: for (;;) break process"],
    ["that asks whether things are there", "typeof process !== 'undefined' && typeof require"],
    ["that asks what is a function", "f instanceof Function; x.constructor === Function; Function.prototype.call"],
    ["that uses a constructor", "class A { copy() { return new this.constructor() } } a.constructor.name"],
    ["that schedules a function", "setTimeout(() => 1, 5)"],
    ["with a parameter named await", "var await = 1; await"],
  ])("%s", (_, code) => {
    expect(rules(code)).toEqual([]);
    expect(analyse(code).verdict).toBe("allow");
  });
});

describe("the shape of a JavaScript program", () => {
  it.each<[string, string | null]>([
    ["1 + 1", "1 + 1"],
    ["1 + 1;", "1 + 1"],
    ["let x = 2\nx * 2 // twice", "x * 2"],
    ["(1, 2);", "(1, 2)"],
    ["((3))", "((3))"],
    ["({ a: 1 }) /* ; */ ; // end", "({ a: 1 })"],
    ["'a;'", "'a;'"],
    ["`;`;", "`;`"],
    ["x = 5 ;", "x = 5"],
    ["'use strict'; 7", "7"],
    ["'use strict'", null],
    ["let x = 1", null],
    ["if (1) 2", null],
    ["1;;", null],
    ["function f() {}", null],
    ["", null],
    ["(function () { return 4 })()", "(function () { return 4 })()"],
    ["[1, 2].map(x => x * 2)\n\n", "[1, 2].map(x => x * 2)"],
    ["a => a // f", "a => a"],
    ["await 1;", "await 1"],
  ])("%j ends in %j", (code, expected) => {
    const shape = analyse(code).javascript;
    const range = shape?.lastExpression;
    expect(range === null || range === undefined ? null : code.slice(...range)).toBe(expected);
    if (range == null || shape?.isAsync === true) return;
    const wrapped = `(function () { ${code.slice(0, range[0])}return (${code.slice(...range)})${code.slice(range[1])}\n})()`;
    expect(String(vm.runInNewContext(wrapped))).toBe(String(vm.runInNewContext(code)));
  });

  it.each<[string, boolean]>([
    ["await 1", true],
    ["for await (const x of y) {}", true],
    ["if (1) { const x = [await f()] }", true],
    ["class A extends (await f()) {}", true],
    ["async function f() { await 1 }", false],
    ["(async () => { for await (const x of y) {} })()", false],
    ["async () => await 1", false],
    ["class A { async m() { await 1 } }", false],
    ["var await = 1; await", false],
    ["'await 1' // await 2", false],
    ["1", false],
  ])("%j awaits at its top: %j", (code, expected) => {
    expect(analyse(code).javascript?.isAsync).toBe(expected);
  });

  it("is absent when the program is no script", () => {
    for (const code of ["let x = ;", "export default 1"]) expect(analyse(code)).not.toHaveProperty("javascript");
  });
});

describe("a violation in JavaScript", () => {
  it("says where and what", () => {
    expect(analyse("let x = 1;\n  eval(x); require('fs')").violations).toMatchObject([
      { rule: "JS-DYN-001", line: 2, column: 3, endLine: 2, endColumn: 7, message: 'Cannot use "eval": code made at run time cannot be checked' },
      { rule: "JS-IMPORT-001", line: 2, column: 12, snippet: "eval(x); require('fs')" },
    ]);
  });

  it("of syntax has acorn's words and its place", () => {
    expect(analyse("let x = 1;\nlet x = 2").syntaxError).toEqual({ message: "Identifier 'x' has already been declared", line: 2, column: 5 });
  });
});
