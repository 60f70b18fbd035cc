import vm from "node:vm";
import { beforeAll, describe, expect, it } from "vitest";
import { createJudgingAnalyser, type JudgingAnalyser } from "../../support/analyser.js";
import { leastProcessorMs } from "../../support/processor-time.js";
import { checkJavaScript } from "../../../src/analysis/javascript/check.js";
import type { Analysis } from "../../../src/policy/judge.js";
import { STRICT } from "../../../src/policy/presets.js";
import { readJavaScript } from "../../../src/analysis/javascript/read.js";
import { Report } from "../../../src/analysis/report.js";
import { checkTypeScript } from "../../../src/analysis/typescript/check.js";

let analyser: JudgingAnalyser;
beforeAll(async () => {
  analyser = await createJudgingAnalyser();
});

const analyse = (code: string): Analysis => analyser.analyse(code, "javascript", STRICT);
const findings = (code: string): string[] => {
  const report = new Report(code, "javascript");
  checkJavaScript(report);
  return report.findings().map(({ rule, resource }) => `${rule} ${resource ?? ""}`.trim());
};
const rules = (code: string): string[] =>
  analyse(code).violations.map(({ rule, resource }) => `${rule} ${resource ?? ""}`.trim());

describe("the strict policy denies a JavaScript program", () => {
  it.each<[string, string, string[]]>([
    ["that imports", "import fs from 'fs'", ["JS-IMPORT-001 fs"]],
    ["that imports with a call", "import('fs')", ["JS-IMPORT-001 fs"]],
    [
      "that exports from a module that is not there",
      "export * from 'node:net'",
      ["JS-IMPORT-001 node:net", "JS-NET-001 node:net"],
    ],
    ["that exports and hides code", "export {}; x = 1 <!--y /*\neval('1') /* */;", ["JS-DYN-001 eval"]],
    ["that passes require on", "[require]; (0, require)('path'); require[x]", Array(3).fill("JS-IMPORT-001 require")],
    ["that imports by a computed name", "import('f' + x)", ["JS-IMPORT-001 import()"]],
    ["that requires", "const fs = require('fs')", ["JS-IMPORT-001 fs"]],
    ["that reads its module", "import.meta.url", ["JS-IMPORT-001 import.meta"]],
    ["that evaluates", "eval('1')", ["JS-DYN-001 eval"]],
    ["that evaluates indirectly", "(0, eval)('1'); const e = eval", ["JS-DYN-001 eval", "JS-DYN-001 eval"]],
    ["that spells eval in escapes", "\\u0065val('1')", ["JS-DYN-001 eval"]],
    [
      "that evaluates through the global object",
      "globalThis['ev' + 'al'](1); globalThis.Function",
      ["JS-DYN-001 globalThis.eval", "JS-DYN-001 globalThis.Function"],
    ],
    ["that evaluates although a parameter has that name", "function f(eval) {} eval(1)", ["JS-DYN-001 eval"]],
    ["that assigns eval to itself", "eval = eval", ["JS-DYN-001 eval", "JS-DYN-001 eval"]],
    ["that makes a function", "new Function('return 1'); Function`x`", ["JS-DYN-001 Function", "JS-DYN-001 Function"]],
    ["that schedules text", "setTimeout('x()', 1)", ["JS-DYN-001 x()"]],
    [
      "that uses host objects",
      "process.exit(); Deno; Bun; fetch('http://a')",
      ["JS-HOST-001 process", "JS-PROC-001 process.exit", "JS-HOST-001 Deno", "JS-HOST-001 Bun", "JS-NET-001 fetch"],
    ],
    ["that walks to a constructor", "[].constructor.constructor('1')()", ["JS-ESC-001 [].constructor.constructor"]],
    ["that walks by strings", "x['constructor'][`constru` + 'ctor']", [expect.stringMatching(/^JS-ESC-001/)]],
    ["that walks in optional steps", "x?.constructor?.constructor", ["JS-ESC-001 x?.constructor?.constructor"]],
    [
      "that walks from a function",
      "(() => {}).constructor('1'); (async function () {})['constructor']",
      ["JS-ESC-001 (() => {}).constructor", "JS-ESC-001 (async function () {})['constructor']"],
    ],
    [
      "that walks from a prototype",
      "Object.getPrototypeOf(function* () {}).constructor",
      [expect.stringMatching(/^JS-ESC-001/)],
    ],
    ["that takes constructors apart", "const { constructor: { constructor: F } } = {}", ["JS-ESC-001 constructor"]],
    ["that prepares stack traces", "Error.prepareStackTrace = f", ["JS-ESC-001 prepareStackTrace"]],
    ["after an HTML comment that is an operator", "0<!--x+`\neval(1)//`", ["JS-DYN-001 eval"]],
    ["in a template", "`${eval(1)}`", ["JS-DYN-001 eval"]],
    ["that is not JavaScript", "let x = ;", ["JS-SYNTAX-001"]],
    ["that returns outside of a function", "return 1", ["JS-SYNTAX-001"]],
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

  it("with the deepest nesting that is allowed, without a stack overflow", () => {
    expect(analyse(`${"(".repeat(240)}1${")".repeat(240)}`).verdict).toBe("allow");
    expect(analyse(`${"(()=>{return[".repeat(80)}1${"]})".repeat(80)}`).verdict).toBe("allow");
  });
});

describe("the strict policy allows a JavaScript program", () => {
  it.each([
    ["with nothing in it", ""],
    [
      "that mentions things in comments and strings",
      "// eval(1)\n/* require('fs') */ const s = 'process.exit()', t = `import x`, r = /eval(x)/",
    ],
    ["with an HTML comment", "x = 1 <!-- eval(2)\n--> eval(3)"],
    [
      "with its own names",
      "function process(x) { return x } process(1); " +
        "const fetch = 2, { window, a: [document] } = x; fetch, window, document",
    ],
    ["with its own names, by assignment", "global = 1; global"],
    [
      "with names of caught errors and parameters",
      "try {} catch (process) { process } ((require) => require)(1); class Bun {} new Bun",
    ],
    [
      "with properties and labels of those names",
      "x.eval; x.process = 1; ({ eval: 1, process() {} }); process: for (;;) break process",
    ],
    ["that tests whether globals exist", "typeof process !== 'undefined' && typeof require"],
    ["that tests for functions", "f instanceof Function; x.constructor === Function; Function.prototype.call"],
    ["that uses a constructor", "class A { copy() { return new this.constructor() } } a.constructor.name"],
    ["that schedules a function", "setTimeout(() => 1, 5)"],
    ["with a parameter named await", "var await = 1; await"],
  ])("%s", (_, code) => {
    expect(rules(code)).toEqual([]);
    expect(analyse(code).verdict).toBe("allow");
  });
});

/** A program that spells `constructor` without letters. */
function withoutLetters(): string {
  const [no, yes, nothing] = ["(![]+[])", "(!![]+[])", "([][[]]+[])"];
  const flat = `${no}[+[]]+${no}[!+[]+!+[]]+${no}[+!+[]]+${yes}[+[]]`;
  const [c, o] = [`([][${flat}]+[])[!+[]+!+[]+!+[]]`, `(!![]+[][${flat}])[+!+[]+[+[]]]`];
  const [n, s, t, r, u] = [
    `${nothing}[+!+[]]`,
    `${no}[!+[]+!+[]+!+[]]`,
    `${yes}[+[]]`,
    `${yes}[+!+[]]`,
    `${yes}[!+[]+!+[]]`,
  ];
  return `[][${flat}][${[c, o, n, s, t, r, u, c, t, o, r].join("+")}]("return 42")()`;
}

describe("a program that reaches code from text in an indirect way is found", () => {
  it.each<[string, string]>([
    ['const e = eval; e("1")', "JS-DYN-001"],
    ['globalThis["ev"+"al"]("1")', "JS-DYN-001"],
    ['(0, eval)("1")', "JS-DYN-001"],
    ['window.eval("1")', "JS-DYN-001"],
    ['self["eval"]("1")', "JS-DYN-001"],
    ['this.eval("1")', "JS-DYN-001"],
    ['this["e"+"val"]("1")', "JS-DYN-001"],
    ['Reflect.get(globalThis, "eval")("1")', "JS-DYN-001"],
    ['Object.getOwnPropertyDescriptor(globalThis,"eval").value("1")', "JS-DYN-001"],
    ['globalThis?.eval("1")', "JS-DYN-001"],
    ['with(globalThis) eval("1")', "JS-DYN-001"],
    ['const g = globalThis; g.eval("1")', "JS-DYN-001"],
    ['(function(){ return this })().eval("1")', "JS-DYN-001"],
    ['[]["filter"]["constructor"]("return 1")()', "JS-ESC-001"],
    ['(()=>{}).constructor("return 1")()', "JS-ESC-001"],
    ['let x=1; x.constructor.constructor("return 1")()', "JS-ESC-001"],
    ['Object.getPrototypeOf(async function(){}).constructor("1")', "JS-ESC-001"],
    ['(()=>{}).__proto__.constructor("return 1")()', "JS-ESC-001"],
    ['const {constructor: F} = () => 1; F("return 1")()', "JS-ESC-001"],
    ['Reflect.getPrototypeOf(()=>1).constructor("return 1")()', "JS-ESC-001"],
    ['(()=>1)[["constr","uctor"].join("")]("return 1")()', "JS-ESC-001"],
    ["(()=>1)[`constr${'uctor'}`](\"return 1\")()", "JS-ESC-001"],
    ['(()=>1)[String.fromCharCode(99,111,110,115,116,114,117,99,116,111,114)]("return 1")()', "JS-ESC-001"],
    ['(()=>1)[atob("Y29uc3RydWN0b3I=")]("return 1")()', "JS-ESC-001"],
    ['(()=>1)["\\u0063onstructor"]("return 1")()', "JS-ESC-001"],
    ['(()=>1).\\u0063onstructor("return 1")()', "JS-ESC-001"],
    ['(()=>1)["rotcurtsnoc".split("").reverse().join("")]("return 1")()', "JS-ESC-001"],
    ['(()=>1)[[..."rotcurtsnoc"].reverse().join("")]("return 1")()', "JS-ESC-001"],
    ['const k = "xeval"; globalThis[k.slice(1)]("1")', "JS-DYN-001"],
    ['const a = "abcdefghijklmnopqrstuvwxyz"; globalThis[a[4]+a[21]+a[0]+a[11]]("1")', "JS-DYN-001"],
    ["Function`return 1`()", "JS-DYN-001"],
    ["eval`1`", "JS-DYN-001"],
    ["function f(x) { return x.constructor`return 1` }", "JS-ESC-001"],
    ['function f(x) { new (x.constructor)("return 1")() }', "JS-ESC-001"],
    ['Function.prototype.constructor("return 1")()', "JS-ESC-001"],
    ['eval.bind(null)("1")', "JS-DYN-001"],
    ['eval.call(null, "1")', "JS-DYN-001"],
    ['Reflect.construct(Function, ["return 1"])()', "JS-DYN-001"],
    ['Reflect.apply(Reflect.get, null, [globalThis, "eval"])("1")', "JS-DYN-001"],
    ['(function*(){}).constructor("yield 1")', "JS-ESC-001"],
    ['(async()=>{}).constructor("return 1")', "JS-ESC-001"],
    ['toString.constructor("return 1")()', "JS-ESC-001"],
    ['constructor.constructor("return 1")()', "JS-ESC-001"],
    ['isNaN.constructor("return 1")()', "JS-ESC-001"],
    ['Math.max.constructor("return 1")()', "JS-ESC-001"],
    ['class A {}; A.constructor("return 1")()', "JS-ESC-001"],
    ['function foo() {} foo["constructor"]("return 1")()', "JS-ESC-001"],
    ['"".sub.constructor("return 1")()', "JS-ESC-001"],
    ['if (0) var eval = 1; eval("1")', "JS-DYN-001"],
    ['{ let eval = 0 } eval("1")', "JS-DYN-001"],
    ['if (0) { function eval() {} } eval("1")', "JS-DYN-001"],
    ['function f(a = eval("1")) { var eval = 1 } f()', "JS-DYN-001"],
    ['(class eval {}); eval("1")', "JS-DYN-001"],
    ['class A { static m() { return this.constructor("return 1")() } }', "JS-ESC-001"],
    ['class A { static x = this.constructor("return 1")() }', "JS-ESC-001"],
    ['class A extends Object { static m() { return super.constructor("return 1")() } }', "JS-ESC-001"],
    ['function f() { return new.target.constructor("return 1")() }', "JS-ESC-001"],
    ['(function() { return arguments.callee.constructor("return 1")() })()', "JS-ESC-001"],
    ['with([]) with(constructor) constructor("return 1")()', "JS-DYN-001"],
    ['with(()=>1) constructor("return 1")()', "JS-DYN-001"],
    ['(f => f.constructor("return 1")())(() => 1)', "JS-ESC-001"],
    ['[() => 1].map(f => f.constructor("return 1")())', "JS-ESC-001"],
    ['[() => 1].map(({constructor}) => constructor("return 1")())', "JS-ESC-001"],
    ['for (const {constructor: F} of [() => 1]) F("return 1")()', "JS-ESC-001"],
    ['let F; ({constructor: F} = () => 1); F("return 1")()', "JS-ESC-001"],
    ['Object.getOwnPropertyDescriptor(Function.prototype, "constructor").value("return 1")()', "JS-ESC-001"],
    ['Object.getOwnPropertyDescriptors(globalThis).eval.value("1")', "JS-DYN-001"],
    ['(() => 1).__lookupGetter__("__proto__").call(() => 1).constructor("return 1")()', "JS-ESC-001"],
    [
      'Object.getOwnPropertyDescriptor(Object.prototype, "__proto__").get.call(() => 1).constructor("return 1")()',
      "JS-ESC-001",
    ],
    ['let s = "ev"; s += "al"; globalThis[s]("1")', "JS-DYN-001"],
    ['const d = s => s.split("").reverse().join(""); globalThis[d("lave")]("1")', "JS-DYN-001"],
    ['for (const k of ["eval"]) globalThis[k]("1")', "JS-DYN-001"],
    ['for (const k of Object.getOwnPropertyNames(globalThis)) globalThis[k]("1")', "JS-ESC-002"],
    ['const o = { g: globalThis }; o.g.eval("1")', "JS-DYN-001"],
    ['(x => x.eval("1"))(globalThis)', "JS-DYN-001"],
    ['[globalThis].map(g => g.eval("1"))', "JS-DYN-001"],
    ['Promise.resolve(globalThis).then(g => g.eval("1"))', "JS-DYN-001"],
    ['new Proxy(globalThis, {}).eval("1")', "JS-DYN-001"],
    ['Object.create(globalThis).eval("1")', "JS-DYN-001"],
    ['globalThis.valueOf().eval("1")', "JS-DYN-001"],
    ['const {eval: e} = globalThis; e("1")', "JS-DYN-001"],
    ['const {["ev"+"al"]: e} = this; e("1")', "JS-DYN-001"],
    ['const m = new Map([["g", globalThis]]); m.get("g").eval("1")', "JS-DYN-001"],
    ['(() => 1)[/constructor/.source]("return 1")()', "JS-ESC-001"],
    ['(() => 1)[(function constructor(){}).name]("return 1")()', "JS-ESC-001"],
    ['(() => 1)[Object.keys({constructor: 1})[0]]("return 1")()', "JS-ESC-001"],
    ['(() => 1)[["constructor"]]("return 1")()', "JS-ESC-001"],
    ['(() => 1)[{toString: () => "constructor"}]("return 1")()', "JS-ESC-001"],
    ['(() => 1)["cxoxnxsxtxrxuxcxtxoxr".replace(/x/g, "")]("return 1")()', "JS-ESC-001"],
    [
      '(() => 1)[[99,111,110,115,116,114,117,99,116,111,114].map(c => String.fromCharCode(c)).join("")]("return 1")()',
      "JS-ESC-001",
    ],
    ['(() => 1)[decodeURIComponent("%63onstructor")]("return 1")()', "JS-ESC-001"],
    ['(() => 1)["const" + (27).toString(36) + "uctor"]("return 1")()', "JS-ESC-001"],
    ['globalThis[(14).toString(36) + "val"]("1")', "JS-DYN-001"],
    ['setTimeout("x()", 1)', "JS-DYN-001"],
    ["setTimeout(`x(${1})`, 1)", "JS-DYN-001"],
    ['setTimeout("a" + b, 1)', "JS-DYN-001"],
    ['globalThis.setTimeout("x()")', "JS-DYN-001"],
    ['const t = setInterval; t("x()")', "JS-DYN-001"],
    ['setTimeout.call(null, "x()")', "JS-DYN-001"],
    ['Error["prepare" + "StackTrace"] = f', "JS-ESC-001"],
    ['Reflect.set(Error, "prepareStackTrace", f)', "JS-ESC-001"],
    ["Object.assign(Error, { prepareStackTrace: f })", "JS-ESC-001"],
    ['const { log } = console; log.constructor("return 1")()', "JS-ESC-001"],
    ['console.log.constructor("return 1")()', "JS-ESC-001"],
    ['x => x.constructor.bind(null, "return 1")()()', "JS-ESC-001"],
    ['var c = "constructor"; [][c][c]("return 1")()', "JS-ESC-001"],
    ['var C = [].constructor; C.constructor("return 1")()', "JS-ESC-001"],
    ['[].constructor["constructor"]["call"](null, "return 1")()', "JS-ESC-001"],
    ['(a => a)(eval)("1")', "JS-DYN-001"],
    ['((o, k) => o[k]("1"))(globalThis, "eval")', "JS-DYN-001"],
    ['function get(k) { return globalThis[k] } get("eval")("1")', "JS-DYN-001"],
    ['(async () => (await globalThis).eval("1"))()', "JS-DYN-001"],
    ['new ShadowRealm().evaluate("1")', "JS-DYN-001"],
    ['[eval][0]("1")', "JS-DYN-001"],
    ['[globalThis].at(0).eval("1")', "JS-DYN-001"],
    ['let h; h = globalThis; h.eval("1")', "JS-DYN-001"],
    ['[h] = [globalThis]; h.eval("1")', "JS-DYN-001"],
    ['var {a = globalThis} = {}; a.eval("1")', "JS-DYN-001"],
    ['function f(g = globalThis) { return g.eval("1") } f()', "JS-DYN-001"],
    ['[1].forEach(function () { this.eval("1") })', "JS-DYN-001"],
    ['function q() { return this } q().eval("1")', "JS-DYN-001"],
    ['const o = {f() { return this }}; const h = o.f; h().eval("1")', "JS-DYN-001"],
    ['(0, {f() { return this }}.f)().eval("1")', "JS-DYN-001"],
    ['globalThis["eva" + String.raw`l`]("1")', "JS-DYN-001"],
    ['globalThis[new TextDecoder().decode(new Uint8Array([101,118,97,108]))]("1")', "JS-DYN-001"],
    ['globalThis[Buffer.from("6576616c","hex").toString()]("1")', "JS-DYN-001"],
    ['globalThis["eval" ?? "x"]("1")', "JS-DYN-001"],
    ['globalThis[cond ? "eval" : "x"]("1")', "JS-DYN-001"],
    ['(class { static [Symbol.iterator] = this.constructor("return 1")() })', "JS-ESC-001"],
    ['({}).toString.call.constructor("return 1")()', "JS-ESC-001"],
    ['({ get a() { return (()=>1).constructor } }).a("return 1")()', "JS-ESC-001"],
    ['super_ = Object.getPrototypeOf(Object.getPrototypeOf(async () => 1)).constructor("return 1")()', "JS-ESC-001"],
  ])("%s, which is %s", (code, rule) => {
    expect(findings(code).filter((found) => found.startsWith(rule))).not.toEqual([]);
    expect(analyse(code).verdict).toBe("deny");
  });

  it("without a letter in it", () => {
    expect(vm.runInNewContext(withoutLetters())).toBe(42);
    expect(findings(withoutLetters())).toEqual([expect.stringMatching(/^JS-ESC-001/)]);
  });

  it("through more aliases than the analysis follows", () => {
    const hops = Array.from({ length: 600 }, (_, index) => `const v${index + 1} = v${index};`).join("");
    expect(findings(`const v0 = globalThis;${hops}v600.eval("1")`)).toEqual([expect.stringMatching(/^JS-DYN-001/)]);
  });
});

describe("a program that makes code from text is found, and the code runs:", () => {
  it.each([
    '[..."x"].constructor.constructor("return 42")()',
    'Object.values({f: () => 1})[0].constructor("return 42")()',
    'Object.entries({constructor: 1}).map(([k]) => (() => 1)[k])[0]("return 42")()',
    'const o = {f() {}}; o.f.constructor("return 42")()',
    'const o = {}; o.f = () => 1; o.f.constructor("return 42")()',
    'class A { f() {} } new A().f.constructor("return 42")()',
    'class A { f() {} } A.prototype.f.constructor("return 42")()',
    'class A { #f = () => 1; g() { return this.#f.constructor("return 42")() } } new A().g()',
    'const m = new Map([["f", () => 1]]); m.get("f").constructor("return 42")()',
    'const {f: {constructor: F}} = {f() {}}; F("return 42")()',
    'function* g() { yield () => 1 } g().next().value.constructor("return 42")()',
    'function* g() { yield () => 1 } const [f] = g(); f.constructor("return 42")()',
    'const [f] = new Set([() => 1]); f.constructor("return 42")()',
    'let F = (() => 1); for (const k of ["constructor"]) F = F[k]; F("return 42")()',
    'let x = []; for (const k of ["constructor", "constructor"]) x = x[k]; x("return 42")()',
    '["constructor", "constructor"].reduce((o, k) => o[k], [])("return 42")()',
    '["at", "constructor"].reduce((o, k) => o[k], [])("return 42")()',
    'const get = (o, k) => o[k]; get(get([], "constructor"), "constructor")("return 42")()',
    'let r; try { null.x } catch (e) { r = e.constructor.constructor("return 42")() } r',
    'const a = "rotcurtsnoc".split(""); a.reverse(); (() => 1)[a.join("")]("return 42")()',
    'let s = ""; for (const c of [99,111,110,115,116,114,117,99,116,111,114]) s += String.fromCharCode(c); ' +
      '(() => 1)[s]("return 42")()',
    'const a = []; a.push("constr"); a.push("uctor"); (() => 1)[a.join("")]("return 42")()',
    'let s = "c"; s = s + "onstructor"; (() => 1)[s]("return 42")()',
    'const o = {}; o.k = "constructor"; (() => 1)[o.k]("return 42")()',
    'const k = Object.getOwnPropertyNames(class {}.prototype)[0]; (() => 1)[k]("return 42")()',
    'const k = Reflect.ownKeys(Object.prototype).find(k => k.length === 11); (() => 1)[k]("return 42")()',
    "for (const k of Reflect.ownKeys(Function.prototype)) " +
      '{ if (k.length === 11) { var q = (() => 1)[k]("return 42")() } } q',
    "let q; for (const k of Object.getOwnPropertyNames(globalThis)) " +
      'if (k.length === 4 && k[0] === "e" && k[1] === "v") q = globalThis[k]("42"); q',
    'Object.entries(Object.getOwnPropertyDescriptors(globalThis)).find(([k]) => /^ev/.test(k))[1].value("42")',
    'var {[Symbol.iterator]: it} = []; it.constructor("return 42")()',
    'const f = () => 1, p = Object.getPrototypeOf; p(f).constructor("return 42")()',
    'const {getPrototypeOf: p} = Object; p(() => 1).constructor("return 42")()',
    'Object["getPrototype" + "Of"](() => 1).constructor("return 42")()',
    'const {constructor: {constructor}} = ""; constructor("return 42")()',
    '(({constructor: C}) => C)(() => 1)("return 42")()',
    '(({constructor: {constructor: C}}) => C)("")("return 42")()',
    '((a, b = a.constructor, c = b.constructor) => c("return 42")())(1)',
    'new (class extends (() => 1).constructor {})("return 42")()',
    'class G extends Function { } new G("return 42")()',
    'new class extends Array { run() { return this.constructor.constructor("return 42")() } }().run()',
    'Reflect.construct((() => 1).constructor, ["return 42"])()',
    'Reflect.apply((() => 1).constructor, null, ["return 42"])()',
    '((f) => Reflect.construct(f.constructor, ["return 42"])())(() => 1)',
    '((f) => f.constructor.call(null, "return 42")())(() => 1)',
    '((f, c) => new f.constructor(c)())(() => 1, "return 42")',
    '((f, c) => f.constructor(c)())(() => 1, "return 42")',
    '((f, k, c) => f[k](c)())(() => 1, "constructor", "return 42")',
    '(function (k, c) { return this[k](c) })("eval", "42")',
    '(function () { return this[arguments[0]](arguments[1]) })("eval", "42")',
    '(() => { const t = this; return t["e" + "val"]("42") })()',
    'function f() { return f.caller } (0, globalThis[["e","v","a","l"].join("")])("42")',
    'const that = (0, function () { return this })(); that.eval("42")',
    'const that = (() => this)(); that.eval("42")',
    'new Function.prototype.constructor("return 42")()',
    'Array.from([() => 1], f => f.constructor("return 42")())[0]',
    '[() => 1].reduce((a, f) => f.constructor("return 42")(), 0)',
    'const f = JSON.parse; f.constructor("return 42")()',
    'Symbol.constructor("return 42")()',
    'Promise.prototype.then.constructor("return 42")()',
    'const {prototype: {map}} = Array; map.constructor("return 42")()',
    'let v; ({v = () => 1} = {}); v.constructor("return 42")()',
    'var f; f ??= () => 1; f.constructor("return 42")()',
    'const t = (s, ...v) => v[0].constructor("return 42")(); t`${() => 1}`',
    'const h = { get(t, k) { return () => 1 } }; new Proxy({}, h).x.constructor("return 42")()',
    'Object.defineProperty({}, "x", { get: () => () => 1 }).x.constructor("return 42")()',
    'Object.assign({}, { f() {} }).f.constructor("return 42")()',
    '({ ...{ f() {} } }).f.constructor("return 42")()',
    'with ({ k: "constructor" }) (() => 1)[k]("return 42")()',
    'label: { var z = (() => 1)["constructor"]("return 42")() } z',
    '(async () => {})["constructor"]; (() => {}).constructor.call.call((() => 1).constructor, null, "return 42")()',
    'Function.prototype.call.call((() => 1).constructor, null, "return 42")()',
    'Function.prototype.apply.call((() => 1).constructor, null, ["return 42"])()',
    '(() => 1).constructor.apply(null, ["return 42"])()',
    '[].at.call.call.constructor("return 42")()',
    'Object.getOwnPropertyDescriptor(Object.getPrototypeOf(() => 1), "constructor").value("return 42")()',
    'Object.getOwnPropertyDescriptor(class { get x() { return 1 } }.prototype, "x").get.constructor("return 42")()',
    '(new Error).constructor.captureStackTrace.constructor("return 42")()',
    'String.raw.constructor("return 42")()',
    'isFinite["const\\x72uctor"]("return 42")()',
    '"abc".replace(/b/, () => 1).constructor.constructor("return 42")()',
    'Reflect.get(Reflect.get([], "constructor"), "constructor")("return 42")()',
    'Reflect.getPrototypeOf(function* () {}).constructor.constructor("return 42")()',
    'const d = Object.getOwnPropertyDescriptors(Function.prototype); d.constructor.value("return 42")()',
    'const { constructor: { value: F } } = Object.getOwnPropertyDescriptors((() => 1).__proto__); F("return 42")()',
    'const g = globalThis, e = "eval"; g[e]("42")',
    'globalThis[Object.keys({ eval: 1 }).pop()]("42")',
    'globalThis[[..."lave"].reduceRight((a, c) => a + c)]("42")',
    'globalThis["EVAL".toLowerCase()]("42")',
    'globalThis[unescape("%65val")]("42")',
    'globalThis[JSON.parse(\'"\\\\u0065val"\')]("42")',
    'globalThis["e" + typeof 1 === "x" || "eval"]("42")',
    'globalThis[Symbol("eval").description]("42")',
    'globalThis[({}).x ?? "eval"]("42")',
    'const q = globalThis; (() => { const { eval: z } = q; return z("42") })()',
    'globalThis.globalThis.globalThis.eval("42")',
    'var b = globalThis; var n = "eval"; b[n]?.("42")',
    'Object.assign(Object.create(null), { g: globalThis }).g.eval("42")',
    '(async () => 1)().constructor.constructor("return 42")()',
    'import("x").catch(() => 1).constructor.constructor("return 42")()',
  ])("%s", (code) => {
    expect(vm.runInNewContext(code)).toBe(42);
    expect(findings(code)).not.toEqual([]);
  });
});

describe("a program that uses the host is found", () => {
  it.each<[string, string[]]>([
    ["require('child_process')", ["JS-EXEC-001 child_process", "JS-IMPORT-001 child_process"]],
    [
      "const { exec } = require('child_process'); exec('ls')",
      [
        "JS-EXEC-001 child_process",
        "JS-EXEC-001 child_process.exec",
        "JS-EXEC-001 child_process.exec",
        "JS-IMPORT-001 child_process",
      ],
    ],
    [
      "import { exec } from 'node:child_process'; exec('ls')",
      [
        "JS-EXEC-001 child_process.exec",
        "JS-EXEC-001 child_process.exec",
        "JS-EXEC-001 node:child_process",
        "JS-IMPORT-001 node:child_process",
      ],
    ],
    [
      "import('child_' + 'process').then((m) => m.exec('ls'))",
      ["JS-EXEC-001 child_process", "JS-EXEC-001 child_process.exec", "JS-IMPORT-001 child_process"],
    ],
    [
      "require('module').createRequire('/')('child_process')",
      ["JS-EXEC-001 child_process", "JS-IMPORT-001 module", "JS-IMPORT-001 module.createRequire"],
    ],
    [
      "process.mainModule.require('child_process')",
      ["JS-EXEC-001 child_process", "JS-HOST-001 process", "JS-IMPORT-001 process.mainModule"],
    ],
    ["process.binding('spawn_sync')", ["JS-EXEC-001 process.binding", "JS-HOST-001 process"]],
    ["const fs = require('fs'); fs.promises.unlink('x')", ["JS-FILE-003 fs.promises.unlink", "JS-IMPORT-001 fs"]],
    [
      "const { promises: p } = require('node:fs'); p.writeFile('x', 'y')",
      ["JS-FILE-002 fs.promises.writeFile", "JS-IMPORT-001 node:fs"],
    ],
    ["require('fs').openSync('x', 'w')", ["JS-FILE-001 fs.openSync", "JS-FILE-002 fs.openSync", "JS-IMPORT-001 fs"]],
    [
      "process.env.HOME; process['ex' + 'it']()",
      ["JS-ENV-001 process.env", "JS-HOST-001 process", "JS-HOST-001 process", "JS-PROC-001 process.exit"],
    ],
    ["const p = globalThis.process; p.arch", ["JS-HOST-001 process", "JS-SYS-001 process.arch"]],
    ["const p = globalThis.process; p.platform", []],
    ["f(globalThis.process)", ["JS-HOST-001 globalThis.process"]],
    ["require('process').exit()", ["JS-HOST-001 process", "JS-PROC-001 process.exit"]],
    [
      "require('http').get('x'); navigator.sendBeacon('x')",
      [
        "JS-HOST-001 navigator",
        "JS-IMPORT-001 http",
        "JS-NET-001 http",
        "JS-NET-001 http.get",
        "JS-NET-001 navigator.sendBeacon",
      ],
    ],
    [
      "require('./a.node'); new WebAssembly.Module(x)",
      ["JS-IMPORT-001 ./a.node", "JS-NATIVE-001 ./a.node", "JS-NATIVE-001 WebAssembly"],
    ],
    [
      "require('node-serialize').unserialize('x')",
      ["JS-DESER-001 node-serialize.unserialize", "JS-IMPORT-001 node-serialize"],
    ],
    ["setTimeout(`f(${1})`)", ["JS-DYN-001 f(1)"]],
    ["setTimeout('f(' + x + ')')", ["JS-DYN-001 'f(' + x + ')'"]],
    ["const later = setInterval; later('x()')", ["JS-DYN-001 x()"]],
  ])("%s", (code, expected) => {
    expect(findings(code).sort()).toEqual(expected);
  });
});

describe("every preset allows a JavaScript program", () => {
  it.each([
    "class A { constructor() {} }",
    "this.constructor.name",
    "x.constructor === Array",
    "class A { copy() { return new this.constructor(this) } }",
    "function clone(o) { return new o.constructor(o) }",
    "function clone(o) { const c = o.constructor; return new c(o.x, o.y) }",
    'function isObj(o) { return o.constructor === Object || o.constructor.name === "Object" }',
    "switch (x.constructor) { case Array: break; case Function: break; case Object: break }",
    "Object.prototype.toString.call(x); Array.prototype.slice.call(arguments)",
    'const hasOwn = Object.prototype.hasOwnProperty; hasOwn.call(o, "constructor")',
    "function Foo() {} Foo.prototype.constructor = Foo; " +
      "Foo.prototype = Object.create(Bar.prototype, { constructor: { value: Foo } })",
    "class E extends Error { constructor(m) { super(m); this.name = this.constructor.name; " +
      "Error.captureStackTrace?.(this, this.constructor) } }",
    're.exec("x"); db.exec("ls"); const exec = (s) => s; exec("x")',
    "obj.eval; ({ eval: 1 }).eval; class C { eval(x) { return x } run() { return this.eval(1) } } new C().eval(2)",
    'const calc = { eval(s) { return s }, run() { return this.eval("1") } }; calc.eval("2")',
    "function f(process) { process.exit(); return process.env } f({})",
    'const fetch = async () => 1; fetch("x"); const os = { cpus() {} }; os.cpus()',
    'const fs = new Map(); fs.open; fs.get("x"); const http = {}; http.get',
    "var process = { env: {} }; process.env.x",
    'typeof process !== "undefined" && typeof require === "function"; typeof window',
    "process: for (;;) { break process }",
    'const { exec } = { exec: (x) => x }; exec("1")',
    '"a".repeat(10); new Array(100).fill(0); Array.from({ length: 10 }, (_, i) => i); "x".padStart(20); 2n ** 64n; ' +
      "new Uint8Array(1024)",
    'const m = {}; m["con" + "structor"]; m["constructor"]',
    "function memo(n) { return memo[n] ?? (memo[n] = n) }",
    'Math[op](1, 2); console[level]("x"); String.prototype[name]; const h = { add: (a) => a }; h[op](1)',
    "setTimeout(() => {}, 10); setTimeout(f, 10); setInterval(function () {}, 10); setTimeout(cb.bind(null, 1), 5)",
    'Reflect.get(o, "x"); Reflect.ownKeys(o); Object.getOwnPropertyDescriptor(o, "x").value; ' +
      "Object.getPrototypeOf(o) === Object.prototype",
    "Object.getPrototypeOf(o).constructor.name; o.__proto__.constructor.name; " +
      "Object.getPrototypeOf(o).constructor === Foo",
    "const [a, b] = [1, 2]; for (const [k, v] of Object.entries(o)) o[k] = v",
    'globalThis.x = 1; globalThis.x; globalThis["y"] = 2; globalThis.counter++; this.z = 3',
    'if (typeof module !== "undefined") module.exports = { f }',
    "(function () { this.x = 1; this.count = 0 })()",
    'function Person(name) { this.name = name; this.process = 1; this.fetch = () => 2 } new Person("a").fetch()',
    'const url = "http://x"; const code = "eval(1)"; // eval(1)',
    "/* process.exit() */ const r = /eval\\(x\\)/; r.test(\"require('fs')\")",
    "function test() { return new Promise((resolve) => setTimeout(resolve, 1)) }",
    "const self = this; self.x; const global = {}; global.y; const window = {}; window.z",
    "let worker = { Worker: class {} }; new worker.Worker()",
    "x.map.call(y, z); x.toString.call(y); fn.apply(this, arguments); fn.bind(this)",
    "Function.prototype.call.call(f, 1); f instanceof Function; Function.prototype.bind",
    "arr.constructor.from(arr); arr.constructor[Symbol.species]; this.constructor.count++",
    "const o2 = { constructor: 1, prototype: 2 }; o2.constructor",
    "const { constructor, name } = obj; constructor.name",
    "for (const key in globalThis) console.log(key)",
    'const process2 = inputs.process; process2.exit; inputs.data.eval; files["a"].fetch',
    "o.constructor.toString(); x.constructor.prototype",
    "x.constructor(); x.constructor(3); class B extends A { f() { return super.constructor.name } }",
  ])("%s", (code) => {
    expect(findings(code)).toEqual([]);
  });
});

describe("of the text of a program", () => {
  const textsOf = (code: string, kind: "comments" | "strings"): string[] =>
    [...checkJavaScript(new Report(code, "javascript"))[kind]]
      .sort((a, b) => a.start - b.start)
      .map(({ start, end }) => code.slice(start, end));

  it.each<[string, string[]]>([
    ["1 // a\n/* b */ 2", ["// a", "/* b */"]],
    ["#!/usr/bin/env node\n1", ["#!/usr/bin/env node"]],
    ["x = 1 <!-- a\n--> b\n2", ["<!-- a", "--> b"]],
    ["'// a'; `/* b */ ${/* c */ 1}`", ["/* c */"]],
    ["var await = 1 // a", ["// a"]],
    ["export const x = 1 // a", ["// a"]],
  ])("%j has the comments %j", (code, expected) => {
    expect(textsOf(code, "comments")).toEqual(expected);
  });

  it.each<[string, string[]]>([
    ["'a' + \"b\\n\" + ''", ["a", "b\\n", ""]],
    ["`a${1}b${'c'}`", ["a", "b", "c", ""]],
    ["/a[/]b/gi.test(x); 1 / 2 / 3", ["a[/]b"]],
    ["'use strict'; ({ 'k': 1 })['m']", ["use strict", "k", "m"]],
    ["import 'a'", ["a"]],
    ["1; /* 'x' */ null; 10n; true", []],
  ])("%j has the strings %j", (code, expected) => {
    expect(textsOf(code, "strings")).toEqual(expected);
  });
});

describe("a program that is hard to read gets the same answer twice, in time", () => {
  const SIZE = 10_240;
  const MAX_MS = 250;
  const filled = (unit: string): string => unit.repeat(Math.floor(SIZE / unit.length));
  const nested = (open: string, middle: string, close: string, times: number): string =>
    open.repeat(times) + middle + close.repeat(times);
  const LONG = `const a = "${"a".repeat(4_000)}";`;

  it.each<[string, string]>([
    ["brackets", "[".repeat(SIZE)],
    ["members", `a${".b".repeat(400)};`.repeat(12)],
    ["sums of strings", `x = ${Array(490).fill('"aaaaaaaaaaaaaaa"').join("+")}`],
    ["3000 calls of join", `const a=[];${"a.join();".repeat(1_100)}`],
    ["calls of join on letters", filled('["a","b"].join("");')],
    ["a huge literal", `globalThis["${"a".repeat(SIZE - 20)}"]`],
    ["templates", filled("`${a}b${1}`;")],
    ["templates in templates", nested("`${", "1", "}`", 160)],
    ["reversals", LONG + 'a.split("").reverse().join("");'.repeat(190)],
    ["replacements", LONG + 'a.replaceAll("a","b");'.repeat(260)],
    ["regular expressions that backtrack", LONG + 'a.replace(/a+a+a+b/g,"");'.repeat(240)],
    [
      "functions that double",
      [
        "const f0=x=>x+x;",
        ...Array.from({ length: 200 }, (_, index) => `const f${index + 1}=x=>f${index}(f${index}(x));`),
        'globalThis[f200("a")]',
      ].join(""),
    ],
    ["functions that call themselves", "const f = x => x.length > 9 ? x : f(x + 'a') + f(x + 'b'); globalThis[f('')]"],
    [
      "texts that double",
      [
        'const v0="a";',
        ...Array.from({ length: 450 }, (_, index) => `const v${index + 1}=v${index}+v${index};`),
        "globalThis[v450]",
      ].join(""),
    ],
    ["one name assigned over and over", `let v=eval;${filled("v=v||v;")}`],
    ["patterns", filled("[a,[b,[c]]]=[c,[b,[a]]];")],
    ["additions to a text", `let s="a";${filled("s+=s;")}`],
    ["names inside many with statements", nested("with(a)", `{${"b;".repeat(2_000)}}`, "", 400)],
    ["functions in functions", nested("(function(a){return ", "this", "})(this)", 120)],
    ["maps of maps", `const x="${"a".repeat(400)}";${"[...x].map(c=>[...x].map(d=>c+d));".repeat(100)}`],
    ["lists that are spread", `const x=[${Array(1_000).fill("'a'").join(",")}];${"[...x].join('');".repeat(300)}`],
    ["callbacks", `const g=globalThis;${filled("a.map(b=>b.c);")}`],
    ["letters from empty values", filled("[![]]+[][[]]+([]+{});")],
  ])("%s", async (_, code) => {
    const first = findings(code);
    expect(await leastProcessorMs(() => expect(findings(code)).toEqual(first))).toBeLessThan(MAX_MS);
  });
});

describe("the description of a JavaScript program", () => {
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
    const program = analyser.inspect(code, "javascript").javascript;
    const range = program?.lastExpression;
    expect(range === null || range === undefined ? null : code.slice(...range)).toBe(expected);
    if (range == null || program?.isAsync === true) return;
    const body = `${code.slice(0, range[0])}return (${code.slice(...range)})${code.slice(range[1])}`;
    const wrapped = `(function () { ${body}\n})()`;
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
  ])("%j awaits at its top level: %j", (code, expected) => {
    expect(analyser.inspect(code, "javascript").javascript?.isAsync).toBe(expected);
  });

  it("is absent if the program is neither a script nor one with imports alone", () => {
    const hidden = [
      "import 'node:path'; x = 1 <!-- /*\nevil() /* */;",
      "import 'node:path'\n/* */ --> x",
      "import 'node:path'; x <!--y",
    ];
    for (const code of ["let x = ;", ...hidden])
      expect(analyser.inspect(code, "javascript")).not.toHaveProperty("javascript");
  });
});

