/**
 * Asks the client, while a call of its own is being served, for its roots and for a yes of the person in front of it.
 *
 * Roots are asked for only in such a call: a request of ours that belongs to none is lost over HTTP. An answer is kept
 * until the client reports a change, if it said that it would. A client that declares roots and has no such method
 * (older versions of Cursor) has none. One that does not answer has roots which are not known, and after two time-outs
 * in a row it is not asked for a minute, or until it reports a change, so that not every call waits for it.
 */

import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import { ErrorCode, McpError, type ServerNotification, type ServerRequest } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import type { Caller } from "../caller.js";
import type { Log } from "../log.js";

/** The call in which a question is asked. */
export type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

const ROOTS_TIMEOUT_MS = 3_000;
const MAX_TIMEOUTS = 2;
const SILENCE_MS = 60_000;

/** Clients give up on a call after 60 s; it has other things to do as well. */
const CONFIRM_TIMEOUT_MS = 45_000;

/** The SDK's own schema refuses the whole answer for one root that is not a file. */
const ROOTS = z.looseObject({ roots: z.array(z.looseObject({ uri: z.string() })) });

export class ConnectedClient {
  readonly #server: Server;
  readonly #log: Log;
  /** Set by an answer of a client that reports changes; cleared by a change. */
  #kept: readonly string[] | null = null;
  /** Counts reports: an answer from before one is not kept. */
  #changes = 0;
  /** In a row. */
  #timeouts = 0;
  #silentUntilMs = 0;

  constructor(server: Server, log: Log) {
    this.#server = server;
    this.#log = log;
  }

  rootsChanged(): void {
    this.#kept = null;
    this.#changes++;
    this.#timeouts = 0;
  }

  /** Resolves to the URIs of the client's roots, or to null if they cannot be known now. */
  async roots(extra: Extra): Promise<readonly string[] | null> {
    const capability = this.#server.getClientCapabilities()?.roots;
    if (capability === undefined) return [];
    if (this.#kept !== null) return this.#kept;
    if (this.#timeouts >= MAX_TIMEOUTS && performance.now() < this.#silentUntilMs) return null;
    const changes = this.#changes;
    const uris = await this.#askForRoots(extra);
    if (uris !== null && capability.listChanged === true && changes === this.#changes) this.#kept = uris;
    return uris;
  }

  async #askForRoots(extra: Extra): Promise<readonly string[] | null> {
    try {
      const { roots } = await extra.sendRequest({ method: "roots/list" }, ROOTS, { timeout: ROOTS_TIMEOUT_MS });
      this.#timeouts = 0;
      return roots.map(({ uri }) => uri);
    } catch (error) {
      const code = error instanceof McpError ? error.code : null;
      if (code === ErrorCode.MethodNotFound) return [];
      if (code === ErrorCode.RequestTimeout) {
        this.#timeouts++;
        this.#silentUntilMs = performance.now() + SILENCE_MS;
      }
      this.#log.warn({ err: error }, "the client did not say what its roots are; they stay closed");
      return null;
    }
  }

  /**
   * Returns what asks the person, or null if the client has no forms. Anything but a yes is a no; after a cancellation
   * even that is nothing.
   */
  confirm(extra: Extra): Caller["confirm"] {
    if (this.#server.getClientCapabilities()?.elicitation?.form === undefined) return null;
    return async (message) => {
      try {
        const { action, content } = await this.#server.elicitInput(
          {
            mode: "form",
            message,
            requestedSchema: {
              type: "object",
              properties: {
                allow: { type: "boolean", title: "Allow", description: "Whether to allow it", default: false },
              },
              required: ["allow"],
            },
          },
          { relatedRequestId: extra.requestId, timeout: CONFIRM_TIMEOUT_MS, signal: extra.signal },
        );
        return extra.signal.aborted ? null : action === "accept" && content?.["allow"] === true;
      } catch (error) {
        if (extra.signal.aborted) return null;
        this.#log.warn({ err: error }, "a question to the person was not answered");
        return false;
      }
    };
  }
}
