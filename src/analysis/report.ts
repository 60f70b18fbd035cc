/** Collects the findings in a program, each with its place. A policy judges them later (policy/judge.ts). */

import type { RuleId } from "./rule-catalogue.js";
import type { Language } from "../language.js";

/** Longest piece of the program that a finding quotes. */
const MAX_SNIPPET_LENGTH = 160;

/** The first place at which a program is not of its language. Lines and columns start at 1. */
export interface SyntaxProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
  /** The rest of the error's sentence: what to send instead. */
  readonly hint?: string;
}

/** Returns a hint about a syntax error as the suggestion of a finding. */
export function suggesting(hint: string | undefined): { readonly suggestion?: string } {
  return hint === undefined ? {} : { suggestion: hint.charAt(0).toUpperCase() + hint.slice(1) };
}

/** Half-open range of UTF-16 offsets. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** The result of a language's check, besides the findings. */
export interface Reading {
  readonly syntaxError: SyntaxProblem | null;
  readonly comments: readonly Range[];
  /** The content of strings, without their quotes. */
  readonly strings: readonly Range[];
}

/** A program that was read once. Any number of policies can judge it. */
export interface Inspection extends Reading {
  readonly report: Report;
}

/** A part of a program that a rule is about. */
export interface Finding {
  /** Follows `Cannot `: a verb and the quoted text of the program. */
  readonly action: string;
  /** The module, name, attribute or text that the finding is about. */
  readonly resource?: string;
  /** Replaces the suggestion of the rule. */
  readonly suggestion?: string;
  /** The finding is about the program's own workspace: its files and its process. A policy may give it. */
  readonly isOfWorkspace?: boolean;
  /** Full name of a module that the program takes. The policy decides whether it may. */
  readonly module?: string;
  /** The member that the program takes from the module. It may be a module too. */
  readonly member?: string;
  /** The program has imported the module before, so only the policy's own entry for the member counts. */
  readonly isImported?: boolean;
}

export interface PlacedFinding extends Finding {
  readonly rule: RuleId;
  readonly range: Range;
}

/** Lines and columns start at 1. Columns count UTF-16 units. The end is exclusive. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** The line of the program. Of a long line, the part that begins at the finding. */
  readonly snippet: string;
}

export class Report {
  readonly code: string;
  readonly language: Language;
  /** The text that findings quote: the program as its caller wrote it, with the same lines and columns as `code`. */
  readonly #shown: string;
  /** Offset at which each line starts. */
  readonly #lines: number[] = [0];
  readonly #found = new Map<string, PlacedFinding>();

  constructor(code: string, language: Language, shown: string = code) {
    this.code = code;
    this.#shown = shown;
    this.language = language;
    const breaks = language === "javascript" || language === "typescript" ? /\r\n|[\r\n\u2028\u2029]/g : /\r\n|\r|\n/g;
    for (const match of code.matchAll(breaks)) this.#lines.push(match.index + match[0].length);
  }

  /** Adds a finding. The same rule at the same place counts once. */
  add(rule: RuleId, { start, end }: Range, finding: Finding): void {
    const { module = "", member = "", isOfWorkspace = false } = finding;
    const key = `${rule} ${start} ${end} ${module} ${member} ${isOfWorkspace}`;
    if (!this.#found.has(key)) this.#found.set(key, { ...finding, rule, range: { start, end } });
  }

  /** All findings, in the order of the text. */
  findings(): PlacedFinding[] {
    return [...this.#found.values()].sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end);
  }

  /** The line and column of an offset. */
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
    return this.#shown.slice(from, Math.min(end, from + MAX_SNIPPET_LENGTH)).trim();
  }
}
