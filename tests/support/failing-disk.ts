/** A disk that fails. */

import { promises } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { vi } from "vitest";

/** Lets functions of `node:fs/promises` fail as they do if the disk does, until it is disposed of. */
export function failingDisk(...names: readonly ("realpath" | "stat" | "lstat" | "open" | "opendir")[]): Disposable {
  const spies = names.map((name) =>
    vi.spyOn(promises, name).mockRejectedValue(Object.assign(new Error("EIO: i/o error"), { code: "EIO" })),
  );
  syncBuiltinESMExports();
  return {
    [Symbol.dispose]: () => {
      for (const spy of spies) spy.mockRestore();
      syncBuiltinESMExports();
    },
  };
}
