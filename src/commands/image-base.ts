/** Chooses the base image: one that the engine has, else one from a registry, else one from Debian packages. */

import path from "node:path";
import { quote, SetupError } from "../errors.js";
import { inspectImage } from "../sandbox/docker/image.js";
import { pullImage } from "../sandbox/docker/image-build.js";
import { bootstrap, importDirectory } from "./image-bootstrap.js";
import { BOOTSTRAPPED_BASE_NAME, DEFAULT_BASE } from "./image-names.js";
import { type Base, messageOf, type Work } from "./image-work.js";

/** A registry that sends nothing for this long counts as unreachable, in milliseconds. */
const REGISTRY_SILENCE_MS = 60_000;

/**
 * Returns the base image that the options ask for.
 *
 * @throws {SetupError} If the engine cannot get it.
 */
export async function chooseBase(work: Work): Promise<Base> {
  const { docker, options, write } = work;
  if (options.fromDirectory !== null) return importDirectory(work, path.resolve(options.fromDirectory));
  if (options.bootstrap === "always") return bootstrap(work);

  const name = options.base ?? DEFAULT_BASE;
  const present = await inspectImage(docker, name);
  if (present !== null) {
    write(`Using the base image ${name}, which the engine has`);
    return { ...present, name };
  }
  write(`Pulling the base image ${name}`);
  const pulled = await pullBase(work, name);
  if (typeof pulled !== "string") return pulled;
  const cannot = `Cannot pull the base image ${quote(name)}: ${pulled}`;
  if (options.base !== null)
    throw new SetupError(`${cannot}. Load it into the engine first, or name another one with --base`);
  if (options.bootstrap === "never") throw new SetupError(`${cannot}. --bootstrap auto makes one from Debian packages`);
  write(`Cannot pull it: ${pulled}`);
  return bootstrapOrReuse(work);
}

/** Returns the pulled image, or the reason why there is none. */
async function pullBase({ docker, signal }: Work, name: string): Promise<Base | string> {
  try {
    await pullImage(docker, name, REGISTRY_SILENCE_MS, signal);
    const pulled = await inspectImage(docker, name);
    return pulled === null ? "the engine does not have it after the pull" : { ...pulled, name };
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(error);
  }
}

async function bootstrapOrReuse(work: Work): Promise<Base> {
  const name = BOOTSTRAPPED_BASE_NAME;
  const kept = await inspectImage(work.docker, name);
  if (kept === null || kept.architecture !== work.architecture) return bootstrap(work);
  work.write(`Using ${name}, which an earlier build bootstrapped; --bootstrap always makes it again`);
  return { ...kept, name };
}
