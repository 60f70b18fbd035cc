/**
 * The Docker engine: opens containers, and chooses between gVisor and runc by trying, since a runtime that is listed
 * can still hang.
 */

import type Docker from "dockerode";
import { randomUUID } from "node:crypto";
import type { Config } from "../../config.js";
import { Fault, SetupError, quote } from "../../errors.js";
import { type Engine, type Isolation, type Sandbox, type SandboxSpec, WORKSPACE } from "../engine.js";
import { NODE_FLAGS } from "../node-flags.js";
import { TimeLimit } from "../time-limit.js";
import { DockerSandbox } from "./docker-sandbox.js";
import { GUEST_USER, LABEL, type Runtime, hostConfig } from "./hardening.js";
import { inspectImage } from "./image.js";
import type { RunnableLanguage } from "../../language.js";

/** How long a guest may take to come up, in milliseconds; a listed gVisor that hangs is given up after the first. */
const PROBE_MS = 8_000;
const OPEN_MS = 20_000;

/** What the supervisor runs for JavaScript, inside the image. */
const NODE_COMMAND = ["/usr/local/bin/node", ...NODE_FLAGS, "/opt/rlm/javascript/runner.mjs"];

export interface DockerEngineOptions {
  readonly docker: Docker;
  readonly config: Config;
  /** Id of the image, so that a name moved to another image later changes nothing. */
  readonly imageId: string;
  /** Of the guest files that this version speaks with; an image of others is never taken. */
  readonly guestDigest: string;
  readonly runtime: Runtime;
}

export class DockerEngine implements Engine {
  readonly name = "docker";
  readonly runtime: Runtime;
  readonly #docker: Docker;
  readonly #config: Config;
  readonly #guestDigest: string;
  /** Moves on only when the image of that id is gone and its name has another. */
  #imageId: string;
  readonly #open = new Set<Sandbox>();
  /** Removals of containers that came too late for whoever wanted them. */
  readonly #leftovers = new Set<Promise<void>>();
  readonly #server: string = randomUUID();
  /** The guest that showed that the runtime works, until it is asked for. */
  #probe: Sandbox | null = null;

  constructor({ docker, config, imageId, guestDigest, runtime }: DockerEngineOptions) {
    this.#docker = docker;
    this.#config = config;
    this.#imageId = imageId;
    this.#guestDigest = guestDigest;
    this.runtime = runtime;
  }

  get isolation(): Isolation {
    const level = this.runtime === "runsc" ? "gvisor" : "container";
    return { engine: "docker", runtime: this.runtime, level, network: "none", image: this.#imageId };
  }

  /**
   * Starts a Python guest and keeps it for the first caller, so that looking costs nothing.
   *
   * @throws {Fault} If it does not come up in time.
   */
  async probe(): Promise<void> {
    using limit = new TimeLimit(PROBE_MS);
    const probe = await this.#start("python", limit.signal);
    // Podman lists gVisor without having it, and runs every container with a runtime of its own choice.
    if (this.runtime === "runsc" && (await probe.runtime()) !== "runsc") {
      await probe.close();
      throw new Fault("Cannot use gVisor: the engine runs the container with another runtime");
    }
    this.#probe = probe;
  }

  async open(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    const probe = this.#probe;
    if (probe !== null && spec.language === "python") {
      this.#probe = null;
      if (probe.isReady) return probe;
      await probe.close();
    }
    using limit = new TimeLimit(OPEN_MS, signal);
    return await this.#start(spec.language, limit.signal);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#leftovers, ...[...this.#open].map((sandbox) => sandbox.close())]);
  }

  async #start(language: RunnableLanguage, signal: AbortSignal): Promise<DockerSandbox> {
    const sandbox = await this.#startFromImage(language, signal).catch(async (error: unknown) => {
      if (!isMissingImage(error) || !(await this.#findImageAgain())) throw error;
      return this.#startFromImage(language, signal);
    });
    this.#open.add(sandbox);
    void sandbox.closed.then(() => this.#open.delete(sandbox));
    return sandbox;
  }

  #startFromImage(language: RunnableLanguage, signal: AbortSignal): Promise<DockerSandbox> {
    return DockerSandbox.open(this.#docker, this.#containerOptions(language), this.isolation, signal, (removal) => {
      this.#leftovers.add(removal);
      void removal.finally(() => this.#leftovers.delete(removal));
    });
  }

