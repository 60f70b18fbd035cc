/** A JavaScript program's last value is awaited, and its error names its causes, in the same words on every engine. */

import { describe, expect, it } from "vitest";
import { forEachEngine, type Ran } from "../support/engines.js";
import { sharedGuest } from "../support/shared-guest.js";

forEachEngine("A JavaScript program:", (engine) => {
  const runProgram = sharedGuest(engine);
  const run = (code: string): Promise<Ran> => runProgram({ language: "javascript", code, fence: "open" });

  describe("the value of its last expression is awaited, if that is", () => {
    it.each([
      ["the promise of an async function", "(async () => 7)()", "7"],
      ["a promise for an object", "Promise.resolve({ a: [1, 2] })", "{ a: [ 1, 2 ] }"],
      ["a promise of a promise", "Promise.resolve(new Promise((done) => done(Promise.resolve(3))))", "3"],
      ["a promise for nothing", "(async () => {})()", null],
      ["an object with a method then", "({ then(done) { done('thenable') } })", "'thenable'"],
      [
        "a class with a method then",
        "class Query { then(done) { setTimeout(done, 5, 'rows') } }\nnew Query()",
        "'rows'",
      ],
      ["a promise that a timer settles", "new Promise((done) => setTimeout(done, 10, 'done'))", "'done'"],
      ["a promise after a wait at the top level", "await 1\n;(async () => 'later')()", "'later'"],
    ])("%s", async (_, code, result) => {
      expect(await run(code)).toMatchObject({ ending: "ok", error: null, result });
    });

    it.each([
      ["an async generator", "(async function* () { yield 1 })()", "Object [AsyncGenerator] {}"],
      ["an object whose then is no function", "({ then: 5 })", "{ then: 5 }"],
      ["an object whose then cannot be read", "({ get then() { throw 1 } })", "{ then: [Getter] }"],
    ])("and not, if it is %s", async (_, code, result) => {
      expect(await run(code)).toMatchObject({ ending: "ok", result });
    });

    it("and what runs after it still prints", async () => {
      const ran = await run(
        "setTimeout(() => console.log('late'), 30); (async () => { console.log('soon'); return 1 })()",
      );
      expect(ran).toMatchObject({ ending: "ok", result: "1", stdout: { text: "soon\nlate\n" } });
    });

    it("and a rejection is the error of the program, with its place", async () => {
      const ran = await run("let a = 1;\n(async () => { throw new TypeError('bad') })()");
      expect(ran).toMatchObject({
        ending: "error",
        result: null,
        error: { type: "TypeError", message: "bad", line: 2 },
      });
      expect(ran.error?.traceback).toMatch(/^TypeError: bad\n {4}at program\.js:2:/);
    });

    it("and one that nothing is left to settle is told in a sentence", async () => {
      const ran = await run("console.log('here'); new Promise(() => {})");
      expect(ran).toMatchObject({ ending: "error", stdout: { text: "here\n" } });
      expect(ran.error?.message).toMatch(
        /^The value of the last expression is a promise that nothing is left to settle/,
      );
    });

    it("and one that comes too late is a time-out", async () => {
      const code = "new Promise((done) => setTimeout(done, 60_000))";
      const ran = await engine.run({ language: "javascript", code, timeoutMs: 300 });
      expect(ran).toMatchObject({ ending: "timeout", result: null });
    });
  });

  describe("its error names", () => {
    it.each([
      [
        "causes of causes",
        "throw new Error('outer', { cause: new TypeError('inner', { cause: new RangeError('deep') }) })",
        "outer (cause: TypeError: inner (cause: RangeError: deep))",
      ],
      [
        "a chain of 3000 causes",
        "let e = new Error('0');\nfor (let i = 1; i < 3000; i++) e = new Error(String(i), { cause: e });\nthrow e",
        "2999 (cause: Error: 2998 (cause: Error: 2997 (cause: Error: 2996 (cause: Error: 2995 (cause: Error: 2994 " +
          "(cause:  [61764 more bytes]...))))))",
      ],
      ["a cause that is a text", "throw new Error('outer', { cause: 'text' })", "outer (cause: 'text')"],
      ["a cause that is null", "throw new Error('outer', { cause: null })", "outer (cause: null)"],
      ["a cause that is an object", "throw new Error('o', { cause: { code: 5 } })", "o (cause: { code: 5 })"],
      [
        "each error of an AggregateError",
        "throw new AggregateError([new Error('a'), new TypeError('b'), 7], 'several')",
        "several (errors: Error: a, TypeError: b, 7)",
      ],
      [
        "the errors of a cause",
        "throw new Error('m', { cause: new AggregateError([new Error('in it')], 'ag') })",
        "m (cause: AggregateError: ag (errors: Error: in it))",
      ],
      [
        "itself once, if it is its own cause",
        "const e = new Error('self'); e.cause = e; throw e",
        /^self \(cause: Error: self \(.*\)\)$/,
      ],
      [
        "the cause in an async function",
        "const f = async () => { throw new Error('x', { cause: 'y' }) };\nf(); 1",
        "x (cause: 'y')",
      ],
      ["the cause in a timer", "setTimeout(() => { throw new Error('x', { cause: 'y' }) }, 5)", "x (cause: 'y')"],
      ["the cause in a microtask", "queueMicrotask(() => { throw new Error('x', { cause: 'y' }) })", "x (cause: 'y')"],
      ["the cause of a last promise", "Promise.reject(new Error('x', { cause: 'y' }))", "x (cause: 'y')"],
    ])("%s", async (_, code, message) => {
      const { ending, error } = await run(code);
      expect({ ending, message: error?.message }).toEqual({
        ending: "error",
        message: typeof message === "string" ? message : expect.stringMatching(message),
      });
    });

    it("each reason of Promise.any", async () => {
      const { error } = await run("await Promise.any([Promise.reject(new Error('first')), Promise.reject('second')])");
      expect(error?.type).toBe("AggregateError");
      for (const text of [error?.message, error?.traceback]) expect(text).toMatch(/Error: first[^]*'second'/);
    });

    it("in its traceback the place of each cause, and its own properties", async () => {
      const { error } = await run(
        "class HttpError extends Error { status = 404 }\n" +
          "throw new HttpError('outer', {\n  cause: new Error('inner') })",
      );
      expect(error).toMatchObject({ type: "HttpError", message: "outer (cause: Error: inner)" });
      expect(error?.traceback).toMatch(
        /^HttpError: outer\n {4}at [^]* \{\n {2}status: 404,\n {2}\[cause\]: Error: inner/,
      );
    });

    it("a bounded number of causes, and never more text than an error may have", async () => {
      const chain = await run(
        "let e = new Error('0'); for (let i = 1; i < 5000; i++) e = new Error(`n${i}`, { cause: e }); throw e",
      );
      expect(chain.error?.message).toMatch(/^n4999 \(cause: Error: n4998 .*\.\.\.\)+$/);
      const list = await run(
        "throw new AggregateError(Array.from({ length: 5000 }, (_, i) => new Error(`n${i}`)), 'many')",
      );
      expect(list.error?.message).toMatch(/^many \(errors: Error: n0, .*, and 4995 more\)$/);
      const long = await run("throw new Error('x'.repeat(1e6), { cause: new Error('the cause') })");
      expect(long.error?.message).toMatch(/x \[\d+ more bytes\]\.\.\. \(cause: Error: the cause\)$/);
      for (const { error } of [chain, list, long]) {
        expect(error?.traceback).toMatch(/the cause|n4998|n1/);
        for (const text of [error?.message, error?.traceback])
          expect(Buffer.byteLength(text ?? "")).toBeLessThanOrEqual(16_384);
      }
    });

    it("what can be named, if its own getters throw", async () => {
      const broken = (field: string): string =>
        "const e = new Error('m', { cause: 'c' });\n" +
        `Object.defineProperty(e, '${field}', { get() { throw 1 } });\nthrow e`;
      expect((await run(broken("stack"))).error).toMatchObject({ type: "Error", message: "m (cause: 'c')" });
      expect((await run(broken("name"))).error).toMatchObject({ type: "Error", message: "m (cause: 'c')", line: 1 });
      expect((await run(broken("message"))).error).toMatchObject({ type: "Error", line: 1 });
      expect((await run(broken("message"))).error?.message).toMatch(/cannot be read.*cause: 'c'/);
      expect((await run(broken("cause"))).error).toMatchObject({ type: "Error", message: "m", line: 1 });
    });

    it.each([
      ["null", "null"],
      ["undefined", "undefined"],
      ["7", "7"],
      ["'text'", "'text'"],
      ["{ a: 1 }", "{ a: 1 }"],
      ["Symbol('s')", "Symbol(s)"],
    ])("the value that it threw: %s", async (value, message) => {
      expect(await run(`throw ${value}`)).toMatchObject({ ending: "error", error: { type: "Uncaught", message } });
    });
  });

  it("prints errors with their class, their properties and their causes", async () => {
    const { stdout } = await run(
      "class HttpError extends Error {\n" +
        "  constructor(m, o) { super(m, o); this.name = 'HttpError'; this.status = 404 } }\n" +
        "console.log(new HttpError('outer', { cause: 'c' })); " +
        "console.log(new (class ParseError extends Error {})('p'))",
    );
    expect(stdout.text).toMatch(
      /^HttpError: outer\n[^{]*\{\n {2}status: 404,\n {2}\[cause\]: 'c'\n\}\nParseError: p\n/,
    );
  });
});
