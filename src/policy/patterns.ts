/**
 * An operator's or a caller's own regular expressions, matched in linear time by RE2's method: no pattern can make a
 * check slow. They never see comments, and see strings only when they ask for them.
 */

import { RE2JS } from "re2js";
import type { Pattern, PatternScope } from "./policy.js";
import type { Inspection } from "../analysis/analyser.js";
import type { Range } from "../analysis/report.js";

/** Longest pattern, in characters. */
export const MAX_PATTERN_LENGTH = 1_000;

/**
 * Instructions that all patterns of a policy, and of a file of policies, may compile to. A search takes as many steps
 * as their product with the program's length: 10 KB and 400 took up to 140 ms.
 */
export const MAX_PATTERNS_SIZE = 400;

/** Findings that one pattern gives; one that matches everywhere says no more by the hundredth time. */
const MAX_MATCHES = 100;

/**
 * Steps for the matches after a pattern's first: each search is linear, but there may be as many as there are letters.
 */
const MORE_STEPS = 2_000_000;

/** A program's text, as long as the program, with all but what a pattern is to see replaced by spaces. */
export type PatternTexts = Readonly<Record<PatternScope, string>>;

/**
 * Returns the compiled pattern.
 *
 * @throws {Error} With what is wrong with it: not a regular expression, not one that can be matched in linear time, or
 * too large.
 */
export function compilePattern(pattern: string): RE2JS {
  const compiled = compile(pattern);
  if (compiled.programSize() > MAX_PATTERNS_SIZE)
    throw new Error("it is too large: write fewer or smaller repetitions");
  const isFoundEmpty = (text: string): boolean => {
    const matcher = compiled.matcher(text);
    return matcher.find() && matcher.start() === matcher.end();
  };
  if (["", "a", " a "].some(isFoundEmpty))
    throw new Error("it matches the empty text, so it would be found everywhere");
  return compiled;
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern, RE2JS.MULTILINE);
  } catch (cause) {
    // The library repeats the pattern, with what it has put before it.
    const said = /^error parsing regexp: ([a-z -]+)/i.exec((cause as Error).message)?.[1];
    throw new Error(said === undefined ? "it is no regular expression" : said.trim(), { cause });
  }
}

/** Blanks out what is not to be seen, unit by unit, so that offsets stay what they are. Line ends stay. */
export function patternTexts(code: string, comments: readonly Range[], strings: readonly Range[]): PatternTexts {
  const blank = (text: string): string => text.replace(/[^\r\n]/g, " ");
  const without = (text: string, ranges: readonly Range[]): string => {
    let result = "";
    let at = 0;
    for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
      if (start < at) continue;
      result += text.slice(at, start) + blank(text.slice(start, end));
      at = end;
    }
    return result + text.slice(at);
  };
  const all = without(code, comments);
  const code_ = without(all, strings);
  let only = "";
  for (let at = 0; at < all.length; at++)
    only += all[at] === code_[at] && !/[\r\n]/.test(all[at] ?? "") ? " " : all[at];
  return { all, code: code_, strings: only };
}

/** Looks for patterns in one program. What several policies share is looked for once. */
export class PatternSearch {
  readonly texts: PatternTexts;
  readonly #found = new Map<string, readonly Range[]>();
  #steps = MORE_STEPS;

  constructor(texts: PatternTexts) {
    this.texts = texts;
  }

  /** Where the pattern matches, in order. */
  find(pattern: Pattern): readonly Range[] {
    const key = `${pattern.in} ${pattern.pattern}`;
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const text = this.texts[pattern.in];
    const expression = compiled(pattern.pattern);
    const matcher = expression.matcher(text);
    const found: Range[] = [];
    while (found.length < MAX_MATCHES && matcher.find()) {
      const [start, end] = [matcher.start(), matcher.end()];
      if (end > start) found.push({ start, end });
      this.#steps -= (text.length - end + 1) * expression.programSize();
      if (this.#steps <= 0) break;
    }
    this.#found.set(key, found);
    return found;
  }
}

const searches = new WeakMap<Inspection, PatternSearch>();

/** Returns the search in a program, the same one for every policy that judges it. */
export function patternSearchOf(inspection: Inspection): PatternSearch {
  const known = searches.get(inspection);
  if (known !== undefined) return known;
  const { report, comments, strings } = inspection;
  const search = new PatternSearch(patternTexts(report.code, comments, strings));
  searches.set(inspection, search);
  return search;
}

/** The patterns of loaded policies are few; a caller's own come and go. */
const MAX_KEPT = 200;
const kept = new Map<string, RE2JS>();

function compiled(pattern: string): RE2JS {
  const known = kept.get(pattern);
  if (known !== undefined) return known;
  const fresh = compilePattern(pattern);
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(pattern, fresh);
  return fresh;
}
