/**
 * The sign by which other servers on the same engine know that this server lives.
 *
 * It is a container that never starts. Its name tells the time of the last beat by the engine's clock, so it works with
 * an engine on another machine and whatever this machine's clock says. Each beat gives it a new name.
 *
 * After each beat the server also removes what dead servers have left (orphans.ts). A guest ends by itself when its
 * connection to its server ends. This is the second line: it holds even if somebody has stopped the guest's processes.
 */

import type Docker from "dockerode";
import { TimeLimit, within } from "../time-limit.js";
import { heartbeatOptions } from "./hardening.js";
import { Orphans, type Rhythm, rhythmOf } from "./orphans.js";
import { heartbeatName, LABEL } from "./ownership.js";

/** Pause between two beats, in milliseconds. */
const BEAT_MS = 30_000;

/** Time limit of one beat, in milliseconds. */
const BEAT_LIMIT_MS = 10_000;

/** Time limit of the removal of a container, in milliseconds. Killing a stopped process can take the engine 20 s. */
const REMOVE_MS = 60_000;

/** Time limit of `close`, in milliseconds. The server promises to go within 2 s. */
const CLOSE_MS = 1_000;

/** The parts that a heartbeat takes from its engine. */
export interface HeartbeatOptions {
  readonly docker: Docker;
  /** The id of this server. */
  readonly server: string;
  /** Returns the id of the image of guests. It may change. */
  readonly imageId: () => string;
  /** Pause between two beats, in milliseconds. The other times follow from it (orphans.ts). */
  readonly beatMs?: number | undefined;
}

/** The heartbeat of one server, from its construction to `close`. A beat that fails is tried again at the next tick. */
export class Heartbeat {
  readonly #docker: Docker;
  readonly #server: string;
  readonly #imageId: () => string;
  readonly #rhythm: Rhythm;
  readonly #orphans: Orphans;
  /** The wait for the first beat, then the ticks. */
  #timer: NodeJS.Timeout;
  readonly #closing = new AbortController();
  /** Null before the first beat. */
  #container: Docker.Container | null = null;
  /** The last creation. It may end after its beat was given up, and then counts for the next one. */
  #creation: Promise<unknown> = Promise.resolve();
  #beat: Promise<void> | null = null;
  /** When the last beat began and when the next one is due, by this machine's clock, which goes on in its sleep. */
  #begunAt = 0;
  #dueAt = 0;
  /** Ids of the containers that are being removed. */
  readonly #removals = new Set<string>();

  constructor({ docker, server, imageId, beatMs = BEAT_MS }: HeartbeatOptions) {
    this.#docker = docker;
    this.#server = server;
    this.#imageId = imageId;
    this.#rhythm = rhythmOf(beatMs);
    this.#orphans = new Orphans(server, this.#rhythm);
    this.#timer = setTimeout(() => this.#start(), this.#rhythm.startMs);
    this.#timer.unref();
  }

  /** Ends the heartbeat and removes its container. It takes `CLOSE_MS` at most, even if the engine is dead. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#closing.abort();
    using limit = new TimeLimit(CLOSE_MS);
    const end = async (): Promise<void> => {
      await this.#beat;
      await settles(this.#creation);
      await settles(this.#container?.remove({ force: true, v: true, abortSignal: limit.signal }));
    };
    await settles(within(limit.signal, end()));
  }

  #start(): void {
    this.#timer = setInterval(() => this.#tick(), this.#rhythm.tickMs);
    this.#timer.unref();
    this.#tick();
  }

  /** Begins a beat if one is due. A clock that was set back counts as one that went on. */
  #tick(): void {
    const now = Date.now();
    if (this.#beat !== null || (now >= this.#begunAt && now < this.#dueAt)) return;
    this.#begunAt = now;
    this.#dueAt = now + this.#rhythm.beatMs - this.#rhythm.tickMs / 2;
    this.#beat = this.#tryBeat().finally(() => (this.#beat = null));
  }

  async #tryBeat(): Promise<void> {
    using limit = new TimeLimit(BEAT_LIMIT_MS, this.#closing.signal);
    try {
      const now = await this.#engineTime(limit.signal);
      await this.#sign(heartbeatName(this.#server, now), limit.signal);
      await this.#clearUp(now, limit.signal);
    } catch {
      // The engine may be busy, or restart. The next tick tries again, so that the others see a beat soon.
      this.#dueAt = this.#begunAt;
    }
  }

  /** Returns the engine's time, in milliseconds since 1970. */
  async #engineTime(signal: AbortSignal): Promise<number> {
    // The types of the client do not know that `info` has options.
    const ask = this.#docker.info.bind(this.#docker) as unknown as (
      options: object,
    ) => Promise<{ SystemTime?: unknown }>;
    const { SystemTime: text } = await within(signal, ask({ abortSignal: signal }));
    const time = Date.parse(String(text).slice(0, 64));
    if (!Number.isFinite(time)) throw new Error("The engine does not tell its time");
    return time;
  }

  /** Gives the container its new name. Makes a new container if it is gone or cannot be renamed. */
  async #sign(name: string, signal: AbortSignal): Promise<void> {
    await within(signal, settles(this.#creation));
    const old = this.#container;
    const isRenamed = old !== null && (await settles(within(signal, old.rename({ name, abortSignal: signal }))));
    if (isRenamed) return;
    signal.throwIfAborted();
    // Not aborted with the beat: the engine could have made the container then, and nobody would know.
    const creation = this.#docker.createContainer(heartbeatOptions(this.#imageId(), this.#server, name));
    this.#creation = creation.then((container) => (this.#container = container));
    await within(signal, this.#creation);
    void this.#remove(old);
  }

  /** Removes what dead servers have left. Does not wait for the removals: those of a stopped process take long. */
  async #clearUp(now: number, signal: AbortSignal): Promise<void> {
    const filters = { label: [LABEL.server] };
    const containers = await within(signal, this.#docker.listContainers({ all: true, filters, abortSignal: signal }));
    const { orphans, stopped, isFirst } = this.#orphans.look(containers, now, performance.now());
    if (isFirst) this.#dueAt = this.#begunAt + this.#rhythm.confirmMs;
    for (const id of orphans) void this.#remove(this.#docker.getContainer(id));
    await Promise.all(
      stopped.map(({ Id: id, Created: created }) => this.#removeIfOld(id, created * 1_000, now, signal)),
    );
  }

  /** Removes a stopped guest. Its age counts from its end, or from its creation if it never ran. */
  async #removeIfOld(id: string, createdAt: number, now: number, signal: AbortSignal): Promise<void> {
    const container = this.#docker.getContainer(id);
    const inspection = await within(signal, container.inspect({ abortSignal: signal })).catch(() => null);
    if (inspection === null || inspection.State.Running) return;
    const finishedAt = Date.parse(inspection.State.FinishedAt);
    const since = finishedAt > 0 ? finishedAt : createdAt;
    if (now - since > this.#rhythm.stoppedMs) void this.#remove(container);
  }

  /** Never throws: the container may be gone, and one that stays is removed after a later beat. */
  async #remove(container: Docker.Container | null): Promise<void> {
    if (container === null || this.#removals.has(container.id)) return;
    this.#removals.add(container.id);
    using limit = new TimeLimit(REMOVE_MS, this.#closing.signal);
    await settles(container.remove({ force: true, v: true, abortSignal: limit.signal }));
    this.#removals.delete(container.id);
  }
}

/** Resolves to true if the promise is fulfilled, and to false if it is rejected. */
function settles(promise: Promise<unknown> | undefined): Promise<boolean> {
  return Promise.resolve(promise).then(
    () => true,
    () => false,
  );
}
