/** An error names what is missing or no function, and says what works instead, on every engine. */

import { describe, expect, it } from "vitest";
import { forEachEngine, type Ran } from "../support/engines.js";
import { sharedGuest } from "../support/shared-guest.js";

forEachEngine("In JavaScript:", (engine) => {
  const runProgram = sharedGuest(engine);
  const run = (code: string): Promise<Ran> => runProgram({ language: "javascript", code, fence: "open" });

  describe("a TypeError names what is no function", () => {
    it.each([
      ["a variable", "let f = 5; f()", /^f is not a function/],
      ["a variable on a later line", "let f = 5;\nlet g = 1;\n  f(1)", /^f is not a function/],
      ["an argument of another call", "let f = 5; String('a', f(2))", /^f is not a function/],
      ["an awaited call", "let f = 5; async function g() { await f() }\ng()", /^f is not a function/],
      ["a method", "const o = { m: 1 }; o.m()", /^o\.m is not a function/],
      ["a method of an object inside", "const o = { p: {} }; o.p.q(1, 2)", /^o\.p\.q is not a function/],
      ["a method of this", "class A { b() { this.c() } }\nnew A().b()", /^this\.c is not a function/],
      ["a method of a text", "'abc'.foo()", /foo is not a function/],
      ["a method by its key", "const o = { m: 1 }; o['m']()", /^o(\.m|\['m'\]) is not a function/],
      ["a method by a variable", "const k = 'm', o = {}; o[k](1)", /^o\[k\] is not a function/],
      ["an item", "const a = [1]; a[0]()", /^a\[0\] is not a function/],
      ["an item of an item", "const a = [[1]]; a[0][0]()", /^a\[0\]\[0\] is not a function/],
      ["a key of a part", "const o = { p: {} }; o.p['q'](1)", /^o\.p(\.q|\['q'\]) is not a function/],
      ["a key beside other calls", "const o = {}; String(1); o['z'](String(2))", /^o(\.z|\['z'\]) is not a function/],
      [
        "a method of a part, with a call of the language",
        "const o = { p: {} }; o.p.q(Promise.resolve())",
        /^o\.p\.q is/,
      ],
      ["a method beside a constructor", "const o = { p: {} }; String(o.p.q(new Proxy({}, {})), 3)", /^o\.p\.q is/],
      ["the result of a function", "const f = () => 1; f()()", /f\(\.\.\.\) is not a function/],
      ["the result in an argument", "const f = () => 1; String(f()())", /f\(\.\.\.\) is not a function/],
      ["the result of a method", "const o = { m() {} }; o.m()()", /o\.m\(\.\.\.\) is not a function/],
      ["a key of a result", "const f = () => ({}); f()['k']()", /f\(\.\.\.\)(\.k|\['k'\]) is not a function/],
      ["a name in brackets", "let f; (f)()", /^f is not a function/],
      ["a constructor", "let f = 5; new f()", /^f is not a (function|constructor)/],
    ])("%s", async (_, code, message) => {
      const { error } = await run(code);
      expect({ type: error?.type, message: error?.message }).toEqual({
        type: "TypeError",
        message: expect.stringMatching(message) as string,
      });
    });

    it("also to a program that catches it", async () => {
      const ran = await run("const o = { m: 1 }; try { o.m() } catch (e) { console.log(e.message) }");
      expect(ran.stdout.text).toBe("o.m is not a function\n");
    });

    it.each([
      ["the result of a function", "let f = () => 5; f()()", /^(?!f is)/],
      ["the result of a method", "const o = { m() {} }; o.m()()", /^(?!o\.m is)/],
      ["an argument", "[1].map(5)", /^(?!\[1\]\.map is|map is)/],
      ["the program's own words", "throw new TypeError('not a function')", /^not a function$/],
    ])("and no other name, if it is %s", async (_, code, message) => {
      const { error } = await run(code);
      expect(error).toMatchObject({ type: "TypeError", message: expect.stringMatching(message) as string });
    });
  });

  it.each([
    ["fs.readFileSync('x')", "fs", /require\("node:\.\.\."\)/],
    ["path.join('a', 'b')", "path", /require/],
    ["fetch('http://localhost')", "fetch", /no network/],
    ["new Blob([])", "Blob", /small class/],
    ["new SharedArrayBuffer(1)", "SharedArrayBuffer", /one thread; use ArrayBuffer/],
    ["new Worker('x')", "Worker", /one thread/],
    ["Temporal.Now", "Temporal", /Date/],
    ["window.x", "window", /no browser/],
    ["print(1)", "print", /console\.log/],
  ])("%s says what works instead of %s", async (code, name, advice) => {
    const { error } = await run(code);
    expect(error?.type).toBe("ReferenceError");
    expect(error?.message).toMatch(new RegExp(`^'?${name}'? is not defined: `));
    expect(error?.message).toMatch(advice);
  });

  it.each([
    ["Array.fromAsync([1])", "[ 1 ]", /Array\.fromAsync is not a function: await/],
    ["Promise.try(() => 1)", "1", /Promise\.try is not a function: use new Promise/],
    ["RegExp.escape('.')", "'\\\\.'", /RegExp\.escape is not a function: use text\.replace/],
    ["Object.groupBy([1], () => 'a').a", "[ 1 ]", /Object\.groupBy is not a function: collect/],
    ["new Set([1]).union(new Set([2]))", "Set(2) { 1, 2 }", /union is not a function: if it is a Set/],
    ["Promise.withResolvers() && 1", "1", /Promise\.withResolvers is not a function: use new Promise/],
    ["performance.mark('a')", "", /performance\.mark is not a function: take performance\.now\(\)/],
    [
      "Math.max(...Array.from({ length: 100000 }, (_, i) => i))",
      "99999",
      /^too many arguments.*: take the list in a loop/,
    ],
    ["Math.nothing(1)", "", /Math\.nothing is not a function: this engine has no function of this name/],
  ])("%s works or says what works instead", async (code, result, message) => {
    const ran = await run(code);
    if (ran.ending === "ok") expect(ran.result).toBe(result);
    else expect(ran.error?.message).toMatch(message);
  });

  it.each([
    "let d = 0; { using r = { [Symbol.dispose]() { d++ } }; } d",
    "let d = 0; { await using r = { async [Symbol.asyncDispose]() { d++ } }; } d",
  ])("the declaration in %s works or the error says what works instead", async (code) => {
    // The local engine has the Node of the host, which may be older.
    if (engine.name === "local") return;
    const ran = await run(code);
    if (ran.ending === "ok") expect(ran.result).toBe("1");
    else
      expect(ran.error?.message).toMatch(/: this engine has no using declarations, the Docker engine .*finally block$/);
  });

  it("an unknown name of the program gets no advice", async () => {
    expect((await run("myVariable")).error?.message).toMatch(/^'?myVariable'? is not defined$/);
    expect((await run("const o = {}; o.own()")).error?.message).toBe("o.own is not a function");
  });
});
