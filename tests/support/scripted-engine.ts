/** An engine whose guests do what a test says, and a server's parts around it: no interpreter runs. */

import { type Analyser, createAnalyser } from "../../src/analysis/analyser.js";
import type { Outcome } from "../../src/outcome.js";
import { RestrictedNames } from "../../src/paths/restricted.js";
import type { Policy } from "../../src/policy/policy.js";
import { PolicySet } from "../../src/policy/policy-set.js";
import { PRESETS } from "../../src/policy/presets.js";
import { VerdictSigner } from "../../src/policy/verdict.js";
import { GuestPools } from "../../src/run/guest-pools.js";
import { Interpreters } from "../../src/run/interpreters.js";
import { CodeRunner } from "../../src/run/run-code.js";
import type { RunReport } from "../../src/run/run-report.js";
import type { RunContext, RunRequest } from "../../src/run/run-request.js";
import type { EngineModules, Engine, Isolation, Job, Sandbox, SandboxSpec } from "../../src/sandbox/engine.js";
import { EXEC_LIMITS } from "../../src/limits.js";
import type { PoolOptions } from "../../src/sandbox/pool.js";
import type { BudgetLimits } from "../../src/session/budget.js";
import { SessionStore } from "../../src/session/session-store.js";
import { rememberingLog, scriptedCaller } from "./scripted-caller.js";

const ISOLATION: Isolation = { engine: "wasm", runtime: "cpython-wasi", level: "wasm", network: "none", image: null };

/** A program that ended by itself and printed nothing. */
export const ENDED: Outcome = {
  ending: "ok",
  stdout: { text: "", truncated: null },
  stderr: { text: "", truncated: null },
  result: null,
  exitCode: 0,
  signal: null,
  error: null,
  usage: { cpuMs: null, peakMemoryBytes: null },
  runMs: 5,
};

/** A guest. A kept one is ready again after a job that ended by itself. */
export class ScriptedSandbox implements Sandbox {
  readonly isolation: Isolation = ISOLATION;
  readonly workspace = "/workspace";
  readonly jobs: Job[] = [];
  isReady = true;
  closes = 0;
  readonly #script: ScriptedEngine;

  constructor(script: ScriptedEngine) {
    this.#script = script;
  }

  async run(job: Job, signal: AbortSignal): Promise<Outcome> {
    this.jobs.push(job);
    this.isReady = false;
    const outcome = await this.#script.answer(job, signal);
    this.isReady = job.keep === true && this.closes === 0 && ["ok", "error"].includes(outcome.ending);
    return outcome;
  }

  async close(): Promise<void> {
    this.isReady = false;
    this.closes++;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** See the comment of this file. */
export class ScriptedEngine implements Engine {
  readonly name = "wasm";
  readonly guests: ScriptedSandbox[] = [];
  readonly specs: SandboxSpec[] = [];
  closes = 0;
  /** What the next programs do. */
  answer: (job: Job, signal: AbortSignal) => Promise<Outcome> = async () => ENDED;
  /** What a start waits for. It may reject. */
  starting: () => Promise<void> = async () => undefined;

  async open(spec: SandboxSpec): Promise<Sandbox> {
    this.specs.push(spec);
    await this.starting();
    const guest = new ScriptedSandbox(this);
    this.guests.push(guest);
    return guest;
  }

  async close(): Promise<void> {
    this.closes++;
  }

  /** All jobs so far. */
  get jobs(): Job[] {
    return this.guests.flatMap(({ jobs }) => jobs);
  }
}

interface Settings {
  readonly roots?: readonly string[];
  readonly policies?: readonly Policy[];
  readonly fallback?: string;
  readonly repl?: boolean;
  /** Names of the policies that a caller may choose, and of those that the person may be asked for. */
  readonly allowed?: readonly string[];
  readonly ask?: readonly string[];
  /** Absent: nothing is known of the engine. */
  readonly modules?: EngineModules;
  readonly budget?: Partial<BudgetLimits>;
  readonly pool?: Partial<PoolOptions>;
  readonly idleMs?: number;
}

const POOL: PoolOptions = { warm: 0, max: 4, idleMs: 60_000, maxWaiting: 8 };

let analyser: Promise<Analyser> | undefined;

/** The parts of a server that run a program, around a scripted engine. */
export function scriptedServer(settings: Settings = {}) {
  const { roots = [], policies = PRESETS, fallback = "strict", repl = false, idleMs = 60_000 } = settings;
  const engine = new ScriptedEngine();
  const choice = { engine, level: "wasm" as const, runtime: "wasm", why: "a test", warnings: [] };
  const pools = new GuestPools(Promise.resolve(choice), 256, { ...POOL, ...settings.pool });
  const interpreters = new Interpreters(pools, idleMs);
  const { log, lines } = rememberingLog();
  const sessions = new SessionStore({
    operatorRoots: { roots: roots.map((root) => ({ spelled: root, real: root })), isGiven: true },
    idleMs: 60_000,
    budget: { calls: 0, runMs: 0, outputBytes: 0, ...settings.budget },
    restricted: new RestrictedNames(),
    ratePerMinute: 0,
    log,
    now: () => performance.now(),
    onClosed: (id) => interpreters.closeSession(id),
  });
  const signer = new VerdictSigner();
  const set = new PolicySet(policies, fallback, settings.allowed, { repl, ask: settings.ask ?? [] });
  const parts = {
    limits: EXEC_LIMITS,
    policies: set,
    signer,
    pools,
    interpreters,
    log,
    analyser: (analyser ??= createAnalyser()),
    ...(settings.modules === undefined ? {} : { modules: Promise.resolve(settings.modules) }),
  };
  const runner = new CodeRunner(parts);
  const ann = scriptedCaller("ann");

  /** Runs a Python program in ann's own session, unless the request says otherwise. */
  const run = async (
    request: string | (Partial<RunRequest> & Pick<RunRequest, "code">),
    context: Partial<Pick<RunContext, "caller" | "signal" | "onStart" | "onQuestion">> = {},
  ): Promise<RunReport> => {
    const { caller = ann, signal = new AbortController().signal } = context;
    using visit = await sessions.enter(undefined, caller);
    const asked = typeof request === "string" ? { code: request } : request;
    return await runner.run({ ...PLAIN, ...asked }, { visit, caller, signal, ...context });
  };
  const close = async (): Promise<void> => {
    sessions.close();
    await pools.close();
  };
  return { engine, pools, interpreters, sessions, runner, signer, lines, ann, run, [Symbol.asyncDispose]: close };
}

const PLAIN: Omit<RunRequest, "code"> = {
  language: "python",
  timeoutMs: 3_000,
  memoryMb: 256,
  policy: undefined,
  inputs: {},
  files: [],
  verdictId: undefined,
};
