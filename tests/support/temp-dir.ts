import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

/** Contents by path. A path that ends with a slash is a directory. A list of paths stands for empty files. */
export type Files = Readonly<Record<string, string | Uint8Array>> | readonly string[];

export interface TempDir extends AsyncDisposable {
  readonly path: string;
  /** Joins parts to the path of the directory. */
  readonly at: (...parts: string[]) => string;
  /** Writes files, and makes the directories above them. */
  readonly write: (files: Files) => Promise<void>;
}

/** Makes a directory that goes away with the test: `await using dir = await tempDir()`. */
export async function tempDir(files: Files = []): Promise<TempDir> {
  const created = await realpath(await mkdtemp(path.join(tmpdir(), "sandbox-test-")));
  const at = (...parts: string[]): string => path.join(created, ...parts);
  const write = async (contents: Files): Promise<void> => {
    const entries = Array.isArray(contents) ? contents.map((name) => [name, ""] as const) : Object.entries(contents);
    for (const [name, content] of entries) {
      await mkdir(name.endsWith("/") ? at(name) : path.dirname(at(name)), { recursive: true });
      if (!name.endsWith("/")) await writeFile(at(name), content);
    }
  };
  await write(files);
  return { path: created, at, write, [Symbol.asyncDispose]: () => rm(created, { recursive: true, force: true }) };
}

/** Returns contents for `tempDir()`: each file has its own path as content. */
export function ownPathAsContent(files: readonly string[]): Record<string, string> {
  return Object.fromEntries(files.map((file) => [file, file]));
}
