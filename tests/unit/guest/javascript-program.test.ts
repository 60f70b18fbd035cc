import { afterAll, describe, expect, it } from "vitest";
import { MAX_RESULT_SIZE } from "../../../src/limits.js";
import { QuickjsGuest } from "../../../src/sandbox/wasm/quickjs/quickjs-guest.js";
import { file, jobOf, kept, type Options, PRELUDE, REALMS, runInQuickjs } from "./javascript-realms.js";

describe.each(REALMS)("A program in %s", (_, run) => {
  it.each([
    ["a number", "6 * 7", "42"],
    ["text in quotes", "'it' + 's'", "'its'"],
    ["nothing for undefined", "void 0", null],
    ["nothing when it ends in a declaration", "let x = 1", null],
    ["nothing when it ends in a block", "if (true) { 5 }", null],
    ["the expression before a comment", "1 + 1 // two", "2"],
    ["a nested value", "({ a: [1, { b: new Map([['k', 1n]]) }] })", "{ a: [ 1, { b: [Map] } ] }"],
    ["a circular value", "const a = {}; a.self = a; a", "<ref *1> { self: [Circular *1] }"],
    ["an awaited value", "const v = await Promise.resolve([1]); v", "[ 1 ]"],
    ["the value of a last promise of an async program", "await 1; Promise.resolve(9)", "9"],
    ["a value behind a hashbang", "#!/usr/bin/env node\nawait 1; 3", "3"],
    ["a value in sloppy mode", "undeclared = 5; this.undeclared", "5"],
  ])("has as its result %s", async (__, code, expected) => {
    const ran = await run(code);
    expect(ran.error).toBeNull();
    expect(ran.result).toBe(expected);
    expect(ran.exitCode).toBe(0);
  });

  it("has a long result cut between characters", async () => {
    const { result } = await run("'\\u{1F600}'.repeat(4990)");
    expect(result).not.toContain("\ufffd");
    expect(result?.endsWith("...")).toBe(true);
    expect(Buffer.byteLength(result ?? "")).toBeLessThanOrEqual(MAX_RESULT_SIZE);
    expect(Buffer.byteLength(result ?? "")).toBeGreaterThan(MAX_RESULT_SIZE - 8);
  });

  it("prints as in Node", async () => {
    const ran = await run(`
      console.log("a", 1, -0, 2n, null, undefined, true, Symbol("s"), ["x", 'it"s'], { a: { b: { c: {} } } });
      console.log("%s is %d, %i %f %j %o %% %c.", "x", 4.5, 4.5, "1.5", { a: 1 }, "q", "css", "rest");
      console.log([1, , 2], new Set([1]), new Date(0), /x/g, class A {}, function f() {}, new (class P { x = 1 })(),
        Object.create(null));
      console.log(Array.from({ length: 10 }, (_, i) => i * 100));
      console.log({ first: "x".repeat(30), second: "y".repeat(30), third: 3 });
      console.group("group"); console.info("in\\nside"); console.groupEnd();
      console.log("nul \\0 and lone \\ud800");
      console.warn("warned"); console.error("failed"); console.assert(false, "no");
    `);
    expect(ran.stdout.split("\n")).toEqual([
      `a 1 -0 2n null undefined true Symbol(s) [ 'x', 'it"s' ] { a: { b: { c: {} } } }`,
      `x is 4.5, 4 1.5 {"a":1} 'q' % . rest`,
      "[ 1, <1 empty item>, 2 ] Set(1) { 1 } 1970-01-01T00:00:00.000Z /x/g [class A] [Function: f] P { x: 1 } " +
        "[Object: null prototype] {}",
      "[",
      "    0, 100, 200, 300,",
      "  400, 500, 600, 700,",
      "  800, 900",
      "]",
      "{",
      `  first: '${"x".repeat(30)}',`,
      `  second: '${"y".repeat(30)}',`,
      "  third: 3",
      "}",
      "group",
      "  in",
      "  side",
      "nul \0 and lone \ufffd",
      "",
    ]);
    expect(ran.stderr).toBe("warned\nfailed\nAssertion failed: no\n");
  });

  it("prints an error with the frames of the program alone", async () => {
    const { stderr } = await run("function f() {\n  return new RangeError('far');\n}\nconsole.error(f());");
    expect(stderr).toMatch(/^RangeError: far\n {4}at f \(program\.js:2:\d+\)\n {4}at program\.js:4:\d+\n$/);
  });

  it("runs timers in the order of their times, timeouts before immediates, and microtasks in between", async () => {
    const { stdout, error } = await run(`
      setTimeout(() => console.log("200"), 200);
      setTimeout(() => { console.log("0"); Promise.resolve().then(() => console.log("0's microtask")); }, 0);
      setTimeout(() => console.log("1"), 1);
      setImmediate(() => console.log("immediate"));
      queueMicrotask(() => console.log("microtask"));
      let count = 0;
      const interval = setInterval(() => { console.log("interval"); if (++count === 2) clearInterval(interval); }, 50);
      clearTimeout(setTimeout(() => console.log("never"), 3));
      setTimeout(() => console.log("never"), 60000).unref();
      console.log("script");
    `);
    expect(error).toBeNull();
    expect(stdout.trim().split("\n")).toEqual([
      "script",
      "microtask",
      "0",
      "0's microtask",
      "1",
      "immediate",
      "interval",
      "interval",
      "200",
    ]);
  });

  it("waits for the time that a timeout names", async () => {
    // A wait counts from the clock of the loop, which stands still during a turn. On a busy machine one wait may look
    // shorter than it is.
    const { result } = await run(`
      let longest = 0;
      for (let wait = 0; wait < 3; wait++) {
        const t = performance.now();
        await new Promise((r) => setTimeout(r, 40));
        longest = Math.max(longest, performance.now() - t);
      }
      longest`);
    expect(Number(result)).toBeGreaterThanOrEqual(39);
    expect(Number(result)).toBeLessThan(1_000);
  });

  it("does not run with a syntax error, and reports the place of the error", async () => {
    const { error, stdout, exitCode } = await run("console.log('ran');\n  let let = 1;");
    expect(error).toMatchObject({ type: "SyntaxError", line: 2 });
    expect(error?.column).toBeGreaterThanOrEqual(3);
    expect(error?.traceback).toMatch(/^SyntaxError: .*\n {4}at program\.js:2:\d+$/);
    expect(stdout).toBe("");
    expect(exitCode).toBe(1);
  });

  it("is compiled and not run if the job says so", async () => {
    expect(await run("console.log('ran')", { compileOnly: true })).toMatchObject({
      stdout: "",
      error: null,
      result: null,
      exitCode: 0,
    });
    expect((await run("let let", { compileOnly: true })).error?.type).toBe("SyntaxError");
  });

  it("fails with places in its own text, and with no other frame", async () => {
    const { error, exitCode } = await run("function inner() {\n  null.x;\n}\n[1].map(() => inner());");
    expect(exitCode).toBe(1);
    expect(error).toMatchObject({ type: "TypeError", line: 2 });
    const [first, ...frames] = error?.traceback.split("\n") ?? [];
    expect(first).toBe(`TypeError: ${error?.message}`);
    expect(frames.length).toBeGreaterThanOrEqual(2);
    for (const frame of frames) expect(frame).toMatch(/^ {4}at (\S.* \()?program\.js:\d+:\d+\)?$/);
  });

  it("fails with a column of its own text, although the async wrapper moves it", async () => {
    const plain = await run("missing;");
    const wrapped = await run("missing; await 1");
    expect(wrapped.error).toMatchObject({ type: "ReferenceError", line: 1, column: plain.error?.column });
    const inLast = await run("await 1;\nmissing");
    expect(inLast.error).toMatchObject({ type: "ReferenceError", line: 2, column: plain.error?.column });
  });

  it.each([
    ["an object", "throw { code: 7 }", "Uncaught", "{ code: 7 }"],
    ["text", "throw 'words'", "Uncaught", "'words'"],
    ["null", "throw null", "Uncaught", "null"],
    ["an error of its own class", "class Own extends Error {}\nthrow new Own('mine')", "Own", "mine"],
    [
      "a proxy that refuses everything",
      "throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } })",
      "Uncaught",
      expect.any(String),
    ],
    ["an error in a timer", "setTimeout(() => { throw new RangeError('late') }, 1)", "RangeError", "late"],
    ["an error in a microtask", "queueMicrotask(() => { throw new RangeError('soon') })", "RangeError", "soon"],
    [
      "a rejection without a handler",
      "Promise.reject(new RangeError('lost')); setTimeout(() => console.log('never'), 5)",
      "RangeError",
      "lost",
    ],
    [
      "a rejection from an async function",
      "(async () => { await 1; throw new TypeError('deep') })(); 1",
      "TypeError",
      "deep",
    ],
    ["a rejected top-level await", "await Promise.reject(new TypeError('awaited'))", "TypeError", "awaited"],
    [
      "a top-level await without end",
      "await new Promise(() => {})",
      "Error",
      expect.stringContaining("nothing is left"),
    ],
    ["endless recursion", "function deeper() { deeper() }\ndeeper()", "RangeError", "Maximum call stack size exceeded"],
  ])("ends with the error of %s", async (__, code, type, message) => {
    const { error, exitCode, result, stdout } = await run(code);
    expect(error).toMatchObject({ type, message });
    expect({ exitCode, result, stdout }).toEqual({ exitCode: 1, result: null, stdout: "" });
  });

  it("can handle a rejection before it counts as unhandled", async () => {
    const { error, result } = await run(
      "const p = Promise.reject(1); const q = (async () => { throw 2 })(); try { await q } catch {} " +
        "p.catch(() => {}); await Promise.allSettled([p, q]); 'fine'",
    );
    expect(error).toBeNull();
    expect(result).toBe("'fine'");
  });

  it("finds its inputs as variables and as one object", async () => {
    const inputs = { context: "text", list: [1, { a: null }], "not-a-name": 1, undefined: 2, inputs: 3, __proto__x: 4 };
    const { result, error } = await run(
      "[context, list, inputs['not-a-name'], inputs.undefined, inputs.inputs, undefined, list.constructor === Array]",
      { inputs },
    );
    expect(error).toBeNull();
    expect(result).toBe("[ 'text', [ 1, { a: null } ], 1, 2, 3, undefined, true ]");
  });

  it("may declare a variable with the name of an input or a global", async () => {
    const { error, result } = await run(
      "const context = 1; let console = 2; function inputs() {} class Map {} context + console",
      { inputs: { context: "x" } },
    );
    expect(error).toBeNull();
    expect(result).toBe("3");
  });

  it("finds its files as text, or as bytes if they are not UTF-8", async () => {
    const files = [
      file("root/a.txt", "h\u00e9llo\0\u{1F600}\n"),
      file("root/b.bin", Uint8Array.of(0xff, 0, 0x80)),
      file("root/empty", ""),
      file("__proto__", "odd"),
    ];
    const { result, error } = await run(
      "[files['root/a.txt'], files['root/b.bin'], files['root/b.bin'] instanceof Uint8Array, files['root/empty'], " +
        "Object.keys(files).length]",
      { files },
    );
    expect(error).toBeNull();
    expect(result).toBe("[ 'h\u00e9llo\\x00\u{1F600}\\n', Uint8Array(3) [ 255, 0, 128 ], true, '', 4 ]");
    expect((await run("files")).result).toBe("{}");
  });

  it("has text encoding, base64, cloning and UTC", async () => {
    const { result, error } = await run(
      `[
      new TextEncoder().encode("\u00e9\u{1F600}").length, new TextDecoder().decode(Uint8Array.of(0xc3, 0xa9, 0xff)),
      btoa("hi!"), atob("aGkh"),
      structuredClone({ a: new Map([[1, new Date(0)]]), b: [new Set([1])] }),
      new Date(2026, 6, 1).toISOString(), new Date().getTimezoneOffset(),
      Math.abs(Date.now() - inputs.now) < 60000,
    ]`,
      { inputs: { now: Date.now() } },
    );
    expect(error).toBeNull();
    expect(result?.replace(/\s+/g, " ")).toBe(
      "[ 6, '\u00e9\ufffd', 'aGkh', 'hi!', { a: Map(1) { 1 => 1970-01-01T00:00:00.000Z }, b: [ [Set] ] }, " +
        "'2026-07-01T00:00:00.000Z', 0, true ]",
    );
  });

  it.each([
    "bulk_import",
    "$import",
    "\u00fcimport",
    "\u{20000}import",
    "\\u0061import",
    "\\u{61}import",
    "a\u200dimport",
    "_9import",
  ])("calls its function %s by its own name", async (name) => {
    const { result } = await run(`function ${name}(x) { return x + 1 } [${name}(1), ${name} (2), ${name}\n(3)]`);
    expect(result).toBe("[ 2, 3, 4 ]");
  });
});

