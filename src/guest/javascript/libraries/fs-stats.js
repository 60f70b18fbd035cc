/** The objects that `node:fs` gives of files: `Stats` and `Dirent`. */

export const KINDS = { f: 0o100000, d: 0o040000, l: 0o120000, o: 0o010000 };
const S_IFMT = 0o170000;

class Kind {
  isFile() {
    return this.#kind() === KINDS.f;
  }
  isDirectory() {
    return this.#kind() === KINDS.d;
  }
  isSymbolicLink() {
    return this.#kind() === KINDS.l;
  }
  isFIFO() {
    return this.#kind() === KINDS.o;
  }
  isSocket() {
    return false;
  }
  isBlockDevice() {
    return false;
  }
  isCharacterDevice() {
    return false;
  }
  #kind() {
    return Number(kindOf(this)) & S_IFMT;
  }
}

const kinds = new WeakMap();
const kindOf = (entry) => kinds.get(entry) ?? entry.mode ?? 0;

export class Stats extends Kind {
  /** @param text The disk's answer. */
  constructor(text, isBig) {
    super();
    const [kind, mode, size, atimeMs, mtimeMs, ctimeMs, birthtimeMs, ino, nlink] = text.split(" ");
    const number = isBig ? (value) => BigInt(Math.trunc(Number(value))) : Number;
    this.dev = number(1);
    this.mode = number(KINDS[kind] | Number(mode));
    this.nlink = number(nlink);
    this.uid = this.gid = number(1000);
    this.rdev = number(0);
    this.blksize = number(4096);
    this.ino = number(ino);
    this.size = number(size);
    this.blocks = number(Math.ceil(Number(size) / 512));
    this.atimeMs = number(atimeMs);
    this.mtimeMs = number(mtimeMs);
    this.ctimeMs = number(ctimeMs);
    this.birthtimeMs = number(birthtimeMs);
    this.atime = new Date(Number(atimeMs));
    this.mtime = new Date(Number(mtimeMs));
    this.ctime = new Date(Number(ctimeMs));
    this.birthtime = new Date(Number(birthtimeMs));
  }
}

export class Dirent extends Kind {
  constructor(name, parentPath, kind) {
    super();
    this.name = name;
    this.parentPath = parentPath;
    this.path = parentPath;
    kinds.set(this, KINDS[kind]);
  }
}
