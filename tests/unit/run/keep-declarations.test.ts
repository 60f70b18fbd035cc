import { parse } from "acorn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkJavaScript } from "../../../src/analysis/javascript/check.js";
import { Report } from "../../../src/analysis/report.js";
import { describeJavaScript } from "../../../src/run/keep-declarations.js";
import { textBefore, withEdits } from "../../support/edited-program.js";

/** The text that a guest that is kept compiles, without the function around a program that awaits. */
function rewrite(code: string): { readonly before: string; readonly text: string } {
  const { javascript } = checkJavaScript(new Report(code, "javascript"));
  if (javascript === undefined) throw new Error("Cannot rewrite the sample: it must be a script");
  const { globals, lastExpression } = describeJavaScript(javascript, { isKept: true });
  if (globals === undefined) throw new Error("Cannot rewrite the sample: its globals are missing");
  const { before, edits } = globals;
  expect(edits.at(-1)?.[1] ?? 0).toBeLessThanOrEqual(lastExpression?.[0] ?? code.length);
  // The order of the names has no meaning.
  const sorted = (part: string): string =>
    part.replace(/^var (.*);$/, (_, names: string) => `var ${names.split(",").sort().join(",")};`);
  return {
    before: textBefore(
      code,
      before.map((part) => (typeof part === "string" ? sorted(part) : part)),
    ),
    text: withEdits(code, edits),
  };
}

