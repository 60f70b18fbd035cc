/** The line of an error of a program's own class is that of the `new`, not that of the class. */

import { expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";

const CASES: readonly (readonly [title: string, code: string, line: number])[] = [
  ["a class without a constructor", "class E extends Error {}\n\nthrow new E('x')", 3],
  ["a class with one", "class E extends Error {\n  constructor(m) {\n    super(m)\n  }\n}\nthrow new E('x')", 6],
  ["a class of a class", "class A extends TypeError {}\nclass B extends A {\n}\n\nthrow new B('x')", 5],
  ["a class in a variable", "const E = class extends RangeError {}\n\n\nthrow new E('x')", 4],
  ["one made in a function", "class E extends Error {}\nfunction f() {\n  throw new E('x')\n}\nf()", 3],
  ["an ordinary error", "\nthrow new Error('x')", 2],
];

forEachEngine(
  "an error of a program's own class",
  (engine) => {
    it.each(CASES)("is told with the line where it was made: %s", async (_, code, line) => {
      const ran = await engine.run({ language: "javascript", code });
      expect(ran.error?.line).toBe(line);
    });
  },
  ["wasm", "local"],
);
