/**
 * A thousand sessions come and go in one server, and leave nothing behind: no guest, process, file, timer, listener or
 * memory.
 */

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { ListRootsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import type { Application } from "../../src/application.js";
import { applicationOn, docker, type EngineName, forEachEngine } from "../support/engines.js";
import { childrenOf } from "../support/process-table.js";
import { eventually, sleep } from "../support/wait.js";
import * as product from "../support/built-modules.js";
import { tempDir } from "../support/temp-dir.js";

const SESSIONS = 1_000;

/** Every so many sessions one also keeps an interpreter: starting a container takes a tenth of a second. */
const INTERPRETER_EVERY: Readonly<Record<EngineName, number>> = { wasm: 20, local: 20, runc: 50, runsc: 50 };

/** Sessions before the first look: what is loaded and compiled once is not left behind by any of them. */
const WARM_UP = 100;

/**
 * What a thousand sessions may leave that the next collection of garbage would have taken, or a table that has grown
 * once.
 */
const MEMORY_SLACK = 6 * 1_048_576;

/**
 * The embedded engine's threads are not all of one size at any moment; fifty interpreters that stayed would have 30 MiB
 * each.
 */
const CHILDREN_SLACK = 200 * 1_048_576;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** One client's whole life: it connects, names a root, runs what it runs, and goes. */
async function live(application: Application, root: string, keepsInterpreter: boolean): Promise<void> {
  const server = product.serve.serverFor(application, "local");
  const client = new Client({ name: "one-of-many", version: "1" }, { capabilities: { roots: { listChanged: true } } });
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: pathToFileURL(root).href }] }));
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(theirs), client.connect(ours)]);
  const roots = await client.callTool({ name: "rlm_roots_set", arguments: { roots: [root] } });
  expect(roots.isError).toBe(false);
  if (keepsInterpreter) {
    const ran = await client.callTool({
      name: "rlm_exec_run",
      arguments: { code: "x = len(files)\nx", files: ["a.txt"], interpreter: "session" },
    });
    expect(ran.structuredContent).toMatchObject({ status: "ok", result: "1", interpreter: { is_kept: true } });
  } else {
    const refused = await client.callTool({ name: "rlm_exec_run", arguments: { code: "import os" } });
    expect(refused.structuredContent).toMatchObject({ status: "refused" });
  }
  await client.close();
}

/** What there is of each kind, apart from the guests that the pool keeps waiting. */
async function look(application: Application): Promise<Readonly<Record<string, number>>> {
  const children = childrenOf(process.pid);
  return {
    sessions: application.sessions.size,
    interpreters: application.interpreters.count,
    timers: process.getActiveResourcesInfo().filter((kind) => kind === "Timeout" || kind === "Immediate").length,
    children: children.length,
    containers: await containers(),
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    descriptors: (await readdir("/proc/self/fd")).length,
    temporary: (await readdir(tmpdir())).filter((name) => name.startsWith("rlm-mcp-")).length,
  };
}

/** Bytes that are alive in this process, and resident in the processes that it has started. */
async function memory(): Promise<{ readonly own: number; readonly children: number }> {
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  const pages = await Promise.all(
    childrenOf(process.pid).map((pid) =>
      readFile(`/proc/${pid}/statm`, "utf8").then(
        (text) => Number(text.split(" ")[1]),
        () => 0,
      ),
    ),
  );
  return { own: heapUsed + external, children: 4_096 * pages.reduce((sum, count) => sum + count, 0) };
}

forEachEngine("A thousand sessions", (engine) => {
  it("leave nothing behind", async () => {
    await using dir = await tempDir();
    await writeFile(dir.at("a.txt"), "a");
    const application = await applicationOn(engine.name);
    try {
      const every = INTERPRETER_EVERY[engine.name];
      const liveMany = async (count: number): Promise<void> => {
        for (let at = 0; at < count; at++) await live(application, dir.path, at % every === 0);
      };
      const settled = async (): Promise<Readonly<Record<string, number>>> => {
        await eventually(
          () => application.pools.usage.leased === 0 && application.pools.usage.opening === 0,
          "the guests to be gone",
        );
        return look(application);
      };
      await liveMany(WARM_UP);
      const before = await settled();
      const memoryBefore = await memory();
      expect(before).toMatchObject({ sessions: 0, interpreters: 0 });

      await liveMany(SESSIONS);

      // The end of a guest is not waited for by whoever used it.
      let after = await settled();
      const exceeds = (): string[] => Object.keys(after).filter((kind) => (after[kind] ?? 0) > (before[kind] ?? 0));
      for (let step = 0; step < 50 && exceeds().length > 0; step++) {
        await sleep(100);
        after = await settled();
      }
      const memoryAfter = await memory();
      console.info(
        `${engine.name}: before ${JSON.stringify(before)} ${mib(memoryBefore)}, ` +
          `after ${SESSIONS} sessions ${JSON.stringify(after)} ${mib(memoryAfter)}`,
      );
      expect(exceeds(), JSON.stringify({ before, after })).toEqual([]);
      expect(memoryAfter.own - memoryBefore.own).toBeLessThan(MEMORY_SLACK);
      expect(memoryAfter.children - memoryBefore.children).toBeLessThan(CHILDREN_SLACK);
    } finally {
      await application.close();
    }
  }, 240_000);
});

async function containers(): Promise<number> {
  return docker === null
    ? 0
    : (await docker.listContainers({ all: true, filters: { label: [product.ownership.LABEL.sandbox] } })).length;
}

function mib({ own, children }: { readonly own: number; readonly children: number }): string {
  return `${(own / 1_048_576).toFixed(1)} MiB, children ${(children / 1_048_576).toFixed(0)} MiB`;
}
