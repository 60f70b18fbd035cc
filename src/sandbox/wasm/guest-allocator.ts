/**
 * Gives each sandbox of the server a guest: one that waits, one that will be ready soon, or a new one.
 *
 * A sandbox that closes gives its guest back, and the guest serves another sandbox. Only a guest without traces is
 * passed on: one that was put back, or that has run nothing. A guest whose program was kept is stopped.
 */

import type { SandboxSpec } from "../engine.js";
import type { PackedJob } from "../job-parts.js";
import type { FromEngineProcess, ToEngineProcess } from "./engine-messages.js";
import type { PythonImage } from "./python/image-parts.js";
import { SpareOutputs } from "./shared-output.js";
import { type GuestAssets, ThreadGuest } from "./thread-guest.js";

/** Guests of one kind that wait without a sandbox. */
const MAX_IDLE = 4;

interface Request {
  /** The number of the sandbox. */
  readonly id: number;
  readonly spec: SandboxSpec;
}

/** All guests of the engine's process. */
export class GuestAllocator {
  #assets: GuestAssets;
  readonly #send: (message: FromEngineProcess) => void;
  readonly #outputs = new SpareOutputs();
  /** The guests of open sandboxes, by the number of the sandbox. */
  readonly #open = new Map<number, ThreadGuest>();
  /** Ready guests without a sandbox. */
  readonly #idle: ThreadGuest[] = [];
  /** Guests without a sandbox that start or are put back. */
  readonly #coming = new Set<ThreadGuest>();
  /** Sandboxes without a guest, oldest first. */
  readonly #requests: Request[] = [];

  readonly #onPythonRun: () => void;

  /**
   * @param send Sends an answer to the server.
   * @param onPythonRun Called when a Python program has ended.
   */
  constructor(assets: GuestAssets, send: (message: FromEngineProcess) => void, onPythonRun: () => void) {
    this.#assets = assets;
    this.#send = send;
    this.#onPythonRun = onPythonRun;
  }

  /** Gives all Python guests, those of later too, other images for their next restores. */
  offer(images: readonly PythonImage[]): void {
    this.#assets = { ...this.#assets, python: { ...this.#assets.python, images } };
    for (const guest of [...this.#open.values(), ...this.#idle, ...this.#coming]) guest.offer(images);
  }

  /** Does what a message of the server asks for. */
  take(message: ToEngineProcess): void {
    switch (message.type) {
      case "open":
        return this.#openSandbox(message.id, message.spec);
      case "run":
        return this.#runJob(message.id, message.job);
      case "close":
        return this.#closeSandbox(message.id);
    }
  }

  #openSandbox(id: number, spec: SandboxSpec): void {
    const at = this.#idle.findIndex((guest) => isSameKind(guest.spec, spec));
    const [guest] = at < 0 ? [] : this.#idle.splice(at, 1);
    if (guest !== undefined) return this.#give(guest, id);
    this.#requests.push({ id, spec });
    const wanted = this.#requests.filter((request) => isSameKind(request.spec, spec)).length;
    const coming = [...this.#coming].filter((one) => isSameKind(one.spec, spec)).length;
    if (coming < wanted) this.#coming.add(this.#start(spec));
  }

  #start(spec: SandboxSpec): ThreadGuest {
    return new ThreadGuest(spec, this.#assets, this.#outputs, (guest) => {
      if (guest.state === "ready") this.#onReady(guest);
      else this.#onDead(guest);
    });
  }

  #runJob(id: number, job: PackedJob): void {
    const guest = this.#open.get(id);
    if (guest === undefined || guest.state !== "ready") {
      this.#send({ type: "failed", id, message: `No guest is ready: ${guest?.failure ?? "it is not open"}` });
      return;
    }
    guest.run(job, (outcome, isKept) => {
      this.#send({ type: "ended", id, outcome, isKept });
      if (guest.spec.language === "python") this.#onPythonRun();
    });
  }

  #closeSandbox(id: number): void {
    const guest = this.#open.get(id);
    this.#open.delete(id);
    if (guest === undefined) {
      const at = this.#requests.findIndex((request) => request.id === id);
      if (at >= 0) this.#requests.splice(at, 1);
    } else if (guest.state === "ready" && !guest.isUsed) this.#passOn(guest);
    else if (guest.state === "restoring") this.#coming.add(guest);
    else guest.stop();
  }

  /** A guest with a sandbox stays with it. */
  #onReady(guest: ThreadGuest): void {
    if (this.#coming.delete(guest)) this.#passOn(guest);
  }

  #onDead(guest: ThreadGuest): void {
    const at = this.#idle.indexOf(guest);
    if (at >= 0) this.#idle.splice(at, 1);
    if (!this.#coming.delete(guest)) return;
    // The sandbox that would have got it gets another guest, or the reason why there is none.
    const request = this.#takeRequest(guest.spec);
    if (request === undefined) return;
    if (guest.failure === "") this.#openSandbox(request.id, request.spec);
    else this.#send({ type: "failed", id: request.id, message: guest.failure });
  }

  /** Gives a ready guest to the oldest request for its kind, or lets it wait. */
  #passOn(guest: ThreadGuest): void {
    const request = this.#takeRequest(guest.spec);
    if (request !== undefined) this.#give(guest, request.id);
    else if (this.#idle.filter((one) => isSameKind(one.spec, guest.spec)).length < MAX_IDLE) this.#idle.push(guest);
    else guest.stop();
  }

  #takeRequest(spec: SandboxSpec): Request | undefined {
    const at = this.#requests.findIndex((request) => isSameKind(request.spec, spec));
    return at < 0 ? undefined : this.#requests.splice(at, 1)[0];
  }

  #give(guest: ThreadGuest, id: number): void {
    this.#open.set(id, guest);
    this.#send({ type: "opened", id });
  }
}

function isSameKind(a: SandboxSpec, b: SandboxSpec): boolean {
  return a.language === b.language && a.memoryMb === b.memoryMb;
}
