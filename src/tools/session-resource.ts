/** The resource `rlm://session`: the state of the own session of the connection that reads it. */

import type { Resource } from "../mcp/resource.js";
import type { Interpreters } from "../run/interpreters.js";
import type { BudgetLine } from "../session/budget.js";
import type { SessionState, SessionStore } from "../session/session-store.js";

/** Makes the resource. Reading it opens no session and does not count as use of one. */
export function sessionResource(sessions: SessionStore, interpreters: Interpreters): Resource {
  return {
    location: { uri: "rlm://session" },
    name: "session",
    title: "This connection's session",
    description:
      "The session's roots, its budget and rate with the rest of each, and its interpreters. If no session is open, " +
      "the values that a new one would have",
    mimeType: "application/json",
    read: async (_uri, caller) => JSON.stringify(describeSession(await sessions.describe(caller), interpreters)),
  };
}

function describeSession({ id, roots, callerRoots, budget, rate, idleMs }: SessionState, interpreters: Interpreters) {
  return {
    session_id: id,
    roots,
    ceiling: callerRoots,
    budgets: { calls: budget.calls, run_seconds: inSeconds(budget.runMs), output_bytes: budget.outputBytes },
    rate: { per_minute: rate.perMinute, left: rate.left, resets_in_seconds: Math.ceil(rate.resetsInMs / 1_000) },
    idle_seconds: idleMs / 1_000,
    interpreters: (id === null ? [] : interpreters.describeSession(id)).map(
      ({ language, policy, calls, idleSeconds }) => ({ language, policy, calls, idle_seconds: idleSeconds }),
    ),
  };
}

/** Converts milliseconds to seconds, to three decimal places. */
function inSeconds({ limit, used, left }: BudgetLine): BudgetLine {
  const convert = (ms: number): number => Math.round(ms) / 1_000;
  return {
    limit: limit === null ? null : convert(limit),
    used: convert(used),
    left: left === null ? null : convert(left),
  };
}
