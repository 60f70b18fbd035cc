/**
 * Decides what a path or file URI that a client wrote means on this host, or that it means nothing here. Looks at the
 * text alone.
 *
 * A spelling that could be read in two ways is refused, never guessed at: what is checked would not be what is opened.
 *
 * Not promised: that the path is allowed. PathValidator says that.
 */

import { quote, Refusal } from "../errors.js";
import { MAX_PATH_LENGTH } from "../limits.js";

const FILE_URI = /^file:(?:\/\/(?<host>[^/]*)|(?!\/\/))(?<location>\/.*)$/is;

type Problem = readonly [spelling: RegExp, problem: string];

const FOREIGN = "it must be a path of this host, this is one of Windows";

/** `..\x` and `C:x` are names like any other here; these are what nobody calls a file. */
const POSIX_PROBLEMS: readonly Problem[] = [[/^(?:[a-z]:[\\/]|\\\\)/i, FOREIGN]];

const WINDOWS_PROBLEMS: readonly Problem[] = [
  // Merely looking one up sends the user's credentials to the host that it names.
  [/^[\\/]{2}/, "it must be a path on a drive, this is one of the network or of a device"],
  [/^[\\/]/, "it must be relative or start with a drive, this starts with a separator"],
  [/^[a-z]:(?![\\/])/i, "it must have a separator after its drive"],
  // `.env::$DATA` is `.env`.
  [/(?<!^[a-z]):/i, "it must name no stream, this has a colon"],
  // Windows drops them, so that `.env.` is `.env`.
  [/(?:^|[\\/])(?!\.{1,2}(?:[\\/]|$))[^\\/]*[. ](?:[\\/]|$)/, "no name in it may end in a dot or a space"],
  [
    /(?:^|[\\/])(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(?:\.[^\\/]*)?(?:[\\/]|$)/i,
    "it must be a file, this is a device",
  ],
];

/** What this process has open, and every disk once more under another name. */
const PROCESS_VIEW = /^\/(?:proc\/(?:\d+|self|thread-self)|dev)(?:\/|$)/;

/**
 * Returns what a client wrote as a path of this host, absolute or relative. A `file:` URI becomes the path that it
 * stands for; a path stays as it is.
 *
 * @throws {Refusal} `bad-input`.
 */
export function hostPath(asked: string, platform: NodeJS.Platform = process.platform): string {
  if (asked === "") throw unusable(asked, "it must not be empty");
  if (asked.length > MAX_PATH_LENGTH)
    throw unusable(asked, `it may have at most ${MAX_PATH_LENGTH} characters, this one has ${asked.length}`);
  if (asked.includes("\0")) throw unusable(asked, "it must not contain a NUL character");

  const spelled = /^file:\//i.test(asked) ? locationOf(asked, platform) : asked;
  const problems = platform === "win32" ? WINDOWS_PROBLEMS : POSIX_PROBLEMS;
  const found = problems.find(([spelling]) => spelling.test(spelled));
  if (found !== undefined) throw unusable(asked, found[1]);
  return spelled;
}

/**
 * Says whether a normal absolute path leads through what the kernel shows of a process or device: never a workspace,
 * whatever the roots.
 */
export function isProcessView(location: string): boolean {
  return PROCESS_VIEW.test(location);
}

/** Not the URL class: it drops `..`, tabs and queries without a word, and takes `\` for `/`. */
function locationOf(uri: string, platform: NodeJS.Platform): string {
  const { host = "", location } = FILE_URI.exec(uri)?.groups ?? {};
  if (location === undefined) throw unusable(uri, "a file URI must have an absolute path, such as file:///work/a.txt");
  if (host !== "" && host.toLowerCase() !== "localhost")
    throw unusable(uri, "a file URI must be of this host, this one names another");
  if (/[?#]/.test(location))
    throw unusable(uri, "a file URI must have no query and no fragment; in a name, write %3F and %23");
  if (/\\|%(?:2f|5c|00)/i.test(location))
    throw unusable(uri, "a file URI must separate names by plain slashes, with no backslash or NUL in them");

  const name = decoded(location);
  if (name === null)
    throw unusable(uri, "the percent signs of a file URI must each start an escape, and the escapes be UTF-8");
  const hasDrive = /^\/[a-z]:(?:\/|$)/i.test(name);
  if (platform !== "win32" && hasDrive) throw unusable(uri, FOREIGN);
  if (platform !== "win32") return name;
  if (!hasDrive) throw unusable(uri, "a file URI must name a drive, such as file:///C:/work/a.txt");
  return name.slice(1).replaceAll("/", "\\");
}

function decoded(escaped: string): string | null {
  try {
    return decodeURIComponent(escaped);
  } catch {
    return null;
  }
}

function unusable(asked: string, problem: string): Refusal {
  return new Refusal("bad-input", `Cannot use path ${quote(asked)}: ${problem}`, {
    stage: "paths",
    resource: asked.slice(0, 120),
    retryable: false,
  });
}
