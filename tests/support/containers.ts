/** Finds Docker and the image that the tests use. Knows nothing of the test runner. */

import type Docker from "dockerode";
import type { Engine } from "../../src/sandbox/engine.js";
import type { Config } from "../../src/settings.js";
import * as product from "./built-modules.js";
import { UNLIMITED } from "./command.js";

export type ContainerName = "runc" | "runsc";

export interface Found {
  /** Null if the engine is here. */
  readonly absent: string | null;
  readonly make: () => Promise<Engine>;
}

/** Whether a container of an image comes up under gVisor. */
export interface GvisorProbe {
  readonly imageName: string;
  readonly absent: string | null;
}

export const CONFIG: Config = product.config.readConfig([], environmentForConfig()).config;

/** The client of the engine that Docker's own tools would use, or null. */
export const docker: Docker | null = await findDocker();

/** Finds which containers of an image come up, and how to make their engines. `known` spares the start of one. */
export async function findContainers(imageName: string, known?: GvisorProbe): Promise<Record<ContainerName, Found>> {
  const container = await findImage(imageName);
  const runtimes = container.absent === null ? await listedRuntimes() : [];
  const make = (runtime: ContainerName) => async (): Promise<Engine> => {
    if (docker === null || container.absent !== null) throw new Error("There is no Docker engine");
    return new product.dockerEngine.DockerEngine({
      docker,
      config: CONFIG,
      imageId: container.id,
      guestDigest: container.guestDigest,
      runtime,
    });
  };
  const whyNoGvisor = async (): Promise<string | null> =>
    known?.imageName === imageName ? known.absent : await whyItDoesNotComeUp(make("runsc"));
  const gvisor =
    container.absent ?? (runtimes.includes("runsc") ? await whyNoGvisor() : "the Docker engine does not list runsc");
  return { runc: { absent: container.absent, make: make("runc") }, runsc: { absent: gvisor, make: make("runsc") } };
}

async function findDocker(): Promise<Docker | null> {
  const found = await product.connection.findEngine(product.config.readHostEnvironment()).catch(() => null);
  return found?.docker ?? null;
}

async function findImage(
  name: string,
): Promise<{ absent: string; id: null } | { absent: null; id: string; guestDigest: string }> {
  if (docker === null) return { absent: "no Docker engine was found", id: null };
  const answers = await Promise.race([
    docker.ping().then(
      () => true,
      () => false,
    ),
    new Promise<false>((resolve) => setTimeout(() => resolve(false), 3_000).unref()),
  ]);
  if (!answers) return { absent: "the Docker engine does not answer", id: null };
  const image = await product.image.inspectImage(docker, name);
  if (image === null) return { absent: `the Docker engine has no image ${name}`, id: null };
  const guestDigest = await product.image.guestDigest(product.application.GUEST_DIRECTORY);
  if (image.guestDigest !== guestDigest) {
    return { absent: `the image ${name} was not made of these guest files`, id: null };
  }
  return { absent: null, id: image.id, guestDigest };
}

async function listedRuntimes(): Promise<string[]> {
  const info = (await docker?.info()) as { Runtimes?: Record<string, unknown> } | undefined;
  return Object.keys(info?.Runtimes ?? {});
}

async function whyItDoesNotComeUp(make: () => Promise<Engine>): Promise<string | null> {
  try {
    const engine = await make();
    const sandbox = await engine.open({ language: "python", memoryMb: 256 }, AbortSignal.timeout(15_000));
    await sandbox.close();
    return null;
  } catch (error) {
    return `a container under runsc does not come up (${error instanceof Error ? error.message : String(error)})`;
  }
}

/** Of the product's settings, only those that name a Docker image count in tests, which run more than a session may. */
function environmentForConfig(): NodeJS.ProcessEnv {
  return { ...UNLIMITED, RLM_DOCKER_IMAGE: process.env["RLM_DOCKER_IMAGE"] ?? "rlm-mcp-runner:core" };
}
