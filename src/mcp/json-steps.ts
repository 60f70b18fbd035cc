/**
 * Parses JSON in small steps, so that the server does other work in between. It gives the same values as JSON.parse.
 *
 * JSON.parse takes up to 50 ms for a message that is as large as may be, and more on a slow machine.
 */

import { setImmediate as nextTurn } from "node:timers/promises";
import { changedNumber, type InexactNumber, MAX_FOUND } from "./exact-numbers.js";

/** Work of one step: so many tokens, or so many characters. Each takes less than some milliseconds. */
const STEP_TOKENS = 4_000;
const STEP_CHARACTERS = 262_144;

/** Characters of a text that are read at once. */
const PIECE = 65_536;

/** Characters of an escape with a number: `\u00e9`. */
const LONGEST_ESCAPE = 6;

/** Longer parts of a text are no copies: they would keep the whole message in memory. */
const COPIED_LENGTH = 12;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** What may come next: a value; the first item or name, or the end; a name; a colon; a comma or an end; nothing. */
type Expected = "value" | "first-item" | "first-name" | "name" | "colon" | "next" | "nothing";

type Entries = Record<string, unknown>;

/** The text is no JSON. */
export class NotJson extends Error {
  /** Where it is wrong, in UTF-16 units; null if it ends too early. */
  readonly position: number | null;

  constructor(position: number | null) {
    super("The text is no JSON");
    this.position = position;
  }
}

/** A parsed text. */
export interface ParsedJson {
  readonly value: unknown;
  /** The first numbers that JSON.parse changes. */
  readonly inexactNumbers: readonly InexactNumber[];
}

/**
 * Parses a text, with other work of the server between the steps.
 *
 * @throws {NotJson}
 */
export async function parseJsonInSteps(text: string): Promise<ParsedJson> {
  const steps = new JsonSteps(text);
  while (!steps.step()) await nextTurn();
  return steps;
}

/** Parses one text. To be used once. */
export class JsonSteps implements ParsedJson {
  readonly #text: string;
  #at = 0;
  #expected: Expected = "value";
  /** The lists and objects that are open, from the outermost on, and of each object the present name. */
  readonly #open: (unknown[] | Entries)[] = [];
  readonly #names: string[] = [];
  /** Null outside of all, and in a list or an object of the other kind. */
  #list: unknown[] | null = null;
  #object: Entries | null = null;
  #root: unknown;
  readonly #inexact: InexactNumber[] = [];
  /** The rest of a long token, which is work of its own. */
  #rest: (() => void) | null = null;

  constructor(text: string) {
    this.#text = text;
  }

  /** The value, after the last step. */
  get value(): unknown {
    return this.#root;
  }

  /** The first numbers that JSON.parse changes, after the last step. */
  get inexactNumbers(): readonly InexactNumber[] {
    return this.#inexact;
  }

