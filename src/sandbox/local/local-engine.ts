/**
 * Runs programs as processes of the server's own user: no isolation at all.
 *
 * For developers of this package and for machines whose owner accepts it, behind two switches (config.ts). It runs the
 * same supervisor as a container does, so limits, endings and output are the same; files, network and other processes
 * are open to the program.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Fault } from "../../errors.js";
import { KILL_GRACE_MS } from "../../limits.js";
import type { Outcome } from "../../outcome.js";
import type { Engine, Isolation, Job, Sandbox, SandboxSpec } from "../engine.js";
import { GuestChannel, transferMs } from "../guest-channel.js";
import { NODE_FLAGS } from "../node-flags.js";
import { TimeLimit } from "../time-limit.js";
import type { RunnableLanguage } from "../../language.js";

const OPEN_MS = 20_000;

/** How long a supervisor whose channel was closed may take to end what it started. */
const FAREWELL_MS = 500;

const ISOLATION: Isolation = { engine: "local", runtime: "process", level: "none", network: "host", image: null };

export interface LocalEngineOptions {
  /** Where the guest files lie. */
  readonly guestDirectory: string;
  readonly environment: NodeJS.ProcessEnv;
}

export class LocalEngine implements Engine {
  readonly name = "local";
  readonly #options: LocalEngineOptions;
  readonly #open = new Set<LocalSandbox>();

  constructor(options: LocalEngineOptions) {
    this.#options = options;
  }

  async open(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    const { guestDirectory, environment } = this.#options;
    const workspace = await mkdtemp(path.join(tmpdir(), "rlm-mcp-"));
    const child = spawn(
      "python3",
      [
        "-I",
        "-S",
        "-B",
        path.join(guestDirectory, "python", "supervisor.py"),
        ...command(spec.language, guestDirectory),
      ],
      {
        stdio: ["pipe", "pipe", "ignore"],
        env: { PATH: environment["PATH"], LANG: "C.UTF-8", RLM_WORKSPACE: workspace },
        cwd: workspace,
        windowsHide: true,
      },
    );
    const sandbox = new LocalSandbox(child, workspace, () => this.#open.delete(sandbox));
    this.#open.add(sandbox);
    using limit = new TimeLimit(OPEN_MS, signal);
    if (await sandbox.ready(limit.signal)) return sandbox;
    await sandbox.close();
    throw new Fault("Cannot start a local guest: it needs python3 3.11 or newer on the PATH, on Linux or macOS", {
      cause: sandbox.failure,
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((sandbox) => sandbox.close()));
  }
}

function command(language: RunnableLanguage, guestDirectory: string): string[] {
  if (language === "python") return ["python"];
  return ["javascript", process.execPath, ...NODE_FLAGS, path.join(guestDirectory, "javascript", "runner.mjs")];
}

class LocalSandbox implements Sandbox {
  readonly isolation: Isolation = ISOLATION;
  /** A directory of its own among the host's temporary ones. */
  readonly workspace: string;
  /** Why the process did not start, if it did not. */
  failure: unknown;
  readonly #child: ChildProcess;
  readonly #channel: GuestChannel;
  readonly #gone: Promise<void>;
  #closing: Promise<void> | null = null;

  constructor(child: ChildProcess, workspace: string, onGone: () => void) {
    this.workspace = workspace;
    if (child.stdin === null || child.stdout === null) throw new Fault("Cannot start a local guest: it has no pipes");
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
    using limit = new TimeLimit(job.timeoutMs + KILL_GRACE_MS + transferMs(job), signal);
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
   * The supervisor kills what it started and removes its files when its channel ends; one that does not is killed
   * itself.
   */
  async #end(): Promise<void> {
    this.#child.stdin?.destroy();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), FAREWELL_MS);
    await this.#gone;
    clearTimeout(timer);
    await rm(this.workspace, { recursive: true, force: true }).catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