describe.each(REALMS)("A program in %s is refused", (_, run) => {
  it("the process of the machine: it gets a part that names nothing of it", async () => {
    const code =
      "const said = (name) => { try { return String(process[name]) } catch (e) { return e.code } };" +
      "[typeof process, ...['env', 'binding', 'mainModule', 'pid', 'execPath'].map(said)].join()";
    expect((await run(code)).result).toBe(`'object${",ERR_METHOD_NOT_IMPLEMENTED".repeat(5)}'`);
  });

  it.each(["WebAssembly", "SharedArrayBuffer", "Atomics", "fetch", "window", "vm", "std", "os", "hostWrite", "boot"])(
    "the global %s",
    async (name) => {
      expect((await run(`typeof ${name} + typeof globalThis[${JSON.stringify(name)}]`)).result).toBe(
        "'undefinedundefined'",
      );
    },
  );

  it.each([
    ["eval", "eval('1')"],
    ["indirect eval", "(0, eval)('1')"],
    ["Function", "Function('return 1')()"],
    ["new Function", "new Function('return 1')()"],
    ["Function by Reflect", "Reflect.construct(Function, ['return 1'])()"],
    ["Function by a constructor's constructor", "[].constructor.constructor('return process')()"],
    ["Function by console", "console.log.constructor('return process')()"],
    ["Function by a subclass", "new (class extends Function {})('return 1')()"],
    ["the async function constructor", "(async () => {}).constructor('return 1')()"],
    ["the generator function constructor", "(function* () {}).constructor('yield 1')()"],
    ["the async generator function constructor", "(async function* () {}).constructor('yield 1')()"],
  ])("code from a string by %s", async (__, code) => {
    expect((await run(code)).error?.type).toBe("EvalError");
  });

  it("no code from strings if the job allows all builtins", async () => {
    expect(
      (await run("[eval('1 + 1'), Function('return 2')(), new Function('a', 'return a')(3)]", { builtins: "all" }))
        .result,
    ).toBe("[ 2, 2, 3 ]");
  });

  it("a module by import(), with an error of its own realm", async () => {
    const { result } = await run(`
      const isOwn = (v) => v.constructor.constructor === Function;
      const promise = import("node:fs");
      const text = ["import('x')", \`import(\${1})\`, /import(x)/.source, { import(x) { return x } }.import("m")];
      [isOwn(promise), await promise.then(() => "loaded", isOwn), text]`);
    expect(result).toBe("[ true, true, [ \"import('x')\", 'import(1)', 'import(x)', 'm' ] ]");
  });

  it("every way from the objects that it has to another realm", async () => {
    const { result, error } = await run(`
      const strangers = [];
      const seen = new Set();
      const visit = (value, path) => {
        if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value)) return;
        seen.add(value);
        const isHome = value === Object.prototype || value === Function.prototype || value instanceof Object ||
          Object.getPrototypeOf(value) === null;
        if (!isHome) strangers.push(path);
        for (const key of Reflect.ownKeys(value)) {
          const descriptor = Object.getOwnPropertyDescriptor(value, key);
          for (const part of ["value", "get", "set"]) visit(descriptor[part], path + "." + String(key));
        }
        visit(Object.getPrototypeOf(value), path + ".__proto__");
      };
      visit(globalThis, "globalThis");
      const caught = (act) => { try { act() } catch (e) { visit(e, act.toString()) } };
      caught(() => setTimeout("text"));
      caught(() => structuredClone(() => 1));
      caught(() => atob("*"));
      caught(() => new TextDecoder("x"));
      caught(() => new console.log());
      caught(() => eval("1"));
      caught(() => console.log.call(null, { get [Symbol.toStringTag]() { throw new Error("x") } }));
      visit(setTimeout(() => {}, 0), "timer");
      const names = "assert buffer events path perf_hooks querystring timers timers/promises url util util/types";
      for (const name of names.split(" ")) visit(require(name), name);
      caught(() => new URL("x"));
      caught(() => require("fs"));
      caught(() => require("assert").strictEqual(1, 2));
      caught(() => new AbortSignal());
      caught(() => crypto.getRandomValues(1));
      caught(() => Buffer.alloc(-1));
      visit([new URL("http://a/?b"), new URL("http://a/?b").searchParams.entries(), Buffer.from("x")], "instances");
      visit([new AbortController().signal, new Event("x"), AbortSignal.abort().reason], "web");
      let passed;
      console.log({ [Symbol.for("nodejs.util.inspect.custom")](...args) { passed = args; return "" } });
      visit(passed, "custom inspect");
      strangers;
    `);
    expect(error).toBeNull();
    expect(result).toBe("[]");
  });

  it("call sites, which lead to functions on the stack", async () => {
    const { result } = await run(`
      let sites = "none";
      Error.prepareStackTrace = (error, found) => { sites = found; return "stack" };
      const stack = new Error("x").stack;
      [sites, typeof stack, /node:|file:|runner|prelude/.test(stack)]`);
    expect(result).toBe("[ 'none', 'string', false ]");
  });

  it.each([
    ["sets another Error", "globalThis.Error = Other"],
    ["defines another Error", "Object.defineProperty(globalThis, 'Error', { get: () => Other })"],
    ["deletes Error", "delete globalThis.Error; Object.setPrototypeOf(Object.prototype, { Error: Other })"],
    ["declares a variable Error", "var Error = Other"],
    ["declares a function Error", "function Error() {} globalThis.Error.prepareStackTrace = Other.prepareStackTrace"],
  ])("call sites, when it %s", async (_, act) => {
    const { stdout } = await run(`
      var Other = { prepareStackTrace: (error, found) => (console.log("SITES", found.map(String)), "stack") };
      var thrown = new TypeError("x");
      try { ${act} } catch {}
      try { null.x } catch (e) { void e.stack }
      throw thrown`);
    expect(stdout).not.toContain("SITES");
  });

  it("the runner's process, even by an error that Node makes at the end of the stack", async () => {
    const { result, stdout } = await run(`
      const errors = new Set();
      const acts = [
        () => new Error("x").stack, () => console.log(""), () => performance.now(), () => structuredClone([]),
        () => setTimeout(() => {}), () => new URL("http://a"), () => require("assert"), () => require("fs"),
        () => Buffer.from("x"), () => crypto.randomUUID(), () => AbortSignal.abort(), () => require("util").inspect(1),
      ];
      for (const act of acts) {
        (function deeper() {
          try { deeper() } catch (e) {
            errors.add(e.constructor);
            try { act() } catch (f) { errors.add(f.constructor) }
          }
        })();
      }
      const found = [];
      for (const make of errors) {
        try { found.push(typeof make.constructor("return process")()) } catch (e) { found.push(e.name) }
        try { make.constructor.prototype.planted = 1; make.constructor.planted = 1; } catch {}
      }
      [...new Set(found)]`);
    expect(result).toBe("[ 'EvalError' ]");
    expect(stdout.trim()).toBe("");
  });

  it("the process of the engine by the functions of the libraries", async () => {
    const { result, stdout } = await run(`
      const found = [];
      for (const fn of [require, URL, Buffer.from, require("util").inspect, require("assert"), crypto.randomUUID,
        require("events"), new AbortController().abort, Object.getOwnPropertyDescriptor(globalThis, "Event").get]) {
        if (fn === undefined) continue;
        try { found.push(typeof fn.constructor("return process")()) } catch (e) { found.push(e.name) }
        if (fn.constructor !== Function) found.push("stranger");
      }
      [...new Set(found)]`);
    expect(result).toBe("[ 'EvalError' ]");
    expect(stdout).toBe("");
  });

  it("a change of its report by overwriting the libraries and what they stand on", async () => {
    const { result, stdout, error } = await run(`
      const util = require("util");
      util.inspect = util.format = () => "forged";
      require("assert").strictEqual = require("path").join = () => "forged";
      const custom = Symbol.for("nodejs.util.inspect.custom");
      URL.prototype[custom] = Buffer.prototype[custom] = () => { throw new Error("forged") };
      Object.prototype.assert = Object.prototype.load = Object.prototype.url = () => "forged";
      Object.prototype[Symbol.toStringTag] = "forged";
      delete Object.prototype[Symbol.toStringTag];
      URL = Buffer = crypto = null;
      console.log("%s", [1]);
      ({ real: [new Map([[1, "x"]])] })`);
    expect({ result, error, stdout }).toEqual({
      result: "{ real: [ Map(1) { 1 => 'x' } ] }",
      error: null,
      stdout: "[ 1 ]\n",
    });
  });

  it("its microtasks before their time, when a library is made", async () => {
    const { stdout } = await run(
      "Promise.resolve().then(() => console.log('micro')); new URL('http://a'); require('util'); console.log('sync')",
    );
    expect(stdout).toBe("sync\nmicro\n");
  });

  it("a change of its report by overwriting the built-ins that the prelude uses", async () => {
    const { result, stdout, error } = await run(`
      JSON.stringify = () => '{"error":null,"result":"forged"}'; JSON.parse = null;
      Array.prototype.push = Array.prototype.join = Array.prototype[Symbol.iterator] = null;
      Map.prototype.get = Map.prototype.set = Set.prototype.forEach = null;
      RegExp.prototype.exec = String.prototype.slice = String.prototype.indexOf = Symbol.prototype.toString = null;
      Function.prototype.call = Function.prototype.apply = Function.prototype.bind = null;
      Reflect.apply = Reflect.ownKeys = Object.getOwnPropertyDescriptor = Object.prototype.hasOwnProperty = null;
      Promise.prototype.then = null;
      Object.prototype.get = Object.prototype.set = Object.prototype.value = 1;
      Object.prototype.toJSON = String.prototype.toJSON = () => "forged";
      Object.prototype[0] = "planted";
      Object.defineProperty(Array.prototype, "1", { __proto__: null, set() { throw 1 }, get() { return 2 } });
      Map = Set = Array = Error = Promise = TypeError = RegExp = null;
      setTimeout(() => console.log("timer %s", "still"), 1);
      queueMicrotask(() => console.log("microtask"));
      console.log({ a: ["x", { b: Symbol("s") }] }, "%s");
      ({ real: true })`);
    expect(error).toBeNull();
    expect(stdout).toBe("{ a: [ 'x', { b: Symbol(s) } ] } %s\nmicrotask\ntimer still\n");
    expect(result).toBe("{ real: true }");
  });
});

