/**
 * Who may use which session, and which roots it has.
 *
 * A handle is random, made here, and bound to the caller it was made for. An
 * unknown handle, an expired one and another caller's get the same answer. Roots
 * start as the operator's ceiling and can only be narrowed below it: the model
 * can call the tool that sets them.
 */

import { randomBytes } from "node:crypto";
import path from "node:path";
import { Refusal, quote } from "../errors.js";
import { PathValidator, type Root } from "../paths/path-validator.js";
import { assertUsableRoot } from "../paths/root.js";

/** 128 bits: nobody guesses one. */
const HANDLE_BYTES = 16;

/** Bound what callers can make the server remember. */
export const MAX_SESSIONS = 1_000;
export const MAX_SESSIONS_PER_CALLER = 100;
export const MAX_ROOTS = 64;

export interface Session {
  readonly id: string;
  readonly caller: string;
  /** Real paths; empty means that no file may be named. */
  readonly roots: readonly string[];
  /** Checks paths against the roots. */
  readonly paths: PathValidator;
}

interface Entry {
  readonly id: string;
  readonly caller: string;
  roots: readonly string[];
  paths: PathValidator;
  lastUsedMs: number;
}

export interface SessionStoreOptions {
  /** Directories that no session leaves; see ceiling.ts. */
  readonly ceiling: readonly string[];
  /** A session not used for this long is gone; 0 means never. */
  readonly idleMs: number;
  /** Milliseconds, on any clock that does not go back. */
  readonly now: () => number;
}

export class SessionStore {
  /** Set by `open`; cleared by `closeCaller`, and by the next look after the idle time. */
  readonly #sessions = new Map<string, Entry>();
  /** Each caller's own session, for calls that name none. Cleared with it. */
  readonly #own = new Map<string, string>();
  readonly #ceiling: PathValidator;
  readonly #idleMs: number;
  readonly #now: () => number;

  /** @throws {Fault} If a directory of the ceiling is missing. */
  constructor({ ceiling, idleMs, now }: SessionStoreOptions) {
    this.#ceiling = PathValidator.create(ceiling);
    this.#idleMs = idleMs;
    this.#now = now;
  }

  /** Sessions remembered, the expired ones not. */
  get size(): number {
    this.#dropExpired();
    return this.#sessions.size;
  }

  /** Real paths that roots must lie in. */
  get ceiling(): readonly string[] {
    return this.#ceiling.roots;
  }

  /**
   * Makes a new session for a caller, with the ceiling's roots.
   *
   * @throws {Refusal} `busy` if there are too many.
   */
  open(caller: string): Session {
    this.#dropExpired();
    const own = [...this.#sessions.values()].filter((entry) => entry.caller === caller).length;
    if (this.#sessions.size >= MAX_SESSIONS || own >= MAX_SESSIONS_PER_CALLER) {
      const limit = own >= MAX_SESSIONS_PER_CALLER ? `${MAX_SESSIONS_PER_CALLER} for one caller` : `${MAX_SESSIONS}`;
      throw new Refusal("busy", `Cannot open a session: there may be at most ${limit}; use an open one or wait until one expires`, {
        stage: "limits",
        retryable: true,
      });
    }
    const id = `s_${randomBytes(HANDLE_BYTES).toString("base64url")}`;
    const entry: Entry = { id, caller, roots: this.ceiling, paths: this.#ceiling, lastUsedMs: this.#now() };
    this.#sessions.set(id, entry);
    return entry;
  }

  /**
   * Returns the caller's session of that handle and keeps it from expiring.
   * Without a handle it is the caller's own session, opened at first use.
   *
   * @throws {Refusal} `session-unknown`, whatever the reason; `busy` as `open` does.
   */
  get(id: string | undefined, caller: string): Session {
    this.#dropExpired();
    const entry = this.#sessions.get(id ?? this.#own.get(caller) ?? "");
    if (entry?.caller === caller) {
      entry.lastUsedMs = this.#now();
      return entry;
    }
    if (id !== undefined) throw unknown(id);
    const session = this.open(caller);
    this.#own.set(caller, session.id);
    return session;
  }

  /**
   * Replaces the roots of a session: all of them or, if one is refused, none.
   * An empty list denies every file. A relative root is looked for in the ceiling.
   *
   * @throws {Refusal} `root-denied`, `bad-input`, or `session-unknown` if it was closed meanwhile.
   */
  async setRoots(session: Session, roots: readonly string[]): Promise<void> {
    if (roots.length > MAX_ROOTS) {
      throw new Refusal("bad-input", `Cannot set roots: there may be at most ${MAX_ROOTS}, these are ${roots.length}`, { stage: "paths" });
    }
    const resolved = await Promise.all(roots.map((root) => this.#resolveRoot(root)));
    const entry = this.#sessions.get(session.id);
    if (entry?.caller !== session.caller) throw unknown(session.id);
    entry.paths = new PathValidator(resolved);
    entry.roots = [...new Set(entry.paths.roots)];
  }

  /** Forgets every session of a caller that is gone. */
  closeCaller(caller: string): void {
    for (const entry of this.#sessions.values()) if (entry.caller === caller) this.#drop(entry);
  }

  async #resolveRoot(root: string): Promise<Root> {
    try {
      const inside = await this.#ceiling.resolve(root);
      const real = await assertUsableRoot(inside.real);
      if (real !== inside.real) throw this.#outside(root);
      return { spelled: path.isAbsolute(root) ? path.normalize(root) : real, real };
    } catch (error) {
      // Not their words: they may name a path that the caller does not know.
      if (error instanceof Refusal && error.reason !== "bad-input") throw this.#outside(root, error);
      throw error;
    }
  }

  /** Missing and outside read the same: the model must not learn what else is on the disk. */
  #outside(root: string, cause?: unknown): Refusal {
    return new Refusal(
      "root-denied",
      `Cannot use root ${quote(root)}: it must be a directory inside the ceiling, which the operator sets with --allow-root or RLM_ALLOWED_ROOTS`,
      { stage: "paths", resource: root, alternatives: this.ceiling, retryable: false },
      { cause },
    );
  }

  #dropExpired(): void {
    if (this.#idleMs === 0) return;
    const oldest = this.#now() - this.#idleMs;
    for (const entry of this.#sessions.values()) if (entry.lastUsedMs < oldest) this.#drop(entry);
  }

  #drop(entry: Entry): void {
    this.#sessions.delete(entry.id);
    if (this.#own.get(entry.caller) === entry.id) this.#own.delete(entry.caller);
  }
}

function unknown(id: string): Refusal {
  return new Refusal(
    "session-unknown",
    `Cannot use session ${quote(id)}: it must be an open session of this connection; leave it out to use the connection's own`,
    { stage: "limits", resource: id, retryable: false },
  );
}
