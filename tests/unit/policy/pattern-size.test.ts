/** What a pattern grows to when its repetitions are written out. A number too small would let a large one by. */

import { describe, expect, it } from "vitest";
import { grownSize } from "../../../src/policy/pattern-size.js";

const size = (pattern: string): number => grownSize(pattern, 1_000_000);

describe("the size that a pattern grows to", () => {
  it.each<[string, number]>([
    ["", 0],
    ["abc", 3],
    // A repetition is its part, as often as it says, with one instruction each.
    ["a{3}", 6],
    ["ba{3}", 7],
    ["a{2,5}", 10],
    ["a{5,2}", 10],
    ["a{2,}", 6],
    ["a{0}", 0],
    ["a{100}", 200],
    ["a{12,100}", 200],
    ["a{100,}", 202],
    ["xa*{3}", 10],
    ["xa+{3}", 10],
    ["xa?{3}", 10],
    ["a{2}{3}", 15],
    // Braces of another form are text, and so is a repetition without a part.
    ["a{,5}", 5],
    ["a{x}", 4],
    ["a{", 2],
    ["a{1234567890}", 13],
    ["{3}", 3],
  ])("of repetitions: %s is %i", (pattern, expected) => {
    expect(size(pattern)).toBe(expected);
  });

  it.each<[string, number]>([
    ["(ab)", 4],
    ["(ab){3}", 15],
    ["(ab)c{3}", 10],
    ["((a){2}){3}", 33],
    ["((((a{10}){10}){10}){10}){10}", 233_330],
    ["(?:ab){2}", 10],
    ["(?P<name>ab){2}", 10],
    ["(?<name>ab){2}", 10],
    ["(?i)ab", 4],
    ["(?i-s:ab)", 4],
    ["(a|b){2}", 12],
    // The library refuses these. Until then nothing of them may be lost.
    ["(ab", 2],
    ["x(ab", 3],
    ["((ab)c", 5],
    ["ab)", 3],
    ["ab){3}", 8],
  ])("of groups: %s is %i", (pattern, expected) => {
    expect(size(pattern)).toBe(expected);
  });

  it.each<[string, number]>([
    ["[abc]", 1],
    ["[abc]{4}", 8],
    ["[^abc]{4}", 8],
    ["[]a]{4}", 8],
    ["[^]a]{4}", 8],
    ["[[:alpha:]]{4}", 8],
    ["[x[:^alpha:]y]{4}", 8],
    ["[\\]a]{4}", 8],
    ["[[a]{4}", 8],
    ["[(]{4}", 8],
    ["[{9}]{4}", 8],
    ["[ab", 1],
    ["[ab\\", 1],
  ])("of classes: %s is %i", (pattern, expected) => {
    expect(size(pattern)).toBe(expected);
  });

  it.each<[string, number]>([
    ["\\d", 1],
    ["\\d{4}", 8],
    ["\\({4}", 8],
    ["\\){4}", 8],
    ["\\[{4}", 8],
    ["\\{4}", 3],
    ["\\*{4}", 8],
    ["\\\\{4}", 8],
    ["\\\n{4}", 8],
    ["\\p{Greek}{4}", 8],
    ["\\P{L}{4}", 8],
    ["\\x{1F600}{4}", 8],
    ["\\u{4}", 8],
    ["\\", 1],
    // A quoted text counts as it stands, with its quotes.
    ["\\Qa{9}\\E", 8],
    ["\\Qa{9}\\Ea{4}", 16],
    ["\\Qa{9}", 6],
    ["\\Qa\\n{9}\\E{2}", 22],
    ["x\\Q(((\\E", 8],
  ])("of escapes: %s is %i", (pattern, expected) => {
    expect(size(pattern)).toBe(expected);
  });

  it("is counted only until the limit is passed", () => {
    expect(grownSize("abcdef", 3)).toBe(4);
    expect(grownSize("abc", 3)).toBe(3);
    expect(grownSize("a{9}bcdef", 3)).toBe(18);
    expect(grownSize("(a{999999999}){999999999}".repeat(40), 4_000)).toBeGreaterThan(4_000);
  });
});