describe("a refused import in JavaScript leads on:", () => {
  it.each<[string, string, RegExp]>([
    [
      "a file of the project, to the argument `files`",
      'import x from "./x.js"',
      /^Name the file "\.\/x\.js" in the `files`/,
    ],
    ["one that is required too", 'require("../lib/x")', /^Name the file "\.\.\/lib\/x" in the `files`/],
    [
      "a package, to code of one's own",
      'import _ from "lodash"',
      /^"lodash" is not here, and nothing can be installed: wr/,
    ],
    ["a package that is required too", 'require("@scope/x")', /^"@scope\/x" is not here, and nothing can be installed/],
    ["a module for the network, to data from outside", 'require("https")', /^Fetch the data before the run/],
    [
      "another module of Node, to those that are here",
      'import z from "node:trace_events"',
      /^Use the standard ECMAScript objects/,
    ],
  ])("%s", (_, code, suggestion) => {
    expect(analyse(code).violations[0]?.suggestion).toMatch(suggestion);
  });
});

describe("a violation in JavaScript", () => {
  it("has a place and a message", () => {
    expect(analyse("let x = 1;\n  eval(x); require('fs')").violations).toMatchObject([
      {
        rule: "JS-DYN-001",
        line: 2,
        column: 3,
        endLine: 2,
        endColumn: 7,
        message: 'Cannot use "eval": the analysis cannot check code that is made at run time',
      },
      { rule: "JS-IMPORT-001", line: 2, column: 12, snippet: "eval(x); require('fs')" },
    ]);
  });

  it("of syntax has the message and the place from acorn", () => {
    expect(analyse("let x = 1;\nlet x = 2").syntaxError).toEqual({
      message: "Identifier 'x' has already been declared",
      line: 2,
      column: 5,
    });
  });
});

