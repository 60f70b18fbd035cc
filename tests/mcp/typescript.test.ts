/** TypeScript from the client's side: it runs without its types, and every place is that of the text that was sent. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type Connection } from "../support/mcp-client.js";

const language = "typescript";

let server: Connection;
beforeAll(async () => {
  server = await connect({ args: ["--execution-mode", "wasm"] });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** Programs as a model writes them, with their results. */
const PROGRAMS: readonly (readonly [what: string, code: string, result: string])[] = [
  ["an interface", "interface P { x: number; y?: string }\nconst p: P = { x: 1 };\np.x as number", "1"],
  ["generics", "function first<T>(xs: readonly T[]): T | undefined { return xs[0] }\nfirst<string>(['a'])", "'a'"],
  [
    "a class",
    "abstract class S { protected abstract area(): number; print(): string { return `${this.area()}` } }\n" +
      "class Q extends S implements Iterable<number> { private readonly n: number; declare z: string;\n" +
      "  constructor(n: number) { super(); this.n = n } override area() { return this.n ** 2 }\n" +
      "  *[Symbol.iterator](): Iterator<number> { yield this.n } }\n[new Q(3).print(), [...new Q(2)]]",
    "[ '9', [ 2 ] ]",
  ],
  ["overloads", "function f(a: string): void;\nfunction f(a: any) { return typeof a }\nf('x')", "'string'"],
  ["await", "const get = async (): Promise<number> => 5;\nconst n: number = await get();\nn", "5"],
  [
    "satisfies and non-null",
    "const c = { a: 1 } satisfies Record<string, number>;\nlet m = new Map([['k', c]]);\nm.get('k')!.a",
    "1",
  ],
  ["types alone", "type A = { a: 1 };\nexport type B = A;\ndeclare const q: B;\n7", "7"],
  ["a guard", "const isS = (x: unknown): x is string => typeof x === 'string';\n[1, 'a'].filter(isS)", "[ 'a' ]"],
  ["an import", "import { join, type ParsedPath } from 'node:path';\njoin('a', 'b' as string)", "'a/b'"],
  ["JavaScript", "var let1 = [1, 2].map(x => x * 2); let1", "[ 2, 4 ]"],
  ["stdin", "stdin.lines().map((l: string): number => Number(l))", "[ 1, 2 ]"],
];

describe("TypeScript", () => {
  it.each(PROGRAMS)("runs: %s", async (_, code, result) => {
    expect(await server.exec({ code, language, stdin: "1\n2\n" })).toMatchObject({ status: "ok", result });
  });

  it("has its own line and column in an error, a finding and a refusal", async () => {
    const thrown = await server.exec({
      code: "type A = '\u{1F600}';\nconst x: A | null = null;\n(x as any).y.z",
      language,
    });
    expect(thrown.error).toMatchObject({ type: "TypeError", line: 3 });
    const denied = await server.refused({
      code: "type Name = string;\nconst run = (f: unknown) => 0; const g: Name = eval('1') as Name",
      language,
    });
    expect(denied).toMatchObject({
      rule: "JS-DYN-001",
      line: 2,
      column: 48,
      snippet: "const run = (f: unknown) => 0; const g: Name = eval('1') as Name",
    });
    const broken = await server.exec({ code: "const a: number = 1;\nlet x: = 4", language });
    expect(broken).toMatchObject({ status: "error", error: { type: "SyntaxError", line: 2, column: 8 } });
  });

  it.each([
    ["enum Color { Red }", "an enum", "as const"],
    ["namespace N { export const a = 1 }", "a namespace", "object"],
    ["class P { constructor(private x: number) {} }", "a parameter property", "constructor"],
    ["import fs = require('fs')", "import with =", "import declaration"],
    ["let n = <number>x", "a type assertion with angle brackets", "value as Type"],
  ])("names what is more than a type: %s", async (code, name, instead) => {
    const refusal = await server.refused({ code: `let a: number = 1\n${code}`, language });
    expect(refusal).toMatchObject({ rule: "TS-SYNTAX-001", line: 2, passes_under: [] });
    expect(refusal.message).toContain(name);
    expect(refusal.suggestion).toContain(instead);
  });

  it("that is sent as JavaScript fails with the language to set", async () => {
    for (const code of ["const n: number = 1", "interface A { x: 1 }", "enum A { B }", "let x = y as string"]) {
      const ran = await server.exec({ code, language: "javascript" });
      expect(ran.error).toMatchObject({ type: "SyntaxError", line: 1 });
      expect(ran.error?.message).toContain('`language` to "typescript"');
    }
    const ran = await server.exec({ code: "let x = = 1", language: "javascript" });
    expect(ran.error?.message).not.toContain("typescript");
  });

  it("shares the session's interpreter with JavaScript", async () => {
    const interpreter = "session";
    await server.exec({
      code: "const total: number = 40; function add(n: number): number { return total + n }",
      language,
      interpreter,
    });
    expect(await server.exec({ code: "add(2)", language: "javascript", interpreter })).toMatchObject({ result: "42" });
    expect(await server.exec({ code: "add(3) as number", language, interpreter })).toMatchObject({ result: "43" });
  });

  it("has a verdict that is bound to its text and its language", async () => {
    const code = "const x: number = 1; x";
    const check = await server.check({ code, language });
    expect(check).toMatchObject({ verdict: "allow" });
    expect(await server.exec({ code, language, verdict_id: check.verdict_id })).toMatchObject({ result: "1" });
    for (const other of [{ code: "const x         = 1; x" }, { language: "javascript" }]) {
      const ran = await server.exec({ code, language, verdict_id: check.verdict_id, ...other });
      expect(ran.refusal?.reason).toBe("verdict-mismatch");
    }
  });

  it("that takes too long to read, or is nested too deeply, is refused, and the next program runs", async () => {
    for (const code of ["<T>(x=".repeat(20), `${"(".repeat(3_000)}1${")".repeat(3_000)}`]) {
      expect((await server.refused({ code, language })).rule).toBe("JS-SYNTAX-002");
      expect(await server.exec({ code: "1 as number", language })).toMatchObject({ result: "1" });
    }
  });
});
