/** The server is killed in the middle of its work: no guest goes on running, and a later start clears up. */

import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { expect, it } from "vitest";
import { type EngineName, docker, forEachEngine } from "../support/engines.js";
import { PrivateImage } from "../support/private-image.js";
import * as product from "../support/built-modules.js";

/** A stopped container may be as old as this before it is removed; see reaper.ts. */
const LATER_MS = (product.reaper.REAP_AFTER_SECONDS + 5) * 1_000;

/** Starts the built server with a program that never ends in it. */
function startServer(runtime: string, image: string): ChildProcess {
  const server = spawn(process.execPath, [path.join(product.DIST, "cli.js")], {
    stdio: ["pipe", "ignore", "ignore"],
    env: {
      ...process.env,
      RLM_EXECUTION_MODE: "docker",
      RLM_DOCKER_RUNTIME: runtime,
      RLM_DOCKER_IMAGE: image,
      RLM_POOL_WARM: "2",
    },
  });
  const say = (message: object): void =>
    void server.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  say({
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "test", version: "1" } },
  });
  say({ method: "notifications/initialized" });
  say({
    id: 2,
    method: "tools/call",
    params: { name: "rlm_exec_run", arguments: { code: "while True:\n    pass", timeout_ms: 5_000 } },
  });
  return server;
}

async function until(holds: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  for (const end = performance.now() + withinMs; performance.now() < end;) {
    if (await holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return holds();
}

const CONTAINERS: readonly EngineName[] = ["runc", "runsc"];

forEachEngine(
  "a server that is killed",
  (engine) => {
    it.each(["SIGKILL", "SIGTERM"] as const)("with %s leaves no guest running after 5 s", async (signal) => {
      if (docker === null) throw new Error("There is no Docker engine");
      await using image = await PrivateImage.create(docker);
      const server = startServer(engine.name, image.name);
      try {
        const running = async (): Promise<number> =>
          (await image.containers()).filter(({ State }) => State === "running").length;
        expect(await until(async () => (await running()) >= 3, 20_000), "one busy guest and two warm ones").toBe(true);
        server.kill(signal);
        expect(await until(async () => (await running()) === 0, 5_000), "all have ended").toBe(true);
      } finally {
        server.kill("SIGKILL");
      }
    });

    it("leaves stopped containers that the reaper of a later start removes, and it spares the young", async () => {
      if (docker === null) throw new Error("There is no Docker engine");
      await using image = await PrivateImage.create(docker);
      const server = startServer(engine.name, image.name);
      try {
        expect(
          await until(
            async () => (await image.containers()).filter(({ State }) => State === "running").length >= 3,
            20_000,
          ),
        ).toBe(true);
      } finally {
        server.kill("SIGKILL");
      }
      expect(await until(async () => (await image.containers()).every(({ State }) => State !== "running"), 5_000)).toBe(
        true,
      );
      const left = (await image.containers()).length;
      expect(left).toBeGreaterThan(0);
      expect(await product.reaper.reap(image.scopedClient())).toBe(0);
      expect(await product.reaper.reap(image.scopedClient(), Date.now() + LATER_MS)).toBe(left);
      expect(await image.containers()).toEqual([]);
    });

    it("does not take the guests of a server that lives", async () => {
      if (docker === null) throw new Error("There is no Docker engine");
      await using image = await PrivateImage.create(docker);
      const server = startServer(engine.name, image.name);
      try {
        // None is being made just now: a container that is not started yet looks like one that was left.
        const isUp = async (): Promise<boolean> => {
          const states = (await image.containers()).map(({ State }) => State);
          return states.length >= 3 && states.every((state) => state === "running");
        };
        expect(await until(isUp, 20_000)).toBe(true);
        expect(await product.reaper.reap(image.scopedClient(), Date.now() + LATER_MS)).toBe(0);
      } finally {
        server.kill("SIGKILL");
      }
    });
  },
  CONTAINERS,
);