it.each<[code: string, hint: RegExp]>([
  ["@log class A {}", /^this is a decorator.*call its function/],
  ["class A {\n  @bound run() {}\n}", /^this is a decorator/],
  ["class A { accessor x = 1 }", /^this is an auto-accessor.*get and set/],
  ["const el = <p>a</p>", /^this is JSX/],
  ["function f() { await x(); }", /^this function is not async; write async/],
  ["const f = () => { const a = await fetchIt(); }", /^this function is not async/],
  ["console.log(\u201chi\u201d)", /^this is a typographic quote/],
  ["def f(x):\n    return x\nprint(f(1))", /^this is Python: set `language` to "python"/],
  ["import os\nprint(os.sep)", /^this is Python/],
  ["from math import sqrt\nprint(sqrt(2))", /^this is Python/],
  ["for i in range(3):\n    print(i)", /^this is Python/],
  ["let a = 1\nnpm install lodash", /^nothing can be installed here/],
  ["node script.js", /^send the program itself/],
  ["> 1 + 1\n2", /^this is a transcript of a session/],
  ["return 5", /^a program is no function; write the value as its last expression/],
])("%j is no JavaScript, and the error says what to write instead", (code, hint) => {
  const { syntaxError } = checkJavaScript(new Report(code, "javascript"));
  expect(syntaxError?.hint).toMatch(hint);
});

