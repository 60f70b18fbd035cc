/** Tables of names are written as text, a line to what belongs together. */

/** The words of a text, in its order. */
export function parseWords(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** The words of a text, to be asked for one. */
export function parseWordSet(text: string): ReadonlySet<string> {
  return new Set(parseWords(text));
}
