/**
 * Serves one client over stdin and stdout until either of them, or the process, is told to end.
 *
 * stdout carries protocol only: it is handed to the transport as a private stream, and whatever else writes to it is
 * sent to stderr. The SDK's transport does not notice that stdin has ended, or that nobody reads stdout any more, so
 * this file does.
 */

import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { Writable } from "node:stream";
import type { Log } from "../log.js";
import { LineGuard } from "./line-guard.js";

/** Nobody waits longer than this for us to go: 2 s are promised. */
const LAST_RESORT_MS = 1_500;

/** Longest message: the largest code and inputs fit, were every byte of them escaped. */
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
  const guard = new LineGuard(MAX_MESSAGE_BYTES, () =>
    log.warn({ maxBytes: MAX_MESSAGE_BYTES }, "a message was too long and was left out"),
  );
  await server.connect(
    new StdioServerTransport(process.stdin.pipe(guard), stdout, { maxBufferSize: MAX_MESSAGE_BYTES }),
  );
  const why = await ended;
  log.info({ why }, "closing");
  setTimeout(() => process.exit(1), LAST_RESORT_MS).unref();
  // Aborts the calls in flight first, so that nothing is answered any more.
  await server.close().catch(() => undefined);
  await close().catch((error: unknown) => log.error({ err: error }, "closing failed"));
}

/** Gives the protocol a stream of its own and sends every other write to stderr. */
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
