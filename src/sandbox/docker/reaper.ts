/**
 * Removes, by label, the containers that an earlier server left.
 *
 * A guest ends by itself when its server's connection ends; what stays is a
 * stopped container. Only stopped ones are touched, and only old ones: a young
 * one may belong to another live server that is about to ask how it ended.
 */

import type Docker from "dockerode";
import { LABEL } from "./hardening.js";

export const REAP_AFTER_SECONDS = 30;

/** Returns how many containers were removed. Never throws: what cannot be removed now is there at the next start. */
export async function reap(docker: Docker, now: number = Date.now()): Promise<number> {
  const found = await docker
    .listContainers({ all: true, filters: { label: [LABEL.sandbox], status: ["exited", "dead", "created"] } })
    .catch(() => []);
  const old = found.filter((container) => now / 1_000 - container.Created > REAP_AFTER_SECONDS);
  const removed = await Promise.all(
    old.map((container) =>
      docker
        .getContainer(container.Id)
        .remove({ force: true, v: true })
        .then(() => 1, () => 0),
    ),
  );
  return removed.reduce((sum: number, one) => sum + one, 0);
}
