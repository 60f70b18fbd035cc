/** Who calls: one connection, whom it speaks for, and what its client can be asked while the call lasts. */

/** Whom a connection speaks for that nobody has to sign in to. */
export const LOCAL_PRINCIPAL = "local";

export interface Caller {
  /** The connection: random, and never shown. */
  readonly id: string;
  /** Whom the connection speaks for; several connections may speak for one. */
  readonly principal: string;
  /**
   * Says whether the connection is still there: for one that has closed nothing is opened any more, for nobody would
   * close it.
   */
  readonly isConnected: () => boolean;
  /**
   * Resolves to the URIs of the client's own roots: none if it has none, null if that cannot be known now. Never
   * rejects.
   */
  readonly roots: () => Promise<readonly string[] | null>;
  /**
   * Asks the person and resolves to whether the answer was yes, or to null if the call was cancelled before it came.
   * Never rejects. Null if the client cannot ask.
   */
  readonly confirm: ((message: string) => Promise<boolean | null>) | null;
}

/** Returns a caller behind whom there is no client: a command, or the library. */
export function callerWithoutClient(id: string): Caller {
  return { id, principal: LOCAL_PRINCIPAL, isConnected: () => true, roots: async () => [], confirm: null };
}
