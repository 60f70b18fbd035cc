/** Files of a project, as the steps of a run take them. */

/** Paths below the workspace, with their texts. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Returns the files of a call. The name of each is its path below the first directory, which is the root. */
export function inputFilesOf(files: Files): { readonly name: string; readonly path: string; readonly bytes: Buffer }[] {
  return Object.entries(files).map(([path, text]) => ({
    name: path.slice(path.indexOf("/") + 1),
    path,
    bytes: Buffer.from(text),
  }));
}
