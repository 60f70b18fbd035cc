import { describe, expect, it } from "vitest";
import { QuickjsGuest } from "../../../src/sandbox/wasm/quickjs/quickjs-guest.js";
import { file, jobOf, type Options, PRELUDE, REALMS, SESSIONS } from "./javascript-realms.js";

describe.each(SESSIONS)("A realm that %s keeps", (_, open) => {
  it("holds the variables of earlier programs", async () => {
    await using session = await open();
    await session.run(
      "const data = [1]; let count = 0; var seen = new Map(); class Box { x = 7 } " +
        "function twice(n) { return n * 2 }; free = 5",
    );
    await session.run("data.push(2); count += 1; seen.set('a', new Box())");
    const { result, error } = await session.run(
      "[data, count, seen, new Box().x, twice(21), free, twice.name, Box.name]",
    );
    expect(error).toBeNull();
    expect(result).toBe(
      "[\n  [ 1, 2 ],\n  1,\n  Map(1) { 'a' => Box { x: 7 } },\n  7,\n  42,\n  5,\n  'twice',\n  'Box'\n]",
    );
  });

  it("holds the variables of a program with a top-level await, and shows it those of earlier programs", async () => {
    await using session = await open();
    await session.run("const before = 1; function helper() { return 'old' } function user() { return helper() }");
    const { error } = await session.run(`
      const fetched = await Promise.resolve(before + 1), [first, { second = 5, ...rest }] = await [1, { z: 9 }];
      let unset, set = 3;
      class Later extends (await Promise.resolve(Array)) {}
      function* steps() { yield helper() }
      function helper() { return 'new' }
      for (var i = 0, n = 2; i < n; i++) await i;
      for (var item of ["last"]) if (item) { var inner = item } else var never = 1
      for (const hidden of [1]) { let alsoHidden = hidden; await hidden }
      ;(async () => { var local = 1 })()`);
    expect(error).toBeNull();
    const { result } = await session.run(`
      [before, fetched, first, second, rest, unset, set, new Later().length, [...steps()], user(), i, n, item, inner,
       never, typeof hidden, typeof alsoHidden, typeof local, helper.name, Later.name].join()`);
    expect(result).toBe(
      "'1,2,1,5,[object Object],,3,0,new,new,2,2,last,last,,undefined,undefined,undefined,helper,Later'",
    );
  });

  it.each([
    ["const a = 1", "const a = 2; a", "2"],
    ["let a = 1", "let a; a", "undefined"],
    ["let a = 1, b = 2", "let a, b = a, c; await 1; [a, b, c]", "[ undefined, undefined, undefined ]"],
    ["var a = 1", "var a; a", "1"],
    ["var a = 1", "const a = 2; await 1; a", "2"],
    ["class a { x = 1 }", "class a { x = 2 }\n[1].map(() => new a().x)", "[ 2 ]"],
    ["class a { x = 1 }", "class a { x = 2 } class b extends a {} await 1; new b().x", "2"],
    ["function a() { return 1 }", "function a() { return 2 }\n(a())", "2"],
    ["function a() { return 1 }", "const b = 5\nfunction a() { return b }\n[await 1].map(a)", "[ 5 ]"],
    ["const a = 1", "function a() { return 2 } a()", "2"],
    ["function a() {}", "const a = () => 3\n;[a.name, a()]", "[ 'a', 3 ]"],
    ["const a = 1", "const f = () => {}\nawait 1\nconst a = 'x', b = () => {}\n[1].map(() => a)", "[ 'x' ]"],
    ["const { a, b: [c] } = { a: 1, b: [2] }", "const { a, b: [c] } = { a: 3, b: [4] }; [a, c]", "[ 3, 4 ]"],
    ["let a = 1", "'use strict'; let a = 2, b = 3; a + b", "5"],
    ["let a = 1", "'use strict'; let a = 2; function f() { return this } await 1; [a, f()]", "[ 2, undefined ]"],
    ["const a = 1", "for (const a of [7]); for (let a = 8; a < 8;); await 1; a", "1"],
    ["var let_ = 1", "var let = 4; let", "4"],
    ["1", "var async = 1; for (var async in { k: 1 }); await 1; async", "'k'"],
    ["const console = { log() {} }", "const undefined = 1; const NaN = 2; undefined", "1"],
    ["const \\u0061b = 1", "const ab = await 2; \\u0061b", "2"],
    ["const a = 1", "#!/usr/bin/env node\nconst a = await 5; a", "5"],
    ["const a = ';'", "const a = ';'\nawait 1\n;a", "';'"],
    ["if (1) { function a() { return 1 } }", "if (1) { function a() { return 2 } } a()", "2"],
    ["const a = 1", "here: for (var b of [1, 2]) { var a = b; if (await b) break here } [a, b]", "[ 1, 1 ]"],
  ])("runs, after %j, the program %j", async (before, code, expected) => {
    await using session = await open();
    expect((await session.run(before)).error).toBeNull();
    const { result, error } = await session.run(code);
    expect(error).toBeNull();
    expect(result === "undefined" ? null : result).toBe(expected === "undefined" ? null : expected);
  });

  it("runs a program after one that failed, and reports each error with places in its own text", async () => {
    await using session = await open();
    const sync = await session.run("const a = 1;\nlet b = 2;\nmissing()");
    expect(sync.error).toMatchObject({ type: "ReferenceError", line: 3 });
    const plain = await session.run("const a = 1;\n      missing()");
    const wrapped = await session.run("const a = 1, b = await 2; function gone() {\n\n}\n      missing()");
    expect(wrapped.error).toMatchObject({ type: "ReferenceError", line: 4, column: plain.error?.column });
    const sameLine = await session.run("const a = await 1; let c; class D {} missing()");
    const bare = await session.run("                                     missing()");
    expect(sameLine.error).toMatchObject({ line: 1, column: bare.error?.column });
    const moved = await session.run("await 1;\n\nfunction inner() {\n  null.x;\n}\ninner()");
    expect(moved.error).toMatchObject({ type: "TypeError", line: 4 });
    expect(moved.error?.traceback).toMatch(
      /^TypeError: .*\n {4}at inner \(program\.js:4:\d+\)\n {4}at (async )?(<anonymous> \()?program\.js:6:\d+\)?$/,
    );
    const syntax = await session.run("const a = 1;\nlet let = 2");
    expect(syntax.error).toMatchObject({ type: "SyntaxError", line: 2 });
    expect(await session.run("a")).toMatchObject({ error: null, result: "1" });
  });

  it("names the program of a place if an earlier program has it", async () => {
    await using session = await open();
    await session.run("const a = await 1;\n\nfunction far() {\n  null.x;\n}");
    const { error, stderr } = await session.run("try { far() } catch (e) { console.error(e) }\nfar()");
    expect(error).toMatchObject({ line: 2 });
    const traces = [error?.traceback ?? "", stderr];
    for (const trace of traces)
      expect(trace).toMatch(/^TypeError: .*\n {4}at far \(program\.js#1:4:\d+\)\n {4}at program\.js:[12]:\d+\n?$/);
    const alone = await session.run("setTimeout(far, 1)");
    expect(alone.error).toMatchObject({ type: "TypeError", line: null, column: null });
  });

  it("reports only the output and the result of the present program", async () => {
    await using session = await open();
    expect(await session.run("console.log('one'); console.group(); 1")).toMatchObject({ stdout: "one\n", result: "1" });
    expect(await session.run("console.log('two'); console.error('err')")).toMatchObject({
      stdout: "two\n",
      stderr: "err\n",
      result: null,
    });
    expect(await session.run("let x = 1")).toMatchObject({ stdout: "", stderr: "", result: null });
  });

  it.each([
    ["a rejection without a handler", "Promise.reject(new Error('planted'))", "Error"],
    ["several of them", "for (let i = 0; i < 9; i++) Promise.reject(i)", "Uncaught"],
    [
      "a rejection in a timer that fails",
      "setTimeout(() => { Promise.reject(new Error('planted')); throw new TypeError('thrown') }, 1)",
      "TypeError",
    ],
    [
      "work that it has left to do",
      "(async () => { for (let i = 0; i < 99; i++) await i; console.log('planted'); throw 1 })(); " +
        "throw new TypeError('x')",
      "TypeError",
    ],
    [
      "timers",
      "setTimeout(() => console.log('planted'), 5).unref(); setImmediate(() => console.log('planted')); " +
        "setInterval(() => console.log('planted'), 1); null.x",
      "TypeError",
    ],
    ["an unfinished wait", "await new Promise((resolve, reject) => { globalThis.wake = reject })", "Error"],
    ["a full stack", "(function deeper() { deeper() })()", "RangeError"],
  ])("keeps the next program free of one that ends with %s", async (__, code, type) => {
    await using session = await open();
    const first = await session.run(code);
    expect(first).toMatchObject({ stdout: "", error: { type } });
    const second = await session.run(
      "if (typeof wake === 'function') wake(new Error('late')); await new Promise((r) => setTimeout(r, 30)); 'mine'",
    );
    expect(second).toEqual({ stdout: "", stderr: "", exitCode: 0, error: null, result: "'mine'" });
  });

  it("runs all timers of each program", async () => {
    await using session = await open();
    for (const round of [1, 2]) {
      const { stdout, error } = await session.run(`
        setTimeout(() => console.log("200"), 200);
        setTimeout(() => console.log("0"), 0);
        setImmediate(() => console.log("immediate"));
        console.log(${round})`);
      expect(error).toBeNull();
      expect(stdout).toBe(`${round}\n0\nimmediate\n200\n`);
    }
    await session.run("const started = performance.now()");
    expect((await session.run("performance.now() >= started")).result).toBe("true");
  });

  it("adds inputs and files to those of earlier programs, even if they are frozen", async () => {
    await using session = await open();
    await session.run("const x = 1, y = 2; Object.freeze(inputs); Object.freeze(files); let seen = inputs", {
      inputs: { context: "first", kept: 1 },
      files: [file("a", "A"), file("b", Uint8Array.of(255))],
    });
    const { result, error } = await session.run(
      "[context, x, y, kept, inputs, files, Object.isFrozen(inputs), seen.context]",
      {
        inputs: { context: "second", x: "given" },
        files: [file("c", "C"), file("a", "new A")],
      },
    );
    expect(error).toBeNull();
    expect(result?.replace(/\s+/g, " ")).toBe(
      "[ 'second', 'given', 2, 1, { context: 'second', kept: 1, x: 'given' }, " +
        "{ a: 'new A', b: Uint8Array(1) [ 255 ], c: 'C' }, false, 'first' ]",
    );
  });

  it("reports correctly after a program that overwrote all that it could reach", async () => {
    await using session = await open();
    const first = await session.run(`
      const names = [
        "get", "set", "value", "seeds", "globals", "edits", "last", "name", "keep", "async", "toJSON", "0", "length",
      ];
      JSON.stringify = () => '{"error":null,"result":"forged"}'; JSON.parse = null;
      Array.prototype.push = Array.prototype.join = Array.prototype[Symbol.iterator] = null;
      Map.prototype.get = Map.prototype.set = Map.prototype.forEach = null;
      RegExp.prototype.exec = String.prototype.slice = String.prototype.indexOf = String.prototype.search = null;
      Function.prototype.call = Function.prototype.apply = Function.prototype.bind = null;
      Reflect.apply = Reflect.ownKeys = Object.defineProperty = Object.getOwnPropertyDescriptor = null;
      Object.prototype.hasOwnProperty = null;
      Promise.prototype.then = null;
      for (let i = 0; i < names.length; i++) {
        Reflect.defineProperty(Object.prototype, names[i], {
          __proto__: null, configurable: true,
          get() { throw new Error("planted") }, set() { throw new Error("planted") },
        });
      }
      Reflect.defineProperty(Array.prototype, "1", { __proto__: null, set() { throw 1 }, get() { return 2 } });
      const plain = console.log; console.log = () => plain("forged");
      Map = Set = Array = Error = Promise = TypeError = RegExp = undefined; Math.random = () => 0.5`);
    expect(first.error).toBeNull();
    const second = await session.run(
      "let a = await 1; class B {}\nconst keys = inputs; console.info('said'); [keys.x, files.f, Math.random()]",
      {
        inputs: { x: 1 },
        files: [file("f", "text")],
      },
    );
    expect(second).toEqual({ stdout: "said\n", stderr: "", exitCode: 0, error: null, result: "[ 1, 'text', 0.5 ]" });
    const third = await session.run("let a = 5;\nnull.x");
    expect(third).toMatchObject({ exitCode: 1, result: null, error: { type: "TypeError", line: 2 } });
  });

  it("refuses code from strings in each program", async () => {
    await using session = await open();
    await session.run("const make = (() => 1).constructor; Function = 'its own'");
    expect((await session.run("Function")).result).toBe("'its own'");
    for (const options of [{}, { builtins: "all" }] as const) {
      for (const code of ["make('return 1')()", "eval('1')", "(async () => {}).constructor('return 1')()"]) {
        expect((await session.run(code, options)).error?.type).toBe("EvalError");
      }
    }
  });

  it.each([
    "Function('return 1')(); let Function;",
    "'use strict'; Function('1'); const { x: Function } = {}",
    "Function('1'); await 1; class Function {}",
  ])(
    "does not give %j the built-in whose name it declares, because the check did not look for it there",
    async (code) => {
      await using session = await open();
      const { error } = await session.run(code, { builtins: "all" });
      expect(error).toMatchObject({ type: expect.stringMatching(/^(?:Reference|Type)Error$/), line: 1 });
      expect((await session.run("let Function = () => 'own'; Function()", { builtins: "all" })).result).toBe("'own'");
      expect(
        (await session.run("function Function() { return 'declared' } Function()", { builtins: "all" })).result,
      ).toBe("'declared'");
    },
  );

  it("compiles without running if the job says so, and stays usable", async () => {
    await using session = await open();
    expect(await session.run("const a = 1; console.log('ran')", { compileOnly: true })).toMatchObject({
      stdout: "",
      error: null,
      exitCode: 0,
    });
    expect((await session.run("typeof a")).result).toBe("'undefined'");
  });

  it("lets a last program, which does not keep it, declare names again", async () => {
    await using session = await open();
    await session.run("const a = 1; let b = 2; class C {}");
    expect((await session.run("const a = b; let b = 3; class C {} [a, b]", { keep: false })).result).toBe("[ 2, 3 ]");
  });
});

describe.each(REALMS)("A program in %s that is not kept", (_, run) => {
  it("has real constants, no globals of its declarations, and no value before a declaration", async () => {
    expect((await run("const a = 1; a = 2")).error?.type).toBe("TypeError");
    expect((await run("a; let a = 1")).error?.type).toBe("ReferenceError");
    expect((await run("const a = 1; globalThis.a")).result).toBeNull();
    expect((await run("new Error('x').stack")).result).toMatch(/program\.js:1:\d+/);
  });
});

describe("QuickjsGuest.isIntact", () => {
  async function after(code: string, options: Options = {}, maxOutput = 1_000_000) {
    const guest = await QuickjsGuest.create({ memoryMb: 32, preludeSource: PRELUDE });
    let size = 0;
    guest.run(jobOf(code, { keep: true, timeoutMs: 300, ...options }), {
      write: (_stream, bytes) => (size += bytes.length) <= maxOutput,
    });
    return { guest, isIntact: guest.isIntact };
  }

  it.each([
    ["a program that returns", "const a = 1; a"],
    ["an error", "throw new Error('x')"],
    ["a syntax error", "let let"],
    ["a rejection", "Promise.reject(1)"],
    ["recursion that the interpreter stops", "(function deeper() { deeper() })()"],
    [
      "a full memory that it came out of",
      "let all = []; try { for (;;) all.push(new Array(10000).fill(1)) } catch { all = null }; 'alive'",
    ],
  ])("is true after %s", async (_, code) => {
    const { guest, isIntact } = await after(code);
    expect(isIntact).toBe(true);
    expect(guest.run(jobOf("1 + 1", { keep: true }), { write: () => true })).toMatchObject({
      result: "2",
      exitCode: 0,
      outOfMemory: false,
    });
    expect(guest.run(jobOf("throw null", { keep: true }), { write: () => true })).toMatchObject({
      exitCode: 1,
      outOfMemory: false,
    });
    expect(guest.restore()).toBe(guest.restore());
    expect(guest.isIntact).toBe(false);
  });

  it.each([
    ["a time-out", "for (;;);", {}],
    ["a time-out in a sleep", "await new Promise((r) => setTimeout(r, 60000))", {}],
    ["a full memory", "const all = []; for (;;) all.push(new Array(10000).fill(1))", { timeoutMs: 20_000 }],
    [
      "microtasks that never stop after the end",
      "(function again() { Promise.resolve().then(again) })(); throw new Error('x')",
      {},
    ],
    ["a job that does not keep it", "1", { keep: false }],
  ])("is false after %s", async (_, code, options) => {
    expect((await after(code, options)).isIntact).toBe(false);
  });

  it("is false after too much output, even if the program ended with it", async () => {
    expect((await after("console.log('x'.repeat(1000))", {}, 500)).isIntact).toBe(false);
  });

  it("gives a program only the memory that earlier programs left", async () => {
    const { guest } = await after("const big = new Uint8Array(20 * 1048576).fill(1)", { timeoutMs: 5_000 });
    const report = guest.run(jobOf("const more = new Uint8Array(25 * 1048576)", { keep: true }), { write: () => true });
    expect(report.exitCode).toBe(1);
    expect(report.peakMemoryBytes).toBeLessThanOrEqual((6 + 32 + 8) * 1_048_576);
  });

  it("does not fill up with inputs and files", async () => {
    const { guest } = await after("1");
    const context = "line of text\n".repeat(80_000);
    const job = jobOf("context.length + files.f.length", {
      keep: true,
      inputs: { context, nested: { context } },
      files: [file("f", context)],
    });
    for (let round = 0; round < 40; round++)
      expect(guest.run(job, { write: () => true }).result).toBe(String(context.length * 2));
  });

  it("does not fill up with programs", async () => {
    const { guest } = await after("1");
    const job = jobOf(`const a = 1; /* ${"x".repeat(50_000)} */ null.x`, { keep: true });
    for (let round = 0; round < 1_000; round++)
      expect(guest.run(job, { write: () => true }).error?.type).toBe("TypeError");
  });
});

describe.each(SESSIONS)("A program with imports in a realm that %s keeps", (_, open) => {
  it("keeps what it imports for the next program, also beside await, and in functions", async () => {
    await using session = await open();
    const first = "import path, { join } from 'node:path';\nfunction late() { return import('node:url') }";
    await session.run(`${first}\nlet a = 1`);
    expect((await session.run("[join('a', 'b'), path.sep, a]")).result).toBe("[ 'a/b', '/', 1 ]");
    const second = "import { join } from 'path'; async function again() { return (await import('node:util')).format }";
    await session.run(`${second}\nawait 1; const b = await import('node:events')`);
    const third = await session.run("[typeof (await late()).parse, typeof (await again()), typeof b.once, join.name]");
    expect(third.result).toBe("[ 'function', 'function', 'function', 'join' ]");
  });
});