it.each([
  ["export const a = 1", "       const a = 1"],
  ["export default function f() {}", "               function f() {}"],
  ["export\n{ a as\nb }\nlet a", ";     \n      \n   \nlet a"],
  ["export default { a }", ";0,            { a }"],
  ["export * from 'a'; export {b} from 'c'", "import        'a'; import          'c'"],
])("%j is a program, which runs without the word export as %j", (code, runs) => {
  const { code: text, report } = readJavaScript(code, "javascript", "program");
  expect(text).toBe(runs);
  expect(report.findings().filter(({ resource }) => resource === "export")).toEqual([]);
  expect(readJavaScript(code, "javascript", "file").code).toBeUndefined();
});

it.each([
  ["import a, { b, c } from 'd'; c(b)", "import    { b, c } from 'd'; c(b)"],
  ["import { a, /* , */ b /* x */ , c } from 'd'; x.a, c", "import {    /* , */             c } from 'd'; x.a, c"],
  ["import a, * as b from 'c'; let x = { a: 1 }; b.a", "import    * as b from 'c'; let x = { a: 1 }; b.a"],
  ["import { a } from 'b'\nimport 'c'", ";                    \nimport 'c'"],
  ["import { a } from 'b'; export { a }; a: 1", ";                      ;             a: 1"],
])("%j is TypeScript, which imports nothing that only its types use: %j", (code, runs) => {
  expect(readJavaScript(code, "typescript", "program").code?.trimEnd()).toBe(runs.trimEnd());
});

