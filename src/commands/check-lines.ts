/** The lines of a checked program, counted as the analysis counts them. */

import type { Language } from "../language.js";
import type { Place } from "../analysis/report.js";

/** A program, split at its line breaks. Lines and columns count from 1; columns are in UTF-16 units. */
export class SourceLines {
  readonly #code: string;
  /** Offsets of the start of each line and of its end without the line break. */
  readonly #lines: { readonly start: number; readonly end: number }[] = [];

  constructor(code: string, language: Language) {
    this.#code = code;
    const breaks = language === "javascript" || language === "typescript" ? /\r\n|[\r\n\u2028\u2029]/g : /\r\n|\r|\n/g;
    let start = 0;
    for (const { index, 0: text } of code.matchAll(breaks)) {
      this.#lines.push({ start, end: index });
      start = index + text.length;
    }
    this.#lines.push({ start, end: code.length });
  }

  /** Returns a line without its line break. */
  line(number: number): string {
    const { start, end } = this.#at(number);
    return this.#code.slice(start, end);
  }

  /** Returns the text of a range. */
  textOf({ line, column, endLine, endColumn }: Omit<Place, "snippet">): string {
    return this.#code.slice(this.#at(line).start + column - 1, this.#at(endLine).start + endColumn - 1);
  }

  #at(number: number): { readonly start: number; readonly end: number } {
    return this.#lines[number - 1] ?? { start: this.#code.length, end: this.#code.length };
  }
}
