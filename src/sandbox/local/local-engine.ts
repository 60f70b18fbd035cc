/**
 * Runs programs as processes of the server's own user: no isolation at all.
 *
 * It is for developers of this package, and for machines whose owner accepts the risk. Two settings must allow it
 * (config.ts). It runs the same supervisor as a container, so limits, endings and output are the same. A program can
 * reach the user's files, the network and other processes.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Fault } from "../../errors.js";
import type { RunnableLanguage } from "../../language.js";
import type { Outcome } from "../../outcome.js";
import type { Engine, Isolation, Job, Sandbox, SandboxSpec } from "../engine.js";
import { GuestChannel } from "../guest-channel.js";
import { NODE_FLAGS } from "../node-flags.js";
import { TimeLimit } from "../time-limit.js";
import { verdictTimeMs } from "../verdict-time.js";

/** Time limit of a guest's start, in milliseconds. */
const OPEN_MS = 20_000;

/** Time for a supervisor to end its processes after its channel is closed, in milliseconds. */
const EXIT_MS = 500;

const ISOLATION: Isolation = { engine: "local", runtime: "process", level: "none", network: "host", image: null };

/** The files and the environment of local guests. */
export interface LocalEngineOptions {
  /** Directory of the built guest files. */
  readonly guestDirectory: string;
  /** Only its PATH reaches a guest. */
  readonly environment: NodeJS.ProcessEnv;
}

/** Starts one supervisor for each sandbox. */
export class LocalEngine implements Engine {
  readonly name = "local";
  readonly #options: LocalEngineOptions;
  readonly #open = new Set<LocalSandbox>();

  constructor(options: LocalEngineOptions) {
    this.#options = options;
  }

  async open(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    const workspace = await mkdtemp(path.join(tmpdir(), "rlm-mcp-"));
    const child = startSupervisor(spec.language, workspace, this.#options);
    const sandbox = new LocalSandbox(child, workspace, () => this.#open.delete(sandbox));
    this.#open.add(sandbox);
    using limit = new TimeLimit(OPEN_MS, signal);
    if (await sandbox.ready(limit.signal)) return sandbox;
    await sandbox.close();
    throw new Fault("Cannot start a local guest: python3 3.11 or newer on the PATH is required, on Linux or macOS", {
      cause: sandbox.failure,
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((sandbox) => sandbox.close()));
  }
}

function startSupervisor(language: RunnableLanguage, workspace: string, options: LocalEngineOptions): ChildProcess {
  const { guestDirectory, environment } = options;
  const supervisor = path.join(guestDirectory, "python", "supervisor.py");
  return spawn("python3", ["-I", "-S", "-B", supervisor, ...guestCommand(language, guestDirectory)], {
    stdio: ["pipe", "pipe", "ignore"],
    env: { PATH: environment["PATH"], LANG: "C.UTF-8", HOME: workspace, RLM_WORKSPACE: workspace },
    cwd: workspace,
    windowsHide: true,
  });
}

function guestCommand(language: RunnableLanguage, guestDirectory: string): string[] {
  if (language === "python") return ["python"];
  return ["javascript", process.execPath, ...NODE_FLAGS, path.join(guestDirectory, "javascript", "runner.mjs")];
}

class LocalSandbox implements Sandbox {
  readonly isolation: Isolation = ISOLATION;
  /** A directory below the temporary directory of the host. No other guest uses it. */
  readonly workspace: string;
  /** The reason why the process did not start. */
  failure: unknown;
  readonly #child: ChildProcess;
  readonly #channel: GuestChannel;
  readonly #gone: Promise<void>;
  #closing: Promise<void> | null = null;

  constructor(child: ChildProcess, workspace: string, onGone: () => void) {
    this.workspace = workspace;
    if (child.stdin === null || child.stdout === null)
      throw new Fault("Cannot start a local guest: its process has no pipes");
    this.#child = child;
    this.#channel = new GuestChannel(child.stdin, child.stdout);
    this.#gone = new Promise((resolve) => {
      child.once("error", (error) => {
        this.failure = error;
        resolve();
      });
      child.once("exit", () => resolve());
    });
    void this.#gone.then(onGone);
  }

  get isReady(): boolean {
    return this.#closing === null && this.#channel.isWaiting;
  }

  ready(signal: AbortSignal): Promise<boolean> {
    return this.#channel.ready(signal);
  }

  async run(job: Job, signal: AbortSignal): Promise<Outcome> {
    const started = performance.now();
    this.#channel.send(job);
    using limit = new TimeLimit(verdictTimeMs(job), signal);
    const end = await this.#channel.ended(limit.signal);
    const runMs = performance.now() - started;
    if (end === "done") return this.#channel.outcome(null, runMs);
    if (end !== null) return this.#channel.outcome("killed", runMs);
    return this.#channel.outcome(signal.aborted ? "cancelled" : "timeout", runMs);
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  /**
   * Closes the channel: the supervisor then kills its processes and removes its files. A supervisor that does not end
   * in time is killed.
   */
  async #end(): Promise<void> {
    this.#child.stdin?.destroy();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), EXIT_MS);
    await this.#gone;
    clearTimeout(timer);
    await rm(this.workspace, { recursive: true, force: true }).catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
