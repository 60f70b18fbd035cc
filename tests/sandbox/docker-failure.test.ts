/** The Docker engine fails while the server lives: calls end as faults with an id, and work again when it is back. */

import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import type { Application } from "../../src/application.js";
import type { RunReport } from "../../src/run/run-report.js";
import { DockerProxy } from "../support/docker-proxy.js";
import { CONFIG, describeDocker, docker, serverEnvironment } from "../support/engines.js";
import { connect } from "../support/mcp-client.js";
import { PrivateImage } from "../support/private-image.js";
import * as product from "../support/built-modules.js";
import { runInSession } from "../support/run-in-session.js";
import { itUnless } from "../support/skips.js";
import { tempDir } from "../support/temp-dir.js";
import { sleep, until } from "../support/wait.js";

const ID = /^[0-9a-f-]{36}$/;

async function applicationOn(
  dockerHost: string | undefined,
  settings: Partial<typeof CONFIG> = {},
  warm = true,
): Promise<Application & AsyncDisposable> {
  const config = {
    ...CONFIG,
    executionMode: "docker" as const,
    dockerRuntime: "runc" as const,
    logLevel: "silent",
    ...settings,
  };
  const log = { warn: () => undefined } as never;
  const around = product.application.gatherSurroundings(log);
  const choice = product.chooseEngine.chooseEngine(config, {
    ...around,
    host: { ...around.host, ...(dockerHost === undefined ? {} : { dockerHost }) },
  });
  const app = await product.application.createApplication(config, { warm, choice });
  return { ...app, [Symbol.asyncDispose]: () => app.close() };
}

function run(
  app: Application,
  code: string,
  timeoutMs = 3_000,
  { signal } = new AbortController(),
): Promise<RunReport> {
  return runInSession(app, { code, timeoutMs }, { signal });
}

/** Calls until the answer is not a fault: the first calls after an outage may still meet what broke. */
async function runUntilItWorks(app: Application, code: string): Promise<RunReport> {
  for (let calls = 1; ; calls++) {
    const report = await run(app, code);
    if (!("id" in report.ending) || calls >= 5) return report;
  }
}

const socket = (docker?.modem as { socketPath?: string } | undefined)?.socketPath;
const noSocket = socket === undefined ? "the Docker engine is not reached by a socket" : null;

describeDocker("a Docker engine that fails", () => {
  itUnless(
    noSocket,
    "in the middle of a call: this call and all others are faults with an id until the engine is back",
    async () => {
      await using dir = await tempDir();
      await using proxy = new DockerProxy(socket ?? "", dir.at("docker.sock"));
      await proxy.listen();
      await using app = await applicationOn(proxy.dockerHost);
      expect((await run(app, "'before'")).ending).toMatchObject({ ending: "ok", result: "'before'" });

      const during = run(app, "while True:\n    pass", 4_000);
      await sleep(400);
      const cut = performance.now();
      await proxy.cut();
      expect((await during).ending).toMatchObject({ name: "Fault", id: expect.stringMatching(ID) });
      expect(performance.now() - cut).toBeLessThan(3_000);

      expect((await run(app, "1")).ending).toMatchObject({ name: "Fault", id: expect.stringMatching(ID) });

      await proxy.listen();
      expect((await runUntilItWorks(app, "'after'")).ending).toMatchObject({ ending: "ok", result: "'after'" });
    },
  );

  itUnless(noSocket, "by not answering: a caller can cancel a call that waits for a guest", async () => {
    await using dir = await tempDir();
    await using proxy = new DockerProxy(socket ?? "", dir.at("docker.sock"));
    await proxy.listen();
    await using app = await applicationOn(proxy.dockerHost, {}, false);
    expect((await run(app, "1")).ending).toMatchObject({ ending: "ok" });
    proxy.freeze();
    const given = new AbortController();
    setTimeout(() => given.abort(), 200);
    const started = performance.now();
    const report = await run(app, "1", 3_000, given);
    expect(report.ending).toMatchObject({ ending: "cancelled" });
    expect(performance.now() - started).toBeLessThan(1_000);
    proxy.thaw();
    await proxy.cut();
    await proxy.listen();
    expect((await runUntilItWorks(app, "2")).ending).toMatchObject({ ending: "ok", result: "2" });
  });

  it("by losing the image: calls are faults until its name has an image of the same guest files", async () => {
    if (docker === null) throw new Error("There is no Docker engine");
    await using image = await PrivateImage.create(docker);
    await using app = await applicationOn(undefined, { dockerImage: image.name }, false);
    const before = await run(app, "1");
    expect(before.ending).toMatchObject({ ending: "ok" });

    expect(await until(async () => (await image.containers()).length === 0, 5_000)).toBe(true);
    await image.remove();
    expect((await run(app, "2")).ending).toMatchObject({ name: "Fault", id: expect.stringMatching(ID) });

    await image.make({ "rlm-mcp.guest": "sha256:of-another-version" });
    expect((await run(app, "3")).ending).toMatchObject({ name: "Fault" });

    await image.make();
    const after = await run(app, "4");
    expect(after.ending).toMatchObject({ ending: "ok", result: "4" });
    expect(after.isolation?.image).toMatch(/^sha256:/);
    expect(after.isolation?.image).not.toBe(before.isolation?.image);
  });

  it("by losing a container in the middle of a run: a fault or killed, and the next call works", async () => {
    if (docker === null) throw new Error("There is no Docker engine");
    await using image = await PrivateImage.create(docker);
    await using app = await applicationOn(undefined, { dockerImage: image.name }, false);
    const during = run(app, "while True:\n    pass", 4_000);
    expect(await until(async () => (await image.containers()).some(({ State }) => State === "running"), 5_000)).toBe(
      true,
    );
    await sleep(500);
    for (const { Id } of await image.containers()) await docker.getContainer(Id).remove({ force: true });
    const { ending } = await during;
    expect("id" in ending || ("ending" in ending && ending.ending === "killed"), JSON.stringify(ending)).toBe(true);
    expect((await run(app, "5")).ending).toMatchObject({ ending: "ok", result: "5" });
  });

  it("by killing warm guests: the pool leases none of them", async () => {
    if (docker === null) throw new Error("There is no Docker engine");
    await using image = await PrivateImage.create(docker);
    await using app = await applicationOn(undefined, { dockerImage: image.name, poolWarm: 2 });
    expect((await run(app, "1")).ending).toMatchObject({ ending: "ok" });
    expect(
      await until(
        async () => (await image.containers()).filter(({ State }) => State === "running").length === 2,
        10_000,
      ),
    ).toBe(true);
    await sleep(500);
    await Promise.all(
      (await image.containers()).map(async ({ Id }) => docker?.getContainer(Id).remove({ force: true })),
    );
    await sleep(300);
    expect((await run(app, "6")).ending).toMatchObject({ ending: "ok", result: "6" });
  });
});

