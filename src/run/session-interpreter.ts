/**
 * One session's interpreter for one language.
 *
 * Theory of operation. Calls lease it one after the other, in the order in which they come. It runs in a sandbox that
 * no other session ever gets. It belongs to the policy under which it was started: a program that one policy has let in
 * may have left something that another policy denies. It ends when a program does not end by itself (time, memory, a
 * crash), when a call resets it, when no call uses it for the idle time, or with its session. The next lease starts
 * another guest and says why the old one ended.
 */

import { Fault, quote, Refusal } from "../errors.js";
import type { SessionId } from "../ids.js";
import type { RunnableLanguage } from "../language.js";
import type { Policy } from "../policy/policy.js";
import type { Sandbox } from "../sandbox/engine.js";
import { within } from "../sandbox/time-limit.js";

/** The needs of one call. */
export interface InterpreterNeeds {
  readonly policy: Policy;
  /** In MiB. The limit of the call that starts the interpreter holds for all later calls: memory is not given back. */
  readonly memoryMb: number;
  /** True to end the interpreter and start another. */
  readonly reset: boolean;
}

/** The right of one call to use one sandbox. */
export interface InterpreterLease {
  readonly sandbox: Sandbox;
  /** The memory limit of the sandbox, in MiB. */
  readonly memoryMb: number;
  /** True if no program has run in it. */
  readonly isNew: boolean;
  /** True if the guest was up before the call came. */
  readonly wasWarm: boolean;
  /** The reason why the interpreter before this one ended; null if there was none, or if an earlier call got it. */
  readonly predecessorEnd: string | null;
  /**
   * Ends the lease. An interpreter whose program did not end by itself is destroyed. Returns true if the interpreter is
   * kept. May be called twice.
   */
  readonly release: () => boolean;
}

/** An interpreter as `rlm://session` shows it. */
export interface InterpreterView {
  readonly language: RunnableLanguage;
  /** Name of the policy under which it was started. */
  readonly policy: string;
  readonly calls: number;
  /** Time since the last call, rounded. */
  readonly idleSeconds: number;
}

/** The parts that an interpreter takes from its owner. */
export interface InterpreterOptions {
  readonly sessionId: SessionId;
  readonly language: RunnableLanguage;
  /** It ends if no call uses it for this long; 0 means never. */
  readonly idleMs: number;
  /** Starts a guest, which the interpreter then owns. */
  readonly startGuest: (signal: AbortSignal) => Promise<{ readonly sandbox: Sandbox; readonly wasWarm: boolean }>;
  /** Called when a lease ends and leaves no guest and nothing to tell the next call. */
  readonly onEmpty: () => void;
}

interface LiveGuest {
  readonly sandbox: Sandbox;
  readonly policy: Policy;
  readonly memoryMb: number;
  calls: number;
  usedAtMs: number;
}

