/** The gate for the shape of the source finds each thing that it forbids, and nothing else. */

import { describe, expect, it } from "vitest";
import { functionsOf, importCycles, longLines, undocumentedExports } from "../../scripts/source-measures.mjs";

describe("the gate finds", () => {
  it("a cycle of imports, types included, and leaves a chain alone", () => {
    const files = new Map([
      ["src/a.ts", 'import type { B } from "./b.js";'],
      ["src/b.ts", 'export { c } from "./folder/c.js";'],
      ["src/folder/c.ts", 'const a = await import("../a.js");'],
      ["src/d.ts", 'import { a } from "./a.js";\nimport path from "node:path";'],
    ]);
    expect(importCycles(files)).toEqual([["src/a.ts", "src/b.ts", "src/folder/c.ts"]]);
  });

  it("a file that imports itself", () => {
    expect(importCycles(new Map([["src/a.ts", 'import "./a.js";']]))).toEqual([["src/a.ts"]]);
  });

  it("a line of 121 characters, counted as a person counts them", () => {
    const [fits, long] = ["\u{1f600}".repeat(120), "x".repeat(121)];
    expect(longLines(`${fits}\n${long}`, 120)).toEqual([{ line: 2, length: 121 }]);
  });

  it("the length of functions, methods and arrow functions by name", () => {
    const text = "function f() {\n\n}\nclass A {\n  m() {\n  }\n}\nconst g = () =>\n  1;";
    expect(functionsOf("a.ts", text)).toEqual([
      { name: "f", line: 1, lines: 3 },
      { name: "m", line: 5, lines: 2 },
      { name: "g", line: 8, lines: 2 },
    ]);
  });

  it("the length of Python functions, also of nested ones and after long parameter lists", () => {
    const nested = "        def g():\n            pass\n\n        return g\n";
    const text = `class A:\n    def f(\n        self,\n    ):\n${nested}\n\nx = 1\n`;
    expect(functionsOf("a.py", text)).toEqual([
      { name: "f", line: 2, lines: 7 },
      { name: "g", line: 5, lines: 2 },
    ]);
  });

  it("exports and public methods without a docstring", () => {
    const text = [
      "export const A = 1;",
      "/** Doc. */\nexport const B = 1;\nexport const C = 2;",
      "/** Doc. */\nexport class D {\n  constructor() {}\n  e() {}\n  #f() {}\n  /** Doc. */\n  g() {}\n}",
      "export interface H {}",
      "function i() {}",
    ].join("\n");
    expect(undocumentedExports("a.ts", text).map(({ name }) => name)).toEqual(["A", "D.e", "H"]);
  });
});
