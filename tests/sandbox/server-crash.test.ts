/** The server is killed in the middle of its work: no guest goes on running, and another server clears up. */

import type Docker from "dockerode";
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { CONFIG, describeDocker, docker, type EngineName, forEachEngine } from "../support/engines.js";
import { LOOP } from "../support/looping-program.js";
import { PrivateImage } from "../support/private-image.js";
import { type RawServer, startServer } from "../support/server-streams.js";
import * as product from "../support/built-modules.js";
import { sleep, until } from "../support/wait.js";

/** Pause between the beats of a second server, in milliseconds. In the product it is 30 s. */
const BEAT_MS = 900;

/** The environment of a server on a runtime, with two guests that wait. */
function environmentOf(runtime: string, image: string): Record<string, string> {
  return {
    ...(process.env as Record<string, string>),
    RLM_EXECUTION_MODE: "docker",
    RLM_DOCKER_RUNTIME: runtime,
    RLM_DOCKER_IMAGE: image,
    RLM_POOL_WARM: "2",
    RLM_POLICY_ALLOWED: "minimal",
  };
}

/** Starts the built server, and a program that never ends in it. */
async function startBusyServer(runtime: string, image: string): Promise<RawServer> {
  const server = await startServer({ env: environmentOf(runtime, image) });
  server.send("tools/call", { name: "rlm_exec_run", arguments: LOOP });
  return server;
}

const CONTAINERS: readonly EngineName[] = ["runc", "runsc"];

forEachEngine(
  "a server that is killed",
  (engine) => {
    it.each(["SIGKILL", "SIGTERM"] as const)("with %s leaves no guest running after 5 s", async (signal) => {
      await using image = await PrivateImage.create(present(docker));
      await using server = await startBusyServer(engine.name, image.name);
      await allRun(image);
      server.child.kill(signal);
      expect(await until(async () => (await running(image)) === 0, 5_000), "all have ended").toBe(true);
    });

    it("leaves no guest of a session whose program does not take its next job", async () => {
      await using image = await PrivateImage.create(present(docker));
      const server = await startServer({ env: environmentOf(engine.name, image.name) });
      await using _ = server;
      const call = (code: string, inputs: object): Promise<unknown> =>
        server.request("tools/call", {
          name: "rlm_exec_run",
          arguments: { code, inputs, interpreter: "session", policy: "minimal" },
        });
      // The supervisor wakes the stopped program for its next job.
      const loop = "import signal\ndef loop(*_):\n    while True: pass\nsignal.signal(signal.SIGCONT, loop)";
      await call(loop, {});
      server.send("tools/call", {
        name: "rlm_exec_run",
        arguments: { code: "1", inputs: { context: "x".repeat(2_000_000) }, interpreter: "session", policy: "minimal" },
      });
      await sleep(1_000);
      server.child.kill("SIGKILL");
      expect(await until(async () => (await running(image)) === 0, 5_000), "all have ended").toBe(true);
    });

    // These mostly wait for a heartbeat.
    it.concurrent("leaves stopped containers and its heartbeat, and another server removes them", async () => {
      await using image = await PrivateImage.create(present(docker));
      await using server = await startBusyServer(engine.name, image.name);
      await allRun(image);
      expect(await until(async () => (await image.heartbeats()).length === 1, 5_000), "a heartbeat").toBe(true);
      server.child.kill("SIGKILL");
      expect(await until(async () => (await running(image)) === 0, 5_000)).toBe(true);
      expect((await image.containers()).length).toBeGreaterThan(0);
      await using _other = secondServer(image);
      expect(await until(async () => (await left(image)) === 0, 8_000), "all are gone").toBe(true);
    });

    it.concurrent(
      "leaves guests that cannot see it, because somebody stopped them; another server removes them",
      async () => {
        await using image = await PrivateImage.create(present(docker));
        await using server = await startBusyServer(engine.name, image.name);
        await allRun(image);
        for (const { Id } of await image.containers()) await present(docker).getContainer(Id).kill({ signal: "STOP" });
        server.child.kill("SIGKILL");
        await sleep(1_000);
        expect(await running(image), "the guests run on").toBeGreaterThanOrEqual(3);
        await using _other = secondServer(image);
        expect(await until(async () => (await left(image)) === 0, 8_000), "all are gone").toBe(true);
      },
    );

    it.concurrent("is no reason to touch the guests of a live server, or a container that is not ours", async () => {
      await using image = await PrivateImage.create(present(docker));
      const inspection = await image.inspect();
      const choices = { config: CONFIG, ...inspection, runtime: engine.name as "runc" | "runsc" };
      const engines = [0, 1].map(
        () => new product.dockerEngine.DockerEngine({ docker: image.scopedClient(), ...choices }),
      );
      const { Labels, ...options } = product.hardening.containerOptions({
        ...choices,
        language: "python",
        server: randomUUID(),
        user: 20_000,
        number: 0,
      });
      const foreign = await present(docker).createContainer({
        ...options,
        Labels,
        name: `my-${image.name.slice(0, 20)}`,
      });
      await foreign.start();
      try {
        for (const one of engines) one.startHeartbeat(BEAT_MS);
        const spec = { language: "python", memoryMb: 64 } as const;
        const guests = await Promise.all(engines.map((one) => one.open(spec, AbortSignal.timeout(20_000))));
        await sleep(6 * BEAT_MS);
        expect(guests.map(({ isReady }) => isReady)).toEqual([true, true]);
        expect((await image.heartbeats()).length).toBe(2);
        expect((await foreign.inspect()).State.Running).toBe(true);
      } finally {
        await Promise.all(engines.map((one) => one.close()));
      }
      expect(await image.heartbeats()).toEqual([]);
      expect((await image.containers()).map(({ Id }) => Id)).toEqual([foreign.id]);
    });
  },
  CONTAINERS,
);

describeDocker("the choice of Docker", () => {
  it("starts the server's heartbeat, which ends with the server", async () => {
    await using image = await PrivateImage.create(present(docker));
    const config = { ...CONFIG, executionMode: "docker", dockerRuntime: "runc", dockerImage: image.name } as const;
    const around = product.application.gatherSurroundings({ warn: () => undefined } as never);
    const { engine } = await product.chooseEngine.chooseEngine(config, around);
    try {
      expect(await until(async () => (await image.heartbeats()).length === 1, 5_000)).toBe(true);
      const [heartbeat] = await image.heartbeats();
      expect([heartbeat?.State, await running(image)]).toEqual(["created", 1]);
    } finally {
      await engine.close();
    }
    expect(await left(image)).toBe(0);
  });
});

function present(found: Docker | null): Docker {
  if (found === null) throw new Error("There is no Docker engine");
  return found;
}

async function running(image: PrivateImage): Promise<number> {
  return (await image.containers()).filter(({ State }) => State === "running").length;
}

async function left(image: PrivateImage): Promise<number> {
  return (await image.containers()).length + (await image.heartbeats()).length;
}

async function allRun(image: PrivateImage): Promise<void> {
  expect(await until(async () => (await running(image)) >= 3, 20_000), "one busy guest and two warm ones").toBe(true);
}

/** The heartbeat of another server, which sees the containers of this image only. Its own makes no difference. */
function secondServer(image: PrivateImage): AsyncDisposable {
  const [docker, server] = [image.scopedClient(), randomUUID()];
  const heartbeat = new product.heartbeat.Heartbeat({
    docker,
    server,
    imageId: () => CONFIG.dockerImage,
    beatMs: BEAT_MS,
  });
  return { [Symbol.asyncDispose]: () => heartbeat.close() };
}
