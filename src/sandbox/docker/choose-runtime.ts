/** Chooses between gVisor and runc by a probe: a runtime that the engine lists can be missing or hang. */

import type Docker from "dockerode";
import { Fault, SetupError, quote } from "../../errors.js";
import { DockerEngine, type DockerEngineOptions } from "./docker-engine.js";

type Choices = Omit<DockerEngineOptions, "runtime">;

/** The engine under the chosen runtime, and the reason why the runtime is not gVisor. */
export interface RuntimeDecision {
  readonly engine: DockerEngine;
  /** Null if the runtime is gVisor. */
  readonly warning: string | null;
}

/**
 * Chooses gVisor if the engine lists it and a guest starts under it, and runc otherwise.
 *
 * @throws {SetupError} If the settings require gVisor and it cannot be used.
 * @throws {Fault} If no runtime works.
 */
export async function chooseRuntime(choices: Choices): Promise<RuntimeDecision> {
  const { config, docker } = choices;
  if (config.dockerRuntime === "runc") return useRunc(choices, "RLM_DOCKER_RUNTIME is runc");
  const wantsGvisor = config.requireGvisor || config.dockerRuntime === "runsc";
  const runtimes = await listRuntimes(docker);
  if (!runtimes.includes("runsc")) {
    if (!wantsGvisor) return useRunc(choices, "the engine does not list gVisor (runsc)");
    const listed = runtimes.map((name) => quote(name)).join(", ");
    throw new SetupError(`Cannot use gVisor: the engine does not list runsc, it lists ${listed}`);
  }
  const engine = new DockerEngine({ ...choices, runtime: "runsc" });
  try {
    await engine.probe();
    return { engine, warning: null };
  } catch (cause) {
    const reason = "the engine lists runsc, but a container under it did not start";
    if (wantsGvisor) throw new SetupError(`Cannot use gVisor: ${reason}`, { cause });
    return useRunc(choices, `gVisor cannot be used: ${reason}`);
  }
}

async function useRunc(choices: Choices, why: string): Promise<RuntimeDecision> {
  const engine = new DockerEngine({ ...choices, runtime: "runc" });
  await engine.probe();
  return { engine, warning: `Programs share the host's kernel (runc): ${why}` };
}

async function listRuntimes(docker: Docker): Promise<string[]> {
  const info = (await docker.info().catch((cause: unknown) => {
    throw new Fault("Cannot ask the Docker engine for its runtimes", { cause });
  })) as { Runtimes?: Record<string, unknown> };
  return Object.keys(info.Runtimes ?? {});
}
