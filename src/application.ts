/** Builds the object graph of a command from its settings. */

import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { childEnvironment, readHostEnvironment } from "./config.js";
import { quote, SetupError } from "./errors.js";
import { createLog, type Log } from "./log.js";
import { type Config, execLimitsOf } from "./settings.js";
import { RestrictedNames } from "./paths/restricted.js";
import type { Analyser } from "./analysis/analyser.js";
import { parsePolicyFile } from "./policy/custom.js";
import { PolicyError } from "./policy/custom-schema.js";
import { judge } from "./policy/judge.js";
import type { Policy } from "./policy/policy.js";
import { PolicySet } from "./policy/policy-set.js";
import { PRESETS, STRICT } from "./policy/presets.js";
import { VerdictSigner } from "./policy/verdict.js";
import { GuestPools } from "./run/guest-pools.js";
import { Interpreters } from "./run/interpreters.js";
import { CodeRunner } from "./run/run-code.js";
import { chooseEngine, type EngineChoice, type EngineSurroundings } from "./sandbox/choose-engine.js";
import { type OperatorRoots, resolveOperatorRoots } from "./session/operator-roots.js";
import { SessionStore } from "./session/session-store.js";

/** The directory of package.json, for the source and for the built file. */
export const PACKAGE_ROOT: string = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const DIST = path.join(PACKAGE_ROOT, "dist");
/** The files that the Docker image is made from. */
export const GUEST_DIRECTORY: string = path.join(DIST, "guest");
/** The files of the embedded engine. */
export const EMBEDDED_DIRECTORY: string = path.join(DIST, "embedded");

/** Most calls that wait for a guest. */
const MAX_WAITING = 64;

/** Time for the first answer to the client, before the parsers take 60 ms of the same processor. */
const HELLO_MS = 20;

/** The package's version. */
export const VERSION: string = (
  JSON.parse(readFileSync(path.join(PACKAGE_ROOT, "package.json"), "utf8")) as { version: string }
).version;

/** The parts of a running product. */
export interface Application {
  readonly config: Config;
  readonly log: Log;
  readonly sessions: SessionStore;
  readonly interpreters: Interpreters;
  readonly runner: CodeRunner;
  readonly pools: GuestPools;
  /** The chosen engine. Rejects with a SetupError if the engine of the settings is not there. */
  readonly choice: Promise<EngineChoice>;
  /** Ends every session and destroys every sandbox. May be called twice. */
  close(): Promise<void>;
}

/** Gathers the facts about this machine and this package that the choice of an engine needs. */
export function gatherSurroundings(log: Log): EngineSurroundings {
  return {
    host: readHostEnvironment(),
    guestDirectory: GUEST_DIRECTORY,
    embeddedDirectory: EMBEDDED_DIRECTORY,
    childEnvironment: childEnvironment(),
    onStderr: (text) => log.warn({ text }, "the embedded engine's process says"),
  };
}

/**
 * Builds the parts from the settings.
 *
 * @param options.warm True to start guests for Python at once. Other guests start when they are first used.
 * @throws {SetupError} If a root or a policy of the operator cannot be used.
 */
export async function createApplication(
  config: Config,
  options: { readonly warm: boolean; readonly choice?: Promise<EngineChoice> } = { warm: true },
): Promise<Application> {
  const log = createLog(config.logLevel);
  const choice = options.choice ?? chooseEngine(config, gatherSurroundings(log));
  const limits = execLimitsOf(config);
  const pools = new GuestPools(choice, limits.memoryMb, {
    warm: options.warm ? config.poolWarm : 0,
    max: config.poolMax,
    idleMs: config.poolIdleSeconds * 1_000,
    maxWaiting: MAX_WAITING,
  });
  if (options.warm) void pools.warm("python").catch(() => undefined);
  const { home } = readHostEnvironment();
  const operatorRoots = await resolveOperatorRoots({ allowedRoots: config.allowedRoots, cwd: process.cwd(), home });
  const policies = await loadPolicies(config);
  const analyser = loadAnalyser();
  // The error reaches the call that needs the analyser.
  analyser.catch(() => undefined);
  const interpreters = new Interpreters(pools, config.sessionIdleSeconds * 1_000);
  const sessions = createSessions(config, operatorRoots, interpreters, log);
  // Nothing is known of an engine that cannot be had. The call that needs it says why.
  const modules = choice.then((one) => one.modules).catch(() => undefined);
  const signer = new VerdictSigner();
  const runner = new CodeRunner({ pools, analyser, signer, policies, interpreters, modules, log, limits });
  const close = async (): Promise<void> => {
    // Session interpreters end with their sessions. The engine waits until all its guests are gone.
    sessions.close();
    await pools.close();
  };
  return { config, log, sessions, interpreters, runner, pools, choice, close };
}

function createSessions(
  config: Config,
  operatorRoots: OperatorRoots,
  interpreters: Interpreters,
  log: Log,
): SessionStore {
  return new SessionStore({
    operatorRoots,
    idleMs: config.sessionIdleSeconds * 1_000,
    budget: {
      calls: config.sessionMaxCalls,
      runMs: config.sessionMaxRunSeconds * 1_000,
      outputBytes: config.sessionMaxOutputBytes,
    },
    ratePerMinute: config.rateLimitPerMinute,
    restricted: new RestrictedNames(config.restrictedNames),
    log,
    now: () => performance.now(),
    onClosed: (sessionId) => interpreters.closeSession(sessionId),
  });
}

/**
 * Returns the presets and the operator's own policies.
 *
 * @throws {SetupError} If the file cannot be read, a policy in it is wrong, or a setting names a missing policy.
 */
export async function loadPolicies(config: Config): Promise<PolicySet> {
  const own = config.policyFile === "" ? [] : await readPolicies(config.policyFile);
  const { policyAllowed, policyAsk, sessionReplBuiltins } = config;
  const options = { repl: sessionReplBuiltins, ask: policyAsk };
  return new PolicySet([...PRESETS, ...own], config.policy, policyAllowed, options);
}

async function readPolicies(file: string): Promise<Policy[]> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new SetupError(`Cannot read RLM_POLICY_FILE=${quote(file)}: it must be a readable file`, { cause });
  });
  try {
    return parsePolicyFile(text, PRESETS);
  } catch (cause) {
    if (!(cause instanceof PolicyError)) throw cause;
    throw new SetupError([`Cannot use RLM_POLICY_FILE=${quote(file)}:`, ...cause.problems].join("\n  "), { cause });
  }
}

/** Loads the parsers after the first answer to the client. */
async function loadAnalyser(): Promise<Analyser> {
  await new Promise((resolve) => setTimeout(resolve, HELLO_MS));
  const { createAnalyser } = await import("./analysis/analyser.js");
  const analyser = await createAnalyser();
  // The first analysis compiles the parser, so that no call waits for that.
  judge(analyser.inspect("import math\nprint([f'{n}' for n in range(3)], math.pi)", "python"), STRICT);
  return analyser;
}
