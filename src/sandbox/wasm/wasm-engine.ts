/**
 * The embedded engine: no Docker, no download. This file is in the server and owns the engine's process
 * (engine-process.ts). If that process dies, its runs end as faults, and the next call starts another process.
 */

import { Fault } from "../../errors.js";
import type { Engine, Sandbox, SandboxSpec } from "../engine.js";
import { EngineClient, type WasmEngineOptions } from "./engine-client.js";

/** Opens sandboxes in one process, which it starts for the first call and replaces when it dies. */
export class WasmEngine implements Engine {
  readonly name = "wasm";
  readonly #options: WasmEngineOptions;
  #client: Promise<EngineClient> | null = null;
  #isClosed = false;

  constructor(options: WasmEngineOptions) {
    this.#options = options;
  }

  async open(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    if (this.#isClosed) throw new Fault("Cannot open a sandbox: the embedded engine is closed");
    const client = await (this.#client ??= this.#start());
    return client.open(spec, signal);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const client = await this.#client?.catch(() => null);
    client?.kill();
  }

  #start(): Promise<EngineClient> {
    const starting = EngineClient.start(this.#options, () => {
      if (this.#client === starting) this.#client = null;
    });
    starting.catch(() => {
      if (this.#client === starting) this.#client = null;
    });
    return starting;
  }
}
