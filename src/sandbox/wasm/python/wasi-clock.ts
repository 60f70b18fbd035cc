/** Time for a WASI program: two clocks, and waiting. */

import type { WasiMemory } from "./wasi-memory.js";

/** Resolution of the clocks that the program is told, in nanoseconds. */
export const CLOCK_RESOLUTION = 1_000n;

/** Sizes of one subscription and of one event of `poll_oneoff`, in bytes. */
const SUBSCRIPTION_SIZE = 48;
const EVENT_SIZE = 32;

/** Returns nanoseconds: since 1970 for the real-time clock (0), since an arbitrary start for the others. */
export function clockTime(clock: number): bigint {
  return clock === 0 ? BigInt(Date.now()) * 1_000_000n : process.hrtime.bigint();
}

/** Bits of the calls that set the times of a file: a time is given, or is now. */
const SET = { accessed: 1, accessedNow: 2, modified: 4, modifiedNow: 8 } as const;

/** Returns the times that a call sets, the access first. Null stands for a time that stays. */
export function timesToSet(accessed: bigint, modified: bigint, flags: number): [bigint | null, bigint | null] {
  const choose = (given: number, now: number, time: bigint): bigint | null =>
    (flags & now) !== 0 ? clockTime(0) : (flags & given) !== 0 ? BigInt.asUintN(64, time) : null;
  return [choose(SET.accessed, SET.accessedNow, accessed), choose(SET.modified, SET.modifiedNow, modified)];
}

/** Blocks this thread. The thread's owner ends the thread when the program's time is up. */
export function sleep(milliseconds: number): void {
  if (milliseconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/**
 * `poll_oneoff`: waits for the earliest of `count` subscriptions at `from`, and writes an event for each of them to
 * `to`. A descriptor is always ready.
 */
export function poll(memory: WasiMemory, from: number, to: number, count: number, done: number): number {
  const { view } = memory;
  let milliseconds = Number.POSITIVE_INFINITY;
  for (let index = 0; index < count; index++)
    milliseconds = Math.min(milliseconds, timeUntil(view, from + index * SUBSCRIPTION_SIZE));
  sleep(milliseconds);
  for (let index = 0; index < count; index++) {
    const [subscription, event] = [from + index * SUBSCRIPTION_SIZE, to + index * EVENT_SIZE];
    memory.bytes(event, EVENT_SIZE).fill(0);
    view.setBigUint64(event, view.getBigUint64(subscription, true), true);
    view.setUint8(event + 10, view.getUint8(subscription + 8));
  }
  return memory.setU32(done, count);
}

/** Returns the milliseconds until a subscription is ready. Its kind 0 is a clock; all others are descriptors. */
function timeUntil(view: DataView, subscription: number): number {
  if (view.getUint8(subscription + 8) !== 0) return 0;
  const isAbsolute = (view.getUint16(subscription + 40, true) & 1) === 1;
  const timeout = view.getBigUint64(subscription + 24, true);
  const left = isAbsolute ? timeout - clockTime(view.getUint32(subscription + 16, true)) : timeout;
  return Math.max(0, Number(left) / 1e6);
}
