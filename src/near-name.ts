/** Finds the name that a caller probably meant. */

/** Longest name that is compared: the time grows with the product of two lengths. */
const MAX_LENGTH = 60;

/** Returns the most similar of a few names, or null if none is similar. */
export function nearName(name: string, names: readonly string[]): string | null {
  if (name.length > MAX_LENGTH) return null;
  const wanted = plain(name);
  if (wanted === "") return null;
  const [best] = names
    .map((one) => ({ one, cost: costOf(wanted, plain(one)) }))
    .filter(({ cost }) => cost <= 0.4)
    .sort((a, b) => a.cost - b.cost);
  return best?.one ?? null;
}

/** `timeoutMs` and `TIMEOUT-MS` are `timeout_ms` in another spelling. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** Returns 0 for equal names, less than 0.4 for similar ones. A name inside the other is similar to it. */
function costOf(wanted: string, name: string): number {
  if (wanted === name) return 0;
  const [short, long] = wanted.length < name.length ? [wanted, name] : [name, wanted];
  if (short.length >= 3 && (long.startsWith(short) || long.endsWith(short))) return 0.3;
  if (short.length >= 4 && long.includes(short)) return 0.35;
  return distance(wanted, name) / Math.max(wanted.length, name.length);
}

/** Edits that turn one text into the other: a character more, less, or another one. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
