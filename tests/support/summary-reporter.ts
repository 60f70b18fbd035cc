/** Ends every run with what was skipped and why, and one plain line of counts. */

import type { Reporter, TestCase, TestModule } from "vitest/node";

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const reasons = new Map<string, number>();
    for (const module of modules) {
      if (module.state() === "failed" && [...module.children.allTests()].length === 0) counts.failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") counts.passed++;
        else if (state === "failed") counts.failed++;
        else {
          counts.skipped++;
          const reason = reasonOf(test);
          reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        }
      }
    }
    const lines = [...reasons].sort().map(([reason, count]) => `skipped ${count}: ${reason}`);
    // After the default reporter's own summary, which is printed on the same event.
    process.on("exit", () => {
      process.stdout.write(`${[...lines, `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`].join("\n")}\n`);
    });
  }
}

/** The note that a skipped test carries, or the nearest one around it. */
function reasonOf(test: TestCase): string {
  const result = test.result();
  const note = "note" in result ? result.note : undefined;
  if (note !== undefined) return note;
  const [, reason] = /\[skipped: ([^\]]+)\]/.exec(test.fullName) ?? [];
  return reason ?? "no reason given";
}
