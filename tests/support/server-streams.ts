/** The built server with its bare streams, for what a well-behaved client never does. */

import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { spawnCommand, type Surroundings, UNLIMITED } from "./command.js";
import { isAlive } from "./process-table.js";
import { eventually } from "./wait.js";
import { tempDir, type TempDir } from "./temp-dir.js";

export interface Message {
  readonly id?: number | string | null;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: { readonly structuredContent?: Readonly<Record<string, unknown>>; readonly [key: string]: unknown };
  readonly error?: { readonly code: number; readonly message: string };
}

export class RawServer implements AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams;
  readonly exited: Promise<{ readonly status: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly #home: TempDir;
  #stdout = "";
  #stderr = "";
  #nextId = 1;

  constructor(child: ChildProcessWithoutNullStreams, home: TempDir) {
    this.child = child;
    this.#home = home;
    child.stdout.setEncoding("utf8").on("data", (text: string) => (this.#stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    // The server may be gone before it has read everything.
    child.stdin.on("error", () => undefined);
    // A test that ran out of time never gets to dispose of its server.
    const last = (): void => void child.kill("SIGKILL");
    process.once("exit", last);
    this.exited = once(child, "exit").then(([status, signal]) => {
      process.off("exit", last);
      return { status: status as number | null, signal: signal as NodeJS.Signals | null };
    });
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Every whole line on stdout so far. */
  get lines(): readonly string[] {
    return this.#stdout.split("\n").slice(0, -1);
  }

  get messages(): readonly Message[] {
    return this.lines.map((line) => JSON.parse(line) as Message);
  }

  write(text: string): void {
    this.child.stdin.write(text);
  }

  notify(method: string, params: Readonly<Record<string, unknown>> = {}): void {
    this.write(`${JSON.stringify({ jsonrpc: "2.0", method, params })}\n`);
  }

  /** Sends a request and returns its id. */
  send(method: string, params: Readonly<Record<string, unknown>> = {}): number {
    const id = this.#nextId++;
    this.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    return id;
  }

  /** Sends a request and returns the answer. */
  async request(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<Message> {
    const id = this.send(method, params);
    return eventually(() => this.messages.find((message) => message.id === id), `an answer to ${method}`);
  }

  exec(args: Readonly<Record<string, unknown>>, meta: Readonly<Record<string, unknown>> = {}): Promise<Message> {
    return this.request("tools/call", { name: "rlm_exec_run", arguments: args, ...meta });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (isAlive(this.pid)) this.child.kill("SIGKILL");
    await this.exited;
    await this.#home[Symbol.asyncDispose]();
  }
}

/** Starts a server that is not initialized yet. */
export async function startRaw({ env, args = [] }: Surroundings = {}): Promise<RawServer> {
  const home = await tempDir();
  const child = spawnCommand(home.path, { args, env: { RLM_EXECUTION_MODE: "wasm", ...UNLIMITED, ...env } });
  return new RawServer(child, home);
}

/** Starts a server and shakes hands. */
export async function startServer(surroundings: Surroundings = {}): Promise<RawServer> {
  const server = await startRaw(surroundings);
  await server.request("initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "raw", version: "1" },
  });
  server.notify("notifications/initialized");
  return server;
}
