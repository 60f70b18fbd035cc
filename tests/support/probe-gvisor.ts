/**
 * Tries gVisor once for a whole run. A listed runtime can hang or fail, so only a container that comes up shows that it
 * works, and its start takes about a second of each file of tests.
 */

import type { TestProject } from "vitest/node";
import { CONFIG, findContainers, type GvisorProbe } from "./containers.js";

declare module "vitest" {
  interface ProvidedContext {
    gvisor: GvisorProbe;
  }
}

export async function setup(project: TestProject): Promise<void> {
  const imageName = CONFIG.dockerImage;
  const { runsc } = await findContainers(imageName);
  project.provide("gvisor", { imageName, absent: runsc.absent });
}
