/** Leases the sandbox of one call: a fresh guest from the pool, or the session's own interpreter. */

import type { InterpreterMode } from "../interpreter-mode.js";
import { engineLanguage } from "../language.js";
import type { Policy } from "../policy/policy.js";
import type { Session } from "../session/session.js";
import type { GuestPools } from "./guest-pools.js";
import type { Interpreters } from "./interpreters.js";
import type { RunRequest } from "./run-request.js";
import type { InterpreterLease } from "./session-interpreter.js";

/** The right of one call to use one sandbox. Disposal releases it. */
export interface SandboxLease extends InterpreterLease, Disposable {
  readonly mode: InterpreterMode;
}

/** The places that sandboxes come from. */
export interface LeaseSources {
  readonly pools: GuestPools;
  readonly interpreters: Interpreters;
}

/**
 * Leases a sandbox, and waits for one if need be. Returns null if `signal` is aborted first.
 *
 * @throws {Refusal} `busy` if too many calls wait or too many interpreters run; `bad-input` if the session's
 * interpreter runs under another policy.
 * @throws {Fault} If no guest can be started.
 */
export async function leaseSandbox(
  sources: LeaseSources,
  request: RunRequest,
  session: Session,
  policy: Policy,
  signal: AbortSignal,
): Promise<SandboxLease | null> {
  try {
    return request.interpreter === "session"
      ? await leaseInterpreter(sources.interpreters, request, session, policy, signal)
      : await leaseFresh(sources.pools, request, signal);
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

async function leaseFresh(pools: GuestPools, request: RunRequest, signal: AbortSignal): Promise<SandboxLease> {
  const { memoryMb } = request;
  const lease = await pools.acquire(engineLanguage(request.language), signal);
  const release = (): boolean => {
    // The answer does not wait until the guest is gone. `close` never throws.
    void lease.close();
    return false;
  };
  return {
    mode: "fresh",
    sandbox: lease.sandbox,
    memoryMb,
    isNew: true,
    wasWarm: lease.wasWarm,
    predecessorEnd: null,
    release,
    [Symbol.dispose]: release,
  };
}

async function leaseInterpreter(
  interpreters: Interpreters,
  request: RunRequest,
  session: Session,
  policy: Policy,
  signal: AbortSignal,
): Promise<SandboxLease> {
  const { memoryMb, reset = false } = request;
  const language = engineLanguage(request.language);
  const lease = await interpreters.lease({ sessionId: session.id, language, policy, memoryMb, reset }, signal);
  return {
    ...lease,
    mode: "session",
    // A new session has no interpreter. Its caller learns why the old session ended.
    predecessorEnd: lease.predecessorEnd ?? (lease.isNew ? session.predecessorEnd : null),
    [Symbol.dispose]: lease.release,
  };
}
