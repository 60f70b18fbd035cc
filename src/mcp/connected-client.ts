/**
 * Asks the client for its roots, and the person in front of it for a yes.
 *
 * It asks only while it serves a call of this client: over HTTP, a request that belongs to no call is lost. It keeps
 * the roots until the client reports a change, if the client declared that it reports changes. Some clients declare
 * roots and lack the method (older versions of Cursor): they have none. If a client does not answer, its roots are not
 * known. After two time-outs in a row the client is not asked for a minute, or until it reports a change. Otherwise
 * every call would wait for it.
 */

import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import { ErrorCode, McpError, type ServerNotification, type ServerRequest } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import type { Answer, Caller } from "../caller.js";
import type { Log } from "../log.js";

/** The request that a question belongs to. */
export type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

const ROOTS_TIMEOUT_MS = 3_000;
const MAX_TIMEOUTS = 2;
const SILENCE_MS = 60_000;

/** Clients give up on a call after 60 s, and the call needs time for its own work. */
const CONFIRM_TIMEOUT_MS = 45_000;

/** Nobody reads a question and answers it in less time. Some clients answer every question by themselves. */
const MIN_READING_MS = 1_000;

/** The SDK's own schema refuses a whole answer if one of its roots is not a file. */
const ROOTS = z.looseObject({ roots: z.array(z.looseObject({ uri: z.string() })) });

export class ConnectedClient {
  readonly #server: Server;
  readonly #log: Log;
  /** Set by the answer of a client that reports changes; cleared by a change. */
  #kept: readonly string[] | null = null;
  /** Counts the reported changes: an answer from before a change is not kept. */
  #changes = 0;
  /** Time-outs in a row. */
  #timeouts = 0;
  #silentUntilMs = 0;

  constructor(server: Server, log: Log) {
    this.#server = server;
    this.#log = log;
  }

  /** Drops the client's roots after it reported a change. The next call that needs them asks again. */
  forgetRoots(): void {
    this.#kept = null;
    this.#changes++;
    this.#timeouts = 0;
  }

  /** Resolves to the URIs of the client's roots: none if it has none, null if they cannot be known now. */
  async readRoots(extra: Extra): Promise<readonly string[] | null> {
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
      const code = codeOf(error);
      if (code === ErrorCode.MethodNotFound) return [];
      if (code === ErrorCode.RequestTimeout) {
        this.#timeouts++;
        this.#silentUntilMs = performance.now() + SILENCE_MS;
      }
      this.#log.warn({ err: error }, "the client did not name its roots; they stay closed");
      return null;
    }
  }

  /** Returns the function that asks the person, or null if the client has no forms. It waits for at most 45 s. */
  makeQuestion(extra: Extra): Caller["confirm"] {
    if (this.#server.getClientCapabilities()?.elicitation?.form === undefined) return null;
    return async (message) => {
      const askedMs = performance.now();
      const answer = await this.#elicit(message, extra);
      if (extra.signal.aborted) return "cancelled";
      const isAnswer = answer !== "failed" && answer !== "unanswered";
      return isAnswer && performance.now() - askedMs < MIN_READING_MS ? "too-fast" : answer;
    };
  }

  async #elicit(message: string, extra: Extra): Promise<Answer> {
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
      if (action === "decline") return "no";
      const choice = action === "accept" ? content?.["allow"] : undefined;
      return choice === true ? "yes" : choice === false ? "no" : "closed";
    } catch (error) {
      if (!extra.signal.aborted) this.#log.warn({ err: error }, "a question to the person was not answered");
      return codeOf(error) === ErrorCode.RequestTimeout ? "unanswered" : "failed";
    }
  }
}

function codeOf(error: unknown) {
  return error instanceof McpError ? error.code : null;
}
