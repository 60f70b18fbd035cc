/**
 * Turns a path or file URI from a client into a path of this host, or refuses it. Looks at the text alone.
 *
 * A spelling with two possible meanings is refused. Otherwise the server could check one file and open another.
 *
 * Not promised: that the path is allowed. PathValidator decides that.
 */

import { quote, Refusal } from "../errors.js";
import { MAX_PATH_LENGTH } from "../limits.js";

const FILE_URI = /^file:(?:\/\/(?<host>[^/]*)|(?!\/\/))(?<location>\/.*)$/is;

/** A spelling that is refused, and the words of the refusal. */
type RefusedSpelling = readonly [spelling: RegExp, requirement: string];

const FOREIGN = "it must be a path of this host, this is one of Windows";

/** `..\x` and `C:x` are ordinary names on POSIX systems. The spellings here are no names of files there. */
const REFUSED_ON_POSIX: readonly RefusedSpelling[] = [[/^(?:[a-z]:[\\/]|\\\\)/i, FOREIGN]];

const REFUSED_ON_WINDOWS: readonly RefusedSpelling[] = [
  // A lookup of a network path sends the user's credentials to its host.
  [/^[\\/]{2}/, "it must be a path on a drive, this is one of the network or of a device"],
  [/^[\\/]/, "it must be relative or start with a drive, this starts with a separator"],
  [/^[a-z]:(?![\\/])/i, "it must have a separator after its drive"],
  // Windows opens `.env` for `.env::$DATA`.
  [/(?<!^[a-z]):/i, "it must name no stream, this has a colon"],
  // Windows drops dots and spaces at the end, so it opens `.env` for `.env.`.
  [/(?:^|[\\/])(?!\.{1,2}(?:[\\/]|$))[^\\/]*[. ](?:[\\/]|$)/, "no name in it may end in a dot or a space"],
  [
    /(?:^|[\\/])(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(?:\.[^\\/]*)?(?:[\\/]|$)/i,
    "it must be a file, this is a device",
  ],
];

/** The open files of a process, and devices: they show files and disks under other names. */
const PROCESS_VIEW = /^\/(?:proc\/(?:\d+|self|thread-self)|dev)(?:\/|$)/;

/**
 * Returns a path of this host, absolute or relative. A `file:` URI becomes its path; a path stays as it is.
 *
 * @param asked From the client.
 * @throws {Refusal} `bad-input` if it is empty, too long, has a NUL, or could mean two files.
 */
export function parseHostPath(asked: string, platform: NodeJS.Platform = process.platform): string {
  if (asked === "") throw refuseSpelling(asked, "it must not be empty");
  if (asked.length > MAX_PATH_LENGTH)
    throw refuseSpelling(asked, `it may have at most ${MAX_PATH_LENGTH} characters, this one has ${asked.length}`);
  if (asked.includes("\0")) throw refuseSpelling(asked, "it must not contain a NUL character");

  const spelled = /^file:\//i.test(asked) ? parseFileUri(asked, platform) : asked;
  const refused = platform === "win32" ? REFUSED_ON_WINDOWS : REFUSED_ON_POSIX;
  const found = refused.find(([spelling]) => spelling.test(spelled));
  if (found !== undefined) throw refuseSpelling(asked, found[1]);
  return spelled;
}

/**
 * Returns true if a path leads through the kernel's view of a process or a device. No file there is ever open to a
 * call.
 *
 * @param location Absolute and normalized.
 */
export function isProcessView(location: string): boolean {
  return PROCESS_VIEW.test(location);
}

/** The URL class cannot be used: it silently drops `..`, tabs and queries, and takes `\` for `/`. */
function parseFileUri(uri: string, platform: NodeJS.Platform): string {
  const { host = "", location } = FILE_URI.exec(uri)?.groups ?? {};
  if (location === undefined)
    throw refuseSpelling(uri, "a file URI must have an absolute path, such as file:///work/a.txt");
  if (host !== "" && host.toLowerCase() !== "localhost")
    throw refuseSpelling(uri, "a file URI must be of this host, this one names another");
  if (/[?#]/.test(location))
    throw refuseSpelling(uri, "a file URI must have no query and no fragment; in a name, write %3F and %23");
  if (/\\|%(?:2f|5c|00)/i.test(location))
    throw refuseSpelling(uri, "a file URI must separate names by plain slashes, with no backslash or NUL in them");

  const name = decodePercents(location);
  if (name === null)
    throw refuseSpelling(uri, "the percent signs of a file URI must each start an escape, and the escapes be UTF-8");
  const hasDrive = /^\/[a-z]:(?:\/|$)/i.test(name);
  if (platform !== "win32" && hasDrive) throw refuseSpelling(uri, FOREIGN);
  if (platform !== "win32") return name;
  if (!hasDrive) throw refuseSpelling(uri, "a file URI must name a drive, such as file:///C:/work/a.txt");
  return name.slice(1).replaceAll("/", "\\");
}

function decodePercents(escaped: string): string | null {
  try {
    return decodeURIComponent(escaped);
  } catch {
    return null;
  }
}

function refuseSpelling(asked: string, requirement: string): Refusal {
  return new Refusal("bad-input", `Cannot use path ${quote(asked)}: ${requirement}`, {
    stage: "paths",
    resource: asked.slice(0, 120),
    retryable: false,
  });
}
