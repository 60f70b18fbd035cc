import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

export interface TempDir extends AsyncDisposable {
  readonly path: string;
}

/** A fresh directory that goes away with the test: `await using dir = await tempDir()`. */
export async function tempDir(): Promise<TempDir> {
  const created = await realpath(await mkdtemp(path.join(tmpdir(), "sandbox-test-")));
  return {
    path: created,
    [Symbol.asyncDispose]: () => rm(created, { recursive: true, force: true }),
  };
}
