import type Docker from "dockerode";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { readConfig } from "../../../src/config.js";
import { chooseRuntime } from "../../../src/sandbox/docker/choose-runtime.js";
import { encodeFrame, FRAME } from "../../../src/sandbox/guest-protocol.js";

interface Behaviour {
  /** The runtimes that the engine lists. */
  readonly lists: readonly string[];
  /** The runtime that it says a container has, for the runtime that was asked for. Undefined: it says none. */
  readonly says?: (asked: string) => string | undefined;
  /** What it does at the start of a container with that runtime. */
  readonly start?: (asked: string) => Promise<void>;
}

/** An engine whose guests are ready at once. */
function fakeDocker({ lists, says = (asked) => asked, start = () => Promise.resolve() }: Behaviour) {
  const alive: string[] = [];
  const createContainer = ({ HostConfig: { Runtime: runtime } }: { HostConfig: { Runtime: string } }) => {
    const stream = new PassThrough();
    alive.push(runtime);
    return Promise.resolve({
      attach: () => Promise.resolve(stream),
      start: async () => {
        await start(runtime);
        stream.emit("ready to speak");
      },
      inspect: () => Promise.resolve({ HostConfig: { Runtime: says(runtime) } }),
      remove: () => {
        alive.splice(alive.indexOf(runtime), 1);
        stream.end();
        return Promise.resolve();
      },
    });
  };
  const docker = {
    info: () => Promise.resolve({ Runtimes: Object.fromEntries(lists.map((name) => [name, {}])) }),
    createContainer,
    modem: {
      demuxStream: (stream: PassThrough, stdout: PassThrough) =>
        stream.once("ready to speak", () => stdout.write(encodeFrame(FRAME.ready))),
    },
  } as unknown as Docker;
  return { docker, alive };
}

function choose(behaviour: Behaviour, settings: Readonly<Record<string, string>> = {}) {
  const { docker, alive } = fakeDocker(behaviour);
  const { config } = readConfig([], settings);
  const chosen = chooseRuntime({ docker, config, imageId: "sha256:x", guestDigest: "sha256:y" });
  return { alive, chosen };
}

const BOTH = ["runc", "runsc"];
const REQUIRED = [{ RLM_REQUIRE_GVISOR: "true" }, { RLM_DOCKER_RUNTIME: "runsc" }];
const fails = (asked: string): Promise<void> =>
  asked === "runsc" ? Promise.reject(new Error("no such runtime")) : Promise.resolve();

/** The ways in which an engine lists gVisor and does not have it. */
const WITHOUT_GVISOR: readonly (readonly [string, Behaviour])[] = [
  ["takes the wish for gVisor and runs the guest under runc", { lists: BOTH, says: () => "runc" }],
  ["takes the wish for gVisor and does not say what the guest runs under", { lists: BOTH, says: () => undefined }],
  ["runs the guest under a runtime with a similar name", { lists: BOTH, says: (asked) => `${asked}-kvm` }],
  ["cannot start a guest under gVisor", { lists: BOTH, start: fails }],
];

describe("an engine that", () => {
  it.each(WITHOUT_GVISOR)("%s is used with runc, and the operator is told", async (_, behaviour) => {
    const says = (asked: string): string | undefined => (asked === "runc" ? "runc" : behaviour.says?.(asked));
    const { alive, chosen } = choose({ ...behaviour, says });
    const { engine, warning } = await chosen;
    expect(engine.runtime).toBe("runc");
    expect(engine.isolation.level).toBe("container");
    expect(warning).toMatch(/^Programs share the host's kernel \(runc\): gVisor cannot be used/);
    expect(alive, "the guest that is not under gVisor is gone").toEqual(["runc"]);
    await engine.close();
    expect(alive).toEqual([]);
  });

  for (const settings of REQUIRED)
    it.each(WITHOUT_GVISOR)(`%s is refused with ${JSON.stringify(settings)}`, async (_, behaviour) => {
      const { alive, chosen } = choose(behaviour, settings);
      await expect(chosen).rejects.toMatchObject({
        name: "SetupError",
        message: expect.stringMatching(/^Cannot use gVisor: /),
      });
      expect(alive).toEqual([]);
    });

  it.each(REQUIRED)("does not list gVisor is refused with %j, before it starts a guest", async (settings) => {
    const { alive, chosen } = choose({ lists: ["runc"] }, settings);
    await expect(chosen).rejects.toMatchObject({ name: "SetupError", message: expect.stringContaining('"runc"') });
    expect(alive).toEqual([]);
  });

  it("has gVisor is used with it, without a warning; the probe is the first call's guest", async () => {
    const { alive, chosen } = choose({ lists: BOTH });
    const { engine, warning } = await chosen;
    expect([engine.runtime, engine.isolation.level, warning]).toEqual(["runsc", "gvisor", null]);
    const sandbox = await engine.open({ language: "python", memoryMb: 64 }, AbortSignal.timeout(1_000));
    expect([sandbox.isReady, alive]).toEqual([true, ["runsc"]]);
    await engine.close();
  });

  it("is to use runc is not asked for gVisor", async () => {
    const { alive, chosen } = choose({ lists: BOTH }, { RLM_DOCKER_RUNTIME: "runc" });
    const { engine, warning } = await chosen;
    expect([engine.runtime, warning]).toEqual([
      "runc",
      "Programs share the host's kernel (runc): RLM_DOCKER_RUNTIME is runc",
    ]);
    expect(alive).toEqual(["runc"]);
    await engine.close();
  });

  it("cannot start a guest at all is a fault, and nothing is left", async () => {
    const { alive, chosen } = choose({ lists: BOTH, start: () => Promise.reject(new Error("no space left")) });
    await expect(chosen).rejects.toMatchObject({ name: "Fault" });
    expect(alive).toEqual([]);
  });
});
