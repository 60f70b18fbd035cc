/**
 * Finds the id of a request in its bytes, without holding them. A line that is too long to be parsed has one too, at
 * its start or, from other clients, at its end. Without an answer the client would wait for it in vain.
 */

/** Longest id that is answered, and longest key that is looked at, in bytes. */
const MAX_ID_BYTES = 200;
const MAX_KEY_BYTES = 16;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPENING: ReadonlySet<number> = new Set([0x7b, 0x5b]);
const CLOSING: ReadonlySet<number> = new Set([0x7d, 0x5d]);

/** Takes one JSON object byte by byte. Looks at the keys of the object itself alone. */
export class EnvelopeScanner {
  #depth = 0;
  #isInText = false;
  #isEscaped = false;
  /** True in the value of a key; false in the key. */
  #isValue = false;
  #key: number[] = [];
  #value: number[] = [];
  #id: number[] | null = null;
  #hasMethod = false;

  /** Takes the next bytes. */
  push(bytes: Uint8Array): void {
    for (const byte of bytes) this.#take(byte);
  }

  /** The id of the request; null if the bytes are no request, or its id is no number and no text. */
  get requestId(): string | number | null {
    if (!this.#hasMethod || this.#id === null || this.#id.length > MAX_ID_BYTES) return null;
    try {
      const id: unknown = JSON.parse(Buffer.from(this.#id).toString("utf8"));
      return typeof id === "string" || Number.isSafeInteger(id) ? (id as string | number) : null;
    } catch {
      return null;
    }
  }

  #take(byte: number): void {
    if (this.#isInText) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) this.#isInText = false;
    } else if (byte === QUOTE) this.#isInText = true;
    else if (OPENING.has(byte)) this.#depth++;
    else if (CLOSING.has(byte)) {
      if (this.#depth-- === 1) this.#endEntry();
    } else if (this.#depth === 1 && byte === COLON && !this.#isValue) {
      this.#isValue = true;
      return;
    } else if (this.#depth === 1 && byte === COMMA) {
      this.#endEntry();
      return;
    }
    // The first character of the object itself is no part of a key.
    if (this.#depth === 1 && !(OPENING.has(byte) && !this.#isInText)) this.#keep(byte);
  }

  #keep(byte: number): void {
    if (!this.#isValue && this.#key.length <= MAX_KEY_BYTES) this.#key.push(byte);
    else if (this.#isValue && this.#value.length <= MAX_ID_BYTES) this.#value.push(byte);
  }

  #endEntry(): void {
    const key = Buffer.from(this.#key).toString("latin1").trim();
    if (key === '"id"' && this.#isValue) this.#id = this.#value;
    if (key === '"method"' && this.#isValue) this.#hasMethod = true;
    this.#key = [];
    this.#value = [];
    this.#isValue = false;
  }
}
