/** The module `node:path`. */

import posix from "path-browserify";

posix.toNamespacedPath ??= (path) => path;
Object.defineProperty(posix, "win32", {
  configurable: true,
  enumerable: true,
  get() {
    throw realm.newError(
      "Error",
      "Cannot use path.win32: a program runs on a system with paths like /workspace/a.txt; use path.posix",
    );
  },
});

export default posix;
