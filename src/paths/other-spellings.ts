/**
 * Finds other names of a path: through links that lie outside the roots, and with accents that are composed otherwise.
 *
 * Not promised: that a name that is found is allowed. PathValidator checks it like one that the caller wrote.
 */

import { lstat, opendir, realpath } from "node:fs/promises";
import path from "node:path";

/** Most names below an existing directory that are looked at. */
const MAX_MISSING_NAMES = 64;

/** Most names of a directory that are compared with one. */
const MAX_NAMES = 10_000;

/**
 * Follows the links of the part of a path that exists. On macOS `/tmp/x` is `/private/tmp/x`. The rest stays as it is,
 * so that a missing file in a root is refused like one that was named by its own path. Returns null if nothing exists.
 *
 * @param location Absolute and normalized.
 */
export async function followExistingPart(location: string): Promise<string | null> {
  let rest = "";
  let existing = location;
  for (let missing = 0; missing < MAX_MISSING_NAMES; missing++) {
    const real = await realpath(existing).catch(() => null);
    if (real !== null) return path.join(real, rest);
    rest = path.join(path.basename(existing), rest);
    existing = path.dirname(existing);
  }
  return null;
}

/**
 * Returns the path of an entry below a root whose names have the same letters as those of `location`. A disk may store
 * an accent with its letter (NFC) or after it (NFD), and people and programs write either. Returns null if there is
 * none, or more than one.
 *
 * @param location Absolute and normalized.
 */
export async function findOtherAccents(location: string, root: string): Promise<string | null> {
  if (!/[^\p{ASCII}]/u.test(location)) return null;
  const steps = path.relative(root.normalize("NFC"), location.normalize("NFC"));
  if (steps === ".." || steps.startsWith(`..${path.sep}`) || path.isAbsolute(steps)) return null;
  let at = root;
  for (const name of steps.split(path.sep)) {
    const found = await findEntry(at, name);
    if (found === null) return null;
    at = path.join(at, found);
  }
  return at;
}

async function findEntry(directory: string, name: string): Promise<string | null> {
  if (!/[^\p{ASCII}]/u.test(name)) return name;
  const same = new Set<string>();
  try {
    let left = MAX_NAMES;
    for await (const entry of await opendir(directory, { bufferSize: 256 })) {
      if (entry.name.normalize("NFC") === name) same.add(entry.name);
      if (--left === 0) break;
    }
    const [only] = same;
    return only !== undefined && same.size === 1 ? only : null;
  } catch {
    // A directory that cannot be listed may still have an entry of that very name.
    return (await lstat(path.join(directory, name)).catch(() => null)) === null ? null : name;
  }
}
