/**
 * Decides which directories can never be a root, whoever asks: the top of the disk, what belongs to the system, a whole
 * home directory and anything above one. A project below a home directory is fine.
 */

import { realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { Fault, quote, Refusal } from "../errors.js";
import { isInside, PATH_ERRORS } from "./path-validator.js";

/** Never roots, and nothing below them. */
const SYSTEM_TREES: readonly string[] = [
  "/bin",
  "/boot",
  "/dev",
  "/etc",
  "/proc",
  "/run",
  "/sbin",
  "/sys",
  "/usr",
  "/var/lib",
  "/var/run",
  "/System",
  "/Library",
  "/private/etc",
];

/** Below a system tree, but people keep projects there. */
const PROJECT_TREES: readonly string[] = ["/usr/src", "/usr/local/src", "/run/media"];

/** Never roots; what lies below them may be. */
const SYSTEM_DIRECTORIES: readonly string[] = [
  "/",
  "/root",
  "/var",
  "/private",
  "/private/var",
  "/export",
  "/mnt",
  "/cygdrive",
];

/** Directories of homes and of disks: neither they nor their children are roots; what lies below those may be. */
const COLLECTIONS: readonly string[] = [
  "/home",
  "/Users",
  "/var/home",
  "/export/home",
  "/Volumes",
  "/media",
  "/run/media",
];

/** A drive of Windows, as its Linux and Cygwin show it. */
const MOUNTED_DRIVE = /^\/(?:mnt|cygdrive)\/([a-z])(?=\/|$)/i;

const WINDOWS_NEVER = /^(?:[a-z]:|[\\/]{2}[^\\/]+(?:[\\/][^\\/]+)?)?[\\/]*$/i;
const WINDOWS_TREES = /^[a-z]:[\\/]+(?:windows|program files(?: \(x86\))?|programdata)(?:[\\/]|$)/i;
const WINDOWS_HOMES = /^[a-z]:[\\/]+users(?:[\\/]+[^\\/]+)?[\\/]*$/i;

/**
 * Returns the real path of a directory that may be a root.
 *
 * @throws {Refusal} `root-denied` if it is one of those that never are, is missing, or is not a directory.
 */
export async function assertUsableRoot(directory: string, home: string = homedir()): Promise<string> {
  // The name alone is looked at first: whether a system directory exists is none of the caller's business.
  assertNotReserved(directory, directory, home);
  try {
    const real = await realpath(directory);
    assertNotReserved(directory, real, await realpath(home).catch(() => home));
    if ((await stat(real)).isDirectory()) return real;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (!PATH_ERRORS.has((error as NodeJS.ErrnoException).code))
      throw new Fault("Cannot look at a root", { cause: error });
  }
  throw new Refusal("root-denied", `Cannot use root ${quote(directory)}: it must be a directory that exists`, {
    stage: "paths",
    resource: directory,
    retryable: false,
  });
}

function assertNotReserved(asked: string, directory: string, home: string): void {
  const isNamed = path.isAbsolute(directory) && !directory.includes("\0");
  if (isNamed && !isReservedDirectory(directory, home)) return;
  const problem = isNamed
    ? "it must be a project directory, never the top of a disk, a home directory, what lies above one, or a system directory"
    : "it must be an absolute path";
  throw new Refusal("root-denied", `Cannot use root ${quote(asked)}: ${problem}`, {
    stage: "paths",
    resource: asked,
    retryable: false,
  });
}

/** Says whether a directory is one that can never be a root. Looks at the name alone. */
export function isReservedDirectory(directory: string, home: string): boolean {
  const normal = path.resolve(directory);
  if (isReservedOnWindows(directory) || isReservedOnWindows(normal.replace(MOUNTED_DRIVE, "$1:"))) return true;
  if (isInside(path.resolve(home), normal)) return true;
  if (
    SYSTEM_DIRECTORIES.includes(normal) ||
    [normal, path.dirname(normal)].some((place) => COLLECTIONS.includes(place))
  )
    return true;
  if (PROJECT_TREES.some((tree) => isInside(normal, tree) && normal !== tree)) return false;
  return /^\/lib(?:32|64|x32|exec)?(?:\/|$)/.test(normal) || SYSTEM_TREES.some((tree) => isInside(normal, tree));
}

function isReservedOnWindows(directory: string): boolean {
  return WINDOWS_NEVER.test(directory) || WINDOWS_TREES.test(directory) || WINDOWS_HOMES.test(directory);
}
