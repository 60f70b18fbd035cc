/** Measures work by processor time, which does not count other work of the machine. */

/** Starts a clock of this process's processor time. The function that it returns tells the milliseconds since then. */
export function startProcessorClock(): () => number {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1_000;
  };
}

/** Runs `run` three times and returns the least processor time of a run, in milliseconds. */
export function leastProcessorMs(run: () => void): number {
  const times = [1, 2, 3].map(() => {
    const elapsedMs = startProcessorClock();
    run();
    return elapsedMs();
  });
  return Math.min(...times);
}
