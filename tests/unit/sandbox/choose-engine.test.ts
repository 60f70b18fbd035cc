/** Which engine a server takes, with an engine of Docker that the test plays on a socket. */

import { existsSync } from "node:fs";
import { chmod, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readConfig } from "../../../src/config.js";
import { chooseEngine, type EngineChoice, type EngineSurroundings } from "../../../src/sandbox/choose-engine.js";
import { defaultSockets } from "../../../src/sandbox/docker/connection.js";
import { guestDigest } from "../../../src/sandbox/docker/image.js";
import { encodeFrame, FRAME } from "../../../src/sandbox/guest-protocol.js";
import { describeUnless, itUnless, onWindows } from "../../support/skips.js";
import { type TempDir, tempDir } from "../../support/temp-dir.js";

/** The status and the body of an answer; null for none. */
type Answer = readonly [status: number, body: unknown] | null;

/** First the time of a ping, then that of the whole choice. */
async function passTime(): Promise<void> {
  for (const ms of [3_000, 37_000]) {
    await new Promise((resolve) => setImmediate(resolve));
    if (vi.isFakeTimers()) await vi.advanceTimersByTimeAsync(ms);
  }
}

/** An engine that answers a request by the first path that is in its URL. Its guests are ready at once. */
async function playDocker(dir: TempDir, answers: Readonly<Record<string, Answer>>) {
  const asked: string[] = [];
  /** The containers that it was asked to create. */
  const created: object[] = [];
  const unanswered: ServerResponse[] = [];
  let guest: Socket | null = null;
  const answerTo = ({ method, url = "" }: IncomingMessage): Answer => {
    asked.push(`${method} ${url}`);
    const path = Object.keys(answers).find((one) => url.includes(one));
    return path === undefined ? [500, { message: "not played" }] : (answers[path] ?? null);
  };
  const say = (response: ServerResponse, [status, body]: NonNullable<Answer>): void => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(status === 204 ? undefined : JSON.stringify(body));
  };
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = answerTo(request);
    const body = await text(request);
    if (request.url?.includes("/create")) created.push(JSON.parse(body) as object);
    // No time has to pass: the clock of the test is put forward.
    if (answer === null) return (unanswered.push(response), await passTime());
    say(response, answer);
    const ready = encodeFrame(FRAME.ready);
    // Docker puts a header before each piece of a stream.
    if (request.url?.includes("/start")) guest?.write(Buffer.from([1, 0, 0, 0, 0, 0, 0, ready.length, ...ready]));
  };
  const server = createServer((request, response) => void respond(request, response));
  server.on("upgrade", (_, socket: Socket) => {
    guest = socket;
    socket.on("error", () => undefined);
    socket.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
  });
  await new Promise<void>((resolve) => server.listen(dir.at("engine.sock"), resolve));
  const close = (): void => (guest?.destroy(), server.closeAllConnections(), void server.close());
  const answerLate = (late: NonNullable<Answer>): void => unanswered.splice(0).forEach((one) => say(one, late));
  return { asked, created, answerLate, [Symbol.dispose]: close };
}

async function choose(
  dir: TempDir,
  settings: Readonly<Record<string, string>>,
  change: Partial<EngineSurroundings> = {},
): Promise<EngineChoice> {
  return await chooseEngine(readConfig([], settings).config, {
    host: { dockerHost: `unix://${dir.at("engine.sock")}`, dockerConfigDir: dir.at("config"), home: dir.path },
    guestDirectory: dir.at("guest"),
    embeddedDirectory: dir.at("embedded"),
    childEnvironment: {},
    onStderr: () => undefined,
    ...change,
  });
}

const surroundings = (): Promise<TempDir> => tempDir({ "guest/runner.py": "pass" });
const DOCKER = { RLM_EXECUTION_MODE: "docker" };
const LOCAL = { RLM_EXECUTION_MODE: "local", RLM_DANGEROUSLY_ALLOW_LOCAL: "true" };

afterEach(() => void vi.useRealTimers());

describe("the engine that the settings name is taken:", () => {
  it.each([
    [
      "wasm",
      { RLM_EXECUTION_MODE: "wasm" },
      {
        level: "wasm",
        runtime: "wasm",
        modules: { kind: "wasm", packages: "none" },
        why: "RLM_EXECUTION_MODE is wasm",
        warnings: [],
      },
    ],
    [
      "local",
      LOCAL,
      {
        level: "none",
        runtime: "process",
        modules: { kind: "local", packages: "unknown" },
        why: "RLM_EXECUTION_MODE is local",
        warnings: [expect.stringContaining("NO isolation")],
      },
    ],
  ])("%s", async (name, settings, expected) => {
    await using dir = await surroundings();
    const choice = await choose(dir, settings);
    expect(choice).toMatchObject(expected);
    expect(choice.engine.name).toBe(name);
  });
});

