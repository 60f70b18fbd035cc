/** The server is killed in the middle of its work: no guest goes on running, and a later start clears up. */

import { expect, it } from "vitest";
import { type EngineName, docker, forEachEngine } from "../support/engines.js";
import { LOOP } from "../support/looping-program.js";
import { PrivateImage } from "../support/private-image.js";
import { type RawServer, startServer } from "../support/server-streams.js";
import * as product from "../support/built-modules.js";
import { until } from "../support/wait.js";

/** A stopped container may be as old as this before it is removed; see reaper.ts. */
const LATER_MS = (product.reaper.REAP_AFTER_SECONDS + 5) * 1_000;

/** Starts the built server, and a program that never ends in it. */
async function startBusyServer(runtime: string, image: string): Promise<RawServer> {
  const env = {
    RLM_EXECUTION_MODE: "docker",
    RLM_DOCKER_RUNTIME: runtime,
    RLM_DOCKER_IMAGE: image,
    RLM_POOL_WARM: "2",
  };
  const server = await startServer({ env: { ...(process.env as Record<string, string>), ...env } });
  server.send("tools/call", { name: "rlm_exec_run", arguments: LOOP });
  return server;
}

const CONTAINERS: readonly EngineName[] = ["runc", "runsc"];

forEachEngine(
  "a server that is killed",
  (engine) => {
    it.each(["SIGKILL", "SIGTERM"] as const)("with %s leaves no guest running after 5 s", async (signal) => {
      if (docker === null) throw new Error("There is no Docker engine");
      await using image = await PrivateImage.create(docker);
      await using server = await startBusyServer(engine.name, image.name);
      const running = async (): Promise<number> =>
        (await image.containers()).filter(({ State }) => State === "running").length;
      expect(await until(async () => (await running()) >= 3, 20_000), "one busy guest and two warm ones").toBe(true);
      server.child.kill(signal);
      expect(await until(async () => (await running()) === 0, 5_000), "all have ended").toBe(true);
    });

    it("leaves stopped containers, and the reaper of a later start removes the old ones", async () => {
      if (docker === null) throw new Error("There is no Docker engine");
      await using image = await PrivateImage.create(docker);
      await using server = await startBusyServer(engine.name, image.name);
      expect(
        await until(
          async () => (await image.containers()).filter(({ State }) => State === "running").length >= 3,
          20_000,
        ),
      ).toBe(true);
      server.child.kill("SIGKILL");
      expect(await until(async () => (await image.containers()).every(({ State }) => State !== "running"), 5_000)).toBe(
        true,
      );
      const left = (await image.containers()).length;
      expect(left).toBeGreaterThan(0);
      expect(await product.reaper.reap(image.scopedClient())).toBe(0);
      expect(await product.reaper.reap(image.scopedClient(), Date.now() + LATER_MS)).toBe(left);
      expect(await image.containers()).toEqual([]);
    });

    it("keeps the guests of a live server", async () => {
      if (docker === null) throw new Error("There is no Docker engine");
      await using image = await PrivateImage.create(docker);
      await using _server = await startBusyServer(engine.name, image.name);
      // None is being made just now: a container that is not started yet looks like one that was left.
      const isUp = async (): Promise<boolean> => {
        const states = (await image.containers()).map(({ State }) => State);
        return states.length >= 3 && states.every((state) => state === "running");
      };
      expect(await until(isUp, 20_000)).toBe(true);
      expect(await product.reaper.reap(image.scopedClient(), Date.now() + LATER_MS)).toBe(0);
    });
  },
  CONTAINERS,
);
