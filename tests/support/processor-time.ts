/** Measures work by processor time, which does not count other work of the machine. */

/** Starts a clock of this process's processor time. The function that it returns tells the milliseconds since then. */
export function startProcessorClock(): () => number {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1_000;
  };
}

/** Runs `work` three times and returns the least processor time of a run, in milliseconds. */
export async function leastProcessorMs(work: () => unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3; run++) {
    const elapsedMs = startProcessorClock();
    await work();
    least = Math.min(least, elapsedMs());
  }
  return least;
}