describeDocker("a Docker engine that cannot be used stops the start with a sentence", () => {
  const around = product.application.gatherSurroundings({ warn: () => undefined } as never);
  const start = (dockerHost: string, executionMode: "docker" | "auto") =>
    product.chooseEngine.chooseEngine(
      { ...CONFIG, executionMode },
      { ...around, host: { ...around.host, dockerHost } },
    );

  it("if its socket does not exist", async () => {
    await using dir = await tempDir();
    await expect(start(`unix://${dir.path}/none.sock`, "docker")).rejects.toMatchObject({
      name: "SetupError",
      message: expect.stringContaining("does not answer"),
    });
  });

  it("if its socket is a file", async () => {
    await using dir = await tempDir();
    await writeFile(dir.at("file"), "");
    await expect(start(`unix://${dir.path}/file`, "docker")).rejects.toMatchObject({
      name: "SetupError",
      message: expect.stringContaining("does not answer"),
    });
  });

  it("if it accepts a connection and does not answer; auto then takes the embedded engine", async () => {
    await using dir = await tempDir();
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(dir.at("silent.sock"), resolve));
    try {
      const started = performance.now();
      await expect(start(`unix://${dir.path}/silent.sock`, "docker")).rejects.toMatchObject({ name: "SetupError" });
      expect(performance.now() - started).toBeLessThan(5_000);
      const { engine, level, warnings } = await start(`unix://${dir.path}/silent.sock`, "auto");
      await engine.close();
      expect([engine.name, level, warnings.length]).toEqual(["wasm", "wasm", 1]);
    } finally {
      silent.close();
    }
  });

  it("if the image was made of other guest files", async () => {
    if (docker === null) throw new Error("There is no Docker engine");
    await using image = await PrivateImage.create(docker);
    await image.make({ "rlm-mcp.guest": "sha256:of-another-version" });
    await expect(
      product.chooseEngine.chooseEngine({ ...CONFIG, executionMode: "docker", dockerImage: image.name }, around),
    ).rejects.toMatchObject({
      name: "SetupError",
      message: expect.stringContaining("was made by another version"),
    });
  });

  it("if the image was made of other guest files; a client reads at each call how to make it again", async () => {
    if (docker === null) throw new Error("There is no Docker engine");
    await using image = await PrivateImage.create(docker);
    await image.make({ "rlm-mcp.guest": "sha256:of-another-version" });
    await using connection = await connect({ env: { ...serverEnvironment("runc"), RLM_DOCKER_IMAGE: image.name } });
    for (let call = 0; call < 2; call++)
      expect(await connection.refused({ code: "1" })).toMatchObject({
        reason: "engine-unavailable",
        message:
          `Cannot use Docker: the image "${image.name}" was made by another version; ` +
          'make it again with "rlm-mcp image build". Then start the server again',
      });
  });
});
