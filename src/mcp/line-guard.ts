/**
 * Passes on whole lines and leaves out lines that are too long or hold too much.
 *
 * The SDK's transport closes itself at a line that exceeds its buffer. The server would then receive nothing any more,
 * not even the end of its input when the client goes.
 *
 * A message of many small values takes seconds to parse and to check, in which the server does nothing else. So the
 * values are counted in the bytes, piece by piece as they come.
 */

import { Transform, type TransformCallback } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { EnvelopeScanner } from "./envelope-scanner.js";

const NEWLINE = 0x0a;

/** Values of a message, and names in its objects. With more, reading it takes longer than 50 ms. */
export const MAX_VALUES_OF_MESSAGE = 200_000;
export const MAX_NAMES_OF_MESSAGE = 100_000;
/** Names that differ: each takes as long as ten that were met before. */
export const MAX_DISTINCT_NAMES = 10_000;
/** Deepest nesting. The arguments of a tool have a smaller limit, and it says so in its own answer. */
export const MAX_NESTING_OF_MESSAGE = 1_000;

/** Characters of a text that are counted in one step: some milliseconds of work. */
const STEP_CHARACTERS = 131_072;

/** A shorter line cannot hold so much that it matters. */
const LEAST_COUNTED_BYTES = 65_536;

const counted = new WeakMap<Buffer, number>();

/** Returns how many values a line of a guard holds; undefined for a short one, which was not counted. */
export function valuesIn(line: Buffer): number | undefined {
  return counted.get(line);
}

/**
 * Told of a line that is left out: with the id of the request that it is, null if it is none, and with the limit that
 * it exceeds, as the rest of a sentence that begins with the message.
 */
export type OnDropped = (requestId: string | number | null, excess: string) => void;

/** A stream of bytes with no line longer than its limit. At the end of the input, the last line may have no newline. */
export class LineGuard extends Transform {
  readonly #maxBytes: number;
  readonly #onDropped: OnDropped;
  /** The start of the present line; empty if the line is too long. */
  #parts: Buffer[] = [];
  /** Length of the present line so far. */
  #bytes = 0;
  /** Looks for the id in a long line, and counts what it holds. */
  #scanner: EnvelopeScanner | null = null;

  /**
   * @param maxBytes Longest line, its newline included.
   * @param onDropped Called once for each line that is left out.
   */
  constructor(maxBytes: number, onDropped: OnDropped) {
    super();
    this.#maxBytes = maxBytes;
    this.#onDropped = onDropped;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#collect(chunk.subarray(start, end + 1));
      this.#endLine();
      start = end + 1;
    }
    this.#collect(chunk.subarray(start));
    done();
  }

  override _flush(done: TransformCallback): void {
    if (this.#bytes > 0) this.#endLine();
    done();
  }

  #collect(part: Buffer): void {
    if (part.length === 0) return;
    this.#bytes += part.length;
    this.#parts.push(part);
    if (this.#bytes <= Math.min(LEAST_COUNTED_BYTES, this.#maxBytes)) return;
    if (this.#scanner !== null) this.#scanner.push(part);
    else {
      this.#scanner = new EnvelopeScanner();
      for (const held of this.#parts) this.#scanner.push(held);
    }
    if (this.#bytes > this.#maxBytes) this.#parts = [];
  }

  #endLine(): void {
    const excess = this.#bytes > this.#maxBytes ? this.#tooLong() : excessOf(this.#scanner);
    if (excess !== null) this.#onDropped(this.#scanner?.requestId ?? null, excess);
    else this.#passOn();
    this.#parts = [];
    this.#bytes = 0;
    this.#scanner = null;
  }

  #passOn(): void {
    const [first] = this.#parts;
    const line = first !== undefined && this.#parts.length === 1 ? first : Buffer.concat(this.#parts);
    if (this.#scanner !== null) counted.set(line, this.#scanner.values);
    this.push(line);
  }

  #tooLong(): string {
    return `it may have at most ${this.#maxBytes} bytes, it has ${this.#bytes}`;
  }
}

/** Describes what a JSON text has too much of to be parsed; null if nothing. */
export function describeExcess(text: string): string | null {
  if (text.length <= LEAST_COUNTED_BYTES) return null;
  const scanner = new EnvelopeScanner();
  scanner.push(Buffer.from(text, "utf8"));
  return excessOf(scanner);
}

/** Does the same in steps, between which the server does other work. */
export async function describeExcessInSteps(text: string): Promise<string | null> {
  const scanner = new EnvelopeScanner();
  for (let at = 0; at < text.length; at += STEP_CHARACTERS) {
    scanner.push(Buffer.from(text.slice(at, at + STEP_CHARACTERS), "utf8"));
    await nextTurn();
  }
  return excessOf(scanner);
}

/** Describes what a line has too much of; null if nothing. */
function excessOf(scanner: EnvelopeScanner | null): string | null {
  if (scanner === null) return null;
  const { values, names, distinctNames, deepest } = scanner;
  if (deepest > MAX_NESTING_OF_MESSAGE)
    return `it may be nested at most ${MAX_NESTING_OF_MESSAGE} deep, it is nested ${deepest} deep`;
  if (values > MAX_VALUES_OF_MESSAGE) return `it may have at most ${MAX_VALUES_OF_MESSAGE} values, it has ${values}`;
  if (distinctNames > MAX_DISTINCT_NAMES)
    return `its objects may have at most ${MAX_DISTINCT_NAMES} different names, they have ${distinctNames}`;
  return names > MAX_NAMES_OF_MESSAGE
    ? `its objects may have at most ${MAX_NAMES_OF_MESSAGE} entries, they have ${names}`
    : null;
}
