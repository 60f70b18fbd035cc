/** The descriptors of the process that runs a JavaScript program: see runner.mjs. */

import { Buffer } from "node:buffer";
import fs from "node:fs";

export const STDOUT = 1;
export const STDERR = 2;
const JOB = 3;
const REPORT = 4;

/**
 * A job of the supervisor, without the bytes of its texts and files.
 *
 * @typedef {object} Job
 * @property {string} code
 * @property {Record<string, unknown>} inputs
 * @property {{ builtins: "safe" | "all", workspace?: boolean, strings?: boolean }} guest_policy
 * @property {{ name: string, size: number }[]} texts Inputs that are long texts, as UTF-8.
 * @property {{ size: number } | null} stdin The standard input of the program, as UTF-8.
 * @property {{ name: string, path: string, host_path: string | null, size: number }[]} files
 * @property {string | null} [directory] The directory that the program starts in, relative to the workspace.
 * @property {boolean} compile_only
 * @property {boolean} keep
 * @property {string} run The number of the job, which the report repeats.
 * @property {JavaScriptShape | null} javascript Found by the parser that checked the program.
 */

/** @typedef {import("./prelude/programs.js").ProgramJob} ProgramJob */

/**
 * The last expression and the globals of a program, and whether it awaits at its top level.
 *
 * @typedef {{ last?: ProgramJob["last"], async?: boolean, globals?: ProgramJob["globals"] }} JavaScriptShape
 */

/** @typedef {[name: string, bytes: Buffer][]} NamedBytes */

/** @typedef {{ texts: NamedBytes, stdin: Buffer | null, files: NamedBytes }} JobBytes */

const { writeSync, readSync } = fs;
const { parse } = JSON;
const { wait } = Atomics;
const waitCell = new Int32Array(new SharedArrayBuffer(4));

/**
 * Ends the process without its exit handlers.
 *
 * @type {(status: number) => never}
 */
export const exit = /** @type {any} */ (process).reallyExit.bind(process);

/**
 * Blocks the process.
 *
 * @param {number} ms
 */
export function sleep(ms) {
  wait(waitCell, 0, 0, ms);
}

/**
 * Writes all of `bytes`, and waits for a slow reader. A reader that is gone is no error.
 *
 * @param {number} fd
 * @param {Buffer} bytes
 */
export function writeAll(fd, bytes) {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const code = codeOf(error);
      if (code === "EAGAIN") sleep(1);
      else if (code !== "EINTR") return;
    }
  }
}

/** @param {string} text */
export function writeReport(text) {
  writeAll(REPORT, Buffer.from(text, "utf8"));
}

/**
 * Memory for the bytes of a job, which is used again for each job. It has been written to, because under gVisor the
 * first touch of fresh memory costs more than the reading. A program gets copies only.
 */
const room = Buffer.alloc(2_097_152, 1);
let roomUsed = 0;

/** @param {number} size */
function takeRoom(size) {
  if (size > room.length - roomUsed) return Buffer.alloc(size);
  roomUsed += size;
  return room.subarray(roomUsed - size, roomUsed);
}

/**
 * Reads exactly `size` bytes of the job. Ends the process if there are fewer: with `status` if there is none.
 *
 * @param {number} size
 */
function readExactly(size, status = 1) {
  const bytes = takeRoom(size);
  for (let at = 0; at < size;) {
    try {
      const count = readSync(JOB, bytes, at, size - at, null);
      if (count === 0) exit(at === 0 ? status : 1);
      at += count;
    } catch (error) {
      const code = codeOf(error);
      if (code === "EAGAIN") sleep(1);
      else if (code !== "EINTR") exit(1);
    }
  }
  return bytes;
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code;
}

/**
 * Reads the next job. Ends the process if there is none: with status 0 if it has run one before.
 *
 * @param {boolean} isFirst
 */
export function readJob(isFirst) {
  roomUsed = 0;
  const size = readExactly(4, isFirst ? 1 : 0).readUInt32BE(0);
  /** @type {Job} */
  const job = parse(readExactly(size).toString("utf8"));
  const texts = readParts(job.texts);
  const stdin = job.stdin === null ? null : readExactly(job.stdin.size);
  return { job, texts, stdin, files: readParts(job.files) };
}

/**
 * @param {{ name: string, size: number }[]} parts
 * @returns {NamedBytes}
 */
function readParts(parts) {
  return parts.map(({ name, size }) => [name, readExactly(size)]);
}
