/**
 * Ends every run with what was skipped and why, and one plain line of counts. Whatever makes the run fail counts as
 * failed: a test, a file that cannot be loaded, a hook, an error that nobody caught.
 */

import type { Reporter, TestCase, TestModule } from "vitest/node";
import type { Attacks } from "./attacks.js";

declare module "vitest" {
  interface TaskMeta {
    attacks?: Attacks;
  }
}

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    const reasons = new Map<string, number>();
    const attacks = { refused: 0, ran: 0 };
    for (const module of modules) {
      const failedBefore = counts.failed;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        const { refused, ran } = test.meta().attacks ?? { refused: 0, ran: 0 };
        attacks.refused += refused;
        attacks.ran += ran;
        if (state === "passed") counts.passed++;
        else if (state === "failed") counts.failed++;
        else {
          counts.skipped++;
          const reason = reasonOf(test, module);
          reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        }
      }
      if (module.state() === "failed" && counts.failed === failedBefore) counts.failed++;
    }
    const lines = [...reasons]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([reason, count]) => `skipped ${count}: ${reason}`);
    if (attacks.refused + attacks.ran > 0) {
      lines.push(`attacks under a policy: it refused ${attacks.refused}, and ${attacks.ran} ran`);
    }
    // After the default reporter's own summary, which is printed on the same event.
    process.on("exit", () => {
      process.stdout.write(
        `${[...lines, `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`].join("\n")}\n`,
      );
    });
  }
}

/** The note that a skipped test carries, or the nearest one around it. */
function reasonOf(test: TestCase, module: TestModule): string {
  const result = test.result();
  const note = "note" in result ? result.note : undefined;
  if (note !== undefined) return note;
  const [, reason] = /\[skipped: ([^\]]+)\]/.exec(test.fullName) ?? [];
  if (reason !== undefined) return reason;
  if (test.options.mode === "todo") return "still to be written";
  return module.state() === "failed" ? "something before it failed, or no reason given" : "no reason given";
}
