/** A pool for each kind of guest, made when it is first needed. */

import { Fault } from "../errors.js";
import { MAX_EXEC_MEMORY_MB } from "../limits.js";
import type { EngineChoice } from "../sandbox/choose-engine.js";
import type { Language } from "../sandbox/engine.js";
import { type Lease, Pool, type PoolOptions } from "../sandbox/pool.js";

export class GuestPools {
  readonly #choice: Promise<EngineChoice>;
  readonly #options: PoolOptions;
  readonly #pools = new Map<string, Pool>();
  #isClosed = false;

  /** @param choice The engine, which may still be being chosen. */
  constructor(choice: Promise<EngineChoice>, options: PoolOptions) {
    this.#choice = choice;
    this.#options = options;
    // Whoever acquires is told; nobody may be asking yet.
    choice.catch(() => undefined);
  }

  /** Starts guests for a language in the background. */
  async warm(language: Language): Promise<void> {
    (await this.#pool(language, MAX_EXEC_MEMORY_MB)).warm();
  }

  /** @throws {Refusal | Fault} As `Pool.acquire`; a SetupError if no engine could be chosen. */
  async acquire(language: Language, memoryMb: number, signal: AbortSignal): Promise<Lease> {
    return (await this.#pool(language, memoryMb)).acquire(signal);
  }

  /** Destroys every guest and the engine. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
    const choice = await this.#choice.catch(() => null);
    await choice?.engine.close();
  }

  async #pool(language: Language, memoryMb: number): Promise<Pool> {
    const { engine } = await this.#choice;
    if (this.#isClosed) throw new Fault("Cannot take a guest: the server is closing");
    // In a container the supervisor sets the program's limit with its job; the embedded engine's memory has it from the start.
    const limit = engine.name === "wasm" ? memoryMb : MAX_EXEC_MEMORY_MB;
    const key = `${language} ${limit}`;
    const kept = this.#pools.get(key);
    if (kept !== undefined) return kept;
    // Unusual limits are served, but no guests wait for them.
    const options = limit === MAX_EXEC_MEMORY_MB ? this.#options : { ...this.#options, warm: 0 };
    const pool = new Pool(engine, { language, memoryMb: limit }, options);
    this.#pools.set(key, pool);
    return pool;
  }
}
