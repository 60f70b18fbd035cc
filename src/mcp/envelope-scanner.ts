/**
 * Reads the outline of a message from its bytes, without holding or parsing them: the id of the request, and how much
 * there is to parse.
 *
 * A line that is too long or too large to be parsed has an id too, at its start or, from other clients, at its end.
 * Without an answer the client would wait for it in vain.
 */

import { randomBytes } from "node:crypto";

/** Longest id that is answered, and longest key that is looked at, in bytes. */
const MAX_ID_BYTES = 200;
const MAX_KEY_BYTES = 16;

/** Bytes at the start of a name that tell it from other names. With its length they are nearly always enough. */
const TELLING_BYTES = 64;
/** Bits of the table of names that were met, as a power of two. */
const TABLE_BITS = 20;
/** Nobody can find out which names meet in one place of the table. */
const SEED = randomBytes(4).readInt32LE();

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const SPACE = 0x20;

/** Takes one JSON object in pieces. Of the values it keeps those of the object itself alone, and only their start. */
export class EnvelopeScanner {
  #depth = 0;
  #deepest = 0;
  #values = 1;
  #names = 0;
  #distinctNames = 0;
  #table: Uint8Array | null = null;
  #isInText = false;
  /** True if the next byte of a text is escaped. */
  #isEscaped = false;
  /** True behind the opening of an object or a list, while nothing was in it. */
  #isEmpty = false;
  /** The last text in the present piece; `#textStart` is -1 if it began in an earlier piece. */
  #textStart = -1;
  #textEnd = 0;
  /** True in the value of a key; false in the key. */
  #isValue = false;
  #key: number[] = [];
  #value: number[] = [];
  #id: number[] | null = null;
  #isRequest = false;
  #isResponse = false;

  /** Values in the message, itself included. */
  get values(): number {
    return this.#values;
  }

  /** Names of entries of objects. */
  get names(): number {
    return this.#names;
  }

  /** Names of entries that differ from each other, at least. */
  get distinctNames(): number {
    return this.#distinctNames;
  }

  /** The deepest nesting of the message. */
  get deepest(): number {
    return this.#deepest;
  }

  /**
   * The id of the request; null if it is no number and no text, or if the bytes answer a request of this server. Bytes
   * that end early may be a request whose method has not come.
   */
  get requestId(): string | number | null {
    if (this.#isResponse && !this.#isRequest) return null;
    const bytes = this.#id ?? this.#lastId();
    if (bytes === null || bytes.length > MAX_ID_BYTES) return null;
    try {
      const id: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
      return typeof id === "string" || Number.isSafeInteger(id) ? (id as string | number) : null;
    } catch {
      return null;
    }
  }

  /** The id if it is the last of the bytes so far, and whole: a number may have further digits. */
  #lastId(): number[] | null {
    return this.#isAtId() && !this.#isInText && this.#value.at(-1) === QUOTE ? this.#value : null;
  }

  #isAtId(): boolean {
    return this.#isValue && this.#hasKey('"id"');
  }

  /** The length differs for most keys of a large object, and is compared in no time. */
  #hasKey(key: string): boolean {
    return this.#key.length === key.length && Buffer.from(this.#key).toString("latin1") === key;
  }

  /** Takes the next bytes. */
  push(bytes: Uint8Array): void {
    this.#textStart = -1;
    this.#textEnd = 0;
    let at = 0;
    while (at < bytes.length) {
      if (this.#isInText) at = this.#takeText(bytes, at);
      else this.#takeMark(bytes, at++);
    }
  }

  /** Takes the rest of a text that is in `bytes`. Returns where it ends. */
  #takeText(bytes: Uint8Array, start: number): number {
    let at = start;
    if (this.#isEscaped) {
      this.#isEscaped = false;
      at++;
    }
    for (; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) {
        this.#isInText = false;
        break;
      }
    }
    // The byte behind a last backslash is in the next piece.
    this.#isEscaped = at > bytes.length;
    const end = Math.min(at + 1, bytes.length);
    this.#textEnd = end;
    if (this.#depth === 1) this.#keep(bytes, start, end);
    return end;
  }

  #takeMark(bytes: Uint8Array, at: number): void {
    const byte = bytes[at] ?? SPACE;
    if (byte <= SPACE) return;
    const wasEmpty = this.#isEmpty;
    this.#isEmpty = false;
    switch (byte) {
      case QUOTE:
        this.#isInText = true;
        this.#textStart = at;
        break;
      case 0x7b:
      case 0x5b:
        this.#values++;
        this.#isEmpty = true;
        this.#deepest = Math.max(this.#deepest, ++this.#depth);
        return;
      case 0x7d:
      case 0x5d:
        if (wasEmpty) this.#values--;
        if (this.#depth-- === 1) this.#endEntry();
        return;
      case COLON:
        this.#countName(bytes);
        if (this.#depth === 1 && !this.#isValue) return this.#endKey();
        break;
      case COMMA:
        this.#values++;
        if (this.#depth === 1) return this.#endEntry();
        break;
    }
    if (this.#depth === 1) this.#keep(bytes, at, at + 1);
  }

  #countName(bytes: Uint8Array): void {
    this.#names++;
    // A name that is in two pieces counts as one of its own: there are few.
    if (this.#textStart < 0) {
      this.#distinctNames++;
      return;
    }
    let hash = SEED ^ (this.#textEnd - this.#textStart);
    const end = Math.min(this.#textEnd, this.#textStart + TELLING_BYTES);
    for (let at = this.#textStart; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
    const place = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> (32 - TABLE_BITS);
    this.#table ??= new Uint8Array(1 << (TABLE_BITS - 3));
    const [byte, bit] = [place >>> 3, 1 << (place & 7)];
    if (((this.#table[byte] ?? 0) & bit) !== 0) return;
    this.#table[byte] = (this.#table[byte] ?? 0) | bit;
    this.#distinctNames++;
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    const kept = this.#isValue ? this.#value : this.#key;
    const most = this.#isValue ? MAX_ID_BYTES : MAX_KEY_BYTES;
    for (let at = start; at < end && kept.length <= most; at++) kept.push(bytes[at] ?? SPACE);
  }

  #endKey(): void {
    this.#isValue = true;
    if (this.#hasKey('"method"')) this.#isRequest = true;
    if (this.#hasKey('"result"') || this.#hasKey('"error"')) this.#isResponse = true;
  }

  #endEntry(): void {
    if (this.#isAtId()) this.#id = [...this.#value];
    this.#key.length = 0;
    this.#value.length = 0;
    this.#isValue = false;
  }
}
