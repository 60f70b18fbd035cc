/** Collects what an analysis finds in a program and says where it is. What a policy makes of it is judge.ts. */

import type { RuleId } from "./rule-catalogue.js";
import type { Language } from "../language.js";

const MAX_SNIPPET_LENGTH = 160;

/** Where a program stops being one. Lines and columns start at 1. */
export interface SyntaxProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** Half-open range of UTF-16 offsets. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** What a language's check returns besides its findings. */
export interface Reading {
  readonly syntaxError: SyntaxProblem | null;
  readonly comments: readonly Range[];
  /** What is in strings, without their quotes. */
  readonly strings: readonly Range[];
}

/** Something that a rule is about. */
export interface Finding {
  /** Follows `Cannot `: a verb and the quoted text of the caller. */
  readonly action: string;
  /** The module, name, attribute or text it is about. */
  readonly resource?: string;
  /** Replaces the rule's own. */
  readonly suggestion?: string;
  /** A module, by its full name, that the program takes: whether it may is the policy's to say. */
  readonly module?: string;
  /** What it takes of the module: perhaps a module too. */
  readonly member?: string;
  /** It has the module already, so that only the member's own entry in a policy counts. */
  readonly isImported?: boolean;
}

export interface PlacedFinding extends Finding {
  readonly rule: RuleId;
  readonly range: Range;
}

/** Lines and columns start at 1; columns count UTF-16 units, the end is exclusive. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** The program's line, or a part of it that begins at the finding. */
  readonly snippet: string;
}

export class Report {
  readonly code: string;
  readonly language: Language;
  /** Offset at which each line starts. */
  readonly #lines: number[] = [0];
  readonly #found = new Map<string, PlacedFinding>();

  constructor(code: string, language: Language) {
    this.code = code;
    this.language = language;
    const breaks = language === "javascript" ? /\r\n|[\r\n\u2028\u2029]/g : /\r\n|\r|\n/g;
    for (const match of code.matchAll(breaks)) this.#lines.push(match.index + match[0].length);
  }

  /** Adds a finding; the same rule at the same place counts once. */
  add(rule: RuleId, { start, end }: Range, finding: Finding): void {
    const key = `${rule} ${start} ${end} ${finding.module ?? ""} ${finding.member ?? ""}`;
    if (!this.#found.has(key)) this.#found.set(key, { ...finding, rule, range: { start, end } });
  }

  /** Everything found, in order of place. */
  findings(): PlacedFinding[] {
    return [...this.#found.values()].sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end);
  }

  place(offset: number): { readonly line: number; readonly column: number } {
    let low = 0;
    let high = this.#lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lines[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#lines[low] ?? 0) + 1 };
  }

  placeOf({ start, end }: Range): Place {
    const from = this.place(start);
    const to = this.place(end);
    return { ...from, endLine: to.line, endColumn: to.column, snippet: this.#snippet(start, from.line) };
  }

  #snippet(offset: number, line: number): string {
    const start = this.#lines[line - 1] ?? 0;
    const end = this.#lines[line] ?? this.code.length;
    const from = end - start <= MAX_SNIPPET_LENGTH ? start : offset;
    return this.code.slice(from, Math.min(end, from + MAX_SNIPPET_LENGTH)).trim();
  }
}
