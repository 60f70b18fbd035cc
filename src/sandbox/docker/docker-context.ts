/** Reads Docker's contexts: named engines that `docker context` keeps in the directory of Docker's settings. */

import path from "node:path";
import type { HostEnvironment } from "../../config.js";
import { sha256 } from "../../digest.js";
import { quote, SetupError } from "../../errors.js";
import { type Endpoint, parseDockerHost } from "./docker-host.js";
import { readTlsFiles, type Tls } from "./docker-tls.js";
import { field, readJsonFile } from "./settings-file.js";

/**
 * Returns the name of the context in use, or null if it is the default one, which stands for the local engine.
 *
 * @throws {SetupError} If Docker's settings cannot be read.
 */
export async function currentContext(
  environment: Pick<HostEnvironment, "dockerContext" | "dockerConfigDir">,
): Promise<string | null> {
  const { dockerContext = "" } = environment;
  const file = path.join(environment.dockerConfigDir, "config.json");
  const name = dockerContext === "" ? field(await readJsonFile(file), "currentContext") : dockerContext;
  return typeof name === "string" && name !== "" && name !== "default" ? name : null;
}

/**
 * Returns the address of a context's engine and how its connection is secured (null: no TLS).
 *
 * @throws {SetupError} If the context does not exist or cannot be used.
 */
export async function readContext(
  dockerConfigDir: string,
  name: string,
): Promise<{ readonly endpoint: Endpoint; readonly tls: Tls | null }> {
  const id = sha256(name);
  const contexts = path.join(dockerConfigDir, "contexts");
  const meta = await readJsonFile(path.join(contexts, "meta", id, "meta.json"));
  if (meta === null) {
    throw new SetupError(
      `Cannot use Docker context ${quote(name)}: it does not exist; "docker context ls" lists those that do`,
    );
  }
  const docker = field(field(meta, "Endpoints"), "docker");
  const host = field(docker, "Host");
  if (typeof host !== "string" || host === "") {
    throw new SetupError(`Cannot use Docker context ${quote(name)}: it has no endpoint for Docker`);
  }
  const endpoint = parseDockerHost(host);
  const files = await readTlsFiles(path.join(contexts, "tls", id, "docker"));
  const verify = field(docker, "SkipTLSVerify") !== true;
  const usesTls =
    endpoint.kind === "http" &&
    (endpoint.secure || Object.keys(files).length > 0 || (!verify && endpoint.port === 2376));
  return { endpoint, tls: usesTls ? { verify, ...files } : null };
}
