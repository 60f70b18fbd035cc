/**
 * One container, one job, or several that keep it.
 *
 * The supervisor inside decides how the program ended and when its time was up. This side stands behind it: if the
 * verdict is late the container goes, and if the channel ends without one the engine is asked what happened to the
 * container.
 */

import type Docker from "dockerode";
import { type Duplex, PassThrough } from "node:stream";
import { Fault } from "../../errors.js";
import { KILL_GRACE_MS } from "../../limits.js";
import type { Outcome, StoppedEnding } from "../../outcome.js";
import { type Isolation, type Job, type Sandbox, WORKSPACE } from "../engine.js";
import { GuestChannel, transferMs } from "../guest-channel.js";
import { TimeLimit, within } from "../time-limit.js";

const LATE_MS = 20;

/** How long the answer has the machine to itself before its guest is ended, in milliseconds. */
const ANSWER_MS = 8;

/**
 * A guest that gave its verdict exits when it is told to; removing it then costs half of killing it. It gets this long,
 * in milliseconds.
 */
const EXIT_MS = 250;

export class DockerSandbox implements Sandbox {
  readonly isolation: Isolation;
  readonly workspace: string = WORKSPACE;
  readonly #container: Docker.Container;
  readonly #channel: GuestChannel;
  /** Resolves when the container's output has ended. */
  readonly #ended: Promise<void>;
  #isDone = false;
  #closing: Promise<void> | null = null;
  /** Resolves once the container is gone. */
  readonly closed: Promise<void>;
  #sayClosed: () => void = () => undefined;

  private constructor(container: Docker.Container, channel: GuestChannel, ended: Promise<void>, isolation: Isolation) {
    this.#container = container;
    this.#ended = ended;
    this.#channel = channel;
    this.isolation = isolation;
    this.closed = new Promise((resolve) => (this.#sayClosed = resolve));
  }

  /**
   * Creates and starts a container and waits until its guest is ready.
   *
   * @param onLeftover Takes the removal of a container that came into being after `signal` was aborted.
   * @throws {Fault} If the engine fails, the guest does not come up, or `signal` is aborted. Nothing is left behind.
   */
  static async open(
    docker: Docker,
    options: Docker.ContainerCreateOptions,
    isolation: Isolation,
    signal: AbortSignal,
    onLeftover: (removal: Promise<void>) => void,
  ): Promise<DockerSandbox> {
    const container = await within(signal, docker.createContainer(options), (late) => onLeftover(remove(late))).catch(
      (cause: unknown) => {
        throw new Fault("Cannot create a container", { cause });
      },
    );
    let complaint = "";
    try {
      const attached = container.attach({
        stream: true,
        stdin: true,
        stdout: true,
        stderr: true,
        hijack: true,
      }) as Promise<Duplex>;
      const stream = await within(signal, attached, (late) => late.destroy());
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      stderr.on("data", (chunk: Buffer) => (complaint = (complaint + chunk.toString("utf8")).slice(-2_000)));
      docker.modem.demuxStream(stream, stdout, stderr);
      // The demultiplexer does not pass the end on.
      const ended = new Promise<void>((resolve) => {
        for (const event of ["end", "close", "error"]) stream.on(event, () => (stdout.end(), resolve()));
      });
      const sandbox = new DockerSandbox(container, new GuestChannel(stream, stdout), ended, isolation);
      await within(signal, container.start());
      if (!(await sandbox.#channel.ready(signal)))
        throw new Error(`The guest did not come up: ${complaint || "it said nothing"}`);
      return sandbox;
    } catch (cause) {
      await remove(container);
      throw new Fault("Cannot start a container", { cause });
    }
  }

  /** What the engine says it runs the container with: an engine may take the wish for a runtime and ignore it. */
  async runtime(): Promise<string | undefined> {
    const { HostConfig: host } = await this.#container.inspect({ abortSignal: AbortSignal.timeout(2_000) });
    return host.Runtime;
  }

  get isReady(): boolean {
    return this.#closing === null && this.#channel.isWaiting;
  }

  async run(job: Job, signal: AbortSignal): Promise<Outcome> {
    const started = performance.now();
    using limit = new TimeLimit(job.timeoutMs + KILL_GRACE_MS - LATE_MS + transferMs(job), signal);
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
   * The container ended without a verdict: under gVisor that is what running out of memory looks like.
   *
   * @throws {Fault} If the engine does not know the container or does not answer.
   */
  async #askEngine(): Promise<{ ending: StoppedEnding; exitCode: number }> {
    for (let attempt = 0; ; attempt++) {
      const { State: state } = await this.#container
        .inspect({ abortSignal: AbortSignal.timeout(2_000) })
        .catch((cause: unknown) => {
          throw new Fault("Cannot tell how a container ended", { cause });
        });
      if (state.Running && attempt < 20) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      if (state.Running) throw new Fault("Cannot tell how a container ended: its channel is closed and it runs on");
      // A supervisor leaves with 0 and no verdict when its input ends: the connection broke, which is not the program's
      // doing.
      if (state.ExitCode === 0) throw new Fault("The connection to a guest broke");
      // The exit code alone would not do: under gVisor a program may kill process 1, and that is 137 too.
      return { ending: state.OOMKilled ? "out_of_memory" : "killed", exitCode: state.ExitCode };
    }
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
    this.#sayClosed();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Kills and removes; a container that is already gone is what was wanted, one that stays is the reaper's. */
async function remove(container: Docker.Container): Promise<void> {
  await container.remove({ force: true, v: true, abortSignal: AbortSignal.timeout(10_000) }).catch(() => undefined);
}
