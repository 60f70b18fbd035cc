/**
 * Decides which engine runs programs, and says why. `auto` takes the strongest one that works here; a mode that was
 * asked for and cannot be had stops the start with a sentence that says what to do.
 */

import type { Config, HostEnvironment } from "../config.js";
import { SetupError, quote } from "../errors.js";
import { findEngine } from "./docker/connection.js";
import { chooseRuntime } from "./docker/docker-engine.js";
import { guestDigest, inspectImage } from "./docker/image.js";
import { REAP_AFTER_SECONDS, reap } from "./docker/reaper.js";
import type { Engine, Isolation } from "./engine.js";
import { LocalEngine } from "./local/local-engine.js";
import { inTime } from "./time-limit.js";
import { WasmEngine } from "./wasm/wasm-engine.js";

const DOCKER_ANSWER_MS = 3_000;

/**
 * An engine that pings and then hangs is no engine: the whole choice may take this long, a probe of gVisor that fails
 * and one of runc included.
 */
const CHOICE_MS = 30_000;

const REAP_AGAIN_MS = 1_000 * (REAP_AFTER_SECONDS + 15);

export interface EngineSurroundings {
  readonly host: HostEnvironment;
  /** Where the package's built files lie. */
  readonly guestDirectory: string;
  readonly embeddedDirectory: string;
  /** What a child process of ours may see of the environment. */
  readonly childEnvironment: NodeJS.ProcessEnv;
  readonly onComplaint: (text: string) => void;
}

export interface EngineChoice {
  readonly engine: Engine;
  /** The isolation that programs get, the image aside. */
  readonly level: Isolation["level"];
  readonly runtime: string;
  /** Why this engine, for people. */
  readonly why: string;
  /** What a stronger choice would need; empty when there is none. */
  readonly warnings: readonly string[];
}

/** @throws {SetupError} If the settings ask for what is not there. */
export async function chooseEngine(config: Config, surroundings: EngineSurroundings): Promise<EngineChoice> {
  if (config.executionMode === "wasm") return embedded(surroundings, "RLM_EXECUTION_MODE is wasm", []);
  if (config.executionMode === "local") return local(surroundings);
  try {
    return await inTime(
      docker(config, surroundings),
      CHOICE_MS,
      () => new SetupError("Cannot use Docker: the engine hangs; start it anew"),
    );
  } catch (error) {
    if (config.executionMode === "docker" || config.requireGvisor) throw error;
    const why = error instanceof SetupError ? error.message : "the Docker engine did not work";
    return embedded(surroundings, "Docker cannot be used", [why]);
  }
}

/** @throws {SetupError} If there is no engine, no image, or no such runtime. */
async function docker(config: Config, surroundings: EngineSurroundings): Promise<EngineChoice> {
  const connection = await findEngine(surroundings.host);
  if (connection === null)
    throw new SetupError("Cannot use Docker: no engine was found; install Docker and start it, or set DOCKER_HOST");
  const { docker: client, foundBy } = connection;
  if (!(await answers(client)))
    throw new SetupError(
      `Cannot use Docker: the engine found by ${foundBy} does not answer; start it, and see that this user may use it`,
    );
  const image = await inspectImage(client, config.dockerImage);
  if (image === null)
    throw new SetupError(
      `Cannot use Docker: the engine has no image ${quote(config.dockerImage)}; make it with "rlm-mcp image build"`,
    );
  const digest = await guestDigest(surroundings.guestDirectory);
  if (image.guestDigest !== digest) {
    throw new SetupError(
      `Cannot use Docker: the image ${quote(config.dockerImage)} was made by another version; make it again with "rlm-mcp image build"`,
    );
  }
  void reap(client);
  // And once more: what a server left that died a moment ago is too young now.
  setTimeout(() => void reap(client), REAP_AGAIN_MS).unref();
  const { engine, warning } = await chooseRuntime({ docker: client, config, imageId: image.id, guestDigest: digest });
  return {
    engine,
    level: engine.isolation.level,
    runtime: engine.runtime,
    why: `Docker answers (${foundBy}) and has the image ${config.dockerImage}`,
    warnings: warning === null ? [] : [warning],
  };
}

function answers(client: { ping: () => Promise<unknown> }): Promise<boolean> {
  return inTime(client.ping(), DOCKER_ANSWER_MS, () => new Error("No answer")).then(
    () => true,
    () => false,
  );
}

function embedded(surroundings: EngineSurroundings, why: string, warnings: readonly string[]): EngineChoice {
  const { embeddedDirectory, guestDirectory, childEnvironment, onComplaint } = surroundings;
  const engine = new WasmEngine({
    embeddedDirectory,
    preludeFile: `${guestDirectory}/javascript/prelude.js`,
    environment: childEnvironment,
    onComplaint,
  });
  return { engine, level: "wasm", runtime: "wasm", why, warnings };
}

function local(surroundings: EngineSurroundings): EngineChoice {
  const engine = new LocalEngine({
    guestDirectory: surroundings.guestDirectory,
    environment: surroundings.childEnvironment,
  });
  return {
    engine,
    level: "none",
    runtime: "process",
    why: "RLM_EXECUTION_MODE is local",
    warnings: [
      "Programs run as your own user with NO isolation: they can read and change your files and use the network",
    ],
  };
}
