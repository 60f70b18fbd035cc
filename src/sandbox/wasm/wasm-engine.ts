/**
 * The embedded engine: no Docker, no download. This side lives in the server and owns the engine's process (host.ts);
 * when that process dies, its runs end as faults and the next call starts another.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Fault } from "../../errors.js";
import { type Outcome, stoppedOutcome } from "../../outcome.js";
import { type Engine, type Isolation, type Job, type Sandbox, type SandboxSpec, WORKSPACE } from "../engine.js";
import { verdictTimeMs } from "../verdict-time.js";
import type { FromEngineProcess, ToEngineProcess } from "./engine-messages.js";
import type { RunnableLanguage } from "../../language.js";

const START_MS = 20_000;

/** What a thread may need, on a busy machine, to make an instance for a job with a memory limit of its own. */
const INSTANCE_MS = 100;

export interface WasmEngineOptions {
  /** Directory of the built interpreter. */
  readonly embeddedDirectory: string;
  /** What JavaScript programs find besides ECMAScript. */
  readonly preludeFile: string;
  /** The environment of the engine's process. */
  readonly environment: NodeJS.ProcessEnv;
  /** Takes what the engine's process says on its stderr. */
  readonly onStderr: (text: string) => void;
}

/** Called with the answers to one sandbox, or with null when the process has gone. */
type Listener = (message: FromEngineProcess | null) => void;

export class WasmEngine implements Engine {
  readonly name = "wasm";
  readonly #options: WasmEngineOptions;
  #host: Promise<HostProcess> | null = null;
  #isClosed = false;

  constructor(options: WasmEngineOptions) {
    this.#options = options;
  }

