/**
 * Removes, by label, the containers that an earlier server left.
 *
 * A guest ends by itself when its server's connection ends; what stays is a stopped container. Only stopped ones are
 * touched, and only old ones: a young one may belong to another live server that is about to ask how it ended.
 */

import type Docker from "dockerode";
import { LABEL } from "./hardening.js";

export const REAP_AFTER_SECONDS = 30;

/** Returns how many containers were removed. Never throws: what cannot be removed now is there at the next start. */
export async function reap(docker: Docker, now: number = Date.now()): Promise<number> {
  const found = await docker
    .listContainers({ all: true, filters: { label: [LABEL.sandbox], status: ["exited", "dead", "created"] } })
    .catch(() => []);
  const removed = await Promise.all(
    found.map(({ Id: id, Created: created }) => removeIfOld(docker.getContainer(id), created, now).catch(() => 0)),
  );
  return removed.reduce((sum: number, one) => sum + one, 0);
}

/** Its age counts from its end; one that never ran has none, and counts from its making. */
async function removeIfOld(container: Docker.Container, createdSeconds: number, now: number): Promise<number> {
  const { State: state } = await container.inspect();
  const finished = Date.parse(state.FinishedAt);
  const since = finished > 0 ? finished : createdSeconds * 1_000;
  if (now - since <= REAP_AFTER_SECONDS * 1_000) return 0;
  await container.remove({ force: true, v: true });
  return 1;
}
