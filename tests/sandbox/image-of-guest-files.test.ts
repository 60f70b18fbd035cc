/** The image is made from its root in seconds, and the build leaves no image without a name. */

import { mkdir } from "node:fs/promises";
import { expect, it } from "vitest";
import { application, image as images, imageBuild, PACKAGE } from "../support/built-modules.js";
import { CONFIG, describeDocker, docker } from "../support/engines.js";
import { tempDir } from "../support/temp-dir.js";

const TAG = "rlm-mcp-test-of-guest-files:core";

describeDocker("An image with other guest files", () => {
  it("is built from the root that an earlier build has left, has its layers, and leaves nothing else", async () => {
    if (docker === null) throw new Error("There is no Docker engine");
    const rootImage = images.rootNameOf("core");
    const root = await images.inspectImage(docker, rootImage);
    expect(root?.root, `the engine has ${rootImage}`).toMatch(/^sha256:/);
    await using staging = await tempDir();
    const context = staging.at("context");
    await mkdir(context);
    await imageBuild.stageGuestContext(context, { packageRoot: PACKAGE, guestDir: application.GUEST_DIRECTORY });
    const id = `test-${process.pid}`;
    const source = { target: "core", guestDigest: "g", recipeDigest: "r", baseId: "b" } as const;
    try {
      const build = { context, tag: TAG, id, rootImage, source };
      await imageBuild.buildImage(docker, build, () => {}, AbortSignal.timeout(60_000));
      const stages = { dangling: ["true"], label: [`${images.BUILD_LABEL}=${id}`] };
      expect(await docker.listImages({ filters: stages })).not.toEqual([]);
      await imageBuild.removeStages(docker, id);
      expect(await docker.listImages({ filters: stages })).toEqual([]);
      const made = await docker.getImage(TAG).inspect();
      const layers = (await docker.getImage(rootImage).inspect()).RootFS.Layers ?? [];
      expect(made.RootFS.Layers?.slice(0, layers.length)).toEqual(layers);
      expect(made.Config.Labels).toMatchObject({ "rlm-mcp.target": "core", "rlm-mcp.guest": "g" });
      const given = await docker.getImage(CONFIG.dockerImage).inspect();
      expect(made.Config.Entrypoint).toEqual(given.Config.Entrypoint);
    } finally {
      await docker
        .getImage(TAG)
        .remove()
        .catch(() => undefined);
      await imageBuild.removeStages(docker, id);
    }
  }, 90_000);
});