  async open(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    if (this.#isClosed) throw new Fault("Cannot open a sandbox: the embedded engine is closed");
    const host = await (this.#host ??= this.#start());
    return host.open(spec, signal);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const host = await this.#host?.catch(() => null);
    host?.kill();
  }

  #start(): Promise<HostProcess> {
    const starting = HostProcess.start(this.#options, () => {
      if (this.#host === starting) this.#host = null;
    });
    starting.catch(() => {
      if (this.#host === starting) this.#host = null;
    });
    return starting;
  }
}

class HostProcess {
  readonly #child: ChildProcess;
  readonly #listeners = new Map<number, Listener>();
  #digest: Readonly<Record<RunnableLanguage, string>> = { python: "", javascript: "" };
  #nextId = 1;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** @throws {Fault} If the process does not come up. */
  static start(options: WasmEngineOptions, onGone: () => void): Promise<HostProcess> {
    const child = spawn(
      process.execPath,
      [
        "--no-warnings",
        fileURLToPath(new URL("./engine-process.js", import.meta.url)),
        options.embeddedDirectory,
        options.preludeFile,
      ],
      {
        stdio: ["ignore", "ignore", "pipe", "ipc"],
        serialization: "advanced",
        env: options.environment,
        windowsHide: true,
      },
    );
    const host = new HostProcess(child);
    let complaint = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      complaint = (complaint + chunk.toString("utf8")).slice(-4_000);
      options.onStderr(chunk.toString("utf8"));
    });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => child.kill("SIGKILL"), START_MS);
      const gone = (cause: unknown): void => {
        clearTimeout(timer);
        onGone();
        for (const listener of [...host.#listeners.values()]) listener(null);
        reject(new Fault(`Cannot start the embedded engine: ${complaint || "it said nothing"}`, { cause }));
      };
      child.on("error", gone);
      child.on("exit", (code, signal) => gone(new Error(`The process ended with ${code ?? signal}`)));
      child.on("message", (message: FromEngineProcess) => {
        if (message.type !== "up") return host.#listeners.get(message.id)?.(message);
        clearTimeout(timer);
        host.#digest = message.digest;
        resolve(host);
      });
    });
  }

  async open(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    const id = this.#nextId++;
    const sandbox = new WasmSandbox({
      isolation: {
        engine: "wasm",
        runtime: spec.language === "python" ? "cpython-wasi" : "quickjs-wasm",
        level: "wasm",
        network: "none",
        image: `sha256:${this.#digest[spec.language]}`,
      },
      send: (message) => this.#send(message),
      id,
      forget: () => this.#listeners.delete(id),
    });
    this.#listeners.set(id, (message) => sandbox.take(message));
    this.#send({ type: "open", id, spec });
    const giveUp = (): void => void sandbox.close();
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      await sandbox.opened;
      return sandbox;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #send(message: ToEngineProcess): void {
    // A channel that is closed: the process's exit tells everyone.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}

interface WasmSandboxOptions {
  readonly isolation: Isolation;
  readonly id: number;
  readonly send: (message: ToEngineProcess) => void;
  readonly forget: () => void;
}

class WasmSandbox implements Sandbox {
  readonly isolation: Isolation;
  readonly workspace: string = WORKSPACE;
  /** Resolves when the guest is ready; rejects with a Fault if it will not be. */
  readonly opened: Promise<void>;
  readonly #options: WasmSandboxOptions;
  #settleOpened: { resolve: () => void; reject: (error: Fault) => void } | null = null;
  #settleRun: { resolve: (outcome: Outcome) => void; reject: (error: Fault) => void } | null = null;
  #state: "opening" | "ready" | "used" | "closed" = "opening";

  constructor(options: WasmSandboxOptions) {
    this.isolation = options.isolation;
    this.#options = options;
    this.opened = new Promise((resolve, reject) => (this.#settleOpened = { resolve, reject }));
  }

  get isReady(): boolean {
    return this.#state === "ready";
  }

  run(job: Job, signal: AbortSignal): Promise<Outcome> {
    if (this.#state !== "ready") return Promise.reject(new Fault("Cannot run: the sandbox is not ready"));
    this.#state = "used";
    const started = performance.now();
    return new Promise<Outcome>((resolve, reject) => {
      const stopped = (ending: "cancelled" | "timeout") => (): void => {
        void this.close();
        resolve(stoppedOutcome(ending, performance.now() - started));
      };
      const cancel = stopped("cancelled");
      // The engine's process keeps the time; this is for when it cannot.
      const backstop = setTimeout(stopped("timeout"), verdictTimeMs(job) + INSTANCE_MS);
      const settle = (): void => {
        clearTimeout(backstop);
        signal.removeEventListener("abort", cancel);
      };
      this.#settleRun = {
        resolve: (outcome) => (settle(), resolve(outcome)),
        reject: (error) => (settle(), reject(error)),
      };
      if (signal.aborted) {
        settle();
        return cancel();
      }
      signal.addEventListener("abort", cancel, { once: true });
      this.#options.send({ type: "run", id: this.#options.id, job });
    });
  }

  /** Takes an answer of the engine's process. */
  take(message: FromEngineProcess | null): void {
    if (message === null) this.#fail("The embedded engine's process has ended");
    else if (message.type === "failed") this.#fail(message.message);
    else if (message.type === "opened" && this.#state === "opening") {
      this.#state = "ready";
      this.#settleOpened?.resolve();
    } else if (message.type === "ended") {
      if (message.isKept && this.#state === "used") this.#state = "ready";
      this.#settleRun?.resolve(message.outcome);
    }
  }

  close(): Promise<void> {
    if (this.#state === "closed") return Promise.resolve();
    const wasOpening = this.#state === "opening";
    this.#state = "closed";
    this.#options.forget();
    this.#options.send({ type: "close", id: this.#options.id });
    if (wasOpening) this.#settleOpened?.reject(new Fault("Cannot open a sandbox: it was closed before it was ready"));
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #fail(why: string): void {
    const fault = new Fault(`Cannot run in the embedded engine: ${why}`);
    this.#state = "closed";
    this.#options.forget();
    this.#settleOpened?.reject(fault);
    this.#settleRun?.reject(fault);
  }
}
