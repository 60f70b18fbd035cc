/** Reads one line of input as JSON. */

import { isUtf8 } from "node:buffer";
import { ErrorCode } from "@modelcontextprotocol/sdk/types.js";
import { setImmediate as nextTurn } from "node:timers/promises";
import { EnvelopeScanner } from "./envelope-scanner.js";
import { noteInexactArguments } from "./exact-numbers.js";
import type { ErrorAnswer } from "./incoming.js";

/** Windows programs write this at the start of a text. */
const BYTE_ORDER_MARK = "\uFEFF";

/** What a line holds. */
export type LineContent =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "empty" }
  | { readonly kind: "wrong"; readonly answer: ErrorAnswer };

/**
 * Reads a line, with or without its end.
 *
 * @param isCut True if the input ended before the line did.
 */
export function readLine(line: Buffer, isCut: boolean): LineContent {
  return isUtf8(line) ? parse(line, decode(line), isCut) : wrongBytes(line);
}

/** Reads a long line as `readLine` does, step by step, so that the server does other work between the steps. */
export async function readLongLine(line: Buffer, isCut: boolean): Promise<LineContent> {
  await nextTurn();
  if (!isUtf8(line)) return wrongBytes(line);
  await nextTurn();
  const text = decode(line);
  await nextTurn();
  const content = parse(line, text, isCut);
  await nextTurn();
  return content;
}

function decode(line: Buffer): string {
  const whole = line.toString("utf8");
  return (whole.startsWith(BYTE_ORDER_MARK) ? whole.slice(1) : whole).trim();
}

function parse(line: Buffer, text: string, isCut: boolean): LineContent {
  if (text === "") return { kind: "empty" };
  try {
    const value: unknown = JSON.parse(text);
    noteInexactArguments(text, value);
    return { kind: "value", value };
  } catch (error) {
    // The message of the error repeats a part of the text, which may be of any kind. Only the place is of use.
    const at = /position (\d+)/.exec(String(error))?.[1];
    const place = at === undefined ? "" : `, at character ${at}`;
    const is = isCut ? "the input ended in the middle of it" : `it is not${place}`;
    return wrong(line, `it must be one JSON object in one line, ${is}`);
  }
}

function wrongBytes(line: Buffer): LineContent {
  return wrong(line, "it must be UTF-8, it has other bytes");
}

function wrong(line: Buffer, problem: string): LineContent {
  const scanner = new EnvelopeScanner();
  scanner.push(line);
  return {
    kind: "wrong",
    answer: { id: scanner.requestId, code: ErrorCode.ParseError, message: `Cannot read a message: ${problem}` },
  };
}
