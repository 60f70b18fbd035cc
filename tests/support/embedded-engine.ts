/** The embedded engine, the only one that is always here. */

import path from "node:path";
import { afterAll } from "vitest";
import type { Outcome } from "../../src/outcome.js";
import type { Engine, Job } from "../../src/sandbox/engine.js";
import * as product from "./built-modules.js";

/** Makes an engine. */
export function embeddedEngine(): Engine {
  return new product.wasmEngine.WasmEngine({
    embeddedDirectory: product.application.EMBEDDED_DIRECTORY,
    preludeFile: path.join(product.application.GUEST_DIRECTORY, "javascript", "prelude.js"),
    environment: product.config.childEnvironment(),
    onStderr: () => undefined,
  });
}

type PythonJob = Pick<Job, "code" | "guestPolicy"> & Partial<Job>;

/**
 * Makes an engine for the tests of a file. The function that it returns runs a Python program in a guest of its own,
 * with the limits of an ordinary call.
 */
export function embeddedPython(): (job: PythonJob) => Promise<Outcome> {
  const engine = embeddedEngine();
  afterAll(() => engine.close());
  return async (job) => {
    await using sandbox = await engine.open({ language: "python", memoryMb: 256 }, AbortSignal.timeout(20_000));
    return await sandbox.run(
      { timeoutMs: 5_000, memoryMb: 256, inputs: {}, files: [], ...job },
      AbortSignal.timeout(20_000),
    );
  };
}