/** See the comment of this file. */
export class SessionInterpreter {
  readonly sessionId: SessionId;
  readonly language: RunnableLanguage;
  readonly #options: InterpreterOptions;
  /** Resolves when the last lease that a call waits for or has is released. */
  #lastRelease: Promise<void> = Promise.resolve();
  /** Calls that have a lease or wait for one. */
  #leases = 0;
  #guest: LiveGuest | null = null;
  #isStarting = false;
  /** The reason why the last guest ended, until a lease has carried it to a call. */
  #lastEnd: string | null = null;
  /** Set when the last call has left; cleared when the next lease begins and when the guest ends. */
  #idleTimer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(options: InterpreterOptions) {
    this.sessionId = options.sessionId;
    this.language = options.language;
    this.#options = options;
  }

  /** True if it has a guest, or waits for one. */
  get isOccupied(): boolean {
    return this.#isStarting || this.#guest !== null;
  }

  /** Null if it has no guest. */
  get view(): InterpreterView | null {
    if (this.#guest === null) return null;
    const { policy, calls, usedAtMs } = this.#guest;
    const idleSeconds = Math.round((performance.now() - usedAtMs) / 1_000);
    return { language: this.language, policy: policy.name, calls, idleSeconds };
  }

  /**
   * Waits until all earlier calls have released it, and starts a guest if there is none.
   *
   * @throws {Refusal} `bad-input` if it was started under another policy; as `startGuest` does.
   * @throws {Fault} If it cannot be started. Rejects with the reason of `signal` if that is aborted.
   */
  async lease(needs: InterpreterNeeds, signal: AbortSignal): Promise<InterpreterLease> {
    const queued = this.#queue();
    let isOver = false;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      this.#leases--;
      if (this.#leases === 0) this.#rest();
      queued.pass();
    };
    try {
      await within(signal, queued.comes);
      const lease = await this.#begin(needs, signal);
      const release = (): boolean => {
        if (!isOver) this.#settle();
        end();
        return this.#guest !== null;
      };
      return { ...lease, release };
    } catch (error) {
      end();
      throw error;
    }
  }

  /** Ends the guest if it has died while no call used it: a dead guest must not count against the limit. */
  endIfDead(): void {
    if (this.#leases === 0) this.#endIfDead();
  }

  /** Destroys the guest of a session that has ended. */
  close(): void {
    this.#isClosed = true;
    this.#end(null);
  }

  /** Queues a call. `comes` resolves when the call before has released; `pass` lets the next call in, after that. */
  #queue(): { readonly comes: Promise<void>; readonly pass: () => void } {
    const before = this.#lastRelease;
    let letNextIn: () => void = () => undefined;
    this.#lastRelease = before.then(() => new Promise<void>((resolve) => (letNextIn = resolve)));
    this.#leases++;
    // A call may give up while it waits. Then the next call comes as soon as this one would have.
    return { comes: before, pass: () => void before.then(() => letNextIn()) };
  }

  async #begin(needs: InterpreterNeeds, signal: AbortSignal): Promise<Omit<InterpreterLease, "release">> {
    this.#endIfDead();
    if (needs.reset) this.#end(null);
    if (this.#guest !== null) return this.#reuse(this.#guest, needs.policy);
    const { memoryMb, policy } = needs;
    const { sandbox, wasWarm } = await this.#start(signal);
    this.#guest = { sandbox, policy, memoryMb, calls: 1, usedAtMs: performance.now() };
    const predecessorEnd = this.#lastEnd;
    this.#lastEnd = null;
    return { sandbox, memoryMb, isNew: true, wasWarm, predecessorEnd };
  }

  #reuse(guest: LiveGuest, policy: Policy): Omit<InterpreterLease, "release"> {
    if (guest.policy.hash !== policy.hash) throw refuseOtherPolicy(guest.policy, policy);
    this.#stopIdleTimer();
    guest.calls++;
    const { sandbox, memoryMb } = guest;
    return { sandbox, memoryMb, isNew: false, wasWarm: true, predecessorEnd: null };
  }

  async #start(signal: AbortSignal): Promise<{ readonly sandbox: Sandbox; readonly wasWarm: boolean }> {
    const starting = this.#options.startGuest(signal);
    // From now on, and not before: `startGuest` compares the other interpreters with the limit.
    this.#isStarting = true;
    try {
      const started = await starting;
      if (!this.#isClosed) return started;
      void started.sandbox.close();
      throw new Fault("Cannot start an interpreter: its session has ended");
    } finally {
      this.#isStarting = false;
    }
  }

  #endIfDead(): void {
    const { sandbox } = this.#guest ?? {};
    if (sandbox?.isReady === false) this.#end(sandbox.lossReason ?? "it died while no call used it");
  }

  /** Keeps the guest after a call, or ends it. */
  #settle(): void {
    if (this.#guest === null) return;
    this.#guest.usedAtMs = performance.now();
    const { isReady, lossReason } = this.#guest.sandbox;
    if (!isReady) this.#end(lossReason ?? "its last program did not end by itself");
  }

  /** No call uses it or waits for it. The last one may have been refused, so its lease never began. */
  #rest(): void {
    if (this.#guest === null) {
      if (this.#lastEnd === null) this.#options.onEmpty();
      return;
    }
    const { idleMs } = this.#options;
    if (idleMs === 0) return;
    this.#stopIdleTimer();
    const seconds = Math.round(idleMs / 1_000);
    const idleEnd = this.#guest.usedAtMs + idleMs - performance.now();
    this.#idleTimer = setTimeout(() => this.#end(`no call used it for ${seconds} s`), Math.max(0, idleEnd));
    this.#idleTimer.unref();
  }

  #end(reason: string | null): void {
    this.#stopIdleTimer();
    void this.#guest?.sandbox.close();
    this.#guest = null;
    this.#lastEnd = reason;
  }

  #stopIdleTimer(): void {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.#idleTimer = null;
  }
}

function refuseOtherPolicy(current: Policy, wanted: Policy): Refusal {
  return new Refusal(
    "bad-input",
    `Cannot use the session's interpreter with policy ${quote(wanted.name)}: it was started under ` +
      `${quote(current.name)}; use that policy, or set \`reset\` to start over`,
    { stage: "limits", resource: "policy", alternatives: [current.name], retryable: false },
  );
}