describe("QuickjsGuest.restore() leaves nothing", () => {
  afterAll(() => {
    delete kept.guest;
  });

  it.each([
    [
      "globals and prototypes",
      "globalThis.planted = 1; Array.prototype.planted = 1; console.log = null; Object.freeze(Object.prototype); " +
        "var v = 1; let l = 1;",
    ],
    [
      "timers, groups and counts",
      "setTimeout(() => { throw new Error('planted') }, 100000).unref(); console.group(); " +
        "console.count('planted'); planted = 1",
    ],
    ["an error", "planted = 1; throw new Error('planted')"],
    ["a rejection", "planted = 1; Promise.reject(new Error('planted'))"],
    ["an interrupted loop", "planted = 1; for (;;);"],
    ["an interrupted async loop", "planted = 1; for (;;) await 1"],
    ["recursion", "planted = 1; (function deeper() { deeper() })()"],
    ["a full memory", "planted = []; for (;;) planted.push(new Array(10000).fill(1))"],
    ["a large string", "planted = 'planted'.repeat(500000)"],
  ])("of %s", async (_, code) => {
    await runInQuickjs(code, {
      timeoutMs: 200,
      inputs: { secret: "planted-input" },
      files: [file("planted", "planted-file")],
    });
    const { result, stdout, error } = await runInQuickjs(
      "console.count('planted'); let l = 1; [typeof planted, [].planted, typeof v, typeof secret, " +
        "Object.keys(files), Object.isFrozen(Object.prototype)]",
    );
    expect(error).toBeNull();
    expect(stdout).toBe("planted: 1\n");
    expect(result).toBe("[ 'undefined', undefined, 'undefined', 'undefined', [], false ]");
  });

  it("of the bytes of a run in its memory", async () => {
    const secret = `planted-${Math.random()}`;
    await runInQuickjs("globalThis.copies = Array.from({ length: 100 }, (_, i) => secret + i); 1", {
      inputs: { secret },
    });
    kept.guest?.restore();
    // A program can read old memory only through new memory, so this one reads a buffer that it has not written.
    const { result } = await runInQuickjs(
      `const b = new Uint8Array(new ArrayBuffer(3000000)); b.every((x) => x === 0)`,
    );
    expect(result).toBe("true");
  });

  it("of Math.random", async () => {
    const first = await runInQuickjs("Math.random()");
    const second = await runInQuickjs("Math.random()");
    expect(first.result).not.toBe(second.result);
  });
});

