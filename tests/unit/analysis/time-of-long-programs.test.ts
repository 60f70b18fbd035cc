/** The analysis of a long program takes time in proportion to its length: an operator may allow programs of 1 MiB. */

import { beforeAll, describe, expect, it } from "vitest";
import { type Analyser, createAnalyser } from "../../../src/analysis/analyser.js";
import type { Language } from "../../../src/language.js";
import { leastProcessorMs } from "../../support/processor-time.js";

const LENGTH = 120_000;
/** Milliseconds of processor time. The programs below took longer when their time grew with the square. */
const LIMIT = 2_000;

const command = (word: string): string => `import os\nos.system("${word.repeat(LENGTH / word.length)}")`;

const numbered = (make: (index: number) => string): string =>
  Array.from({ length: Math.ceil(LENGTH / make(1_000).length) }, (_, index) => make(index)).join("");
const repeated = (text: string): string => numbered(() => text);
const FS = "const fs = require('fs');\n";

/** Programs whose paths have many values. */
const PATHS: readonly (readonly [title: string, language: Language, code: string])[] = [
  ["paths from one list", "python", `X = ['a', '/etc/x']\n${repeated("for p in X: open(p)\n")}`],
  ["a path that loops change", "python", `while 1:\n${repeated(" if x: p = p + 'a'\n open(p)\n")}`],
  ["a path through many functions", "python", numbered((i) => `def f${i}(p): f${i + 1}(p); open(p)\nf${i}('a')\n`)],
  ["one function with many calls", "python", `def f(p='x'): open(p)\n${repeated("f('a')\n")}`],
  [
    "paths that double",
    "python",
    `a0 = 'x' if b else 'y'\n${numbered((i) => `a${i + 1} = a${i} + a${i}\nopen(a${i})\n`)}`,
  ],
  ["a dict of paths", "python", `D = {${numbered((i) => `'k${i}': 'v',`)}}\n${numbered((i) => `open(D['k${i}'])\n`)}`],
  ["a list that grows", "python", `X = []\n${repeated("X.append('a')\nfor p in X: open(p)\n")}`],
  ["a call with many functions", "python", `f(${repeated("open,")})`],
  ["fields with paths", "python", `class A:\n${numbered((i) => ` a${i} = 'x'\n def m${i}(self): open(self.a${i})\n`)}`],
  [
    "paths from one list",
    "javascript",
    `${FS}const X = ['a'];\n${repeated("for (const p of X) fs.readFileSync(p);\n")}`,
  ],
  ["a path with many values", "javascript", `${FS}let p;\n${repeated("if (x) p = 'a'; fs.readFileSync(p);\n")}`],
  [
    "an object of paths",
    "javascript",
    `${FS}const D = {${numbered((i) => `k${i}: 'v',`)}};\n${numbered((i) => `fs.readFileSync(D.k${i});\n`)}`,
  ],
  [
    "a list that grows",
    "javascript",
    `${FS}const X = [];\n${repeated("X.push('a'); for (const p of X) fs.readFileSync(p);\n")}`,
  ],
];

const PROGRAMS: readonly (readonly [title: string, language: Language, code: string])[] = [
  ...["dd ", "rm ", ":(){", "/rm -", "/chmod -"].map(
    (word) => [`the command ${word}`, "python", command(word)] as const,
  ),
  ["one name with many values", "javascript", "x = x.a;\n".repeat(LENGTH / 9)],
  ...PATHS,
  ["one long name", "java", `class A { int m() { return ${"a".repeat(LENGTH)}().b; } }`],
];

describe("the analysis needs no more than some seconds of processor time for 120 KB that repeat", () => {
  let analyser: Analyser;
  beforeAll(async () => {
    analyser = await createAnalyser();
  });

  it.each(PROGRAMS)("%s", async (_, language, code) => {
    expect(await leastProcessorMs(() => analyser.read(code, language))).toBeLessThan(LIMIT);
  });
});
