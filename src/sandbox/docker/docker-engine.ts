/** The Docker engine: opens one container for each sandbox, from one image and under one runtime. */

import type Docker from "dockerode";
import { randomUUID } from "node:crypto";
import type { Config } from "../../settings.js";
import { Fault } from "../../errors.js";
import type { RunnableLanguage } from "../../language.js";
import type { Engine, Isolation, Sandbox, SandboxSpec } from "../engine.js";
import { TimeLimit } from "../time-limit.js";
import { DockerSandbox } from "./docker-sandbox.js";
import { GuestUsers } from "./guest-users.js";
import { type Runtime, containerOptions } from "./hardening.js";
import { Heartbeat } from "./heartbeat.js";
import { inspectImage } from "./image.js";

/**
 * Time limits of a guest's start, in milliseconds. The probe has less time: a listed runtime can hang, and the server
 * then still has to try another one.
 */
const PROBE_MS = 8_000;
const OPEN_MS = 20_000;

/** The parts of a Docker engine that are chosen before it opens its first container. */
export interface DockerEngineOptions {
  readonly docker: Docker;
  readonly config: Config;
  /** Id of the image. A name could be moved to another image later. */
  readonly imageId: string;
  /** Digest of this version's guest files. An image of other guest files is never used. */
  readonly guestDigest: string;
  readonly runtime: Runtime;
}

/** Opens containers, and removes all of them when it is closed. */
export class DockerEngine implements Engine {
  readonly name = "docker";
  readonly runtime: Runtime;
  readonly #docker: Docker;
  readonly #config: Config;
  readonly #guestDigest: string;
  /** Changes only when this image is gone and its name belongs to another image of the same guest files. */
  #imageId: string;
  readonly #open = new Set<Sandbox>();
  /** Removals of containers that the engine created too late: their call no longer waited for them. */
  readonly #leftovers = new Set<Promise<void>>();
  readonly #server: string = randomUUID();
  readonly #users = new GuestUsers();
  /** Number of the containers that were asked for, for their names. */
  #containers = 0;
  #heartbeat: Heartbeat | null = null;
  /** The guest of the probe, until the first call for a Python guest gets it. */
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
   * Starts a Python guest to see whether the runtime works. The first call gets this guest, so the probe costs nothing.
   *
   * @throws {Fault} If the guest is not ready in time, or the engine runs it under another runtime.
   */
  async probe(): Promise<void> {
    using limit = new TimeLimit(PROBE_MS);
    const probe = await this.#start("python", limit.signal);
    // Podman lists gVisor without having it, and runs every container under a runtime that it chooses.
    if (this.runtime === "runsc" && (await probe.runtime()) !== "runsc") {
      await probe.close();
      throw new Fault("Cannot use gVisor: the engine runs the container with another runtime");
    }
    this.#probe = probe;
  }

  /**
   * Tells other servers on the engine that this one lives, and removes what dead ones have left, until `close`. Returns
   * at once.
   *
   * @param beatMs Pause between two beats, in milliseconds.
   */
  startHeartbeat(beatMs?: number): void {
    const [docker, server] = [this.#docker, this.#server];
    this.#heartbeat ??= new Heartbeat({ docker, server, imageId: () => this.#imageId, beatMs });
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
    const guests = [...this.#open].map((sandbox) => sandbox.close());
    await Promise.all([...this.#leftovers, ...guests, this.#heartbeat?.close()]);
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

  async #startFromImage(language: RunnableLanguage, signal: AbortSignal): Promise<DockerSandbox> {
    const user = this.#users.take();
    const release = (): void => this.#users.release(user);
    const options = containerOptions({
      config: this.#config,
      runtime: this.runtime,
      imageId: this.#imageId,
      language,
      server: this.#server,
      user,
      number: this.#containers++,
    });
    try {
      const sandbox = await DockerSandbox.open(this.#docker, options, this.isolation, signal, (removal) => {
        this.#leftovers.add(removal);
        void removal.finally(() => this.#leftovers.delete(removal));
      });
      void sandbox.closed.then(release);
      return sandbox;
    } catch (error) {
      release();
      throw error;
    }
  }

  /**
   * Looks the image up by its name: a new build has another id under the same name. Returns true if the engine has one
   * that was made of this version's guest files.
   */
  async #findImageAgain(): Promise<boolean> {
    const image = await inspectImage(this.#docker, this.#config.dockerImage).catch(() => null);
    if (image === null || image.guestDigest !== this.#guestDigest) return false;
    this.#imageId = image.id;
    return true;
  }
}

/** The creation of a container fails with 404 if the image is missing, and for no other reason. */
function isMissingImage(error: unknown): boolean {
  return error instanceof Fault && (error.cause as { statusCode?: number } | undefined)?.statusCode === 404;
}
