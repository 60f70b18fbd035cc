/**
 * Tells which servers are dead, and what they have left on the engine.
 *
 * A server lives if its heartbeat (heartbeat.ts) is young by the engine's clock. That clock alone is not enough: after
 * a machine has slept, every heartbeat looks old until its server beats again. So a server is dead only if this one has
 * also watched it for a while and has seen no new beat. What was seen before a gap in the looks does not count: the
 * others may have slept as well.
 */

import type Docker from "dockerode";
import { type OwnContainer, recognize } from "./ownership.js";

/** The times of the looks and of the judgement. All follow from the pause between two beats. */
export interface Rhythm {
  /** Before the first beat. The first guests and answers come first, and a short command needs no heartbeat. */
  readonly startMs: number;
  /** Between two beats, and between two looks. */
  readonly beatMs: number;
  /** Between two questions whether a beat is due. A server that wakes up beats again after this time. */
  readonly tickMs: number;
  /** Between the first look, or the first one after a gap, and the next one. It is longer than two ticks. */
  readonly confirmMs: number;
  /** Two looks with more time between them have a gap. */
  readonly gapMs: number;
  /** A server whose heartbeat was old when it was first seen is watched for this long: for one beat and two ticks. */
  readonly watchMs: number;
  /** A server without a beat for this long is dead. One beat may fail. */
  readonly deadMs: number;
  /** A server is dead if it was seen without a heartbeat for this long. A person may have pruned it. */
  readonly missingMs: number;
  /** A stopped container stays for this long: its server may be about to ask how it ended. */
  readonly stoppedMs: number;
}

/** Returns the rhythm that belongs to a pause between two beats. A dead server's guests are gone after four pauses. */
export function rhythmOf(beatMs: number): Rhythm {
  return {
    startMs: beatMs / 30,
    beatMs,
    tickMs: beatMs / 6,
    confirmMs: beatMs / 2.5,
    gapMs: beatMs * 1.5,
    watchMs: beatMs * 1.3,
    deadMs: beatMs * 2.5,
    missingMs: beatMs * 1.7,
    stoppedMs: beatMs,
  };
}

/** The last known beat of another server, and when this server first saw it, by its own clock. */
interface Sighting {
  /** Null if it has no heartbeat. */
  readonly beatAt: number | null;
  readonly firstSeen: number;
  /** True if the engine's time and the beat fitted together then. They do not after the engine's clock was set. */
  readonly wasYoung: boolean;
}

/** The result of one look. */
export interface Look {
  /** Ids of the containers that dead servers have left. */
  readonly orphans: readonly string[];
  /** Guests that have stopped. Nobody needs them once they have been stopped for `stoppedMs`. */
  readonly stopped: readonly Docker.ContainerInfo[];
  /** True if the next look should come after `confirmMs`. */
  readonly isFirst: boolean;
}

/** What one server has seen of the other servers on its engine. */
export class Orphans {
  readonly #own: string;
  readonly #rhythm: Rhythm;
  #sightings: ReadonlyMap<string, Sighting> = new Map();
  /** The engine's time at the last look. */
  #lastLook: number | null = null;

  /** @param own The id of this server. It is never dead. */
  constructor(own: string, rhythm: Rhythm) {
    this.#own = own;
    this.#rhythm = rhythm;
  }

  /**
   * Looks at the containers of the engine.
   *
   * @param engineNow The engine's time, in milliseconds since 1970.
   * @param ownNow This server's own time, in milliseconds since any moment.
   */
  look(containers: readonly Docker.ContainerInfo[], engineNow: number, ownNow: number): Look {
    const { gapMs } = this.#rhythm;
    const last = this.#lastLook;
    const isFirst = last === null || engineNow < last || engineNow - last > gapMs;
    this.#lastLook = engineNow;
    const ours = containers.flatMap((info) => {
      const own = recognize(info);
      return own === null ? [] : [{ ...own, info, isStopped: STOPPED.has(info.State) }];
    });
    this.#sightings = this.#see(ours, isFirst ? new Map() : this.#sightings, engineNow, ownNow);
    const dead = new Set(
      [...this.#sightings].filter(([, one]) => this.#isDead(one, engineNow, ownNow)).map(([id]) => id),
    );
    return {
      orphans: ours
        .filter(({ server, isStopped, beatAt }) => dead.has(server) && (beatAt !== null || !isStopped))
        .map(({ id }) => id),
      stopped: ours.filter(({ isStopped, beatAt }) => beatAt === null && isStopped).map(({ info }) => info),
      isFirst,
    };
  }

  /** Returns the present sighting of each other server. One that has changed nothing keeps its first time. */
  #see(
    ours: readonly OwnContainer[],
    before: ReadonlyMap<string, Sighting>,
    engineNow: number,
    ownNow: number,
  ): ReadonlyMap<string, Sighting> {
    const beats = new Map<string, number | null>();
    for (const { server, beatAt } of ours) {
      if (server === this.#own) continue;
      const known = beats.get(server) ?? null;
      beats.set(server, beatAt === null ? known : Math.max(known ?? 0, beatAt));
    }
    return new Map(
      [...beats].map(([server, beatAt]) => {
        const earlier = before.get(server);
        const wasYoung = beatAt !== null && engineNow - beatAt <= this.#rhythm.gapMs;
        return [server, earlier?.beatAt === beatAt ? earlier : { beatAt, firstSeen: ownNow, wasYoung }];
      }),
    );
  }

  #isDead({ beatAt, firstSeen, wasYoung }: Sighting, engineNow: number, ownNow: number): boolean {
    const { confirmMs, deadMs, missingMs, watchMs } = this.#rhythm;
    const watched = ownNow - firstSeen;
    if (beatAt === null) return watched >= missingMs;
    // A heartbeat may seem young for ever after the engine's clock was set back. One that seemed old at first may be
    // of a live server: the clock was set forward, or the engine was away. That server beats while it is watched.
    return watched >= deadMs || (engineNow - beatAt > deadMs && watched >= (wasYoung ? confirmMs * 0.9 : watchMs));
  }
}

/** The states of a container that has ended or never ran. */
const STOPPED: ReadonlySet<string> = new Set(["created", "exited", "stopped", "dead"]);
