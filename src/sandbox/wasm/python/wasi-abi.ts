/** Numbers of the WASI interface (preview 1), by their names there. */

/** Error numbers that calls return. */
export const ERRNO = {
  success: 0,
  acces: 2,
  badf: 8,
  exist: 20,
  inval: 28,
  isdir: 31,
  loop: 32,
  nametoolong: 37,
  noent: 44,
  nospc: 51,
  nosys: 52,
  notdir: 54,
  notempty: 55,
  notsup: 58,
  perm: 63,
  rofs: 69,
  spipe: 70,
  notcapable: 76,
} as const;

/** Kinds of files. */
export const FILETYPE = { characterDevice: 2, directory: 3, regularFile: 4, link: 7 } as const;

/** Bits of `path_open` that say how a file is opened. */
export const OFLAGS = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const;

/** Rights that `path_open` asks for. */
export const RIGHTS = { read: 2n, write: 64n } as const;

/** Bit of a call with a path: a link at its end is followed. */
export const FOLLOW = 1;

/** Bit of a descriptor whose writes go to the end of the file. */
export const FDFLAGS_APPEND = 1;

/** The descriptor of the root directory, open from the start. 0 to 2 are the standard streams. */
export const ROOT_DESCRIPTOR = 3;

/** Thrown through the WebAssembly stack to end a run. The guest's image is put back afterwards. */
export class Exit extends Error {
  override readonly name: string = "Exit";
  readonly code: number | null;

  /** @param code The exit status, or null if the run was stopped because it printed too much. */
  constructor(code: number | null) {
    super("The program has ended");
    this.code = code;
  }
}
