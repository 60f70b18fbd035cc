/** Two connections of one process. A server over HTTP will have several; a server over stdio has one. */

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { mkdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Application, createApplication } from "../../src/application.js";
import { LOCAL_PRINCIPAL } from "../../src/caller.js";
import { readConfig } from "../../src/config.js";
import { createServer } from "../../src/mcp/server.js";
import { execRun } from "../../src/tools/exec-run.js";
import { rootsSet } from "../../src/tools/roots-set.js";
import type { ExecResult, RefusalResult, RootsResult } from "../support/mcp-client.js";
import { tempDir, type TempDir } from "../support/temp-dir.js";

let dir: TempDir;
let application: Application;
let ours: Client;
let theirs: Client;

beforeAll(async () => {
  dir = await tempDir();
  await mkdir(dir.at("inner"));
  const { config } = readConfig(["--execution-mode", "wasm", "--log-level", "silent", "--allow-root", dir.path], {});
  application = await createApplication(config, { warm: false });
  ours = await client();
  theirs = await client();
});
afterAll(async () => {
  await ours?.close();
  await theirs?.close();
  await application?.close();
  await dir[Symbol.asyncDispose]();
});

async function client(): Promise<Client> {
  const { log, sessions } = application;
  const server = createServer({
    version: "0",
    tools: [execRun(application), rootsSet(application)],
    log,
    principal: LOCAL_PRINCIPAL,
    onRootsChanged: (callerId) => sessions.clientRootsChanged(callerId),
    onClose: (callerId) => sessions.closeCaller(callerId),
  });
  const [near, far] = InMemoryTransport.createLinkedPair();
  await server.connect(far);
  const made = new Client({ name: "two", version: "1" });
  await made.connect(near);
  return made;
}

async function setRoots(by: Client, args: Record<string, unknown>): Promise<RootsResult> {
  return (await by.callTool({ name: "rlm_roots_set", arguments: args })).structuredContent as RootsResult;
}

async function runRefused(by: Client, args: Record<string, unknown>): Promise<RefusalResult | null> {
  return ((await by.callTool({ name: "rlm_exec_run", arguments: args })).structuredContent as ExecResult).refusal;
}

/** Returns the refusal without the id that the call named. */
function withoutId(refusal: RefusalResult | null, id: string): unknown {
  return JSON.parse(JSON.stringify(refusal).replaceAll(id, "ID"));
}

const UNKNOWN = "s_0123456789012345678901";

describe("two connections", () => {
  it("have sessions of their own, and narrowing one leaves the other", async () => {
    const narrowed = await setRoots(ours, { roots: [dir.at("inner")] });
    const other = await setRoots(theirs, { roots: [dir.path] });
    expect(narrowed.session_id).not.toBe(other.session_id);
    expect(await setRoots(ours, { roots: ["outside"] })).toMatchObject({
      session_id: narrowed.session_id,
      roots: [dir.at("inner")],
    });
  });

  it("get the same answer for the other's session as for an unknown one, from every tool", async () => {
    const { session_id: id } = await setRoots(theirs, { roots: [] });
    for (const refused of [
      async (session_id: string) => runRefused(ours, { code: "1", session_id }),
      async (session_id: string) => (await setRoots(ours, { roots: [dir.path], session_id })).refusal,
    ]) {
      const foreign = await refused(id ?? "");
      expect(foreign).toMatchObject({ reason: "session-unknown", resource: id });
      expect(withoutId(foreign, id ?? "")).toEqual(withoutId(await refused(UNKNOWN), UNKNOWN));
    }
    // The other session has not changed.
    expect(await setRoots(theirs, { roots: ["outside"], session_id: id })).toMatchObject({
      session_id: id,
      roots: [],
      refusal: { reason: "root-denied" },
    });
  });

  it("take their sessions with them when they close", async () => {
    const leaving = await client();
    const { session_id: id } = await setRoots(leaving, { roots: [] });
    const before = application.sessions.size;
    await leaving.close();
    expect(application.sessions.size).toBe(before - 1);
    expect(await runRefused(ours, { code: "1", session_id: id })).toMatchObject({ reason: "session-unknown" });
  });
});
