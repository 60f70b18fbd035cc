/** The object graph, built once for a command from its settings. */

import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Config, childEnvironment, readHostEnvironment } from "./config.js";
import { createLog, type Log } from "./log.js";
import { type Analyser, createAnalyser } from "./policy/analyser.js";
import { STRICT } from "./policy/strict.js";
import { VerdictSigner } from "./policy/verdict.js";
import { GuestPools } from "./run/guest-pools.js";
import { CodeRunner } from "./run/run-code.js";
import { chooseEngine, type EngineChoice, type EngineSurroundings } from "./sandbox/choose-engine.js";
import { operatorCeiling } from "./session/ceiling.js";
import { SessionStore } from "./session/session-store.js";

/** The directory that holds package.json, whether this file is the source or built. */
export const PACKAGE_ROOT: string = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const DIST = path.join(PACKAGE_ROOT, "dist");
export const GUEST_DIRECTORY: string = path.join(DIST, "guest");
export const EMBEDDED_DIRECTORY: string = path.join(DIST, "embedded");

/** Calls that may wait for a guest. */
const MAX_WAITING = 64;

/** What a start-up does first is answer; the parsers take 60 ms of the same processor. */
const HELLO_MS = 20;

/** A session that is not used is forgotten after this long. */
const SESSION_IDLE_MS = 30 * 60_000;

export const VERSION: string = (JSON.parse(readFileSync(path.join(PACKAGE_ROOT, "package.json"), "utf8")) as { version: string }).version;

export interface Application {
  readonly config: Config;
  readonly log: Log;
  readonly sessions: SessionStore;
  readonly runner: CodeRunner;
  readonly pools: GuestPools;
  /** Which engine was chosen; rejects with a SetupError if the settings ask for what is not there. */
  readonly choice: Promise<EngineChoice>;
  /** Destroys every sandbox. May be called twice. */
  close(): Promise<void>;
}

export function surroundings(log: Log): EngineSurroundings {
  return {
    host: readHostEnvironment(),
    guestDirectory: GUEST_DIRECTORY,
    embeddedDirectory: EMBEDDED_DIRECTORY,
    childEnvironment: childEnvironment(),
    onComplaint: (text) => log.warn({ text }, "the embedded engine's process says"),
  };
}

/**
 * @param options.warm Languages whose guests are started at once; others are when they are first used.
 * @throws {SetupError} If a root that the operator gave cannot be one.
 */
export async function createApplication(
  config: Config,
  options: { readonly warm: boolean; readonly choice?: Promise<EngineChoice> } = { warm: true },
): Promise<Application> {
  const log = createLog(config.logLevel);
  const choice = options.choice ?? chooseEngine(config, surroundings(log));
  const pools = new GuestPools(choice, {
    warm: options.warm ? config.poolWarm : 0,
    max: config.poolMax,
    idleMs: config.poolIdleSeconds * 1_000,
    maxWaiting: MAX_WAITING,
  });
  if (options.warm) void pools.warm("python").catch(() => undefined);
  const { home } = readHostEnvironment();
  const ceiling = await operatorCeiling({ allowedRoots: config.allowedRoots, cwd: process.cwd(), home });
  const analyser = loadAnalyser();
  // Whoever needs it is told.
  analyser.catch(() => undefined);
  const sessions = new SessionStore({ ceiling, idleMs: SESSION_IDLE_MS, now: () => performance.now() });
  const runner = new CodeRunner({ pools, analyser, signer: new VerdictSigner(), sessions, policies: [STRICT], log });
  return { config, log, sessions, runner, pools, choice, close: () => pools.close() };
}

/** Loads the parsers while the client says hello. */
async function loadAnalyser(): Promise<Analyser> {
  await new Promise((resolve) => setTimeout(resolve, HELLO_MS));
  const analyser = await createAnalyser();
  // The first analysis of a process compiles the parser; no caller should wait for that.
  analyser.analyse("import math\nprint([f'{n}' for n in range(3)], math.pi)", "python", STRICT);
  return analyser;
}