  /**
   * An image that was made again has another id under its name. True if it is there and was made of our guest files.
   */
  async #findImageAgain(): Promise<boolean> {
    const image = await inspectImage(this.#docker, this.#config.dockerImage).catch(() => null);
    if (image === null || image.guestDigest !== this.#guestDigest) return false;
    this.#imageId = image.id;
    return true;
  }

  #containerOptions(language: RunnableLanguage): Docker.ContainerCreateOptions {
    return {
      Image: this.#imageId,
      // The image's entry point is the supervisor.
      Cmd: language === "python" ? ["python"] : ["javascript", ...NODE_COMMAND],
      User: GUEST_USER,
      Env: [
        "PATH=/usr/local/bin:/usr/bin:/bin",
        "LANG=C.UTF-8",
        "HOME=/tmp",
        "OPENBLAS_NUM_THREADS=1",
        "OMP_NUM_THREADS=1",
        "MPLBACKEND=Agg",
        "MPLCONFIGDIR=/tmp/matplotlib",
      ],
      WorkingDir: WORKSPACE,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      OpenStdin: true,
      // The guest's stdin ends with our connection, so a crash of the server ends the guest.
      StdinOnce: true,
      Tty: false,
      NetworkDisabled: true,
      StopTimeout: 0,
      Labels: { [LABEL.sandbox]: language, [LABEL.server]: this.#server },
      HostConfig: hostConfig(this.#config, this.runtime),
    };
  }
}

/** Creating is the only thing that fails with 404 for want of the image. */
function isMissingImage(error: unknown): boolean {
  return error instanceof Fault && (error.cause as { statusCode?: number } | undefined)?.statusCode === 404;
}

/** What was decided, and why a stronger runtime was not taken. */
export interface RuntimeDecision {
  readonly engine: DockerEngine;
  /** Null when gVisor is used. */
  readonly warning: string | null;
}

/**
 * Takes gVisor when the engine lists it and a guest comes up under it, else runc.
 *
 * @throws {SetupError} If the settings ask for a runtime that is not there.
 * @throws {Fault} If no runtime works.
 */
export async function chooseRuntime(options: Omit<DockerEngineOptions, "runtime">): Promise<RuntimeDecision> {
  const { config, docker } = options;
  const wantsGvisor = config.requireGvisor || config.dockerRuntime === "runsc";
  if (config.dockerRuntime !== "runc") {
    const runtimes = await listRuntimes(docker);
    if (runtimes.includes("runsc")) {
      const engine = new DockerEngine({ ...options, runtime: "runsc" });
      try {
        await engine.probe();
        return { engine, warning: null };
      } catch (cause) {
        if (wantsGvisor)
          throw new SetupError("Cannot use gVisor: the engine lists runsc, but a container under it did not come up", {
            cause,
          });
        return withRunc(options, "gVisor (runsc) is listed by the engine, but a container under it did not come up");
      }
    }
    if (wantsGvisor)
      throw new SetupError(
        `Cannot use gVisor: the engine does not list runsc, it lists ${runtimes.map((name) => quote(name)).join(", ")}`,
      );
    return withRunc(options, "the engine does not list gVisor (runsc)");
  }
  return withRunc(options, "RLM_DOCKER_RUNTIME is runc");
}

async function withRunc(options: Omit<DockerEngineOptions, "runtime">, why: string): Promise<RuntimeDecision> {
  const engine = new DockerEngine({ ...options, runtime: "runc" });
  await engine.probe();
  return { engine, warning: `Programs share the host's kernel (runc): ${why}` };
}

async function listRuntimes(docker: Docker): Promise<string[]> {
  const info = (await docker.info().catch((cause: unknown) => {
    throw new Fault("Cannot ask the Docker engine for its runtimes", { cause });
  })) as { Runtimes?: Record<string, unknown> };
  return Object.keys(info.Runtimes ?? {});
}
