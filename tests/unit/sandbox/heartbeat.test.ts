import type Docker from "dockerode";
import { afterEach, describe, expect, it } from "vitest";
import { Heartbeat } from "../../../src/sandbox/docker/heartbeat.js";
import {
  guestLabels,
  guestName,
  heartbeatLabels,
  heartbeatName,
  LABEL,
} from "../../../src/sandbox/docker/ownership.js";

const OWN = "11111111-1111-4111-8111-111111111111";
const OTHER = "22222222-2222-4222-8222-222222222222";
/** A tick is a sixth of it: 10 ms. */
const BEAT_MS = 60;
const forever = (): Promise<never> => new Promise(() => undefined);

interface Kept {
  Id: string;
  Names: string[];
  Labels: Record<string, string>;
  State: string;
  finishedAt?: number;
}

/** An engine of containers that do nothing. A test takes single answers over. */
class FakeEngine {
  readonly containers = new Map<string, Kept>();
  /** Names that heartbeats have had. */
  readonly names: string[] = [];
  /** The engine's clock before this machine's one, in milliseconds. */
  ahead = 0;
  create: () => Promise<unknown> = () => Promise.resolve();
  rename: () => Promise<unknown> = () => Promise.resolve();
  info: () => Promise<unknown> = () => Promise.resolve({ SystemTime: new Date(Date.now() + this.ahead).toISOString() });
  remove: () => Promise<unknown> = () => Promise.resolve();
  #made = 0;

  get docker(): Docker {
    return {
      info: () => this.info(),
      listContainers: ({ filters }: { filters: { label: string[] } }) =>
        Promise.resolve(
          [...this.containers.values()].filter(({ Labels }) => filters.label.every((label) => label in Labels)),
        ),
      createContainer: async ({ name, Labels }: { name: string; Labels: Record<string, string> }) => {
        await this.create();
        const Id = `made-${this.#made++}`;
        this.put({ Id, Names: [`/${name}`], Labels, State: "created" });
        this.names.push(name);
        return this.container(Id);
      },
      getContainer: (id: string) => this.container(id),
    } as unknown as Docker;
  }

  put(container: Kept): void {
    this.containers.set(container.Id, container);
  }

  container(id: string) {
    const kept = this.containers.get(id);
    return {
      id,
      rename: async ({ name }: { name: string }) => {
        await this.rename();
        if (kept === undefined || !this.containers.has(id)) throw new Error("no such container");
        kept.Names = [`/${name}`];
        this.names.push(name);
      },
      inspect: async () => ({ State: { Running: false, FinishedAt: new Date(kept?.finishedAt ?? 0).toISOString() } }),
      remove: async () => {
        await this.remove();
        this.containers.delete(id);
      },
    };
  }

  get heartbeats(): Kept[] {
    return [...this.containers.values()].filter(({ Labels }) => LABEL.heartbeat in Labels);
  }
}

const running: Heartbeat[] = [];
const start = (engine: FakeEngine, server = OWN, beatMs = BEAT_MS): Heartbeat => {
  const heartbeat = new Heartbeat({ docker: engine.docker, server, imageId: () => "sha256:x", beatMs });
  running.push(heartbeat);
  return heartbeat;
};
const beats = (engine: FakeEngine, number: number): Promise<void> =>
  expect.poll(() => engine.names.length, { timeout: 5_000, interval: 5 }).toBeGreaterThanOrEqual(number);

afterEach(async () => {
  await Promise.all(running.splice(0).map((heartbeat) => heartbeat.close()));
});

