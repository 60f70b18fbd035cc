/**
 * One container, for one job or for several that keep it.
 *
 * The supervisor inside decides how the program ended and when its time was up. This file is the second line: if the
 * verdict is late, it removes the container. If the channel ends without a verdict, it asks the engine how the
 * container ended.
 */

import type Docker from "dockerode";
import { type Duplex, PassThrough } from "node:stream";
import { Fault } from "../../errors.js";
import type { Outcome, StoppedEnding } from "../../outcome.js";
import { type Isolation, type Job, type Sandbox, WORKSPACE } from "../engine.js";
import { GuestChannel } from "../guest-channel.js";
import { TimeLimit, within } from "../time-limit.js";
import { verdictTimeMs } from "../verdict-time.js";

/** The wait for a verdict ends this much early, in milliseconds, so that the removal ends in time. */
const REMOVAL_MS = 20;

/** Time for the answer to reach the client before the end of the guest takes the processor, in milliseconds. */
const ANSWER_MS = 8;

/**
 * Time for a guest with a verdict to exit by itself, in milliseconds. The removal of an ended container takes half the
 * time of killing it.
 */
const EXIT_MS = 250;

/** Time limit of one question to the engine about a container, in milliseconds. */
const INSPECT_MS = 2_000;

/** Time limit of the removal of a container, in milliseconds. */
const REMOVE_MS = 10_000;

/** Questions about a container that still runs although its channel is closed, and the pause between two of them. */
const MAX_QUESTIONS = 20;
const QUESTION_PAUSE_MS = 50;

/** Last part of the guest's stderr that a fault reports, in characters. */
const MAX_COMPLAINT = 2_000;

/** A running container whose guest is ready. */
export class DockerSandbox implements Sandbox {
  readonly isolation: Isolation;
  readonly workspace: string = WORKSPACE;
  readonly #container: Docker.Container;
  readonly #channel: GuestChannel;
  /** Resolves when the container's output has ended. */
  readonly #ended: Promise<void>;
  /** True once the last job has a verdict. */
  #isDone = false;
  #closing: Promise<void> | null = null;
  /** Resolves once the container is removed. */
  readonly closed: Promise<void>;
  #resolveClosed: () => void = () => undefined;

  private constructor(container: Docker.Container, channel: GuestChannel, ended: Promise<void>, isolation: Isolation) {
    this.#container = container;
    this.#ended = ended;
    this.#channel = channel;
    this.isolation = isolation;
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
  }

