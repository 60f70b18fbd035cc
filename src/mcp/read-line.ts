/** Reads one line of input as JSON. */

import { isUtf8 } from "node:buffer";
import { ErrorCode } from "@modelcontextprotocol/sdk/types.js";
import { StringDecoder } from "node:string_decoder";
import { setImmediate as nextTurn } from "node:timers/promises";
import { EnvelopeScanner } from "./envelope-scanner.js";
import { type InexactNumber, inexactNumbersIn, noteInexactArguments } from "./exact-numbers.js";
import type { ErrorAnswer } from "./incoming.js";
import { NotJson, parseJsonInSteps } from "./json-steps.js";
import { noteLongMessage } from "./long-messages.js";

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

/** A text with no more characters and no more values than this is parsed at once: that takes some milliseconds. */
const MAX_AT_ONCE = 1_310_720;
const MAX_VALUES_AT_ONCE = 50_000;

/** A text as it was read, with the numbers in it that changed; or what is wrong with it. */
type ReadText = { readonly content: LineContent; readonly numbers: readonly InexactNumber[] } | string;

/**
 * Reads a line, with or without its end.
 *
 * @param isCut True if the input ended before the line did.
 */
export function readLine(line: Buffer, isCut: boolean): LineContent {
  const scanner = new EnvelopeScanner();
  const text = isUtf8(line) ? withoutMark(line.toString("utf8")) : null;
  const content = text === null ? WRONG_BYTES : parse(text, isCut);
  if (typeof content === "string") {
    scanner.push(line);
    return wrong(scanner, content);
  }
  if (text !== null && content.kind === "value") noteInexactArguments(inexactNumbersIn(text), content.value);
  return content;
}

/**
 * Reads a long line as `readLine` does, step by step, so that the server does other work between the steps.
 *
 * @param values Values in the line, if somebody has counted them.
 */
export async function readLongLine(
  line: Buffer,
  isCut: boolean,
  values: number = Number.POSITIVE_INFINITY,
): Promise<LineContent> {
  const text = isUtf8(line) ? withoutMark(await decodeInSteps(line)) : null;
  await nextTurn();
  const isHeavy = (text?.length ?? 0) > MAX_AT_ONCE || values > MAX_VALUES_AT_ONCE;
  const read = text === null ? WRONG_BYTES : await (isHeavy ? parseInSteps(text, isCut) : parseInOneStep(text, isCut));
  await nextTurn();
  if (typeof read === "string") {
    const scanner = new EnvelopeScanner();
    for await (const part of stepsOf(line)) scanner.push(part);
    return wrong(scanner, read);
  }
  if (read.content.kind === "value") {
    noteInexactArguments(read.numbers, read.content.value);
    noteLongMessage(read.content.value);
  }
  return read.content;
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
    return describeWrongText(at ?? null, isCut);
  }
}

async function parseInOneStep(text: string, isCut: boolean): Promise<ReadText> {
  const content = parse(text, isCut);
  await nextTurn();
  return typeof content === "string" ? content : { content, numbers: inexactNumbersIn(text) };
}

async function parseInSteps(text: string, isCut: boolean): Promise<ReadText> {
  if (text === "") return { content: { kind: "empty" }, numbers: [] };
  try {
    const { value, inexactNumbers: numbers } = await parseJsonInSteps(text);
    return { content: { kind: "value", value }, numbers };
  } catch (error) {
    if (error instanceof NotJson) return describeWrongText(error.position, isCut);
    throw error;
  }
}

function describeWrongText(at: number | string | null, isCut: boolean): string {
  const place = at === null ? "" : `, at character ${at}`;
  const is = isCut ? "the input ended in the middle of it" : `it is not${place}`;
  return `it must be one JSON object in one line, ${is}`;
}

function wrong({ requestId: id }: EnvelopeScanner, problem: string): LineContent {
  return { kind: "wrong", answer: { id, code: ErrorCode.ParseError, message: `Cannot read a message: ${problem}` } };
}
