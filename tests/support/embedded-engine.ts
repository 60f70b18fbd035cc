/** The embedded engine, the only one that is always here. */

import path from "node:path";
import { afterAll } from "vitest";
import type { Engine } from "../../src/sandbox/engine.js";
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

/** Makes an engine that is closed when the file's tests are over. */
export function sharedEmbeddedEngine(): Engine {
  const engine = embeddedEngine();
  afterAll(() => engine.close());
  return engine;
}
