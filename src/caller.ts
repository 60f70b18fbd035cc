/** A caller: one connection, its principal, and the questions that its client can answer during a call. */

/** The principal of a connection that needs no sign-in. */
export const LOCAL_PRINCIPAL = "local";

/**
 * What came of a question to the person. Only a yes opens something.
 *
 * - `closed`: the person closed the question, or sent it back without a choice.
 * - `unanswered`: nobody answered in time.
 * - `too-fast`: the answer came before a person could read the question, so no person gave it.
 * - `failed`: the client could not ask.
 * - `cancelled`: the call that the question belongs to was cancelled first.
 */
export type Answer = "yes" | "no" | "closed" | "unanswered" | "too-fast" | "failed" | "cancelled";

/** One connection. */
export interface Caller {
  /** Random. No client sees it. */
  readonly id: string;
  /** The user for whom the connection speaks. Several connections may have one principal. */
  readonly principal: string;
  /** Returns false once the connection has closed. Nothing is opened for it then: no event would close it again. */
  readonly isConnected: () => boolean;
  /**
   * Resolves to the URIs of the client's own roots: an empty list if it has none, null if they cannot be known now.
   * Never rejects.
   */
  readonly roots: () => Promise<readonly string[] | null>;
  /** Asks the person. Never rejects. The property is null if the client cannot ask. */
  readonly confirm: ((message: string) => Promise<Answer>) | null;
}

/** Returns a caller without a client: a command, or a program that embeds the package. */
export function callerWithoutClient(id: string): Caller {
  return { id, principal: LOCAL_PRINCIPAL, isConnected: () => true, roots: async () => [], confirm: null };
}
