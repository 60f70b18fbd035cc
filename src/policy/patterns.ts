/**
 * Searches programs for the regular expressions of operators and callers. RE2 matches in linear time, so no pattern can
 * make a check slow. A pattern never sees comments. It sees strings only if it asks for them.
 */

import { RE2JS } from "re2js";
import { grownSize } from "./pattern-size.js";
import type { Pattern, PatternScope } from "./policy.js";
import type { Inspection, Range } from "../analysis/report.js";

/** Longest pattern, in characters. */
export const MAX_PATTERN_LENGTH = 1_000;

/**
 * Most instructions that all patterns of a policy, or of a policy file, compile to. The steps of a search are at most
 * this number times the length of the program. 400 instructions on 10 KB took up to 140 ms.
 */
export const MAX_PATTERNS_SIZE = 400;

/**
 * Most parts that a pattern may grow to before it is compiled. Compiling makes fewer instructions of them, because it
 * joins alternatives.
 */
const MAX_GROWN_SIZE = 10 * MAX_PATTERNS_SIZE;

const TOO_LARGE = "it is too large: write fewer or smaller repetitions";

/** Most matches of one pattern that are reported. */
const MAX_MATCHES = 100;

/**
 * Most steps for the matches after the first one of each pattern. Each search takes linear time, but there can be as
 * many searches as characters.
 */
const MORE_STEPS = 2_000_000;

/** The texts to search in. Each is as long as the program, with spaces in place of the parts to ignore. */
export type PatternTexts = Readonly<Record<PatternScope, string>>;

/**
 * Compiles a pattern.
 *
 * @throws {Error} If it is no regular expression, needs more than linear time, is too large, or matches the empty text.
 * The message says which.
 */
function compilePattern(pattern: string): RE2JS {
  if (grownSize(pattern, MAX_GROWN_SIZE) > MAX_GROWN_SIZE) throw new Error(TOO_LARGE);
  const compiled = compile(pattern);
  if (compiled.programSize() > MAX_PATTERNS_SIZE) throw new Error(TOO_LARGE);
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
    // The message of the library repeats the pattern, which may be long.
    const said = /^error parsing regexp: ([a-z -]+)/i.exec((cause as Error).message)?.[1];
    throw new Error(said === undefined ? "it is no regular expression" : said.trim(), { cause });
  }
}

/** Makes the texts to search in. Every hidden UTF-16 unit becomes a space, so offsets stay the same. Line ends stay. */
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

/** A pattern, and the text that it is searched for in. */
export type SearchedPattern = Pick<Pattern, "pattern" | "in">;

/** Searches one program for patterns. It remembers the matches, because several policies can share a pattern. */
export class PatternSearch {
  readonly texts: PatternTexts;
  readonly #found: Map<string, readonly Range[]> = new Map();
  #steps = MORE_STEPS;

  constructor(texts: PatternTexts) {
    this.texts = texts;
  }

  /** Returns true if the matches of the pattern are known. */
  knows(pattern: SearchedPattern): boolean {
    return this.#found.has(keyOf(pattern));
  }

  /** Takes the matches that another thread found. */
  note(pattern: SearchedPattern, found: readonly Range[]): void {
    this.#found.set(keyOf(pattern), found);
  }

  /** The matches of the pattern, in the order of the text. At most `MAX_MATCHES`. */
  find(pattern: SearchedPattern): readonly Range[] {
    const key = keyOf(pattern);
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

function keyOf(pattern: SearchedPattern): string {
  return `${pattern.in} ${pattern.pattern}`;
}

/** The search of each inspected program, for as long as the program is in use. */
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

/** Most compiled patterns that are kept. Loaded policies have few; callers can send any number over time. */
const MAX_KEPT = 200;
const kept = new Map<string, RE2JS>();

/**
 * Returns the number of instructions that a pattern compiles to.
 *
 * @throws {Error} If it cannot be used. The message says why.
 */
export function patternSize(pattern: string): number {
  return compiled(pattern).programSize();
}

function compiled(pattern: string): RE2JS {
  const known = kept.get(pattern);
  if (known !== undefined) return known;
  const fresh = compilePattern(pattern);
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(pattern, fresh);
  return fresh;
}
