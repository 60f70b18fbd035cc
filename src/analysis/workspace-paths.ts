/** The paths of a guest that a program may use, whatever its language. */

/** The directories of a guest that a program may use. */
const OPEN_DIRECTORY = /^\/(?:workspace|tmp)(?:\/|$)|^\/dev\/(?:null|stdin|stdout|stderr|fd\/[0-2])$/;

/**
 * Joins paths of which some are unknown. What follows the first unknown part may be anything. Null if nothing is known.
 *
 * @param startsOver True if an absolute part drops those before it.
 */
export function joinPaths(parts: readonly (string | null)[], startsOver: boolean): string | null {
  const end = parts.indexOf(null);
  const known = (end === -1 ? parts : parts.slice(0, end)) as readonly string[];
  if (known.length === 0) return null;
  const path = known.reduce((whole, part) => (startsOver && part.startsWith("/") ? part : `${whole}/${part}`));
  return end !== -1 && path === "/" ? null : path;
}

/** Does a path, as a program writes it, lead out of the workspace and the directory for temporary files? */
export function isOutside(path: string): boolean {
  const plain = path.replace(/^file:\/\//i, "");
  if (/^(?:[a-z]:[\\/]|\\\\)/i.test(plain)) return true;
  if (/^[a-z][a-z0-9+.-]*:/i.test(plain)) return false; // a URL or a database in memory
  const isAbsolute = plain.startsWith("/");
  const names: string[] = [];
  for (const name of plain.split("/")) {
    if (name === "..") {
      if (names.pop() === undefined && !isAbsolute) return true;
    } else if (name !== "" && name !== ".") names.push(name);
  }
  return isAbsolute && !OPEN_DIRECTORY.test(`/${names.join("/")}`);
}
