import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Fault } from "../../../src/errors.js";
import type { Outcome } from "../../../src/outcome.js";
import type { Engine, Isolation, Sandbox, SandboxSpec } from "../../../src/sandbox/engine.js";
import { Pool, type PoolOptions } from "../../../src/sandbox/pool.js";

const ISOLATION: Isolation = { engine: "docker", runtime: "runc", level: "container", network: "none", image: null };
const SPEC: SandboxSpec = { language: "python", memoryMb: 256 };

class FakeSandbox implements Sandbox {
  readonly isolation: Isolation = ISOLATION;
  readonly workspace = "/workspace";
  isReady = true;
  closes = 0;
  /** The end of `close`. A test can replace it, to delay the end. */
  closing: Promise<void> = Promise.resolve();

  run(): Promise<Outcome> {
    return Promise.reject(new Error("Not for running"));
  }

  close(): Promise<void> {
    this.isReady = false;
    this.closes++;
    return this.closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Opens sandboxes at once, or, if `isManual`, when the test resolves them. */
class FakeEngine implements Engine {
  readonly name = "docker";
  readonly opened: FakeSandbox[] = [];
  readonly pending: { resolve: () => FakeSandbox; reject: (error: Error) => void }[] = [];
  isManual = false;
  failure: Error | null = null;
  alive = 0;
  mostAlive = 0;

  open(_spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    if (this.failure !== null) return Promise.reject(this.failure);
    if (!this.isManual) return Promise.resolve(this.#make());
    return new Promise((resolve, reject) => {
      const settle = {
        resolve: () => {
          const sandbox = this.#make();
          resolve(sandbox);
          return sandbox;
        },
        reject,
      };
      this.pending.push(settle);
      signal.addEventListener("abort", () => reject(new Fault("closed")), { once: true });
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #make(): FakeSandbox {
    const sandbox = new FakeSandbox();
    this.opened.push(sandbox);
    this.mostAlive = Math.max(this.mostAlive, ++this.alive);
    const close = sandbox.close.bind(sandbox);
    let isGone = false;
    sandbox.close = async () => {
      await close();
      if (!isGone) this.alive--;
      isGone = true;
    };
    return sandbox;
  }
}

let engine: FakeEngine;
const never = new AbortController().signal;
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function pool(options: Partial<PoolOptions> = {}): Pool {
  return new Pool(engine, SPEC, { warm: 2, max: 4, idleMs: 1_000, maxWaiting: 3, ...options });
}

beforeEach(() => {
  engine = new FakeEngine();
});

describe("Pool", () => {
  it("starts guests before calls come, and leases one that is ready", async () => {
    const guests = pool();
    guests.warm();
    await settle();
    expect(guests.usage).toMatchObject({ ready: 2, opening: 0, leased: 0 });
    const lease = await guests.acquire(never);
    expect(lease.wasWarm).toBe(true);
    expect(lease.sandbox).toBe(engine.opened[0]);
  });

  it("leases each guest once, and destroys it with its lease", async () => {
    const guests = pool({ maxWaiting: 10 });
    const leases = await Promise.all([1, 2, 3, 4].map(() => guests.acquire(never)));
    expect(new Set(leases.map(({ sandbox }) => sandbox)).size).toBe(4);
    await Promise.all(leases.map((lease) => lease.close()));
    for (const { sandbox } of leases) expect((sandbox as FakeSandbox).isReady).toBe(false);
    const again = await guests.acquire(never);
    expect(leases.map(({ sandbox }) => sandbox)).not.toContain(again.sandbox);
  });

  it("no longer counts or closes a detached guest, and may start another in its place", async () => {
    const guests = pool({ max: 1, warm: 0, maxWaiting: 10 });
    const lease = await guests.acquire(never);
    const sandbox = lease.detach();
    expect(guests.usage.leased).toBe(0);
    const next = await guests.acquire(never);
    expect(next.sandbox).not.toBe(sandbox);
    await guests.close();
    expect(sandbox.isReady).toBe(true);
    await lease.close();
    expect(guests.usage.leased).toBe(1);
    await next.close();
    expect(guests.usage.leased).toBe(0);
  });

  it("closes a guest once, however often its lease is closed", async () => {
    const guests = pool();
    const lease = await guests.acquire(never);
    await Promise.all([lease.close(), lease.close(), lease[Symbol.asyncDispose]()]);
    expect((lease.sandbox as FakeSandbox).closes).toBe(1);
    expect(guests.usage.leased).toBe(0);
  });

  it("never has more guests than `max`, with those that are being closed", async () => {
    const guests = pool({ warm: 3, max: 3, maxWaiting: 100 });
    const calls = Array.from({ length: 40 }, async () => {
      await using lease = await guests.acquire(new AbortController().signal);
      expect((lease.sandbox as FakeSandbox).isReady).toBe(true);
      await settle();
    });
    await Promise.all(calls);
    expect(engine.mostAlive).toBeLessThanOrEqual(3);
    expect(engine.opened.length).toBeGreaterThanOrEqual(40);
  });

  it("serves waiting calls in order", async () => {
    engine.isManual = true;
    const guests = pool({ warm: 0, max: 2 });
    const order: number[] = [];
    const calls = [1, 2, 3].map((n) => guests.acquire(never).then((lease) => (order.push(n), lease)));
    await settle();
    expect(engine.pending).toHaveLength(2);
    engine.pending.forEach(({ resolve }) => resolve());
    const first = await calls[0];
    await settle();
    expect(order).toEqual([1, 2]);
    await first?.close();
    await settle();
    engine.pending[2]?.resolve();
    await calls[2];
    expect(order).toEqual([1, 2, 3]);
  });

  it("refuses one call more than may wait, as retryable", async () => {
    engine.isManual = true;
    const guests = pool({ max: 1, maxWaiting: 2 });
    const waiting = [guests.acquire(never), guests.acquire(never)];
    const third = guests.acquire(never).catch((error: unknown) => error);
    // A call that is let into the queue would wait here for ever.
    expect(await Promise.race([third, settle().then(() => "waits")])).toMatchObject({
      name: "Refusal",
      reason: "busy",
      detail: { stage: "sandbox", retryable: true },
    });
    expect(guests.usage.waiting).toBe(2);
    const closed = Promise.allSettled(waiting);
    await guests.close();
    await closed;
  });

  it("lets an aborted call leave the queue, and its place is free again", async () => {
    engine.isManual = true;
    const guests = pool({ max: 1, maxWaiting: 1 });
    const given = new AbortController();
    const waiting = guests.acquire(given.signal);
    given.abort(new Error("given up"));
    await expect(waiting).rejects.toThrow("given up");
    expect(guests.usage.waiting).toBe(0);
    const next = guests.acquire(never);
    await settle();
    engine.pending[0]?.resolve();
    expect((await next).wasWarm).toBe(false);
  });

  it("starts nothing for a call that was aborted before it came", async () => {
    const guests = pool({ warm: 0 });
    await expect(guests.acquire(AbortSignal.abort(new Error("given up")))).rejects.toThrow("given up");
    await settle();
    expect(engine.opened).toEqual([]);
  });

  it("starts another guest after each lease", async () => {
    const guests = pool();
    guests.warm();
    await settle();
    const leases = [await guests.acquire(never), await guests.acquire(never)];
    for (const lease of leases) await lease.close();
    await settle();
    expect(guests.usage).toMatchObject({ ready: 2, opening: 0, leased: 0 });
  });

  it("does not lease a guest that died while it waited", async () => {
    const guests = pool();
    guests.warm();
    await settle();
    for (const sandbox of engine.opened) sandbox.isReady = false;
    const dead = [...engine.opened];
    const lease = await guests.acquire(never);
    expect(dead).not.toContain(lease.sandbox);
    expect((lease.sandbox as FakeSandbox).isReady).toBe(true);
    for (const sandbox of dead) expect(sandbox.closes).toBe(1);
  });

  it("leases a living guest when others have died", async () => {
    const guests = pool({ warm: 3 });
    guests.warm();
    await settle();
    const [first, second] = engine.opened;
    if (first !== undefined) first.isReady = false;
    const lease = await guests.acquire(never);
    expect(lease.sandbox).toBe(second);
    expect(lease.wasWarm).toBe(true);
  });

  it("rejects all waiting calls if guests cannot be started, and starts guests again later", async () => {
    engine.failure = new Fault("the engine is gone");
    const guests = pool();
    guests.warm();
    await settle();
    const told = await Promise.allSettled([guests.acquire(never), guests.acquire(never)]);
    expect(told.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    for (const one of told) expect(one).toMatchObject({ reason: { name: "Fault", message: "the engine is gone" } });
    engine.failure = null;
    expect((await guests.acquire(never)).sandbox).toBe(engine.opened[0]);
    await settle();
    expect(guests.usage.ready).toBe(2);
  });

  it("rejects every waiting call if the only guest that may exist cannot be started", async () => {
    engine.isManual = true;
    const guests = pool({ warm: 0, max: 1 });
    const told = Promise.allSettled([guests.acquire(never), guests.acquire(never)]);
    await settle();
    engine.pending[0]?.reject(new Fault("the engine is gone"));
    expect((await told).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(engine.pending).toHaveLength(1);
  });

  it("rejects the first waiting call alone while another guest may become free", async () => {
    const guests = pool({ warm: 0, max: 2 });
    const lease = await guests.acquire(never);
    engine.isManual = true;
    const first = guests.acquire(never).catch((error: Error) => error.message);
    const second = guests.acquire(never);
    await settle();
    engine.pending[0]?.reject(new Fault("the engine is busy"));
    expect(await first).toBe("the engine is busy");
    expect(guests.usage).toMatchObject({ waiting: 1, opening: 1, leased: 1 });
    engine.pending[1]?.resolve();
    expect((await second).sandbox).toBe(engine.opened[1]);
    await lease.close();
  });

  it("leaves no listener on the signal of a call, whether or not it got a guest", async () => {
    const { signal } = new AbortController();
    await (await pool({ warm: 0 }).acquire(signal)).close();
    engine.failure = new Fault("the engine is gone");
    await expect(pool({ warm: 0 }).acquire(signal)).rejects.toThrow("gone");
    expect(getEventListeners(signal, "abort").length).toBe(0);
  });

  it("does not try a dead engine again while no call comes", async () => {
    engine.failure = new Fault("the engine is gone");
    const open = vi.spyOn(engine, "open");
    const guests = pool();
    guests.warm();
    await settle();
    await settle();
    expect(open.mock.calls.length).toBeLessThanOrEqual(2);
  });
});

describe("Pool that is idle", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("closes all waiting guests except one, and refills after the next call", async () => {
    const guests = pool({ warm: 3 });
    await (await guests.acquire(never)).close();
    await settle();
    expect(guests.usage.ready).toBe(3);
    vi.advanceTimersByTime(999);
    expect(guests.usage.ready).toBe(3);
    vi.advanceTimersByTime(1);
    expect(guests.usage.ready).toBe(1);
    await settle();
    expect(engine.alive).toBe(1);
    await (await guests.acquire(never)).close();
    await settle();
    expect(guests.usage.ready).toBe(3);
  });

  it("keeps one waiting guest, or none if there should be none, while a call goes on", async () => {
    for (const [warm, kept] of [
      [3, 1],
      [0, 0],
    ] as const) {
      const guests = pool({ warm });
      const lease = await guests.acquire(never);
      await settle();
      expect(guests.usage.ready).toBe(warm);
      vi.advanceTimersByTime(1_000);
      await lease.close();
      await settle();
      expect(guests.usage).toMatchObject({ ready: kept, opening: 0, leased: 0 });
      await guests.close();
    }
  });

  it("replaces the guest of a call 30 ms later, while the call still runs", async () => {
    const guests = pool({ warm: 2, max: 9 });
    guests.warm();
    await settle();
    const leases = [await guests.acquire(never), await guests.acquire(never)];
    expect(vi.getTimerCount(), "one timer for the refill, and one for the idle time").toBe(2);
    vi.advanceTimersByTime(29);
    await settle();
    expect(guests.usage).toMatchObject({ ready: 0, opening: 0, leased: 2 });
    vi.advanceTimersByTime(1);
    await settle();
    expect(guests.usage).toMatchObject({ ready: 2, opening: 0, leased: 2 });
    leases.push(await guests.acquire(never));
    vi.advanceTimersByTime(30);
    await settle();
    expect(guests.usage).toMatchObject({ ready: 2, leased: 3 });
    await guests.close();
    expect(vi.getTimerCount()).toBe(0);
    await Promise.all(leases.map((lease) => lease.close()));
    await settle();
    expect(engine.opened.length, "a closed pool starts no guest").toBe(5);
  });

  it("is not idle while calls come", async () => {
    const guests = pool({ warm: 3 });
    for (let count = 0; count < 4; count++) {
      await (await guests.acquire(never)).close();
      await settle();
      vi.advanceTimersByTime(900);
    }
    expect(guests.usage.ready).toBe(3);
  });
});

describe("Pool that is closed", () => {
  it("destroys the waiting guests, refuses new calls as a fault, and may be closed twice", async () => {
    const guests = pool();
    guests.warm();
    await settle();
    await guests.close();
    await guests.close();
    for (const sandbox of engine.opened) expect(sandbox.closes).toBe(1);
    await expect(guests.acquire(never)).rejects.toMatchObject({ name: "Fault" });
  });

  it("rejects the waiting calls", async () => {
    engine.isManual = true;
    const guests = pool();
    const waiting = guests.acquire(never);
    const told = expect(waiting).rejects.toMatchObject({ name: "Fault" });
    await guests.close();
    await told;
  });

  it("destroys a guest that becomes ready afterwards", async () => {
    const late = new FakeSandbox();
    const slow: Engine = {
      name: "docker",
      open: () => new Promise((resolve) => setTimeout(() => resolve(late), 20)),
      close: () => Promise.resolve(),
    };
    const guests = new Pool(slow, SPEC, { warm: 1, max: 1, idleMs: 1_000, maxWaiting: 1 });
    guests.warm();
    await guests.close();
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(late.closes).toBe(1);
    expect(guests.usage).toMatchObject({ ready: 0, opening: 0 });
  });
});
