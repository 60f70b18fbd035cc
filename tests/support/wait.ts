/** Waits for a time or a condition. */

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Asks every 10 ms until there is an answer. Throws if none comes within `withinMs`. */
export async function eventually<Value>(
  ask: () => Value | undefined | false,
  what: string,
  withinMs = 10_000,
): Promise<Value> {
  for (const deadline = performance.now() + withinMs; ; await sleep(10)) {
    const answer = ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`Waited ${withinMs} ms in vain for ${what}`);
  }
}

/** Asks every 50 ms, and returns whether the condition holds within `withinMs`. */
export async function until(holds: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  for (const end = performance.now() + withinMs; performance.now() < end; await sleep(50))
    if (await holds()) return true;
  return holds();
}
