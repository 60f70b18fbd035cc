/**
 * Finds which engines are here, and runs programs on each of them.
 *
 * An engine that is not here has its tests skipped with the reason, unless TEST_REQUIRE_ENGINES names it: then its
 * absence fails. RLM_DOCKER_IMAGE names another image than the default.
 */

import { execFileSync } from "node:child_process";
import { afterAll, describe, inject, it } from "vitest";
import type { Application } from "../../src/application.js";
import type { Outcome } from "../../src/outcome.js";
import type { RunReport } from "../../src/run/run-report.js";
import type { Engine, GuestFile, Job, Json, Sandbox, GuestPolicy } from "../../src/sandbox/engine.js";
import { embeddedEngine } from "./embedded-engine.js";
import { CONFIG, docker, findContainers, type Found } from "./containers.js";
import { allBuiltins } from "./guest-policies.js";
import { runInSession } from "./run-in-session.js";
import { describeUnless } from "./skips.js";
import * as product from "./built-modules.js";
import type { ProgramInspection } from "../../src/analysis/analyser.js";
import type { ProgramLanguage, RunnableLanguage } from "../../src/language.js";

export { CONFIG, docker };

export type EngineName = "wasm" | "local" | "runc" | "runsc";
export const ENGINES: readonly EngineName[] = ["wasm", "local", "runc", "runsc"];

/** What `rlm-mcp image build --target data-science` makes. TEST_DATA_SCIENCE_IMAGE names another one. */
const DATA_SCIENCE_IMAGE = process.env["TEST_DATA_SCIENCE_IMAGE"] ?? "rlm-mcp-runner:data-science";

export const NO_FENCE: GuestPolicy = allBuiltins();

export interface Program {
  readonly code: string;
  readonly language?: RunnableLanguage;
  /** `strict` unless told otherwise; `open` takes the fence away, so that the boundary alone is left. */
  readonly fence?: "strict" | "open" | GuestPolicy;
  readonly timeoutMs?: number;
  readonly memoryMb?: number;
  readonly inputs?: { readonly [name: string]: Json };
  readonly files?: readonly GuestFile[];
  readonly stdin?: string;
  /** True if the next job finds what this one declares. */
  readonly keep?: boolean;
  readonly signal?: AbortSignal;
}

/** An outcome, and how long the call took as seen from outside. */
export type Ran = Outcome & { readonly elapsedMs: number };

export interface EngineUnderTest {
  readonly name: EngineName;
  /** Programs run as processes of a Linux or macOS kernel, not in WebAssembly. */
  readonly hasProcesses: boolean;
  readonly isContainer: boolean;
  /** The engine itself; made when it is first asked for, closed when the file's tests are over. */
  engine(): Promise<Engine>;
  /** Opens one guest, gives it one job, and destroys it. */
  run(program: Program): Promise<Ran>;
  /** Opens a guest; the caller closes it. */
  open(language?: RunnableLanguage, memoryMb?: number): Promise<Sandbox>;
  /** The job that `run` would give. */
  job(program: Program): Job;
}

const analyser = await product.analyser.createAnalyser();
const STRICT_FENCE: GuestPolicy = product.guestPolicy.deriveGuestPolicy(
  product.presets.STRICT,
  new product.policySet.PolicySet([product.presets.STRICT], "strict"),
);
const found: Readonly<Record<EngineName, Found>> = await findEngines();

function isRequired(name: EngineName | "data-science"): boolean {
  return (process.env["TEST_REQUIRE_ENGINES"] ?? "").split(",").some((one) => one.trim() === name);
}

/** Registers the tests of `body` once for each engine in `names`, under `"<title> on <engine>"`. */
export function forEachEngine(
  title: string,
  body: (engine: EngineUnderTest) => void,
  names: readonly EngineName[] = ENGINES,
): void {
  for (const name of names) {
    const { absent } = found[name];
    if (absent === null) describe(`${title} on ${name}`, () => body(underTest(name)));
    else if (isRequired(name)) mustBeHere(name, absent);
    else describeUnless(`no ${name} engine: ${absent}`, `${title} on ${name}`, () => body(underTest(name)));
  }
}

/** What a server's environment has to say for it to take this very engine. */
export function serverEnvironment(name: EngineName): Record<string, string> {
  if (name === "wasm") return { RLM_EXECUTION_MODE: "wasm" };
  if (name === "local") return { RLM_EXECUTION_MODE: "local", RLM_DANGEROUSLY_ALLOW_LOCAL: "true" };
  const docker = Object.entries(process.env).filter(
    ([key, value]) => key.startsWith("DOCKER_") && value !== undefined,
  ) as [string, string][];
  return {
    RLM_EXECUTION_MODE: "docker",
    RLM_DOCKER_RUNTIME: name,
    RLM_DOCKER_IMAGE: CONFIG.dockerImage,
    ...Object.fromEntries(docker),
  };
}

/** Registers tests that need a Docker engine with the image, whatever its runtime. */
export function describeDocker(title: string, body: () => void): void {
  const { absent } = found.runc;
  if (absent === null) describe(title, body);
  else if (isRequired("runc")) mustBeHere("runc", absent);
  else describeUnless(`no runc engine: ${absent}`, title, body);
}

/** Registers the tests of `body` for each Docker runtime, on guests from the image `rlm-mcp-runner:data-science`. */
export async function forEachDataScience(title: string, body: (engine: EngineUnderTest) => void): Promise<void> {
  const here = await findContainers(DATA_SCIENCE_IMAGE, inject("gvisor"));
  for (const name of ["runc", "runsc"] as const) {
    const { absent } = here[name];
    if (absent === null) describe(`${title} on ${name}`, () => body(underTest(name, here[name])));
    else if (isRequired("data-science") && isRequired(name)) mustBeHere(`${name} with the data-science image`, absent);
    else describeUnless(absent, `${title} on ${name}`, () => body(underTest(name, here[name])));
  }
}

