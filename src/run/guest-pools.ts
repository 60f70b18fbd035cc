/** The pools of guests: one for each language, made when it is first needed. */

import { Fault, Refusal, SetupError } from "../errors.js";
import type { EngineChoice } from "../sandbox/choose-engine.js";
import type { RunnableLanguage } from "../language.js";
import { within } from "../sandbox/time-limit.js";
import { type Lease, Pool, type PoolOptions } from "../sandbox/pool.js";

/** All guests of a server, and the engine that they run in. */
export class GuestPools {
  readonly #choice: Promise<EngineChoice>;
  readonly #memoryMb: number;
  readonly #options: PoolOptions;
  readonly #pools = new Map<RunnableLanguage, Pool>();
  #isClosed = false;

  /**
   * @param choice The engine. It may still be open which one.
   * @param memoryMb Most memory of a program, in MiB.
   */
  constructor(choice: Promise<EngineChoice>, memoryMb: number, options: PoolOptions) {
    this.#choice = choice;
    this.#memoryMb = memoryMb;
    this.#options = options;
    // The error reaches each call that acquires a guest. There may be no call yet.
    choice.catch(() => undefined);
  }

  /** Starts guests for a language in the background. */
  async warm(language: RunnableLanguage): Promise<void> {
    (await this.#pool(language)).warm();
  }

  /**
   * Acquires a guest, as `Pool.acquire` does.
   *
   * @throws {Refusal} `busy`; `engine-unavailable` with the operator's next step if there is no engine.
   * @throws {Fault} If the guest cannot be started or the server is closing.
   * @throws The reason of `signal` if that is aborted.
   */
  async acquire(language: RunnableLanguage, signal: AbortSignal): Promise<Lease> {
    const pool = await within(signal, this.#pool(language));
    return pool.acquire(signal);
  }

  /** The usage of all pools together. */
  get usage(): Pool["usage"] {
    const all = [...this.#pools.values()].map(({ usage }) => usage);
    const sum = (kind: keyof Pool["usage"]): number => all.reduce((total, usage) => total + usage[kind], 0);
    return { ready: sum("ready"), opening: sum("opening"), leased: sum("leased"), waiting: sum("waiting") };
  }

  /** Destroys every guest and the engine. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
    const choice = await this.#choice.catch(() => null);
    await choice?.engine.close();
  }

  async #pool(language: RunnableLanguage): Promise<Pool> {
    const { engine } = await this.#choice.catch(refuseWithoutEngine);
    if (this.#isClosed) throw new Fault("Cannot take a guest: the server is closing");
    const kept = this.#pools.get(language);
    if (kept !== undefined) return kept;
    // A guest serves every memory limit: the job brings its own.
    const pool = new Pool(engine, { language, memoryMb: this.#memoryMb }, this.#options);
    this.#pools.set(language, pool);
    return pool;
  }
}

/** The server goes on without an engine, because a client shows what a call answers, and not why a server ended. */
function refuseWithoutEngine(error: unknown): never {
  if (!(error instanceof SetupError)) throw error;
  const message = `${error.message}. Then start the server again`;
  throw new Refusal("engine-unavailable", message, { stage: "sandbox" }, { cause: error });
}