describe("QuickjsGuest.restore() gives a program its whole memory after", () => {
  it.each([0, 2, 4, 6, 7.9])("a run that has grown it by %d MiB", async (grownMb) => {
    const guest = await QuickjsGuest.create({ memoryMb: 64, preludeSource: PRELUDE });
    const before = guest.run(jobOf(`new Uint8Array(${grownMb} * 1048576).length`, {}), { write: () => true });
    expect(before.result).toBe(String(Math.floor(grownMb * 1_048_576)));
    expect(guest.restore()).toBe(true);
    const { error } = guest.run(jobOf("Array.from({ length: 64 }, () => new Uint8Array(1048576)); 1", {}), {
      write: () => true,
    });
    expect(error).toBeNull();
  });
});

describe("QuickjsGuest.run() ends", () => {
  async function runAlone(code: string, options: Options & { readonly maxOutput?: number } = {}) {
    const guest = await QuickjsGuest.create({ memoryMb: 32, preludeSource: PRELUDE });
    let size = 0;
    const report = guest.run(jobOf(code, options), {
      write(_stream, bytes) {
        size += bytes.length;
        return size <= (options.maxOutput ?? 1_000_000);
      },
    });
    return { report, size, isKept: guest.restore() };
  }

  it.each([
    ["a loop", "for (;;);"],
    ["a loop that catches everything", "for (;;) { try { for (;;); } catch {} finally { continue } }"],
    ["a chain of microtasks", "(function again() { Promise.resolve().then(again) })()"],
    ["a loop of immediates", "(function again() { setImmediate(again) })()"],
    ["a long sleep", "await new Promise((resolve) => setTimeout(resolve, 60000))"],
    ["a regular expression that backtracks", "/(a+)+$/.test('a'.repeat(40) + 'b')"],
  ])("%s at the time limit", async (_, code) => {
    const started = performance.now();
    const { report, isKept } = await runAlone(code, { timeoutMs: 150 });
    expect(report).toMatchObject({ exitCode: 1, error: { type: "TimeoutError" }, outOfMemory: false });
    expect(performance.now() - started).toBeLessThan(1_500);
    expect(isKept).toBe(true);
  });

  it("a program that prints too much, even if it catches every error", async () => {
    const { report, size } = await runAlone("for (;;) { try { for (;;) console.log('x'.repeat(1000)) } catch {} }", {
      maxOutput: 50_000,
    });
    expect(report.exitCode).toBe(1);
    expect(size).toBeLessThan(52_000);
  });

  it.each([
    ["objects", "const all = []; for (;;) all.push({ all })"],
    ["one large array", "new Array(4294967295).fill(0)"],
    ["strings", "const all = []; for (;;) all.push('x'.repeat(1000000) + all.length)"],
    ["promises", "const all = []; for (;;) all.push(Promise.reject(all.length))"],
  ])("a program that fills its memory with %s", async (_, code) => {
    const { report } = await runAlone(code, { timeoutMs: 20_000 });
    expect(report.outOfMemory).toBe(true);
    expect(report.exitCode).toBe(1);
    // 6 MiB at the start, the program's 32, and the 8 by which a memory may stay grown after an earlier run.
    expect(report.peakMemoryBytes).toBeLessThanOrEqual((6 + 32 + 8) * 1_048_576);
  });

  it("no program that catches the error of a full memory", async () => {
    const { report } = await runAlone(
      "try { const all = []; for (;;) all.push(new Array(10000).fill(1)) } catch {}; 'alive'",
    );
    expect(report).toMatchObject({ exitCode: 0, result: "'alive'", outOfMemory: false });
  });

  it.each([
    ["a call", "(function deeper() { deeper() })()"],
    ["nested arrays as JSON", "let a = []; for (let i = 0; i < 100000; i++) a = [a]; JSON.stringify(a)"],
    ["nested arrays as text", "let a = []; for (let i = 0; i < 100000; i++) a = [a]; String(a)"],
    ["nested JSON", "JSON.parse('['.repeat(100000) + ']'.repeat(100000))"],
    ["nested parentheses", `${"(".repeat(5_000)}1${")".repeat(5_000)}`],
  ])("%s that goes too deep with an error, and not with the end of the thread", async (_, code) => {
    const { report } = await runAlone(code);
    expect(report).toMatchObject({ exitCode: 1, outOfMemory: false });
    expect(report.error?.type).toMatch(/^(RangeError|InternalError|SyntaxError)$/);
  });
});
