/** A caller: one connection, its principal, and the questions that its client can answer during a call. */

/** The principal of a connection that needs no sign-in. */
export const LOCAL_PRINCIPAL = "local";

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
  /**
   * Asks the person. Resolves to true for a yes, false for any other answer, and null if the call was cancelled first.
   * Never rejects. The property is null if the client cannot ask.
   */
  readonly confirm: ((message: string) => Promise<boolean | null>) | null;
}

/** Returns a caller without a client: a command, or a program that embeds the package. */
export function callerWithoutClient(id: string): Caller {
  return { id, principal: LOCAL_PRINCIPAL, isConnected: () => true, roots: async () => [], confirm: null };
}
