/** Tests that only some machines can run. The summary at the end of a run prints the reason of each skip. */

import { describe, it } from "vitest";

export const notLinux: string | null =
  process.platform === "linux" ? null : "only Linux has the /proc, pipes and devices that it needs";
export const onWindows: string | null =
  process.platform === "win32" ? "Windows has other rules for names and rights" : null;

/** Registers the tests of `body`, or skips them with the reason. */
export function describeUnless(reason: string | null, title: string, body: () => void): void {
  if (reason === null) describe(title, body);
  else describe.skip(`${title} [skipped: ${reason}]`, body);
}

/** Registers a test, or skips it with the reason. */
export function itUnless(reason: string | null, title: string, body: () => Promise<void>): void {
  if (reason === null) it(title, body);
  else it.skip(`${title} [skipped: ${reason}]`, body);
}
