/** The analysis of a long program takes time in proportion to its length: an operator may allow programs of 1 MiB. */

import { beforeAll, describe, expect, it } from "vitest";
import { type Analyser, createAnalyser } from "../../../src/analysis/analyser.js";
import type { Language } from "../../../src/language.js";

const LENGTH = 120_000;
/** Milliseconds of processor time. The programs below took longer when their time grew with the square. */
const LIMIT = 2_000;

const command = (word: string): string => `import os\nos.system("${word.repeat(LENGTH / word.length)}")`;

const PROGRAMS: readonly (readonly [title: string, language: Language, code: string])[] = [
  ...["dd ", "rm ", ":(){", "/rm -", "/chmod -"].map(
    (word) => [`the command ${word}`, "python", command(word)] as const,
  ),
  ["one name with many values", "javascript", "x = x.a;\n".repeat(LENGTH / 9)],
  ["one long name", "java", `class A { int m() { return ${"a".repeat(LENGTH)}().b; } }`],
];

describe("the analysis needs no more than some seconds of processor time for 120 KB that repeat", () => {
  let analyser: Analyser;
  beforeAll(async () => {
    analyser = await createAnalyser();
  });

  it.each(PROGRAMS)("%s", async (_, language, code) => {
    const before = process.cpuUsage();
    await analyser.read(code, language);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(LIMIT);
  });
});
