/**
 * Serves one client over stdin and stdout. It ends when stdin or stdout closes, or when the process gets a signal.
 *
 * At the end of stdin, every request that came in is still answered: a client may send its requests and close its end,
 * as a pipe of a shell does. A signal or a closed stdout ends the server at once.
 *
 * stdout carries only the protocol. The transport gets it as a private stream, and every other write to stdout goes to
 * stderr.
 */

import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { ErrorCode } from "@modelcontextprotocol/sdk/types.js";
import { Writable } from "node:stream";
import type { Log } from "../log.js";
import { MAX_FILES_MS } from "../limits.js";
import { LineGuard } from "./line-guard.js";
import { StdioTransport } from "./stdio-transport.js";

/**
 * After this time the process exits even if the end of a sandbox still runs: the server promises to go within 2 s. On a
 * busy machine that is no failure, so the status is 0 if every request has its answer.
 */
const LAST_RESORT_MS = 1_500;

/**
 * After the end of stdin, the server goes if no request was answered for this time and the longest run: the longest
 * reading of files, and the start of a sandbox.
 */
const STALL_MS = MAX_FILES_MS + 10_000;

/** Longest message: the largest code and inputs fit, even if every byte of them is escaped. */
const MAX_MESSAGE_BYTES = 10_485_760;

/** The end of the answer to a request that is too large to be read. */
const INSTEAD = "put data into a file and name it in `files`, or make several calls";

/** Answers a request that hangs when the client has closed its end. */
const NOT_DONE = "Cannot finish this request: the input has ended, and the server goes";

/**
 * Resolves once the client has gone and `close` has run.
 *
 * @param options.close Stops work in flight and destroys every sandbox. Runs once.
 * @param options.longestRunMs The longest run of a program, in milliseconds.
 */
export async function serveStdio(
  server: Server,
  { close, log, longestRunMs }: { close: () => Promise<void>; log: Log; longestRunMs: number },
): Promise<void> {
  const stdout = takeStdout();
  const inputEnded = new Promise<string>((resolve) => {
    for (const event of ["end", "close", "error"]) process.stdin.once(event, () => resolve(`stdin ${event}`));
  });
  const cutOff = new Promise<string>((resolve) => {
    process.stdout.once("error", () => resolve("stdout error"));
    process.stdout.once("close", () => resolve("stdout close"));
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve(signal));
  });
  const guard = new LineGuard(MAX_MESSAGE_BYTES, (id, excess) => {
    if (id === null) return log.warn({ excess }, "a message was too large and was left out");
    const message = `Cannot read this request: ${excess}; ${INSTEAD}`;
    return transport.refuse({ id, code: ErrorCode.InvalidRequest, message });
  });
  const transport = new StdioTransport(process.stdin.pipe(guard), stdout, (why) => log.warn({ why }, "wrong message"));
  process.stdin.once("close", () => guard.end());
  const drained = new Promise<void>((resolve) => guard.once("end", resolve)).then(() =>
    transport.drained(STALL_MS + longestRunMs),
  );
  await server.connect(transport);
  const why = await Promise.race([cutOff, inputEnded]);
  const isDone = await Promise.race([cutOff, drained]);
  log.info({ why }, "closing");
  setTimeout(() => process.exit(isDone === true ? 0 : 1), LAST_RESORT_MS).unref();
  if (isDone === false) transport.refusePending(NOT_DONE);
  // This aborts the calls in flight before the sandboxes go, so that no call is answered with a fault.
  await server.close().catch(() => undefined);
  await close().catch((error: unknown) => log.error({ err: error }, "closing failed"));
}

/** Returns a stream to stdout for the protocol, and sends every other write to stderr. */
function takeStdout(): Writable {
  const write = process.stdout.write.bind(process.stdout);
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, encoding, done) => {
      if (typeof chunk === "string") write(chunk, encoding, () => done());
      else write(chunk, () => done());
    },
  });
  process.stdout.write = process.stderr.write.bind(process.stderr);
  for (const name of ["log", "info", "debug", "dir", "table"] as const) console[name] = console.error.bind(console);
  return stream;
}
