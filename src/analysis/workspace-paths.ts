/** The paths of a guest that a program may use, whatever its language. */

/** The directories of a guest that a program may use. */
const OPEN_DIRECTORY = /^\/(?:workspace|tmp)(?:\/|$)|^\/dev\/(?:null|stdin|stdout|stderr|fd\/[0-2])$/;

/** Directories that stand at the root of real machines. */
const REAL_DIRECTORY = new RegExp(
  "^/(?:boot|dev|etc|home|lib\\w*|media|mnt|opt|private|proc|root|run|s?bin|srv|sys|usr|var|" +
    "Applications|Library|System|Users|Volumes)(?:/|$)",
  "i",
);

/** Names of what is not there: a program gives them to its own functions to see the error. */
const NOT_THERE = /(?:^|\/)(?:\w*non[-_/]?exist|(?:does[-_]?)?not[-_]?exist|no[-_]such|nowhere|invalid|missing)/i;

/** Does a path, as a program writes it, lead out of the workspace and the directory for temporary files? */
export function isOutside(path: string): boolean {
  const plain = path.replace(/^file:(?:\/\/)?/i, "");
  if (/^(?:[a-z]:[\\/]|\\\\)/i.test(plain)) return true;
  if (/^[a-z][a-z0-9+.-]*:/i.test(plain)) return false; // a URL or a database in memory
  const isAbsolute = plain.startsWith("/");
  const names: string[] = [];
  for (const name of plain.split("/")) {
    if (name === "..") {
      if (names.pop() === undefined && !isAbsolute) return true;
    } else if (name !== "" && name !== ".") names.push(name);
  }
  const whole = `/${names.join("/")}`;
  const isMissing = NOT_THERE.test(whole) && !REAL_DIRECTORY.test(whole);
  return isAbsolute && !OPEN_DIRECTORY.test(whole) && !isMissing;
}