describe("a heartbeat", () => {
  it("is one container whose name tells the engine's time, and goes at the end", async () => {
    const engine = new FakeEngine();
    engine.ahead = -86_400_000;
    const heartbeat = start(engine);
    await beats(engine, 4);
    expect(engine.heartbeats.length).toBe(1);
    const times = engine.names.map((name) => Number(/^rlm-mcp-heartbeat\.[0-9a-f-]{36}\.(\d+)$/.exec(name)?.[1]));
    expect(times).toEqual([...times].sort((one, other) => one - other));
    for (const time of times) expect(Math.abs(Date.now() - 86_400_000 - time)).toBeLessThan(10_000);
    await heartbeat.close();
    expect(engine.heartbeats).toEqual([]);
    const { length } = engine.names;
    await new Promise((resolve) => setTimeout(resolve, 3 * BEAT_MS));
    expect(engine.names.length, "no beat after the end").toBe(length);
  });

  it("is made again if somebody has removed its container", async () => {
    const engine = new FakeEngine();
    start(engine);
    await beats(engine, 1);
    engine.containers.clear();
    await beats(engine, 3);
    expect(engine.heartbeats.length).toBe(1);
  });

  it("goes on in a new container if the engine cannot rename", async () => {
    const engine = new FakeEngine();
    engine.rename = () => Promise.reject(new Error("not supported"));
    const heartbeat = start(engine);
    await beats(engine, 4);
    await expect.poll(() => engine.heartbeats.length).toBe(1);
    await heartbeat.close();
    expect(engine.heartbeats).toEqual([]);
  });

  it("goes on when the engine has failed for a while", async () => {
    const engine = new FakeEngine();
    const { info } = engine;
    engine.info = () => Promise.reject(new Error("connection refused"));
    start(engine);
    await new Promise((resolve) => setTimeout(resolve, 2 * BEAT_MS));
    expect(engine.names).toEqual([]);
    engine.info = () => Promise.resolve({ SystemTime: "a long time ago" });
    await new Promise((resolve) => setTimeout(resolve, 2 * BEAT_MS));
    expect(engine.names).toEqual([]);
    engine.info = info;
    await beats(engine, 2);
  });

  it("has a name of its own for each of many servers at once", async () => {
    const engine = new FakeEngine();
    const servers = Array.from({ length: 30 }, (_, number) => OWN.slice(0, -2) + String(10 + number));
    for (const server of servers) start(engine, server);
    await beats(engine, 90);
    expect(new Set(engine.names).size).toBe(engine.names.length);
    expect(engine.heartbeats.length).toBe(30);
  });
});

describe("the end of a heartbeat takes a bounded time if the engine", () => {
  it.each(["info", "create", "rename", "remove"] as const)("does not answer: %s", async (what) => {
    const engine = new FakeEngine();
    if (what === "info" || what === "create") engine[what] = forever;
    const heartbeat = start(engine);
    if (what === "rename" || what === "remove") {
      await beats(engine, 1);
      engine[what] = forever;
    }
    await new Promise((resolve) => setTimeout(resolve, 2 * BEAT_MS));
    const began = performance.now();
    await heartbeat.close();
    expect(performance.now() - began).toBeLessThan(1_500);
  });

  it("makes the container only after the end has begun; it is removed then", async () => {
    const engine = new FakeEngine();
    engine.create = () => new Promise((resolve) => setTimeout(resolve, 200));
    const heartbeat = start(engine);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await heartbeat.close();
    expect(engine.names.length).toBe(1);
    expect(engine.heartbeats).toEqual([]);
  });
});

describe("a heartbeat removes", () => {
  const guest = (server: string, number: number, State: string, finishedAt?: number): Kept => ({
    Id: `guest-${server[0]}-${number}`,
    Names: [`/${guestName(server, number)}`],
    Labels: guestLabels(server, "python"),
    State,
    ...(finishedAt === undefined ? {} : { finishedAt }),
  });

  it("guests of dead servers in any state and old stopped ones of any, and nothing else", async () => {
    const engine = new FakeEngine();
    const long = Date.now() - 3_600_000;
    for (const container of [
      guest(OTHER, 1, "running"),
      guest(OTHER, 2, "paused"),
      guest(OTHER, 3, "exited", long),
      guest(OWN, 4, "running"),
      guest(OWN, 5, "exited", long),
      guest(OWN, 6, "exited", Date.now() + 60_000),
    ])
      engine.put(container);
    engine.put({ Id: "foreign", Names: ["/mine"], Labels: guestLabels(OTHER, "python"), State: "running" });
    start(engine);
    await expect.poll(() => engine.containers.size, { timeout: 5_000 }).toBe(4);
    await new Promise((resolve) => setTimeout(resolve, 3 * BEAT_MS));
    expect([...engine.containers.keys()].sort()).toEqual(["foreign", "guest-1-4", "guest-1-6", "made-0"]);
  });

  it("guests of a server that has died long ago within two beats of the start", async () => {
    const engine = new FakeEngine();
    engine.put(guest(OTHER, 1, "running"));
    const [Names, Labels] = [[`/${heartbeatName(OTHER, Date.now() - 3_600_000)}`], heartbeatLabels(OTHER)];
    engine.put({ Id: "heartbeat-2", Names, Labels, State: "created" });
    const began = performance.now();
    start(engine, OWN, 1_500);
    await expect.poll(() => engine.containers.size, { timeout: 5_000 }).toBe(1);
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(engine.heartbeats.map(({ Id }) => Id)).toEqual(["made-0"]);
  });

  it("a guest again whose removal has failed", async () => {
    const engine = new FakeEngine();
    engine.put(guest(OTHER, 1, "running"));
    let failures = 0;
    engine.remove = () => (failures++ < 2 ? Promise.reject(new Error("busy")) : Promise.resolve());
    start(engine);
    await expect.poll(() => engine.containers.has("guest-2-1"), { timeout: 5_000 }).toBe(false);
    expect(failures).toBe(3);
  });
});
