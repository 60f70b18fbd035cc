import type Docker from "dockerode";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import type { Isolation } from "../../../src/sandbox/engine.js";
import { DockerSandbox } from "../../../src/sandbox/docker/docker-sandbox.js";

const ISOLATION: Isolation = { engine: "docker", runtime: "runc", level: "container", network: "none", image: null };
const forever = (): Promise<never> => new Promise(() => undefined);

/** An engine whose answers the test decides on. */
function fakeDocker(answers: {
  create?: () => Promise<unknown>;
  attach?: () => Promise<unknown>;
  start?: () => Promise<unknown>;
  /** What the guest writes to its stderr before it ends. */
  complaint?: string;
}) {
  const removed: string[] = [];
  const container = {
    attach: answers.attach ?? (() => Promise.resolve(new PassThrough())),
    start: answers.start ?? (() => Promise.resolve()),
    remove: () => (removed.push("container"), Promise.resolve()),
  };
  const docker = {
    createContainer: answers.create ?? (() => Promise.resolve(container)),
    modem: {
      demuxStream: (stream: PassThrough, _: PassThrough, stderr: PassThrough) => {
        if (answers.complaint === undefined) return;
        stderr.write(answers.complaint);
        setTimeout(() => stream.end().resume(), 5);
      },
    },
  } as unknown as Docker;
  return { docker, container, removed };
}

const open = (docker: Docker): Promise<unknown> =>
  DockerSandbox.open(docker, {}, ISOLATION, AbortSignal.timeout(30), () => undefined);

describe("DockerSandbox.open() fails with a fault and leaves nothing behind if the engine", () => {
  it("does not answer the creation; a container that it creates later is removed", async () => {
    let made: (container: unknown) => void = () => undefined;
    const fake = fakeDocker({ create: () => new Promise((resolve) => (made = resolve)) });
    await expect(open(fake.docker)).rejects.toMatchObject({ name: "Fault" });
    expect(fake.removed).toEqual([]);
    made(fake.container);
    await expect.poll(() => fake.removed).toEqual(["container"]);
  });

  it("does not answer the connection to the streams; a stream that comes later is destroyed", async () => {
    let attached: (stream: PassThrough) => void = () => undefined;
    const fake = fakeDocker({ attach: () => new Promise((resolve) => (attached = resolve)) });
    await expect(open(fake.docker)).rejects.toMatchObject({ name: "Fault" });
    const late = new PassThrough();
    attached(late);
    await expect.poll(() => late.destroyed).toBe(true);
    expect(fake.removed).toEqual(["container"]);
  });

  it("does not answer the start", async () => {
    const fake = fakeDocker({ start: forever });
    await expect(open(fake.docker)).rejects.toMatchObject({ name: "Fault" });
    expect(fake.removed).toEqual(["container"]);
  });

  it("starts a guest that never becomes ready", async () => {
    const fake = fakeDocker({});
    await expect(open(fake.docker)).rejects.toMatchObject({ name: "Fault" });
    expect(fake.removed).toEqual(["container"]);
  });

  it("starts a guest that refuses; the cause has its sentence, and at most 2 000 characters", async () => {
    const sentence = "Cannot give up root: a second user id is required; give the engine subordinate ids";
    const fake = fakeDocker({ complaint: `${"x".repeat(5_000)}${sentence}\n` });
    const error = (await open(fake.docker).catch((thrown: unknown) => thrown)) as { name: string; cause: Error };
    expect([error.name, fake.removed]).toEqual(["Fault", ["container"]]);
    expect(error.cause.message).toContain(sentence);
    expect(error.cause.message.length).toBeLessThan(2_100);
  });

  it("refuses to create the container", async () => {
    const fake = fakeDocker({
      create: () => Promise.reject(Object.assign(new Error("no such image"), { statusCode: 500 })),
    });
    await expect(open(fake.docker)).rejects.toMatchObject({ name: "Fault", message: "Cannot create a container" });
    expect(fake.removed).toEqual([]);
  });
});
