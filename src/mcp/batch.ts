/** Batches: several messages in one JSON list, which one list answers. The protocol had them until 2025-06-18. */

import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";

/** The first version of the protocol without batches. */
const VERSION_WITHOUT_BATCHES = "2025-06-18";

/** Most messages of one batch. Small wrong ones have long answers. */
export const MAX_BATCH = 100;

/** Returns the reason that a batch is not taken; null if it is. `version` is null before the handshake. */
export function refuseBatch(batch: readonly unknown[], version: string | null): string | null {
  if (version !== null && version >= VERSION_WITHOUT_BATCHES)
    return `version ${version} of the protocol has no batches; send each message in a line of its own`;
  if (batch.length === 0) return "it must have at least one message, it is empty";
  return batch.length <= MAX_BATCH
    ? null
    : `it may have at most ${MAX_BATCH} messages, it has ${batch.length}; send several batches`;
}

/** Collects the answers to one batch. */
export class BatchAnswers {
  readonly #answers: JSONRPCMessage[] = [];
  readonly #send: (answers: readonly JSONRPCMessage[]) => void;
  /** Starts with one for the reading of the batch itself. */
  #open = 1;

  constructor(send: (answers: readonly JSONRPCMessage[]) => void) {
    this.#send = send;
  }

  /** Counts a request whose answer belongs to the batch. */
  expect(): void {
    this.#open++;
  }

  add(answer: JSONRPCMessage): void {
    this.#answers.push(answer);
  }

  /** Tells that a request has its answer or gets none, or that the batch is read. */
  settle(): void {
    if (--this.#open === 0 && this.#answers.length > 0) this.#send(this.#answers);
  }
}
