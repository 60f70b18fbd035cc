/**
 * Inputs that try to break the analysis: random text, mutated programs, and the hardest programs of 10 KB. The analysis
 * must not throw, hang or grow, and it must give the same answer every time.
 */

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Analysis } from "../../src/policy/judge.js";
import { createJudgingAnalyser, type JudgingAnalyser } from "../support/analyser.js";
import { makePolicy } from "../../src/policy/custom.js";
import { PRESETS, STRICT } from "../../src/policy/presets.js";
import type { ParsedLanguage } from "../../src/language.js";
import { isAtLeastAsStrict } from "../../src/policy/strictness.js";
import { presetNamed } from "../support/preset-facts.js";
import { startProcessorClock } from "../support/processor-time.js";

const LANGUAGES: readonly ParsedLanguage[] = ["python", "javascript", "java"];
/** Inputs of each language. Together they are more than 100,000. */
const INPUTS = 34_000;
const MAX_BYTES = 10_240;
/** Longest time for one input. On a busy machine the clock shows more, so an input has three attempts. */
const MAX_MS = 250;

let analyser: JudgingAnalyser;
beforeAll(async () => {
  analyser = await createJudgingAnalyser();
});

const SAMPLES = path.resolve(import.meta.dirname, "../fixtures/rules");
const seeds: Readonly<Record<ParsedLanguage, readonly string[]>> = {
  python: seedsOf("PY-"),
  javascript: seedsOf("JS-"),
  java: seedsOf("JAVA-"),
};

function seedsOf(prefix: string): string[] {
  return readdirSync(SAMPLES)
    .filter((name) => name.startsWith(prefix))
    .flatMap((name) => readFileSync(path.join(SAMPLES, name), "utf8").split(/^--- .*\n/m))
    .filter((code) => code.length > 0 && code.length < 600);
}

/** A random number generator with a seed, so that a failure can be repeated. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const PIECES = [
  "\n",
  "\r",
  "\r\n",
  "\t",
  "\f",
  "\\",
  "\\\n",
  "'",
  '"',
  "'''",
  '"""',
  "`",
  "${",
  "{",
  "}",
  "(",
  ")",
  "[",
  "]",
  "#",
  "//",
  "/*",
  "*/",
  ":",
  ";",
  ",",
  ".",
  "=",
  "**",
  "@",
  "!",
  "\ufeff",
  "\u2028",
  "\u0000",
  "\ud800",
  "\u{1f600}",
  "ｅｖａｌ",
  "\\u0065val",
  "eval",
  "__import__",
  "getattr",
  "os.system",
  "lambda:",
  "import os",
  "constructor",
  "globalThis",
  "async ",
  "await ",
  "yield ",
  "class A:",
  "f'{",
  "rb'",
  "0x",
  "1e9",
  "10**",
  "if",
  "else",
  "for",
  "x",
  " ",
  "  ",
];

function mutate(code: string, other: string, random: (below: number) => number): string {
  let text = code;
  for (let times = 1 + random(4); times > 0; times--) {
    const at = random(text.length + 1);
    const length = random(Math.min(40, text.length) + 1);
    const kind = random(6);
    if (kind === 0) text = text.slice(0, at) + text.slice(at + length);
    else if (kind === 1) text = text.slice(0, at) + (PIECES[random(PIECES.length)] ?? "") + text.slice(at);
    else if (kind === 2) text = text.slice(0, at) + text.slice(at, at + length).repeat(1 + random(5)) + text.slice(at);
    else if (kind === 3) text = text.slice(0, at) + other.slice(random(other.length + 1)) + text.slice(at + length);
    else if (kind === 4) text = text.slice(0, at) + String.fromCharCode(random(0x10000)) + text.slice(at + 1);
    else
      text =
        text.slice(0, at) +
        Array.from(text.slice(at, at + length))
          .reverse()
          .join("") +
        text.slice(at + length);
  }
  return text.slice(0, 2_000);
}

function check(code: string, language: ParsedLanguage): Analysis {
  let analysis = analyser.analyse("", language, STRICT);
  let fastest = Number.POSITIVE_INFINITY;
  for (let attempts = 0; attempts < 3 && fastest > MAX_MS; attempts++) {
    const elapsedMs = startProcessorClock();
    analysis = analyser.analyse(code, language, STRICT);
    fastest = Math.min(fastest, elapsedMs());
  }
  expect(fastest, JSON.stringify(code.slice(0, 300))).toBeLessThanOrEqual(MAX_MS);
  expect(analysis.verdict === "deny").toBe(analysis.violations.length > 0);
  for (const { line, column, endLine, endColumn, message, suggestion } of analysis.violations) {
    if (!(
      line >= 1 &&
      column >= 1 &&
      (endLine > line || (endLine === line && endColumn >= column)) &&
      message !== "" &&
      suggestion !== ""
    ))
      expect.fail(JSON.stringify({ code, line, column, endLine, endColumn }));
  }
  return analysis;
}

function liveBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}

describe("the analysis of hostile inputs", () => {
  it.each(LANGUAGES)(
    `of ${INPUTS} mutated %s programs gives the same verdict twice on each, and keeps no memory`,
    { timeout: 300_000 },
    (language) => {
      const random = randomFrom(20_261_122);
      const own = seeds[language];
      const pick = (): string => own[random(own.length)] ?? "";
      const warmUp = INPUTS / 4;
      let before = 0;
      for (let count = 0; count < INPUTS; count++) {
        if (count === warmUp) before = liveBytes();
        const code = mutate(pick(), pick(), random);
        const analysis = check(code, language);
        if (count % 20 === 0) expect(analyser.analyse(code, language, STRICT)).toEqual(analysis);
      }
      expect(liveBytes() - before).toBeLessThan(8 * 1_048_576);
    },
  );

  it("gives a verdict on any text under any policy", () => {
    const policy = makePolicy(
      { patterns: [{ pattern: "[a-z]+\\(", description: "d", severity: "LOW", in: "all" }] },
      "custom",
      presetNamed,
      "custom",
    );
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 400 }),
        fc.constantFrom(...LANGUAGES),
        fc.constantFrom(...PRESETS, policy),
        (code, language, one) => {
          const { verdict, violations } = analyser.analyse(code, language, one);
          return (
            verdict ===
            (violations.some(({ severity, category }) => severity >= one.threshold || category === "syntax")
              ? "deny"
              : "allow")
          );
        },
      ),
      { numRuns: 3_000, seed: 3 },
    );
  });

  it("never allows under a stricter policy a program that a looser policy denies", () => {
    const pairs = PRESETS.flatMap((a) => PRESETS.filter((b) => isAtLeastAsStrict(a, b)).map((b) => [a, b] as const));
    fc.assert(
      fc.property(
        fc.constantFrom(...LANGUAGES),
        fc.nat(),
        fc.constantFrom(...pairs),
        (language, seed, [stricter, looser]) => {
          const random = randomFrom(seed);
          const own = seeds[language];
          const code = mutate(own[random(own.length)] ?? "", own[random(own.length)] ?? "", random);
          return (
            analyser.analyse(code, language, stricter).verdict === "deny" ||
            analyser.analyse(code, language, looser).verdict === "allow"
          );
        },
      ),
      { numRuns: 3_000, seed: 3 },
    );
  });
});

/** A text of the greatest length of a program, filled with a piece. */
const full = (piece: string, end = ""): string =>
  piece.repeat(Math.floor((MAX_BYTES - end.length) / Buffer.byteLength(piece))) + end;
const nested = (open: string, middle: string, close: string, depth: number): string =>
  open.repeat(depth) + middle + close.repeat(depth);

