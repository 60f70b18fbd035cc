/** TypeScript through all layers, on every engine: its values, and the lines and columns of its errors. */

import { afterAll, beforeAll, expect, it } from "vitest";
import type { Outcome } from "../../src/outcome.js";
import { type FencedRunner, fencedRunner, forEachEngine } from "../support/engines.js";

const PROGRAM = `interface Point { readonly x: number; y?: string /* \u{1F600} */ }
type Pair<T> = [T, T];
abstract class Base<T> { protected constructor(protected_: T) { this.kept = protected_ } kept: T }
class Named extends Base<string> { static make(name: string): Named { return new Named(name) } }
const points: readonly Point[] = stdin.lines().map((line: string): Point => ({ x: Number(line) }));
const sum = <T,>(xs: readonly T[], of: (x: T) => number): number => xs.reduce((all, x) => all + of(x), 0);
const pair = [await Promise.resolve(sum(points, (p) => p.x)), Named.make("n")!.kept.length] as Pair<number>;
pair satisfies readonly number[]`;

forEachEngine("A TypeScript program", (engine) => {
  let runner: FencedRunner;
  beforeAll(async () => {
    runner = await fencedRunner(engine.name);
  });
  afterAll(async () => {
    await runner[Symbol.asyncDispose]();
  });
  const run = async (code: string, language: "typescript" | "javascript" = "typescript") =>
    (await runner.run({ code, language, stdin: "1\n2\n" })).ending as Outcome;

  it("runs without its types", async () => {
    expect(await run(PROGRAM)).toMatchObject({ ending: "ok", result: "[ 3, 1 ]", error: null });
  });

  it("has the place of an error in the text that was sent", async () => {
    const thrown = "type Name = '\u{1F600}é';\nconst n: Name | null = null;\n(n as any).length;";
    expect(await run(thrown)).toMatchObject({ error: { type: "TypeError", line: 3 } });
    const marked = "const f = (x: unknown): never => { throw new RangeError(`${x as string}`) }; f(1 as any)";
    const plain = "const f = (x         )        => { throw new RangeError(`${x          }`) }; f(1       )";
    expect(plain).toHaveLength(marked.length);
    // Engines count a little differently: QuickJS tells the end of the word `new`.
    const column = (await run(plain, "javascript")).error?.column;
    expect(column).toBeGreaterThanOrEqual(42);
    expect(await run(marked)).toMatchObject({ error: { type: "RangeError", line: 1, column } });
    const broken = "let a: number = 1;\nlet b: Map<string> = = 2";
    expect(await run(broken)).toMatchObject({ error: { type: "SyntaxError", line: 2, column: 22 } });
    expect(await run("let a: number = 1;\nlet a: string = ''")).toMatchObject({
      error: { type: "SyntaxError", line: 2 },
    });
  });
});
