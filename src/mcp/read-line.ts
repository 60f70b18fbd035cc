/** Reads one line of input as JSON. */

import { isUtf8 } from "node:buffer";
import { ErrorCode } from "@modelcontextprotocol/sdk/types.js";
import { StringDecoder } from "node:string_decoder";
import { setImmediate as nextTurn } from "node:timers/promises";
import { EnvelopeScanner } from "./envelope-scanner.js";
import { noteInexactArguments } from "./exact-numbers.js";
import type { ErrorAnswer } from "./incoming.js";

/** Windows programs write this at the start of a text. */
const BYTE_ORDER_MARK = "\uFEFF";

const WRONG_BYTES = "it must be UTF-8, it has other bytes";

/** What a line holds. */
export type LineContent =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "empty" }
  | { readonly kind: "wrong"; readonly answer: ErrorAnswer };

/** Bytes of a long line that are decoded, or searched for its id, in one step: some milliseconds of work. */
const STEP_BYTES = 262_144;

/**
 * Reads a line, with or without its end.
 *
 * @param isCut True if the input ended before the line did.
 */
export function readLine(line: Buffer, isCut: boolean): LineContent {
  const scanner = new EnvelopeScanner();
  const text = isUtf8(line) ? withoutMark(line.toString("utf8")) : null;
  const read = text === null ? WRONG_BYTES : parse(text, isCut);
  if (typeof read === "string") {
    scanner.push(line);
    return wrong(scanner, read);
  }
  if (text !== null && read.kind === "value") noteInexactArguments(text, read.value);
  return read;
}

/** Reads a long line as `readLine` does, step by step, so that the server does other work between the steps. */
export async function readLongLine(line: Buffer, isCut: boolean): Promise<LineContent> {
  await nextTurn();
  const text = isUtf8(line) ? withoutMark(await decodeInSteps(line)) : null;
  await nextTurn();
  const read = text === null ? WRONG_BYTES : parse(text, isCut);
  await nextTurn();
  if (typeof read === "string") {
    const scanner = new EnvelopeScanner();
    for await (const part of stepsOf(line)) scanner.push(part);
    return wrong(scanner, read);
  }
  if (text !== null && read.kind === "value") noteInexactArguments(text, read.value);
  await nextTurn();
  return read;
}

async function* stepsOf(line: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < line.length; at += STEP_BYTES) {
    yield line.subarray(at, at + STEP_BYTES);
    await nextTurn();
  }
}

/** A text that is not ASCII takes ten times as long. */
async function decodeInSteps(line: Buffer): Promise<string> {
  const decoder = new StringDecoder("utf8");
  let text = "";
  for await (const part of stepsOf(line)) text += decoder.write(part);
  return text + decoder.end();
}

function withoutMark(whole: string): string {
  return (whole.startsWith(BYTE_ORDER_MARK) ? whole.slice(1) : whole).trim();
}

/** Returns what a text holds, or what is wrong with it. */
function parse(text: string, isCut: boolean): LineContent | string {
  if (text === "") return { kind: "empty" };
  try {
    return { kind: "value", value: JSON.parse(text) as unknown };
  } catch (error) {
    // The message of the error repeats a part of the text, which may be of any kind. Only the place is of use.
    const at = /position (\d+)/.exec(String(error))?.[1];
    const place = at === undefined ? "" : `, at character ${at}`;
    const is = isCut ? "the input ended in the middle of it" : `it is not${place}`;
    return `it must be one JSON object in one line, ${is}`;
  }
}

function wrong({ requestId: id }: EnvelopeScanner, problem: string): LineContent {
  return { kind: "wrong", answer: { id, code: ErrorCode.ParseError, message: `Cannot read a message: ${problem}` } };
}
