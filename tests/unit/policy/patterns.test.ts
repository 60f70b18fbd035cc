/** The regular expressions of policies: which are refused, the texts that they see, and how much a search may do. */

import { RE2JS } from "re2js";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { type Analyser, createAnalyser } from "../../../src/analysis/analyser.js";
import {
  PatternSearch,
  patternSearchOf,
  patternSize,
  patternTexts,
  type SearchedPattern,
} from "../../../src/policy/patterns.js";

let analyser: Analyser;
beforeAll(async () => {
  analyser = await createAnalyser();
});

const inCode = (pattern: string): SearchedPattern => ({ pattern, in: "code" });
const searchIn = (code: string): PatternSearch => new PatternSearch({ all: "", code, strings: "" });
const places = (code: string, pattern: string): number[][] =>
  searchIn(code)
    .find(inCode(pattern))
    .map(({ start, end }) => [start, end]);

describe("a pattern", () => {
  it.each([
    ["a", 3],
    ["ab|cd", 7],
    ["[ab]{199}", 201],
    ["[ab]{398}", 400],
  ])("%s has the size of what it compiles to, %i", (pattern, size) => {
    expect(patternSize(pattern)).toBe(size);
  });

  it.each([
    ["more instructions than a policy may have", "[ab]{399}", /^it is too large: write fewer or smaller repetitions$/],
    ["more parts than are written out", "(a{999}){999}", /^it is too large/],
    ["an open parenthesis", "(secret", /^missing closing$/],
    ["a look back", "(secret)\\1", /^invalid escape sequence$/],
    ["a look ahead", "(?=secret)", /^invalid or unsupported Perl syntax$/],
    ["a repetition of a repetition", "a**", /^invalid nested repetition operator$/],
    ["a backslash at its end", "a\\", /^trailing backslash at end of expression$/],
    ["an empty match anywhere", "a*", /^it matches the empty text/],
    ["an empty match where a word begins", "\\b", /^it matches the empty text/],
    ["an empty match where no word begins", "\\B", /^it matches the empty text/],
    ["an empty match at the start of a line", "^", /^it matches the empty text/],
  ])("with %s is refused, and the message has nothing of it", (_, pattern, message) => {
    expect(() => patternSize(pattern)).toThrow(message);
  });

  it("of which the library says nothing that we know is no regular expression", () => {
    vi.spyOn(RE2JS, "compile").mockImplementation(() => {
      throw new Error("secret: error parsing regexp: words");
    });
    expect(() => patternSize("never compiled before")).toThrow(/^it is no regular expression$/);
  });

  it("is compiled once, and a bounded number of them is kept", () => {
    const compile = vi.spyOn(RE2JS, "compile");
    const compiles = (pattern: string): boolean => {
      const before = compile.mock.calls.length;
      patternSize(pattern);
      return compile.mock.calls.length > before;
    };
    const many = Array.from({ length: 401 }, (_, at) => `kept${at}`);
    expect(many.map(compiles)).not.toContain(false);
    // The last 200 would fit.
    expect(compiles("kept400")).toBe(false);
    expect(compiles("kept0")).toBe(true);
    expect(compiles("kept0")).toBe(false);
    expect(many.slice(1, 200).map(compiles)).not.toContain(false);
  });
});

describe("the texts that are searched", () => {
  const code = "a = 'b'\r\n# c\nd = 'e\nf' # g";
  const at = (part: string) => ({ start: code.indexOf(part), end: code.indexOf(part) + part.length });
  const comments = [at("# g"), at("# c")];
  const strings = [at("e\nf"), at("b")];

  it("are as long as the program, with spaces in place of what they leave out, and all line ends", () => {
    expect(patternTexts(code, comments, strings)).toEqual({
      all: "a = 'b'\r\n   \nd = 'e\nf'    ",
      code: "a = ' '\r\n   \nd = ' \n '    ",
      strings: "     b \r\n   \n     e\nf     ",
    });
    expect(patternTexts(code, [], [])).toEqual({ all: code, code, strings: code.replace(/[^\r\n]/g, " ") });
  });

  it("leave out parts that overlap once", () => {
    const ranges = [
      { start: 0, end: 4 },
      { start: 2, end: 6 },
      { start: 6, end: 7 },
    ];
    expect(patternTexts("abcdefgh", ranges, []).all).toBe("    ef h");
  });

  it("are made once for a program, whatever policies search it", () => {
    const inspection = analyser.inspect("x = 'y'  # z", "python");
    const search = patternSearchOf(inspection);
    expect(search.texts).toEqual({ all: "x = 'y'     ", code: "x = ' '     ", strings: "     y      " });
    expect(patternSearchOf(inspection)).toBe(search);
    expect(patternSearchOf(analyser.inspect("x = 'y'  # z", "python"))).not.toBe(search);
  });
});

describe("a search", () => {
  it("finds all matches, in the order of the text", () => {
    expect(places("ab ab\nab", "ab")).toEqual([
      [0, 2],
      [3, 5],
      [6, 8],
    ]);
    expect(places("x\nab\nx", "^ab$")).toEqual([[2, 4]]);
    expect(places("xy", "ab")).toEqual([]);
  });

  it("looks in the text that the pattern asks for", () => {
    const search = new PatternSearch({ all: "ab", code: " ab", strings: "  ab" });
    const starts = (["all", "code", "strings"] as const).map((scope) => search.find({ pattern: "ab", in: scope }));
    expect(starts).toEqual([[{ start: 0, end: 2 }], [{ start: 1, end: 3 }], [{ start: 2, end: 4 }]]);
  });

  it("reports no empty match of a pattern that has others", () => {
    expect(places("b a", "a|\\b")).toEqual([[2, 3]]);
  });

  it("reports at most a hundred matches", () => {
    expect(places("a".repeat(100), "a")).toHaveLength(100);
    expect(places("a".repeat(101), "a")).toHaveLength(100);
  });

  it("of a long program ends when its steps are spent, but finds the first match of each pattern", () => {
    // Each match of `a` costs 3 steps for each character that follows: 67 of them cost 2 million.
    const search = searchIn("a".repeat(10_000));
    expect(search.find(inCode("a"))).toHaveLength(67);
    expect(search.find(inCode("aa"))).toHaveLength(1);
    expect(search.find(inCode("aaa"))).toHaveLength(1);
    expect(search.find(inCode("b"))).toHaveLength(0);
  });

  it("pays for the text that is left only", () => {
    expect(places(`${"b".repeat(9_900)}${"a".repeat(100)}`, "a")).toHaveLength(100);
  });

  it("remembers what it found, and what another thread found", () => {
    const search = searchIn("ab");
    expect(search.knows(inCode("ab"))).toBe(false);
    const found = search.find(inCode("ab"));
    expect(search.knows(inCode("ab"))).toBe(true);
    expect(search.find(inCode("ab"))).toBe(found);
    expect(search.knows({ pattern: "ab", in: "all" })).toBe(false);
    expect(search.knows(inCode("b"))).toBe(false);
    const noted = [{ start: 7, end: 8 }];
    search.note(inCode("b"), noted);
    expect(search.knows(inCode("b"))).toBe(true);
    expect(search.find(inCode("b"))).toBe(noted);
  });
});
