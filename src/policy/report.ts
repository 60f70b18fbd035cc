/** Collects what an analysis finds and says where it is. */

import type { Policy } from "./policy.js";
import { type Language, RULES, type RuleId } from "./rule.js";
import type { Severity } from "./severity.js";

const MAX_SNIPPET_LENGTH = 160;

/** One thing the policy objects to. Lines and columns start at 1; columns count UTF-16 units, the end is exclusive. */
export interface Violation {
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** The program's line, or a part of it that begins at the finding. */
  readonly snippet: string;
  readonly suggestion: string;
  /** The module, name or attribute it is about. */
  readonly resource?: string;
}

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

export interface Finding {
  /** Follows `Cannot `: a verb and the quoted text of the caller. */
  readonly action: string;
  readonly resource?: string;
  readonly suggestion?: string;
}

export class Report {
  readonly code: string;
  readonly policy: Policy;
  /** Offset at which each line starts. */
  readonly #lines: number[] = [0];
  readonly #found = new Map<string, { readonly range: Range; readonly violation: Violation }>();

  constructor(code: string, language: Language, policy: Policy) {
    this.code = code;
    this.policy = policy;
    const breaks = language === "python" ? /\r\n|\r|\n/g : /\r\n|[\r\n\u2028\u2029]/g;
    for (const match of code.matchAll(breaks)) this.#lines.push(match.index + match[0].length);
  }

  /** Adds a finding; the same rule at the same place counts once. */
  add(rule: RuleId, range: Range, finding: Finding): void {
    const key = `${rule} ${range.start} ${range.end}`;
    if (this.#found.has(key)) return;
    const { severity, message, suggestion } = RULES[rule];
    const start = this.place(range.start);
    const end = this.place(range.end);
    const violation: Violation = {
      rule,
      severity,
      message: `Cannot ${finding.action}: ${message}`,
      line: start.line,
      column: start.column,
      endLine: end.line,
      endColumn: end.column,
      snippet: this.#snippet(range.start, start.line),
      suggestion: finding.suggestion ?? suggestion,
      ...(finding.resource === undefined ? {} : { resource: finding.resource }),
    };
    this.#found.set(key, { range, violation });
  }

  /** Everything found, in order of place. */
  violations(): Violation[] {
    return [...this.#found.values()]
      .sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end)
      .map(({ violation }) => violation);
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

  #snippet(offset: number, line: number): string {
    const start = this.#lines[line - 1] ?? 0;
    const end = this.#lines[line] ?? this.code.length;
    const from = end - start <= MAX_SNIPPET_LENGTH ? start : offset;
    return this.code.slice(from, Math.min(end, from + MAX_SNIPPET_LENGTH)).trim();
  }
}