describe("the chosen engine", () => {
  const SPEC = { language: "python", memoryMb: 64 } as const;
  const { signal } = new AbortController();

  it("wasm starts a process for the files of this installation, and passes on what that says", async () => {
    await using dir = await surroundings();
    await dir.write({ "spy.cjs": "console.error(JSON.stringify(process.argv)); process.exit(1);" });
    let said = "";
    const { engine } = await choose(
      dir,
      { RLM_EXECUTION_MODE: "wasm" },
      {
        childEnvironment: { NODE_OPTIONS: `--require "${dir.at("spy.cjs")}"` },
        onStderr: (words) => void (said += words),
      },
    );
    await expect(engine.open(SPEC, signal)).rejects.toThrow("Cannot start the embedded engine");
    expect((JSON.parse(said) as string[]).slice(2)).toEqual([
      dir.at("embedded"),
      dir.at("guest/javascript/prelude.js"),
    ]);
  });

  itUnless(onWindows, "local starts the guest of this installation, with the PATH that it is given", async () => {
    await using dir = await surroundings();
    await dir.write({ "bin/python3": `#!/bin/sh\necho "$@" > '${dir.at("started")}'\n` });
    await chmod(dir.at("bin/python3"), 0o700);
    const { engine } = await choose(dir, LOCAL, { childEnvironment: { PATH: dir.at("bin") } });
    await expect(engine.open(SPEC, signal)).rejects.toThrow("Cannot start a local guest");
    expect(await readFile(dir.at("started"), "utf8")).toContain(dir.at("guest/python/supervisor.py"));
  });
});

const inspected = (digest: string): Answer => [
  200,
  { Id: "sha256:image", Config: { Labels: { "rlm-mcp.guest": digest } } },
];

/** The answers of an engine of Docker that has any image, and starts a guest from it. */
const working = async (dir: TempDir): Promise<Readonly<Record<string, Answer>>> => ({
  _ping: [200, {}],
  "/images/": inspected(await guestDigest(dir.at("guest"))),
  "/info": [200, { Runtimes: { runc: {} }, SystemTime: new Date().toISOString() }],
  "/containers/create": [201, { Id: "guest" }],
  "/start": [204, null],
  "/containers/guest/json": [200, { Id: "guest", HostConfig: { Runtime: "runc" } }],
  "/containers/json": [200, []],
  "/containers/guest": [204, null],
});

/** Engines of Docker that cannot be used, and what the operator is told. */
const UNUSABLE: readonly (readonly [string, Readonly<Record<string, Answer>> | null, RegExp])[] = [
  ["is not there", null, /found by DOCKER_HOST does not answer/],
  ["answers a ping by an error", { _ping: [500, {}] }, /does not answer; start it/],
  ["does not answer a ping", { _ping: null }, /does not answer; start it/],
  [
    "has no image",
    { _ping: [200, {}], "/images/": [404, {}] },
    /has no image "rlm-mcp-runner:data-science" or "rlm-mcp-runner:core"; make it with "rlm-mcp image build"/,
  ],
  ["has an image of another version", { _ping: [200, {}], "/images/": inspected("sha256:old") }, /another version/],
  ["has an image without labels", { _ping: [200, {}], "/images/": [200, { Id: "x", Config: {} }] }, /another version/],
  ["answers a ping and hangs then", { _ping: [200, {}], "/images/": null }, /does not answer in time; restart it/],
  ["cannot look at an image", { _ping: [200, {}], "/images/": [500, {}] }, /HTTP code 500/],
];

