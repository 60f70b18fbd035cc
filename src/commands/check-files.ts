/**
 * Finds and reads the programs to check.
 *
 * Every program below a directory is checked, or reported as unchecked with the reason. Not reported are hidden
 * directories, the directories of package managers and interpreters, and links that lead out of the directory.
 */

import { open, readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { LARGEST_EXEC_LIMITS } from "../limits.js";
import type { Language } from "../language.js";
import { endingOf, LANGUAGE_BY_ENDING } from "./language-of.js";
import type { CheckedFile, UncheckedFile } from "./check-report.js";

/** Stands for the path of a program from stdin. */
export const STDIN_NAME = "<stdin>";

/** A program that was read. */
export type Source = Pick<CheckedFile, "path" | "language" | "code">;

const SKIPPED_DIRECTORIES: ReadonlySet<string> = new Set(["node_modules", "__pycache__"]);

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Bytes to read: enough to see that a file is too long, with or without a byte order mark. */
const MAX_READ = LARGEST_EXEC_LIMITS.codeSize + BYTE_ORDER_MARK.length + 1;

/**
 * Yields the programs that the names stand for: a file, all programs below a directory, or stdin for `-`. They come in
 * the order of the names, and those of a directory in the order of their names. A file that is named twice comes once.
 *
 * @param language The language of every file. Below a directory, only files of this language count. If undefined, the
 *   name of a file decides.
 * @param maxBytes The longest program.
 */
export async function* readSources(
  names: readonly string[],
  language: Language | undefined,
  maxBytes: number,
): AsyncGenerator<Source | UncheckedFile> {
  const seen = new Set<string>();
  for (const name of names) {
    for await (const found of findFiles(name, language)) {
      const file = typeof found === "string" ? found : found.path;
      const key = file === STDIN_NAME ? file : path.resolve(file);
      if (seen.has(key)) continue;
      seen.add(key);
      yield typeof found === "string" ? await readSource(found, language, maxBytes) : found;
    }
  }
}

/** Yields the paths of files to read, and directories that cannot be read. */
async function* findFiles(name: string, language: Language | undefined): AsyncGenerator<string | UncheckedFile> {
  if (name === "-") {
    yield STDIN_NAME;
    return;
  }
  const isDirectory = await stat(name).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isDirectory) {
    yield name;
    return;
  }
  const extensions = [...LANGUAGE_BY_ENDING]
    .filter(([, one]) => language === undefined || one === language)
    .map(([extension]) => extension);
  let isEmpty = true;
  for await (const found of walk(name, { root: await realpath(name), extensions })) {
    isEmpty = false;
    yield found;
  }
  if (isEmpty) yield { path: name, reason: `no file in it ends in ${extensions.join(", ")}` };
}

interface Walk {
  /** Links must lead below this real path. */
  readonly root: string;
  readonly extensions: readonly string[];
}

async function* walk(directory: string, { root, extensions }: Walk): AsyncGenerator<string | UncheckedFile> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => null);
  if (entries === null) {
    yield { path: directory, reason: "it cannot be read" };
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const found = path.join(directory, entry.name);
    if (entry.isDirectory()) {
      if (!entry.name.startsWith(".") && !SKIPPED_DIRECTORIES.has(entry.name)) yield* walk(found, { root, extensions });
    } else if (
      extensions.includes(endingOf(entry.name)) &&
      (entry.isFile() || (entry.isSymbolicLink() && (await leadsInside(found, root))))
    ) {
      yield found;
    }
  }
}

/** Tells whether a link leads to a file below `root`. */
async function leadsInside(link: string, root: string): Promise<boolean> {
  try {
    const real = await realpath(link);
    return real.startsWith(root.endsWith(path.sep) ? root : root + path.sep) && (await stat(real)).isFile();
  } catch {
    return false;
  }
}

async function readSource(
  file: string,
  known: Language | undefined,
  maxBytes: number,
): Promise<Source | UncheckedFile> {
  const isStdin = file === STDIN_NAME;
  const language = known ?? (isStdin ? "python" : LANGUAGE_BY_ENDING.get(endingOf(file)));
  try {
    const bytes = isStdin ? await readStart(process.stdin) : await readFileStart(file);
    if (language === undefined) return { path: file, reason: "its name does not tell its language, use --language" };
    const isMarked = bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
    if (bytes.length > maxBytes + (isMarked ? BYTE_ORDER_MARK.length : 0))
      return { path: file, reason: `it has more than ${maxBytes} bytes` };
    const code = decode(bytes);
    if (code === null) return { path: file, reason: "it is not UTF-8" };
    if (code.includes("\0")) return { path: file, reason: "it has a NUL character" };
    return { path: file, language, code };
  } catch (error) {
    return {
      path: file,
      reason: (error as NodeJS.ErrnoException).code === "ENOENT" ? "it does not exist" : "it cannot be read",
    };
  }
}

async function readFileStart(file: string): Promise<Buffer> {
  await using handle = await open(file);
  return await readStart(handle.createReadStream({ autoClose: false, highWaterMark: MAX_READ }));
}

/** Reads at most `MAX_READ` bytes: a device or a pipe may have no end. */
async function readStart(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MAX_READ) break;
  }
  return Buffer.concat(chunks);
}

/** Returns the text without a byte order mark, as the interpreters read it. Returns null if it is not UTF-8. */
function decode(bytes: Buffer): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