describe("the hardest programs of 10 KB take less than a quarter of a second:", () => {
  it.each<[ParsedLanguage, string, string]>([
    ["python", "open brackets", full("(")],
    ["python", "brackets", nested("[", "1", "]", 5_000)],
    ["python", "a chain of attributes", `a${full(".a").slice(1)}`],
    ["python", "a chain of calls", `a${full("()").slice(1)}`],
    ["python", "a chain of subscripts", `a${full("[0]").slice(1)}`],
    ["python", "a sum of texts", full("'a'+", "'a'")],
    ["python", "a product of powers", full("9**", "9")],
    ["python", "adjacent texts", full("'a' ")],
    ["python", "one long text", `'${full("a", "''")}'`],
    ["python", "one long number", full("9")],
    ["python", "escapes", `'${full("\\x5f", "''")}'`],
    ["python", "an f-string of f-strings", `f'${full("{x}", "''")}'`],
    ["python", "nested f-strings", nested("f'{", "x", "}'", 500)],
    ["python", "lambdas", full("lambda:", "1")],
    ["python", "nots", full("not ", "1")],
    ["python", "comparisons", full("a<", "a")],
    ["python", "ands", full("a and ", "a")],
    ["python", "aliases of aliases", Array.from({ length: 900 }, (_, i) => `a${i + 1}=a${i}`).join("\n")],
    ["python", "aliases of each other", full("a=b\nb=a\n")],
    ["python", "names bound a thousand times", full("x=os\n", "x.system('a')")],
    ["python", "names bound and used a thousand times", full("x=os;x.system\n")],
    ["python", "destructuring", `${full("(a,", "b")}${")".repeat(10)}=1`],
    [
      "python",
      "constants of constants",
      Array.from({ length: 600 }, (_, i) => `c${i + 1}=c${i}+c${i}`)
        .join("\n")
        .replace("c0+c0", "'ab'"),
    ],
    ["python", "joins of joins", nested("''.join([", "'a'", "])", 400)],
    ["python", "a list of numbers joined", `getattr(os,''.join(map(chr,[${full("1,", "1]))))").slice(0, -6)}])))`],
    ["python", "slices of a long text", `x='${"a".repeat(3_000)}'\n${full("x[::-1]\n").slice(0, 7_000)}`],
    ["python", "formats", full("'%s'%'a'+", "'a'")],
    ["python", "comprehensions in comprehensions", nested("[x for x in ", "y", "]", 400)],
    ["python", "classes in classes", Array.from({ length: 90 }, (_, i) => `${" ".repeat(i)}class A:`).join("\n")],
    ["python", "ifs in ifs", Array.from({ length: 130 }, (_, i) => `${" ".repeat(i)}if x:`).join("\n")],
    ["python", "elifs", `if x:\n  y\n${full("elif x:\n  y\n").slice(0, 10_000)}`],
    ["python", "blank lines", full("\n")],
    ["python", "comments", full("#\n")],
    ["python", "continuations", full("\\\n")],
    ["python", "decorators", full("@a\n", "def f(): pass")],
    ["python", "globals", full("global a\n")],
    ["python", "wildcards", full("from a import *\n", "system('x')")],
    ["python", "matches", `match x:\n${full(" case [*a]: pass\n").slice(0, 10_000)}`],
    ["python", "errors", full("= ")],
    ["python", "backquotes", full("`")],
    ["python", "open texts", full("'''a\n")],
    ["python", "wide letters", full("ｏ")],
    ["python", "unicode that normalises to more", full("ﷺ")],
    ["javascript", "open brackets", full("[")],
    ["javascript", "brackets", nested("(", "1", ")", 5_000)],
    ["javascript", "a chain of members", `a${full(".a").slice(1)}`],
    ["javascript", "a chain of calls", `a${full("()").slice(1)}`],
    ["javascript", "a sum of texts", full("'a'+", "'a'")],
    ["javascript", "templates in templates", nested("`${", "1", "}`", 1_500)],
    ["javascript", "arrows", full("a=>", "1")],
    ["javascript", "possible arrow functions", full("(a,", "b)")],
    ["javascript", "regular expressions", full("/(a*)*b/;")],
    ["javascript", "one long regular expression", `/${full("(a|", "/")}/`],
    ["javascript", "joins", full("['a','b'].join('')+", "''")],
    ["javascript", "aliases of aliases", Array.from({ length: 800 }, (_, i) => `a${i + 1}=a${i}`).join("\n")],
    ["javascript", "patterns in patterns", `let ${nested("{a:", "b", "}", 1_500)}=c`],
    ["javascript", "comments", full("/**/")],
    ["javascript", "HTML comments", full("<!--\n")],
    ["javascript", "question marks", full("a?.b?.", "c")],
    ["javascript", "conditions", full("a?b:", "c")],
    ["javascript", "braces", full("{")],
    ["javascript", "async", full("async ")],
    ["java", "open brackets", full("(")],
    ["java", "blocks", nested("{", "", "}", 5_000)],
    ["java", "a chain of members", `int x = a${full(".a").slice(20)};`],
    ["java", "a chain of calls", `int x = a${full(".a()").slice(20)};`],
    ["java", "a sum of texts", `String s = ${full('"a"+', '"a";').slice(12)}`],
    ["java", "generics", full("A<")],
    ["java", "unicode escapes", full("\\u0061")],
    ["java", "escapes of escapes", full("\\uuuuu005c")],
    ["java", "annotations", full("@A ")],
    ["java", "casts", full("(a)", "1;")],
    ["java", "comments", full("/**/")],
    ["java", "errors", full("= ")],
  ])("in %s, %s", (language, _, code) => {
    expect(Buffer.byteLength(code)).toBeLessThanOrEqual(MAX_BYTES + 60);
    const first = check(code, language);
    expect(analyser.analyse(code, language, STRICT)).toEqual(first);
  });
});
