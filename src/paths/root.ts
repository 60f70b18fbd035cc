/**
 * Decides which directories can never be a root: the top of the disk, directories of the system, a whole home directory
 * and every directory above one. A project below a home directory can be a root. The rule holds for the operator, the
 * client, the person and the model.
 */

import { realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { Fault, quote, Refusal } from "../errors.js";
import { isInside, PATH_ERRORS } from "./path-validator.js";

/** Neither these nor directories below them are roots. */
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

/** Directories below these are roots, although a system tree is around them: people keep projects there. */
const PROJECT_TREES: readonly string[] = ["/usr/src", "/usr/local/src", "/run/media"];

/** These are no roots; directories below them may be. */
const SYSTEM_DIRECTORIES: readonly string[] = [
  "/root",
  "/var",
  "/private",
  "/private/var",
  "/export",
  "/mnt",
  "/cygdrive",
];

/** Neither these nor the homes and disks directly in them are roots; directories further down may be. */
const COLLECTIONS: readonly string[] = [
  "/home",
  "/Users",
  "/var/home",
  "/export/home",
  "/Volumes",
  "/media",
  "/run/media",
];

/** A Windows drive as seen from WSL or Cygwin. */
const MOUNTED_DRIVE = /^\/(?:mnt|cygdrive)\/([a-z])(?=\/|$)/i;

const WINDOWS_NEVER = /^(?:[a-z]:|[\\/]{2}[^\\/]+(?:[\\/][^\\/]+)?)?[\\/]*$/i;
const WINDOWS_TREES = /^[a-z]:[\\/]+(?:windows|program files(?: \(x86\))?|programdata)(?:[\\/]|$)/i;
const WINDOWS_HOMES = /^[a-z]:[\\/]+users(?:[\\/]+[^\\/]+)?[\\/]*$/i;

/**
 * Returns the real path of a directory that may be a root.
 *
 * @param directory Absolute; with or without links.
 * @param home Home directory of the server's user.
 * @throws {Refusal} `root-denied` if it can never be a root, is missing, or is no directory.
 * @throws {Fault} If the disk failed.
 */
export async function assertUsableRoot(directory: string, home: string = homedir()): Promise<string> {
  // Before any look at the disk: a caller must not learn whether a system directory exists.
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
  throw refuseRoot(directory, "it must be a directory that exists");
}

function assertNotReserved(asked: string, directory: string, home: string): void {
  const isAbsolute = path.isAbsolute(directory) && !directory.includes("\0");
  if (isAbsolute && !isReservedDirectory(directory, home)) return;
  const requirement = isAbsolute
    ? "it must be a project directory, and not the top of a disk, a home directory, a directory above one, " +
      "or a system directory"
    : "it must be an absolute path";
  throw refuseRoot(asked, requirement);
}

function refuseRoot(asked: string, requirement: string): Refusal {
  return new Refusal("root-denied", `Cannot use root ${quote(asked)}: ${requirement}`, {
    stage: "paths",
    resource: asked,
    retryable: false,
  });
}

/** Returns true if a directory can never be a root. Looks at the name alone, not at the disk. */
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
