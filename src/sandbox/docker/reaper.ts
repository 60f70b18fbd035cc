/**
 * Removes the containers that an earlier server left. It finds them by their label.
 *
 * A guest ends by itself when its connection to the server ends, and a stopped container remains. The reaper removes
 * stopped containers only, and only old ones: a young one may belong to another live server that is about to ask how it
 * ended.
 */

import type Docker from "dockerode";
import { LABEL } from "./hardening.js";

/** A stopped container is removed once it has been stopped for longer than this, in seconds. */
export const REAP_AFTER_SECONDS = 30;

/**
 * Removes the old stopped guests of the engine, and returns how many. Never throws: the next start tries again.
 *
 * @param now In milliseconds since 1970.
 */
export async function reap(docker: Docker, now: number = Date.now()): Promise<number> {
  const found = await docker
    .listContainers({ all: true, filters: { label: [LABEL.sandbox], status: ["exited", "dead", "created"] } })
    .catch(() => []);
  const removed = await Promise.all(
    found.map(({ Id: id, Created: created }) => removeIfOld(docker.getContainer(id), created, now).catch(() => 0)),
  );
  return removed.reduce((sum: number, one) => sum + one, 0);
}

/** The age counts from the end of the container, or from its creation if it never ran. */
async function removeIfOld(container: Docker.Container, createdSeconds: number, now: number): Promise<number> {
  const { State: state } = await container.inspect();
  const finished = Date.parse(state.FinishedAt);
  const since = finished > 0 ? finished : createdSeconds * 1_000;
  if (now - since <= REAP_AFTER_SECONDS * 1_000) return 0;
  await container.remove({ force: true, v: true });
  return 1;
}
