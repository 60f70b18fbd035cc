/** The real client of the SDK, connected over stdio to the built server. */

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { RequestOptions } from "@modelcontextprotocol/sdk/shared/protocol.js";
import type { CallToolResult, ClientCapabilities } from "@modelcontextprotocol/sdk/types.js";
import { builtCommand, environment, type Surroundings, UNLIMITED } from "./command.js";
import { tempDir } from "./temp-dir.js";

export interface RefusalResult {
  readonly reason: string;
  readonly stage: string;
  readonly message: string;
  readonly rule: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly snippet: string | null;
  readonly suggestion: string | null;
  readonly resource: string | null;
  readonly alternatives: readonly string[];
  readonly passes_under: readonly { readonly policy: string; readonly allowed: boolean }[];
  readonly retryable: boolean;
}

interface FaultResult {
  readonly id: string;
  readonly message: string;
}

interface ProvidedResult {
  readonly path: string;
  readonly sha256: string;
  readonly sandbox_path: string | null;
}

export interface ExecResult {
  readonly status: string;
  readonly run_id: string;
  readonly session_id: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly result: string | null;
  readonly exit_code: number | null;
  readonly error: {
    readonly type: string;
    readonly message: string;
    readonly line: number | null;
    readonly column: number | null;
    readonly traceback: string;
  } | null;
  readonly refusal: RefusalResult | null;
  readonly fault: FaultResult | null;
  readonly policy: {
    readonly name: string;
    readonly verdict: string;
    readonly violations: readonly { readonly rule: string; readonly line: number }[];
  } | null;
  readonly isolation: {
    readonly engine: string;
    readonly runtime: string;
    readonly level: string;
    readonly network: string;
  } | null;
  readonly interpreter: {
    readonly mode: string;
    readonly is_new: boolean;
    readonly is_kept: boolean;
    readonly note: string | null;
  } | null;
  readonly notes: readonly string[];
  readonly limits: { readonly timeout_ms: number; readonly memory_limit_mb: number } | null;
  readonly timings: {
    readonly queue_ms: number;
    readonly boot_ms: number;
    readonly run_ms: number;
    readonly total_ms: number;
  };
  readonly provenance: {
    readonly code_sha256: string;
    readonly inputs_sha256: string;
    readonly stdin_sha256: string | null;
    readonly files: readonly ProvidedResult[];
    readonly left_out: readonly string[];
  } | null;
}

export interface RootsResult {
  readonly session_id: string | null;
  readonly roots: readonly string[];
  readonly ceiling: readonly string[];
  readonly refusal: RefusalResult | null;
}

interface BudgetResult {
  readonly limit: number | null;
  readonly used: number;
  readonly left: number | null;
}

export interface SessionResult {
  readonly session_id: string | null;
  readonly roots: readonly string[];
  readonly ceiling: readonly string[];
  readonly budgets: {
    readonly calls: BudgetResult;
    readonly run_seconds: BudgetResult;
    readonly output_bytes: BudgetResult;
  };
  readonly rate: {
    readonly per_minute: number | null;
    readonly left: number | null;
    readonly resets_in_seconds: number;
  };
  readonly idle_seconds: number;
  readonly interpreters: readonly unknown[];
}

export interface CheckResult {
  readonly verdict: "allow" | "deny" | null;
  readonly verdict_id: string | null;
  readonly policy: {
    readonly name: string;
    readonly hash: string;
    readonly severity_threshold: string;
    readonly runnable: boolean;
  } | null;
  readonly max_severity: string | null;
  readonly violations: readonly {
    readonly rule: string;
    readonly category: string;
    readonly severity: string;
    readonly denies: boolean;
    readonly line: number;
    readonly column: number;
    readonly snippet: string;
    readonly suggestion: string;
  }[];
  readonly notes: readonly string[];
  readonly refusal: RefusalResult | null;
}

type Args = Readonly<Record<string, unknown>>;

export class Connection implements AsyncDisposable {
  readonly client: Client;
  /** Of the server's process. */
  readonly pid: number;
  readonly #stderr: string[] = [];
  readonly #dispose: () => Promise<void>;

  constructor(client: Client, transport: StdioClientTransport, dispose: () => Promise<void>) {
    this.client = client;
    this.pid = transport.pid ?? -1;
    this.#dispose = dispose;
    transport.stderr?.on("data", (chunk: Buffer) => this.#stderr.push(chunk.toString("utf8")));
  }

  /** What the server has said on stderr so far. */
  get stderr(): string {
    return this.#stderr.join("");
  }

  async call(name: string, args: Args, options?: RequestOptions): Promise<CallToolResult> {
    return (await this.client.callTool({ name, arguments: args }, undefined, options)) as CallToolResult;
  }

  /** Returns the structured content of rlm_exec_run. */
  async exec(args: Args, options?: RequestOptions): Promise<ExecResult> {
    return (await this.call("rlm_exec_run", args, options)).structuredContent as unknown as ExecResult;
  }

  /** Returns the refusal of rlm_exec_run; fails if there was none. */
  async refused(args: Args): Promise<RefusalResult> {
    const { status, refusal } = await this.exec(args);
    if (status !== "refused" || refusal === null) throw new Error(`Expected a refusal, got ${status}`);
    return refusal;
  }

  async check(args: Args): Promise<CheckResult> {
    return (await this.call("rlm_policy_check", args)).structuredContent as unknown as CheckResult;
  }

  /** Returns what `rlm://session` says. */
  async session(): Promise<SessionResult> {
    const { contents } = await this.client.readResource({ uri: "rlm://session" });
    return JSON.parse((contents[0] as { text: string }).text) as SessionResult;
  }

  async setRoots(args: Args): Promise<RootsResult> {
    return (await this.call("rlm_roots_set", args)).structuredContent as unknown as RootsResult;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#dispose();
  }
}

export interface ClientSide {
  readonly capabilities?: ClientCapabilities;
  /** Sets what the client answers to the server, before it connects. */
  readonly prepare?: (client: Client) => void;
}

/**
 * Starts a server and connects: `await using connection = await connect()`. The engine is the embedded one and sessions
 * have no limits, unless `env` says otherwise.
 */
export async function connect({
  env,
  args = [],
  cwd,
  capabilities = {},
  prepare,
}: Surroundings & ClientSide = {}): Promise<Connection> {
  const home = await tempDir();
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [builtCommand(), ...args],
    env: environment(home.path, { RLM_EXECUTION_MODE: "wasm", ...UNLIMITED, ...env }),
    cwd: cwd ?? home.path,
    stderr: "pipe",
  });
  const client = new Client({ name: "rlm-tests", version: "1.0.0" }, { capabilities });
  prepare?.(client);
  await client.connect(transport);
  return new Connection(client, transport, async () => {
    await client.close();
    await home[Symbol.asyncDispose]();
  });
}
