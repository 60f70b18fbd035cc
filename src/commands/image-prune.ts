/** Removes what builds of the image leave on the engine: stages without a name, and images that lost theirs. */

import { removeAllStages, removeStages, removeSuperseded } from "../sandbox/docker/image-build.js";
import { type ImageDeps, messageOf, runStep, type Work } from "./image-work.js";

const ADVICE = "look at what the engine has with `docker images --all`";

/** Runs `rlm-mcp image prune` and returns its exit status. */
export async function prune({ docker, write }: ImageDeps): Promise<number> {
  const { stages, images } = await runStep("Cannot remove images", ADVICE, async () => ({
    stages: await removeAllStages(docker),
    images: await removeSuperseded(docker),
  }));
  write(`Removed ${images.removed.length} older images and ${stages.removed.length} stages of builds`);
  tellUsed(images.used.length + stages.used.length, write);
  return 0;
}

/** Removes the images that have lost their name to the new one. One that a server uses stays. */
export async function removeOldImages({ docker, write }: Work): Promise<void> {
  const { used } = await runStep("Cannot remove older images", ADVICE, () => removeSuperseded(docker));
  tellUsed(used.length, write);
}

/** Removes the stages of one build. A failure is only told, because the build has ended already. */
export async function removeStagesOf({ docker, write }: Work, id: string): Promise<void> {
  try {
    await removeStages(docker, id);
  } catch (error) {
    write(`Cannot remove the stages of the build: ${messageOf(error)}; \`rlm-mcp image prune\` tries again`);
  }
}

function tellUsed(count: number, write: (line: string) => void): void {
  if (count === 0) return;
  const images = count === 1 ? "1 older image stays" : `${count} older images stay`;
  write(`${images}, because containers use them; \`rlm-mcp image prune\` removes them when their server has ended`);
}
