/**
 * Writes the JSON of a large value in pieces, so that the server does other work while it measures or hashes one.
 * Together they are what JSON.stringify returns.
 */

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Json } from "../sandbox/engine.js";

/** Work of one piece: so many values, or so many characters of texts. Each takes some milliseconds. */
const PIECE_VALUES = 4_000;
const PIECE_CHARACTERS = 131_072;

/** A list or an object that is being written. */
interface Frame {
  readonly values: readonly Json[];
  /** Of an object. */
  readonly names: readonly string[] | null;
  next: number;
}

/** Gives each piece to `take`, with other work of the server in between. */
export async function eachJsonPiece(value: Json, take: (piece: string) => void): Promise<void> {
  const pieces = new JsonPieces(value);
  for (let piece = pieces.next(); piece !== null; piece = pieces.next()) {
    take(piece);
    await nextTurn();
  }
}

class JsonPieces {
  /** The lists and objects that are open, from the outermost on. */
  readonly #open: Frame[] = [];
  /** The rest of a long text. Empty if there is none: a text ends with a quotation mark. */
  #rest = "";
  #parts: string[] = [];
  /** Characters of the texts in the present piece. */
  #characters = 0;

  constructor(value: Json) {
    this.#open.push({ values: [value], names: null, next: 0 });
  }

  /** Returns the next piece; null after the last one. */
  next(): string | null {
    this.#parts = [];
    this.#characters = 0;
    for (let count = 0; count < PIECE_VALUES && this.#characters < PIECE_CHARACTERS; count++)
      if (!this.#writeOne()) break;
    return this.#parts.length === 0 ? null : this.#parts.join("");
  }

  /** Returns false at the end. */
  #writeOne(): boolean {
    if (this.#rest !== "") {
      this.#writeText(this.#rest);
      return true;
    }
    const frame = this.#open.at(-1);
    if (frame === undefined) return false;
    const { values, names, next } = frame;
    const value = values[next];
    if (value === undefined) {
      this.#open.pop();
      // The outermost frame holds the whole value, and has no brackets.
      if (this.#open.length > 0) this.#parts.push(names === null ? "]" : "}");
      return true;
    }
    frame.next++;
    const comma = next === 0 ? "" : ",";
    this.#parts.push(names === null ? comma : `${comma}${JSON.stringify(names[next])}:`);
    this.#writeValue(value);
    return true;
  }

  #writeValue(value: Json): void {
    if (typeof value === "string" && value.length > PIECE_CHARACTERS) {
      this.#parts.push('"');
      this.#writeText(value);
    } else if (typeof value !== "object" || value === null) {
      this.#parts.push(JSON.stringify(value));
      if (typeof value === "string") this.#characters += value.length;
    } else if (Array.isArray(value)) {
      this.#parts.push("[");
      this.#open.push({ values: value as readonly Json[], names: null, next: 0 });
    } else {
      this.#parts.push("{");
      this.#open.push({ values: Object.values(value), names: Object.keys(value), next: 0 });
    }
  }

  /** Writes the start of a text, up to its end. */
  #writeText(text: string): void {
    // Half a pair would be written as a number.
    const isPair = /[\ud800-\udbff]/.test(text.charAt(PIECE_CHARACTERS - 1));
    const end = isPair ? PIECE_CHARACTERS - 1 : PIECE_CHARACTERS;
    this.#parts.push(JSON.stringify(text.slice(0, end)).slice(1, -1));
    this.#rest = text.slice(end);
    if (this.#rest === "") this.#parts.push('"');
    this.#characters += end;
  }
}
