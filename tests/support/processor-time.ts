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

/**
 * Runs `work` three times and returns the processor time of the longest turn of the event loop, of the run in which it
 * is least, in milliseconds. Nothing else happens in this process during a turn.
 */
export async function longestTurnMs(work: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3; run++) {
    let longest = 0;
    let isOver = false;
    let elapsedMs = startProcessorClock();
    const endTurn = (): void => {
      longest = Math.max(longest, elapsedMs());
      elapsedMs = startProcessorClock();
      if (!isOver) setImmediate(endTurn);
    };
    setImmediate(endTurn);
    await work();
    isOver = true;
    least = Math.min(least, Math.max(longest, elapsedMs()));
  }
  return least;
}