describeUnless(onWindows, "an engine of Docker that", () => {
  it.each(UNUSABLE)("%s is not used", async (_, answers, says) => {
    for (const settings of [DOCKER, { RLM_REQUIRE_GVISOR: "true" }, {}]) {
      await using dir = await surroundings();
      using _docker = answers === null ? { [Symbol.dispose]: () => undefined } : await playDocker(dir, answers);
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const [end] = await Promise.allSettled([choose(dir, settings)]);
      vi.useRealTimers();
      if (end.status === "rejected") {
        expect(settings).not.toEqual({});
        expect(String(end.reason)).toMatch(says);
      } else {
        expect(settings).toEqual({});
        const isUnknown = says.source.includes("500");
        expect(end.value).toMatchObject({ level: "wasm", why: "Docker cannot be used" });
        expect(end.value.warnings).toEqual([
          isUnknown ? "the Docker engine did not work" : expect.stringMatching(says),
        ]);
      }
    }
  });

  const found = defaultSockets({ dockerConfigDir: "/none" }).find((socket) => existsSync(socket));
  itUnless(found === undefined ? null : `${found} exists`, "is nowhere is not used", async () => {
    await using dir = await surroundings();
    const change = { host: { dockerConfigDir: dir.at("config"), home: dir.path } };
    const says = expect.stringContaining("no engine was found");
    await expect(choose(dir, DOCKER, change)).rejects.toMatchObject({ name: "SetupError", message: says });
    expect(await choose(dir, {}, change)).toMatchObject({ level: "wasm", warnings: [says] });
  });

  it.each([
    ["data-science", /image build --target data-science"$/],
    ["core", /image build"$/],
  ])("has the image %s of another version says how to make it again", async (target, says) => {
    await using dir = await surroundings();
    using _docker = await playDocker(dir, { _ping: [200, {}], "/images/": inspected("sha256:old") });
    const settings = { ...DOCKER, RLM_DOCKER_IMAGE: `rlm-mcp-runner:${target}` };
    await expect(choose(dir, settings)).rejects.toThrow(says);
  });

  it.each([
    [{}, "rlm-mcp-runner:data-science", "data-science"],
    [{ RLM_DOCKER_IMAGE: "rlm-mcp-runner:core" }, "rlm-mcp-runner:core", "none"],
    [{ RLM_DOCKER_IMAGE: "my-own:1" }, "my-own:1", "unknown"],
  ])("works tells the packages of its image: %j", async (settings, image, packages) => {
    await using dir = await surroundings();
    using docker = await playDocker(dir, await working(dir));
    const choice = await choose(dir, settings);
    await choice.engine.close();
    expect(choice.modules).toEqual({ kind: "container", packages });
    expect(choice.why).toContain(image);
    expect(docker.asked.some((url) => decodeURIComponent(url).includes(`/images/${image}/json`))).toBe(true);
  });

  it("answers too late leaves no guest and no heartbeat", async () => {
    await using dir = await surroundings();
    const answers = await working(dir);
    const image = answers["/images/"] ?? [500, {}];
    using docker = await playDocker(dir, { ...answers, "/images/": null });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await expect(choose(dir, DOCKER)).rejects.toMatchObject({
      message: expect.stringContaining("does not answer in time"),
      cause: expect.any(Error),
    });
    docker.answerLate(image);
    await vi.waitFor(() => expect(docker.asked.at(-1)).toMatch(/^DELETE .*\/containers\/guest/));
    await vi.advanceTimersByTimeAsync(60_000);
    vi.useRealTimers();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(docker.created).toHaveLength(1);
  });

  it("works starts guests of its image, with the limits of the settings", async () => {
    await using dir = await surroundings();
    using docker = await playDocker(dir, await working(dir));
    const { engine } = await choose(dir, { ...DOCKER, RLM_PIDS_LIMIT: "77", RLM_CPU_LIMIT: "2" });
    await engine.close();
    expect(docker.created).toMatchObject([{ Image: "sha256:image", HostConfig: { PidsLimit: 79, NanoCpus: 2e9 } }]);
  });

  it("has gVisor is used without a warning", async () => {
    await using dir = await surroundings();
    using _docker = await playDocker(dir, {
      ...(await working(dir)),
      "/info": [200, { Runtimes: { runsc: {} } }],
      "/containers/guest/json": [200, { Id: "guest", HostConfig: { Runtime: "runsc" } }],
    });
    const { engine, level, warnings } = await choose(dir, {});
    await engine.close();
    expect([level, warnings]).toEqual(["gvisor", []]);
  });

  it("works is used, and other servers are told of it by a heartbeat", async () => {
    await using dir = await surroundings();
    using docker = await playDocker(dir, await working(dir));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const choice = await choose(dir, {});
    await vi.advanceTimersByTimeAsync(10_000);
    vi.useRealTimers();
    await vi.waitFor(() => expect(docker.asked.filter((url) => url.includes("create"))).toHaveLength(2));
    await choice.engine.close();
    expect(choice).toMatchObject({
      level: "container",
      runtime: "runc",
      why: expect.stringMatching(/^Docker answers \(DOCKER_HOST\) and has the image rlm-mcp/),
      warnings: [expect.stringContaining("share the host's kernel")],
    });
    expect(choice.engine.name).toBe("docker");
  });
});
