/**
 * Chooses the engine that runs programs, and tells why. `auto` takes the strongest engine that works here. If the
 * settings require an engine that does not work, the start stops with a sentence that says what to do.
 */

import type { HostEnvironment } from "../config.js";
import type { Config } from "../settings.js";
import { SetupError, quote } from "../errors.js";
import { chooseRuntime } from "./docker/choose-runtime.js";
import { type Docker, findEngine } from "./docker/connection.js";
import { guestDigest, imageNameOf, imagesOf, inspectImage } from "./docker/image.js";
import type { Engine, EngineModules, Isolation } from "./engine.js";
import { LocalEngine } from "./local/local-engine.js";
import { inTime, TimeLimit, within } from "./time-limit.js";
import { WasmEngine } from "./wasm/wasm-engine.js";

/** Time limit of the engine's answer to a ping, in milliseconds. */
const DOCKER_ANSWER_MS = 3_000;

/**
 * Time limit of the whole choice of Docker, in milliseconds. An engine can answer the ping and hang afterwards. A probe
 * of gVisor that fails and a probe of runc fit in.
 */
const CHOICE_MS = 30_000;

/** The parts of the host that engines use. Only config.ts reads the environment. */
export interface EngineSurroundings {
  readonly host: HostEnvironment;
  /** Directory of the built guest files. */
  readonly guestDirectory: string;
  /** Directory of the built embedded interpreter. */
  readonly embeddedDirectory: string;
  /** The environment of child processes. */
  readonly childEnvironment: NodeJS.ProcessEnv;
  /** Receives the stderr of the embedded engine's process. */
  readonly onStderr: (text: string) => void;
}

/** The chosen engine, and the reasons for the operator. */
export interface EngineChoice {
  readonly engine: Engine;
  /** The isolation that programs get. */
  readonly level: Isolation["level"];
  readonly runtime: string;
  /** Absent if nothing is known. */
  readonly modules?: EngineModules;
  /** The reason for this engine. */
  readonly why: string;
  /** What a stronger engine would need; empty if there is no stronger one. */
  readonly warnings: readonly string[];
}

/**
 * Chooses the engine that the settings allow.
 *
 * @throws {SetupError} If the settings require an engine that cannot be used.
 * @throws {Fault} If they require Docker and no container can be started.
 */
export async function chooseEngine(config: Config, surroundings: EngineSurroundings): Promise<EngineChoice> {
  if (config.executionMode === "wasm") return useEmbedded(surroundings, "RLM_EXECUTION_MODE is wasm", []);
  if (config.executionMode === "local") return useLocal(surroundings);
  using limit = new TimeLimit(CHOICE_MS);
  try {
    // An engine that is chosen too late leaves no guest and no heartbeat.
    return await within(limit.signal, useDocker(config, surroundings), ({ engine }) => engine.close());
  } catch (cause) {
    const late = "Cannot use Docker: the engine does not answer in time; restart it";
    const error = limit.signal.aborted ? new SetupError(late, { cause }) : cause;
    if (config.executionMode === "docker" || config.requireGvisor) throw error;
    const why = error instanceof SetupError ? error.message : "the Docker engine did not work";
    return useEmbedded(surroundings, "Docker cannot be used", [why]);
  }
}

/** @throws {SetupError} If there is no engine, no image of this version, or no runtime that the settings require. */
async function useDocker(config: Config, surroundings: EngineSurroundings): Promise<EngineChoice> {
  const connection = await findEngine(surroundings.host);
  if (connection === null)
    throw new SetupError("Cannot use Docker: no engine was found; install Docker and start it, or set DOCKER_HOST");
  const { docker, foundBy } = connection;
  if (!(await answers(docker)))
    throw new SetupError(
      `Cannot use Docker: the engine found by ${foundBy} does not answer; ` +
        "start it, and check that this user may use it",
    );
  const digest = await guestDigest(surroundings.guestDirectory);
  const { name, id, packages } = await findImage(docker, config.dockerImage, digest);
  const { engine, warning } = await chooseRuntime({
    docker,
    config: { ...config, dockerImage: name },
    imageId: id,
    guestDigest: digest,
  });
  engine.startHeartbeat();
  return {
    engine,
    level: engine.isolation.level,
    runtime: engine.runtime,
    modules: { kind: "container", packages },
    why: `Docker answers (${foundBy}) and has the image ${name}`,
    warnings: warning === null ? [] : [warning],
  };
}

/**
 * Returns the first image that the setting names and that fits this version.
 *
 * @throws {SetupError} If the engine has none, or those that it has were made of other guest files.
 */
async function findImage(
  docker: Docker,
  setting: string,
  digest: string,
): Promise<{ name: string; id: string; packages: EngineModules["packages"] }> {
  let old: string | null = null;
  const names = imagesOf(setting);
  for (const name of names) {
    const image = await inspectImage(docker, name);
    if (image?.guestDigest === digest) return { name, id: image.id, packages: packagesOf(name) };
    if (image !== null) old ??= name;
  }
  const wanted = names.map((name) => quote(name)).join(" or ");
  throw new SetupError(
    old === null
      ? `Cannot use Docker: the engine has no image ${wanted}; make it with "rlm-mcp image build"`
      : `Cannot use Docker: the image ${quote(old)} was made by another version; ` +
          `make it again with "rlm-mcp image build${targetOption(old)}"`,
  );
}

function targetOption(image: string): string {
  return image === imageNameOf("data-science") ? " --target data-science" : "";
}

/** An image of another name may be made of ours, with the same labels and more packages. */
function packagesOf(name: string): EngineModules["packages"] {
  if (name === imageNameOf("core")) return "none";
  return name === imageNameOf("data-science") ? "data-science" : "unknown";
}

function answers(docker: Docker): Promise<boolean> {
  return inTime(docker.ping(), DOCKER_ANSWER_MS, () => new Error("No answer")).then(
    () => true,
    () => false,
  );
}

function useEmbedded(surroundings: EngineSurroundings, why: string, warnings: readonly string[]): EngineChoice {
  const { embeddedDirectory, guestDirectory, childEnvironment, onStderr } = surroundings;
  const engine = new WasmEngine({
    embeddedDirectory,
    preludeFile: `${guestDirectory}/javascript/prelude.js`,
    environment: childEnvironment,
    onStderr,
  });
  const modules: EngineModules = { kind: "wasm", packages: "none" };
  return { engine, level: "wasm", runtime: "wasm", modules, why, warnings };
}

function useLocal({ guestDirectory, childEnvironment }: EngineSurroundings): EngineChoice {
  return {
    engine: new LocalEngine({ guestDirectory, environment: childEnvironment }),
    level: "none",
    runtime: "process",
    modules: { kind: "local", packages: "unknown" },
    why: "RLM_EXECUTION_MODE is local",
    warnings: [
      "Programs run as your own user with NO isolation: they can read and change your files and use the network",
    ],
  };
}
