/** The server's end of the channel to one engine process: it starts the process and passes messages on. */

import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Fault } from "../../errors.js";
import type { RunnableLanguage } from "../../language.js";
import type { Isolation, Sandbox, SandboxSpec } from "../engine.js";
import type { FromEngineProcess, ToEngineProcess } from "./engine-messages.js";
import { WasmSandbox } from "./wasm-sandbox.js";

/** The files and the environment of the engine's process. */
export interface WasmEngineOptions {
  /** Directory of the built interpreter. */
  readonly embeddedDirectory: string;
  /** File of the library that JavaScript programs find besides ECMAScript. */
  readonly preludeFile: string;
  /** The environment of the engine's process. */
  readonly environment: NodeJS.ProcessEnv;
  /** Receives the stderr of the engine's process. */
  readonly onStderr: (text: string) => void;
}

/** Time limit of the process's start, in milliseconds. */
const START_MS = 20_000;

/** Last part of the process's stderr that a fault reports, in characters. */
const MAX_STDERR = 4_000;

type Digests = Readonly<Record<RunnableLanguage, string>>;

/** One engine process that is up. */
export class EngineClient {
  readonly #child: ChildProcess;
  readonly #digests: Digests;
  /** The sandboxes that wait for answers, by number. Cleared one by one when they close. */
  readonly #sandboxes: Map<number, WasmSandbox>;
  #nextId = 1;

  private constructor(child: ChildProcess, digests: Digests, sandboxes: Map<number, WasmSandbox>) {
    this.#child = child;
    this.#digests = digests;
    this.#sandboxes = sandboxes;
  }

  /**
   * Starts a process.
   *
   * @param onGone Called once when the process has ended, or could not be started.
   * @throws {Fault} If the process does not start in time.
   */
  static start(options: WasmEngineOptions, onGone: () => void): Promise<EngineClient> {
    const child = spawnEngineProcess(options);
    let stderr = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString("utf8")).slice(-MAX_STDERR);
      options.onStderr(chunk.toString("utf8"));
    });
    const sandboxes = new Map<number, WasmSandbox>();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => child.kill("SIGKILL"), START_MS);
      const end = (cause: unknown): void => {
        clearTimeout(timer);
        onGone();
        const lost = Array.from(sandboxes.values());
        const running = lost.filter(({ isRunning }) => isRunning).length;
        for (const sandbox of lost) sandbox.lose(running);
        reject(new Fault(`Cannot start the embedded engine; its stderr: ${stderr || "(nothing)"}`, { cause }));
      };
      child.on("error", end);
      child.on("exit", (code, signal) => end(new Error(`The process ended with ${code ?? signal}`)));
      child.on("message", (message: FromEngineProcess) => {
        if (message.type !== "up") return sandboxes.get(message.id)?.take(message);
        clearTimeout(timer);
        resolve(new EngineClient(child, message.digest, sandboxes));
      });
    });
  }

  /**
   * Opens a sandbox and waits until its guest is ready.
   *
   * @throws {Fault} If the process fails, or `signal` is aborted.
   */
  async open(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    const id = this.#nextId++;
    const sandbox = new WasmSandbox({
      isolation: isolationOf(spec.language, this.#digests),
      id,
      send: (message) => this.#send(message),
      onClosed: () => this.#sandboxes.delete(id),
    });
    this.#sandboxes.set(id, sandbox);
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

  /** Ends the process and everything in it. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #send(message: ToEngineProcess): void {
    // If the channel is closed, the exit of the process tells every sandbox.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}

function spawnEngineProcess(options: WasmEngineOptions): ChildProcess {
  const file = fileURLToPath(new URL("./engine-process.js", import.meta.url));
  return spawn(process.execPath, ["--no-warnings", file, options.embeddedDirectory, options.preludeFile], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    serialization: "advanced",
    env: options.environment,
    windowsHide: true,
  });
}

function isolationOf(language: RunnableLanguage, digests: Digests): Isolation {
  return {
    engine: "wasm",
    runtime: language === "python" ? "cpython-wasi" : "quickjs-wasm",
    level: "wasm",
    network: "none",
    image: `sha256:${digests[language]}`,
  };
}