describe("A program for a guest that is kept declares globals:", () => {
  it.each([
    ["const a = 1, { b } = c", "var   a = 1, { b } = c;"],
    ["let a, b = 1, c;", "var a=void 0, b = 1, c=void 0;"],
    ["class A {} class B {}[1]", "var A=class A {}; var B=class B {};[1]"],
    ["var a; function f() { let b = 1; class C {} }", "var a; function f() { let b = 1; class C {} }"],
    ["{ let a = 1; const b = 2; class C {} var d }", "{ let a = 1; const b = 2; class C {} var d }"],
    [
      "for (let i = 0; i < 1; i++); for (const x of y); for (let k in y);",
      "for (let i = 0; i < 1; i++); for (const x of y); for (let k in y);",
    ],
    ["let = 5; let\nx", "let = 5; var\nx=void 0;"],
    ["'use strict'; const a = 1", "'use strict'; var   a = 1;"],
    ["let a\n[1]", "var a=void 0;\n[1]"],
    ["1 + 1", "1 + 1"],
    ["setTimeout(f); function Map() {}", "setTimeout(f); function Map() {}"],
    ["var Map = 1; { var Set }", "var Map = 1; { var Set }"],
    ["var a\n[1]", "var a\n[1]"],
  ])("%j as %j", (code, text) => {
    expect(rewrite(code)).toEqual({ before: "", text });
  });

  it.each([
    ["const a = await b, { c, ...d } = e", "var a,c,d;", "void( a = await b, { c, ...d } = e);"],
    ["let a, b = 1;await 1", "var a,b;", "void( a=void 0, b = 1);await 1"],
    ["const a = () => {}\n[await 1]", "var a;", "void( a = () => {});\n[await 1]"],
    ["class A {}class B {} await 1", "var A,B;", "A=class A {};B=class B {}; await 1"],
    ["a\nfunction f() { var x }\n(await 1)", "var f;function f() { var x }", "a\n;\n(await 1)"],
    [
      "'use strict'; async function f() {} await 1",
      '"use strict";var f;async function f() {}',
      "'use strict'; ; await 1",
    ],
    [
      "if (await a) var b = 1\nelse var c; while (0) { var d = 2 }",
      "var b,c,d;",
      "if (await a) void( b = 1);\nelse void( c); while (0) { void( d = 2); }",
    ],
    [
      "for (var i = 0, n = await 2; i < n;); for (var [x] of y); for (var { k } in y);",
      "var i,k,n,x;",
      "for ( i = 0, n = await 2; i < n;); for ( [x] of y); for ( { k } in y);",
    ],
    [
      "for (var async of y); for (var let in y); await 1",
      "var async,let;",
      "for (var async of y); for (var let in y); await 1",
    ],
    [
      "for (var myasync of y); for (var letter in y); await 1",
      "var letter,myasync;",
      "for ( myasync of y); for ( letter in y); await 1",
    ],
    ["for (var i = 0 in y); await 1", "var i;", "for (var i = 0 in y); await 1"],
    ["for (const x of y) { let z = await x }", "", "for (const x of y) { let z = await x }"],
    ["class A { static { var x = 1 } } await 1", "var A;", "A=class A { static { var x = 1 } }; await 1"],
    ["const a\u0301 = 1, \\u0062 = 2; await 1", "var a\u0301,b;", "void( a\u0301 = 1, \\u0062 = 2); await 1"],
    ["free = await 1", "", "free = await 1"],
    [
      "await 1; async function f() { //\u2028 await import('a'); //\u2028 await import('b') }",
      "var f;async function f() { //\n await \u00ecmport('a'); //\n await \u00ecmport('b') }",
      "await 1; ;",
    ],
  ])("%j after %j as %j", (code, before, text) => {
    expect(rewrite(code)).toEqual({ before, text });
  });

  it.each([
    ["class Map extends globalThis.Map {}", "{", "class Map extends globalThis.Map {};this.Map=Map;\n}"],
    ["const { Set, a } = b; let c = 1;", "{", "const { Set, a } = b;;this.Set=Set;this.a=a; var c = 1;\n}"],
    ["class Error extends globalThis.Error {}", "{", "class Error extends globalThis.Error {}\n}"],
    ["'use strict'; var undefined = 1, a;", '"use strict";{', "'use strict'; let undefined = 1, a;;this.a=a;\n}"],
    ["var undefined = 1; let a = 2", "{", "let undefined = 1; var a = 2;\n}"],
    [
      'import { Map } from "odd"; await 1',
      '"use strict";var Map=void 0;var Map;',
      'Map=\u00ecmport.one("odd","Map"); await 1',
    ],
    [
      "let Map = await 1; function f() {} function g() {}",
      "",
      "this.f=f;this.g=g;let Map = await 1;;this.Map=Map; function f() {} function g() {}",
    ],
    ["const NaN = await 1; const a = 2", "var a;", "const NaN = await 1; void( a = 2);"],
    ["function Error() {} await 1; class A {}", "var A;", "function Error() {} await 1; A=class A {};"],
    ["const Infinity = 1", "{", "const Infinity = 1\n}"],
    ["eval('1'); let eval; await 1", "", "eval('1'); let eval;;this.eval=eval; await 1"],
    ["class Map extends globalThis.Map {} await 1", "", "class Map extends globalThis.Map {};this.Map=Map; await 1"],
    [
      "const { Map } = globalThis; let a = new Map(await 1); function f() { return Map } var b",
      "var a,b;",
      "this.f=f;const { Map } = globalThis;;this.Map=Map; void( a = new Map(await 1)); " +
        "function f() { return Map } void( b);",
    ],
  ])("%j, which takes a name of the realm, after %j as %j", (code, before, text) => {
    expect(rewrite(code)).toEqual({ before, text });
  });

  it.each([
    ["f()", false, []],
    ["'use strict'; f()", true, []],
    ["'use strict'; await f()", true, []],
    ["let Map = 1", false, ["{"]],
    ["'use strict'; let Map = 1", true, ["{"]],
    ["'use strict'; let a = await 1", true, ["var a;"]],
    ['import "path"; f()', true, []],
    ['f(); import "path"; let Map = 1', true, ["{", '\u00ecmport.all("path");']],
  ])("with files of a project, which come before it, and as strict as it says: %j", (code, isStrict, before) => {
    const { javascript } = checkJavaScript(new Report(code, "javascript"));
    if (javascript === undefined) throw new Error("Cannot rewrite the sample: it must be a script");
    const modules = { files: [], links: {} };
    const { globals } = describeJavaScript(javascript, { isKept: true, modules });
    expect(globals).toMatchObject({ before: [...(isStrict ? ['"use strict";'] : []), ...before], modules });
  });

  it("or stays in the order of its text, outside of a block, if the guest is fresh", () => {
    const code = 'import { sep } from "path"; await 1';
    const { javascript } = checkJavaScript(new Report(code, "javascript"));
    if (javascript === undefined) throw new Error("Cannot rewrite the sample: it must be a script");
    for (const program of [javascript, { ...javascript, isAsync: false }]) {
      const { globals } = describeJavaScript(program, { isKept: false });
      expect(globals).toEqual({
        before: ['"use strict";'],
        edits: [[0, 27, 'const sep=\u00ecmport.one("path","sep");']],
        hasImports: true,
      });
    }
  });

  it("and stays a valid program, in any order of statements", () => {
    const statements = [
      "const a0 = 1",
      "let b0",
      "let { c0 = () => {}, ...d0 } = {}",
      "class E0 {}",
      "function f0() {}",
      "async function* g0() {}",
      "var h0 = function () {}",
      "var i0, j0 = ''",
      "if (1) var k0 = 1\nelse var l0",
      "for (var m0 = 0, n0; m0 < 1; m0++) { var o0 }",
      "for (var p0 of []) ;",
      "label: for (const q of []) break label",
      "(1)",
      "[1]",
      "`x`",
      "/x/g",
      "x++",
      "{ let r = 1; function s0() {} }",
      "switch (1) { case 1: let t; var u0 = 1 }",
      "try { var v0 = 1 } catch (w) { var w = 2 }",
      "await 1",
      "do x; while (0)",
      "// note",
    ];
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...statements), fc.constantFrom("\n", ";", ";\n", " /* */\n")), {
          maxLength: 8,
        }),
        (parts) => {
          const code = parts
            .map(
              ([statement, end], index) =>
                statement.replaceAll("0", String(index)) + (statement.startsWith("//") ? "\n" : end),
            )
            .join("");
          const { before, text } = rewrite(code);
          const count = (of: string): number =>
            parse(of, { ecmaVersion: "latest", allowAwaitOutsideFunction: true }).body.filter(
              ({ type }) => type !== "EmptyStatement",
            ).length;
          // The number of statements is the same: no statement has merged with the next.
          const moved = before === "" ? 0 : count(before) - (before.startsWith("var ") ? 1 : 0);
          expect(count(text) + moved).toBe(count(code));
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
