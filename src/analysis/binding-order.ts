/** Bindings of one name in the order of the text: those before a use, and those that a loop brings to it. */

/** Most bindings of one name that are looked at. */
export const MAX_BINDINGS = 20;

interface Placed {
  /** Offset of the name. */
  readonly at: number;
}

interface Enclosed {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly parent: Enclosed | null;
}

/** The kinds of nodes of a language, and most nodes around a place that are looked at. */
export interface FlowKinds {
  readonly blocks: ReadonlySet<string>;
  readonly loops: ReadonlySet<string>;
  /** A loop around one of these runs it another time, with names of its own. */
  readonly frames: ReadonlySet<string>;
  readonly maxParents: number;
}

/** The index of the first binding after a place. */
export function firstAfter(bindings: readonly Placed[], place: number): number {
  let [low, high] = [0, bindings.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bindings[middle]?.at ?? 0) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The bindings, from the index `next` on, that a loop around the use brings to it in its next round. */
export function laterInLoop<Binding extends Placed>(
  bindings: readonly Binding[],
  next: number,
  use: Enclosed,
  { loops, frames, maxParents }: FlowKinds,
): readonly Binding[] {
  if (next >= bindings.length) return [];
  let end = 0;
  let steps = 0;
  for (let at = use.parent; at !== null && steps < maxParents && !frames.has(at.type); at = at.parent, steps++)
    if (loops.has(at.type)) ({ end } = at);
  return bindings.slice(next, next + MAX_BINDINGS).filter(({ at }) => at < end);
}

/** Does what stands at `place` run whenever the use runs? The use is then in the same block, or within it. */
export function isSureBefore(place: Enclosed | null, use: Enclosed, { blocks, maxParents }: FlowKinds): boolean {
  let at = place;
  for (let steps = 0; at !== null && !blocks.has(at.type); at = at.parent) if (++steps > maxParents) return false;
  return at !== null && at.start <= use.start && use.end <= at.end;
}