const missed = new Set<string>();

function mustBeHere(name: string, absent: string): void {
  if (missed.has(name)) return;
  missed.add(name);
  it(`the engine ${name} is here, as TEST_REQUIRE_ENGINES asks`, () => {
    throw new Error(`The engine ${name} is required and is not here: ${absent}`);
  });
}

/** A program for all layers of the product, some of which know more languages than the engines. */
type FencedProgram = Omit<Program, "language"> & { readonly language?: ProgramLanguage };

/** One run through all of the product's layers, under the operator's policy. */
export interface FencedRunner extends AsyncDisposable {
  run(program: FencedProgram): Promise<RunReport>;
}

/** Builds the product around an engine of its own, as `serve` does; whoever asked closes it. */
export async function applicationOn(
  name: EngineName,
  policy = CONFIG.policy,
  allowedRoots: readonly string[] = [],
): Promise<Application> {
  const engine = await found[name].make();
  const level = ({ wasm: "wasm", local: "none", runc: "container", runsc: "gvisor" } as const)[name];
  const choice = Promise.resolve({ engine, level, runtime: name, why: "", warnings: [] });
  return product.application.createApplication(
    { ...CONFIG, policy, allowedRoots, logLevel: "silent" },
    { warm: false, choice },
  );
}

/** All of the product's layers, for programs under the strict policy unless told otherwise. */
export async function fencedRunner(name: EngineName, policy?: string): Promise<FencedRunner> {
  const app = await applicationOn(name, policy);
  return {
    run: ({ code, language = "python", timeoutMs = 3_000, memoryMb = 256, inputs = {}, stdin, signal, keep }) =>
      runInSession(
        app,
        { code, language, timeoutMs, memoryMb, inputs, stdin, interpreter: keep === true ? "session" : "fresh" },
        signal === undefined ? {} : { signal },
      ),
    [Symbol.asyncDispose]: () => app.close(),
  };
}

/** Reads a program as the product does before it judges it. */
export const inspect = (code: string, language: RunnableLanguage): ProgramInspection =>
  analyser.inspect(code, language);

/** Returns the job that the product would make of a program. */
export function jobOf(program: Program): Job {
  const { code, language = "python" } = program;
  const javascript = language === "javascript" ? inspect(code, language).javascript : undefined;
  return {
    code,
    timeoutMs: program.timeoutMs ?? 3_000,
    memoryMb: program.memoryMb ?? 256,
    inputs: program.inputs ?? {},
    files: program.files ?? [],
    ...(program.stdin === undefined ? {} : { stdin: Buffer.from(program.stdin) }),
    guestPolicy: typeof program.fence === "object" ? program.fence : program.fence === "open" ? NO_FENCE : STRICT_FENCE,
    ...(javascript === undefined
      ? {}
      : { javascript: product.keepDeclarations.describeJavaScript(javascript, { isKept: program.keep === true }) }),
  };
}

/** Runs one program on a guest that is open, and destroys the guest. */
export async function runIn(sandbox: Sandbox, program: Program): Promise<Ran> {
  try {
    return await timed(sandbox, program);
  } finally {
    await sandbox.close();
  }
}

async function timed(sandbox: Sandbox, program: Program): Promise<Ran> {
  const started = performance.now();
  const outcome = await sandbox.run(jobOf(program), program.signal ?? new AbortController().signal);
  return { ...outcome, elapsedMs: performance.now() - started };
}

function underTest(name: EngineName, { make } = found[name]): EngineUnderTest {
  const isContainer = name === "runc" || name === "runsc";
  let made: Promise<Engine> | null = null;
  let closing: Promise<void> | null = null;
  const engine = (): Promise<Engine> => (made ??= make());
  afterAll(async () => {
    await closing;
    await (await made)?.close();
  });
  const open = async (language: RunnableLanguage = "python", memoryMb = 256): Promise<Sandbox> =>
    (await engine()).open({ language, memoryMb }, new AbortController().signal);
  return {
    name,
    hasProcesses: name !== "wasm",
    isContainer,
    engine,
    open,
    job: jobOf,
    run: async (program) => {
      const sandbox = await open(program.language, program.memoryMb);
      if (!isContainer) return runIn(sandbox, program);
      try {
        return await timed(sandbox, program);
      } finally {
        // The next guest starts while this one is removed, as in the product. At most one removal is under way.
        await closing;
        closing = sandbox.close();
      }
    },
  };
}

async function findEngines(): Promise<Record<EngineName, Found>> {
  const childEnvironment = product.config.childEnvironment();
  return {
    wasm: {
      absent: null,
      make: async () => embeddedEngine(),
    },
    local: {
      absent: whyNotLocal(),
      make: async () =>
        new product.localEngine.LocalEngine({
          guestDirectory: product.application.GUEST_DIRECTORY,
          environment: childEnvironment,
        }),
    },
    ...(await findContainers(CONFIG.dockerImage, inject("gvisor"))),
  };
}

function whyNotLocal(): string | null {
  if (process.platform === "win32") return "not on Windows";
  try {
    const version = execFileSync("python3", ["-c", "import sys; print(sys.version_info >= (3, 11))"], {
      encoding: "utf8",
    });
    return version.trim() === "True" ? null : "python3 is older than 3.11";
  } catch {
    return "there is no python3";
  }
}