  /**
   * Takes one step. Returns true after the last one.
   *
   * @throws {NotJson}
   */
  step(): boolean {
    const end = this.#at + STEP_CHARACTERS;
    for (let token = 0; token < STEP_TOKENS && this.#at < end; token++) {
      const rest = this.#rest;
      this.#rest = null;
      if (rest !== null) rest();
      else if (this.#skipSpace(end) && !this.#takeToken(this.#text.charCodeAt(this.#at))) return true;
    }
    return false;
  }

  /** Returns false if there are more spaces than one step takes. */
  #skipSpace(end: number): boolean {
    let code = this.#text.charCodeAt(this.#at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      if (this.#at >= end) return false;
      code = this.#text.charCodeAt(++this.#at);
    }
    return true;
  }

  /** Returns false at the end of the text. */
  #takeToken(code: number): boolean {
    const expected = this.#expected;
    const isFirst = expected === "first-item" || expected === "first-name";
    if (expected === "nothing" && Number.isNaN(code)) return false;
    if ((isFirst || expected === "next") && code === this.#closing()) this.#close();
    else if (expected === "value" || expected === "first-item") this.#takeValue(code);
    else if (expected === "next" && code === COMMA) this.#pass(this.#list === null ? "name" : "value");
    else if (expected === "colon" && code === COLON) this.#pass("value");
    else if ((expected === "name" || expected === "first-name") && code === QUOTE) this.#takeText();
    else this.#fail();
    return true;
  }

  #closing(): number {
    return this.#list === null ? CLOSE_OBJECT : CLOSE_LIST;
  }

  /** Passes a mark of one character. */
  #pass(expected: Expected): void {
    this.#expected = expected;
    this.#at++;
  }

  #takeValue(code: number): void {
    if (code === QUOTE) return this.#takeText();
    if (code === OPEN_OBJECT) return this.#openOne({}, "first-name");
    if (code === OPEN_LIST) return this.#openOne([], "first-item");
    if (code === MINUS || (code >= ZERO && code <= NINE)) return this.#takeNumber();
    for (const [word, value] of WORDS) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return this.#put(value);
    }
    if (Number.isNaN(code)) throw new NotJson(null);
    this.#fail();
  }

  #openOne(container: unknown[] | Entries, expected: Expected): void {
    this.#put(container);
    this.#open.push(container);
    this.#names.push("");
    this.#enter(container);
    this.#pass(expected);
  }

  #close(): void {
    this.#open.pop();
    this.#names.pop();
    this.#enter(this.#open.at(-1));
    this.#pass(this.#open.length === 0 ? "nothing" : "next");
  }

  #enter(container: unknown[] | Entries | undefined): void {
    this.#list = Array.isArray(container) ? container : null;
    this.#object = container === undefined || Array.isArray(container) ? null : container;
  }

  #put(value: unknown): void {
    this.#expected = "next";
    if (this.#list !== null) this.#list.push(value);
    else if (this.#object !== null) setEntry(this.#object, this.#names.at(-1) ?? "", value);
    else {
      this.#root = value;
      this.#expected = "nothing";
    }
  }

  /** Takes a text that begins here, or its first piece. */
  #takeText(): void {
    const start = ++this.#at;
    const end = this.#scanText(start);
    if (this.#text.charCodeAt(end) !== QUOTE) return this.#takePiece("", end);
    this.#at = end + 1;
    this.#endText(this.#decode(start, end));
  }

  #takePiece(started: string, end: number = this.#scanText(this.#at)): void {
    const text = started + this.#decode(this.#at, end);
    const isOver = this.#text.charCodeAt(end) === QUOTE;
    if (!isOver && end >= this.#text.length) this.#fail(end);
    this.#at = isOver ? end + 1 : end;
    if (isOver) this.#endText(text);
    else this.#rest = () => this.#takePiece(text);
  }

  /** Returns the end of a piece: the quotation mark behind the text, or a place between two characters. */
  #scanText(start: number): number {
    const text = this.#text;
    const most = Math.min(text.length, start + PIECE);
    let escape = -LONGEST_ESCAPE;
    let at = start;
    while (at < most) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) return at;
      if (code === BACKSLASH) escape = at++;
      at++;
    }
    // An escape may go on behind the end. At the end of the whole text it is broken.
    return at < escape + LONGEST_ESCAPE && at < text.length && escape > start ? escape : Math.min(at, text.length);
  }

  #decode(start: number, end: number): string {
    const raw = this.#text.slice(start, end);
    if (raw.length <= COPIED_LENGTH && !NEEDS_DECODING.test(raw)) return raw;
    try {
      return JSON.parse(`"${raw}"`) as string;
    } catch (error) {
      const at = /position (\d+)/.exec(String(error))?.[1];
      return this.#fail(at === undefined ? start : start + Number(at) - 1);
    }
  }

  #endText(text: string): void {
    if (this.#expected !== "name" && this.#expected !== "first-name") return this.#put(text);
    this.#names[this.#names.length - 1] = text;
    this.#expected = "colon";
  }

  #takeNumber(): void {
    const start = this.#at;
    NUMBER.lastIndex = start;
    if (!NUMBER.test(this.#text)) this.#fail();
    this.#at = NUMBER.lastIndex;
    const literal = this.#text.slice(start, this.#at);
    if (literal.length < STEP_CHARACTERS) this.#putNumber(literal);
    else this.#rest = () => this.#putNumber(literal);
  }

  #putNumber(literal: string): void {
    const value = Number(literal);
    if (!Number.isSafeInteger(value) && this.#inexact.length < MAX_FOUND) {
      const changed = changedNumber(literal, value, () => this.#path());
      if (changed !== null) this.#inexact.push(changed);
    }
    this.#put(value);
  }

  #path(): (string | number)[] {
    return this.#open.map((one, level) =>
      Array.isArray(one) ? this.#indexIn(one, level) : (this.#names[level] ?? ""),
    );
  }

  /** The index of the present item. An open item is in its list already. */
  #indexIn(list: readonly unknown[], level: number): number {
    return level === this.#open.length - 1 ? list.length : list.length - 1;
  }

  /** @throws {NotJson} */
  #fail(position: number = this.#at): never {
    throw new NotJson(position);
  }
}

const WORDS: readonly (readonly [string, unknown])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

const NEEDS_DECODING = /[\0-\x1f\\]/;

function setEntry(entries: Entries, name: string, value: unknown): void {
  // An assignment would change the prototype.
  if (name !== "__proto__") entries[name] = value;
  else Object.defineProperty(entries, name, { value, writable: true, enumerable: true, configurable: true });
}