it.each(["const el = <div className='a'>hi</div>;", "export const App = () => (\n  <><b>{1}</b></>\n);"])(
  "JSX in TypeScript is named: %j",
  async (code) => {
    const { syntaxError } = await checkTypeScript(code);
    expect(syntaxError?.hint).toMatch(/^this is JSX/);
  },
);

it.each([
  ["import { pipeline } from 'node:stream/promises'", /async generators/],
  ["const { StringDecoder } = require('string_decoder')", /TextDecoder/],
  ["import { AsyncLocalStorage } from 'async_hooks'", /as an argument/],
  ["import.meta.url", /`files` argument.*__dirname/],
  ["import { Worker } from 'node:worker_threads'", /one thread: use promises and timers/],
  ["const { Worker } = require('worker_threads'); new Worker('x')", /one thread: use promises and timers/],
  ["import { execSync } from 'node:child_process'", /runs commands here: do the work in the program.*node:fs/],
  ["require('child_process').execSync('ls')", /runs commands here: do the work in the program.*node:fs/],
  ["const zlib = require('zlib')", /Python.*gzip/],
  ["import v8 from 'node:v8'", /structuredClone/],
  ["import { createRequire } from 'module'", /import and require themselves/],
  ["const fs = require('fs')", /`files\[name\]`.*node:fs/],
  ["import { readFileSync } from 'node:fs'", /`files\[name\]`/],
  ["const { createHash } = require('crypto')", /crypto.subtle.digest.*node:crypto/],
  ["import os from 'node:os'", /os.EOL.*node:os/],
  ["import test from 'node:test'", /node:assert.*node:test/],
  ["const { v4: uuid } = require('uuid')", /randomUUID/],
  ["import { expect } from 'vitest'", /node:assert.*node:test/],
  ["const home = process.env.HOME || 'x'", /`inputs` argument/],
  ["const { env } = process", /`inputs` argument/],
  ["console.log(1); process.exit(0)", /end by itself, set process.exitCode/],
  ["console.log(process.cwd())", /`files` argument/],
  ["process.memoryUsage().heapUsed", /performance.now/],
])("%j is refused, and the finding says what works in its place", (code, suggestion) => {
  expect(analyse(code).violations[0]?.suggestion).toMatch(suggestion);
});

it.each(["global.count = 1; count", "globalThis.a = global; global.global.a", "typeof global.gc === 'function'"])(
  "%j uses the global object by the name that Node has for it",
  (code) => {
    expect(analyse(code).violations).toEqual([]);
  },
);

it.each([
  ["global.eval('1')", "JS-DYN-001"],
  ["global['ev' + 'al']('1')", "JS-DYN-001"],
  ["const { Function: f } = global; f('1')", "JS-DYN-001"],
  ["global.global.eval('1')", "JS-DYN-001"],
  ["if (0) { var global = {}; } global.eval('1')", "JS-DYN-001"],
  ["global[inputs.name]", "JS-ESC-002"],
  ["global.process.env", "JS-ENV-001"],
  ["Reflect.get(global, 'eval')('1')", "JS-DYN-001"],
])("%j is followed through that name", (code, rule) => {
  expect(analyse(code).violations.map((one) => one.rule)).toContain(rule);
});
