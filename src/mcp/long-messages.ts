/**
 * Remembers which arguments came in a long message. What is done with them later happens in steps too, so that the
 * server answers others meanwhile. Calls of ordinary size are spared the steps.
 */

import { isRecord } from "./incoming.js";

const long = new WeakSet<object>();

/** Notes the arguments of a call, or of each call of a batch. */
export function noteLongMessage(message: unknown): void {
  for (const one of Array.isArray(message) ? (message as readonly unknown[]) : [message]) {
    const args = isRecord(one) && isRecord(one["params"]) ? one["params"]["arguments"] : undefined;
    if (isRecord(args)) long.add(args);
  }
}

/** True for arguments that came in a long message. */
export function areLong(args: unknown): args is Readonly<Record<string, unknown>> {
  return isRecord(args) && long.has(args);
}