  /**
   * Creates and starts a container and waits until its guest is ready.
   *
   * @param onLeftover Receives the removal of a container that the engine created after `signal` was aborted.
   * @throws {Fault} If the engine fails, the guest does not become ready, or `signal` is aborted. The container is then
   *   removed.
   */
  static async open(
    docker: Docker,
    options: Docker.ContainerCreateOptions,
    isolation: Isolation,
    signal: AbortSignal,
    onLeftover: (removal: Promise<void>) => void,
  ): Promise<DockerSandbox> {
    const creation = docker.createContainer(options);
    const container = await within(signal, creation, (late) => onLeftover(remove(late))).catch((cause: unknown) => {
      throw new Fault("Cannot create a container", { cause });
    });
    try {
      const { stream, stdout, ended, complaint } = await attach(docker, container, signal);
      const sandbox = new DockerSandbox(container, new GuestChannel(stream, stdout), ended, isolation);
      await within(signal, container.start());
      if (!(await sandbox.#channel.ready(signal)))
        throw new Error(`The guest did not become ready; its stderr: ${complaint() || "(nothing)"}`);
      return sandbox;
    } catch (cause) {
      await remove(container);
      throw new Fault("Cannot start a container", { cause });
    }
  }

  /** Asks the engine which runtime the container has. An engine can accept the name of a runtime and ignore it. */
  async runtime(): Promise<string | undefined> {
    const { HostConfig: host } = await this.#container.inspect({ abortSignal: AbortSignal.timeout(INSPECT_MS) });
    return host.Runtime;
  }

  get isReady(): boolean {
    return this.#closing === null && this.#channel.isWaiting;
  }

  async run(job: Job, signal: AbortSignal): Promise<Outcome> {
    const started = performance.now();
    using limit = new TimeLimit(verdictTimeMs(job) - REMOVAL_MS, signal);
    this.#channel.send(job);
    const end = await this.#channel.ended(limit.signal);
    const runMs = performance.now() - started;
    this.#isDone = end === "done";
    if (end === "done") return this.#channel.outcome(null, runMs);
    if (end === "violated") return this.#channel.outcome("killed", runMs);
    if (end === "closed") {
      const { ending, exitCode } = await this.#askEngine();
      return { ...this.#channel.outcome(ending, runMs), exitCode };
    }
    return this.#channel.outcome(signal.aborted ? "cancelled" : "timeout", runMs);
  }

  /**
   * Asks the engine how the container ended, for a run without a verdict. Under gVisor a program that runs out of
   * memory ends its container in this way.
   *
   * @throws {Fault} If the engine does not know the container or does not answer.
   */
  async #askEngine(): Promise<{ ending: StoppedEnding; exitCode: number }> {
    let state = await this.#state();
    for (let question = 0; state.Running && question < MAX_QUESTIONS; question++) {
      await new Promise((resolve) => setTimeout(resolve, QUESTION_PAUSE_MS));
      state = await this.#state();
    }
    if (state.Running) throw new Fault("Cannot tell how a container ended: its channel is closed and it still runs");
    // A supervisor exits with 0 and no verdict when its input ends. The program cannot cause this; a broken connection
    // can.
    if (state.ExitCode === 0) throw new Fault("The connection to a guest broke");
    // The exit code alone does not tell: under gVisor a program can kill process 1, and the code is then 137 too.
    return { ending: state.OOMKilled ? "out_of_memory" : "killed", exitCode: state.ExitCode };
  }

  async #state(): Promise<Docker.ContainerInspectInfo["State"]> {
    const inspection = this.#container.inspect({ abortSignal: AbortSignal.timeout(INSPECT_MS) });
    const { State: state } = await inspection.catch((cause: unknown) => {
      throw new Fault("Cannot tell how a container ended", { cause });
    });
    return state;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#isDone) {
      await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
      this.#channel.hangUp();
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([this.#ended, new Promise((resolve) => (timer = setTimeout(resolve, EXIT_MS)))]);
      clearTimeout(timer);
    }
    await remove(this.#container);
    this.#resolveClosed();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

interface Attachment {
  /** The guest's stdin, and its stdout and stderr in Docker's frames. */
  readonly stream: Duplex;
  readonly stdout: PassThrough;
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>;
  /** Returns the last part of the guest's stderr. */
  readonly complaint: () => string;
}

/** Connects to the streams of a container. Done before the start, so that no output is lost. */
async function attach(docker: Docker, container: Docker.Container, signal: AbortSignal): Promise<Attachment> {
  const attached = container.attach({
    stream: true,
    stdin: true,
    stdout: true,
    stderr: true,
    hijack: true,
  }) as Promise<Duplex>;
  const stream = await within(signal, attached, (late) => late.destroy());
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  let complaint = "";
  stderr.on("data", (chunk: Buffer) => (complaint = (complaint + chunk.toString("utf8")).slice(-MAX_COMPLAINT)));
  docker.modem.demuxStream(stream, stdout, stderr);
  // The demultiplexer does not pass the end on.
  const ended = new Promise<void>((resolve) => {
    for (const event of ["end", "close", "error"]) stream.on(event, () => (stdout.end(), resolve()));
  });
  return { stream, stdout, ended, complaint: () => complaint };
}

/**
 * Kills and removes a container. Never throws: a container that is already gone needs no removal, and a heartbeat
 * removes one that stays.
 */
async function remove(container: Docker.Container): Promise<void> {
  const limit = AbortSignal.timeout(REMOVE_MS);
  await container.remove({ force: true, v: true, abortSignal: limit }).catch(() => undefined);
}
