/**
 * Serves one client over stdin and stdout. It ends when stdin or stdout closes, or when the process gets a signal.
 *
 * stdout carries only the protocol. The transport gets it as a private stream, and every other write to stdout goes to
 * stderr. The SDK's transport does not notice the end of stdin or a closed stdout, so this file watches both.
 */

import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { ErrorCode, type JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { Writable } from "node:stream";
import type { Log } from "../log.js";
import { LineGuard } from "./line-guard.js";

/** After this time the process exits even if the end of a sandbox still runs: the server promises to go within 2 s. */
const LAST_RESORT_MS = 1_500;

/** Longest message: the largest code and inputs fit, even if every byte of them is escaped. */
const MAX_MESSAGE_BYTES = 10_485_760;

/**
 * Resolves once the client has gone and `close` has run.
 *
 * @param close Stops work in flight and destroys every sandbox. Runs once.
 */
export async function serveStdio(server: Server, close: () => Promise<void>, log: Log): Promise<void> {
  const stdout = takeStdout();
  const ended = new Promise<string>((resolve) => {
    for (const event of ["end", "close", "error"]) process.stdin.once(event, () => resolve(`stdin ${event}`));
    process.stdout.once("error", () => resolve("stdout error"));
    process.stdout.once("close", () => resolve("stdout close"));
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve(signal));
  });
  const guard = new LineGuard(MAX_MESSAGE_BYTES, (id) => {
    log.warn({ maxBytes: MAX_MESSAGE_BYTES }, "a message was too long and was left out");
    if (id !== null) void transport.send(tooLong(id)).catch(() => undefined);
  });
  const transport = new StdioServerTransport(process.stdin.pipe(guard), stdout, { maxBufferSize: MAX_MESSAGE_BYTES });
  await server.connect(transport);
  const why = await ended;
  log.info({ why }, "closing");
  setTimeout(() => process.exit(1), LAST_RESORT_MS).unref();
  // This aborts the calls in flight before the sandboxes go, so that no call is answered with a fault.
  await server.close().catch(() => undefined);
  await close().catch((error: unknown) => log.error({ err: error }, "closing failed"));
}

/** Answers a request that is too long to be read. Its client would wait for ever. */
function tooLong(id: string | number): JSONRPCMessage {
  const message =
    `Cannot read this request: it may have at most ${MAX_MESSAGE_BYTES} bytes, it has more; ` +
    "put data into a file and name it in `files`, or make several calls";
  return { jsonrpc: "2.0", id, error: { code: ErrorCode.InvalidRequest, message } };
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
