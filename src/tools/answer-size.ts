/**
 * Keeps an answer well under 1 MB. A client gets each text twice, as structured content and as text, and there the
 * escapes are escaped once more: a control character of one byte becomes 13.
 */

/** Bytes that each kind of text may take in an answer, both forms together. A plain text within its own limit fits. */
export const ANSWER_BYTES = {
  /** One stream of output. */
  stream: 160_000,
  /** The result, a message or a traceback. */
  text: 70_000,
  /** The list of violations, or of input files. */
  list: 120_000,
} as const;

/** Returns the bytes that a character takes in both forms. */
function costOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x22 || code === 0x5c) return 6;
  if (code >= 0x08 && code <= 0x0d && code !== 0x0b) return 5;
  if (code < 0x20 || (code >= 0xd800 && code <= 0xdfff)) return 13;
  return 2 * (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);
}

/** Returns the text, or its start and its end around a line that says how much is missing. */
export function fitText(text: string, bytes: number): { readonly text: string; readonly leftOutBytes: number } {
  // Most texts are far from the limit. Looking at each character would cost more than the rest of the answer.
  if (text.length * 13 <= bytes) return { text, leftOutBytes: 0 };
  const characters = Array.from(text);
  const total = characters.reduce((sum, character) => sum + costOf(character), 0);
  if (total <= bytes) return { text, leftOutBytes: 0 };
  let [start, end] = [0, characters.length];
  for (let spent = 0; spent < bytes / 4; start++) spent += costOf(characters[start] ?? "");
  for (let spent = 0; spent < (bytes * 3) / 4 - 200; end--) spent += costOf(characters[end - 1] ?? "");
  const leftOutBytes = Buffer.byteLength(characters.slice(start, end).join(""));
  const kept = [characters.slice(0, start).join(""), characters.slice(end).join("")] as const;
  return { text: `${kept[0]}\n[... ${leftOutBytes} bytes left out ...]\n${kept[1]}`, leftOutBytes };
}

/** Returns the first items that fit. */
export function fitList<Item>(items: readonly Item[], bytes: number = ANSWER_BYTES.list): Item[] {
  let left = bytes;
  const count = items.findIndex((item) => {
    const json = JSON.stringify(item);
    left -= Buffer.byteLength(json) + Buffer.byteLength(JSON.stringify(json));
    return left < 0;
  });
  return count < 0 ? [...items] : items.slice(0, count);
}
