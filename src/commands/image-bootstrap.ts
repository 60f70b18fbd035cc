/** Makes the base image without a registry: from Debian packages, or from a root directory of Debian. */

import { access, appendFile, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { quote, SetupError } from "../errors.js";
import { inspectImage } from "../sandbox/docker/image.js";
import { importImage } from "../sandbox/docker/image-build.js";
import { findInstalled, run, start } from "./child-program.js";
import { BOOTSTRAPPED_BASE, BOOTSTRAPPED_BASE_NAME, DEBIAN_RELEASE, DEFAULT_BASE } from "./image-names.js";
import { type Base, runStep, type Work } from "./image-work.js";

/** Time limit of the question whether a mirror has security updates, in milliseconds. */
const MIRROR_MS = 15_000;

/** The programs that make a Debian root directory from packages, in order of preference, and their arguments. */
const BOOTSTRAPPERS: Readonly<Record<string, (architecture: string, root: string) => readonly string[]>> = {
  debootstrap: (architecture, root) => ["--variant=minbase", `--arch=${architecture}`, DEBIAN_RELEASE, root],
  mmdebstrap: (architecture, root) => [
    "--variant=minbase",
    `--architectures=${architecture}`,
    "--format=directory",
    DEBIAN_RELEASE,
    root,
  ],
};

const CANNOT_BOOTSTRAP = "Cannot bootstrap a base from Debian packages";

/**
 * Makes a base image from Debian packages.
 *
 * @throws {SetupError} If this machine cannot do it, or a step fails.
 */
export async function bootstrap(work: Work): Promise<Base> {
  const { staging, architecture, signal, write } = work;
  const { tool, argsOf } = await chooseTool(signal);
  const root = path.join(staging, "base");
  write(`Bootstrapping Debian ${DEBIAN_RELEASE} for ${architecture} with ${tool}; this takes about a minute`);
  const advice =
    "Debian's package servers must be reachable, " +
    `and ${quote(tmpdir())} must be on a file system that allows devices and programs`;
  await runStep(CANNOT_BOOTSTRAP, advice, () => run(tool, argsOf(architecture, root), { cwd: staging, signal }));
  await addSecurityUpdates(root, work);
  return importDirectory(work, root);
}

/** @throws {SetupError} If this machine is not Linux, this user is not root, or no tool is installed. */
async function chooseTool(
  signal: AbortSignal,
): Promise<{ tool: string; argsOf: (architecture: string, root: string) => readonly string[] }> {
  const otherwise = `or load ${DEFAULT_BASE} into the engine`;
  if (process.platform !== "linux")
    throw new SetupError(`${CANNOT_BOOTSTRAP}: Linux is required; build the image on a Linux machine, ${otherwise}`);
  if (process.getuid?.() !== 0)
    throw new SetupError(`${CANNOT_BOOTSTRAP}: root is required; run this command as root, ${otherwise}`);
  const tool = await findInstalled(Object.keys(BOOTSTRAPPERS), signal);
  const argsOf = tool === null ? undefined : BOOTSTRAPPERS[tool];
  if (tool === null || argsOf === undefined) {
    const advice = `"apt-get install debootstrap" installs it, ${otherwise}`;
    throw new SetupError(`${CANNOT_BOOTSTRAP}: debootstrap or mmdebstrap is required; ${advice}`);
  }
  return { tool, argsOf };
}

/**
 * Adds the source of security updates to a bootstrapped root, which knows the packages of the release only. A mirror
 * with the updates has them next to the release.
 */
async function addSecurityUpdates(root: string, { signal, write }: Work): Promise<void> {
  const sources = path.join(root, "etc/apt/sources.list");
  const [, mirror] = /^deb (https?:\S+)\/debian\/? /m.exec(await readFile(sources, "utf8").catch(() => "")) ?? [];
  const suite = `${DEBIAN_RELEASE}-security`;
  const url = `${mirror}/debian-security`;
  const isThere = mirror !== undefined && (await exists(`${url}/dists/${suite}/InRelease`));
  signal.throwIfAborted();
  if (isThere) await appendFile(sources, `deb ${url} ${suite} main\n`);
  else write("The package mirror has no security updates; the base is the release as it was published");
}

function exists(url: string): Promise<boolean> {
  return fetch(url, { method: "HEAD", signal: AbortSignal.timeout(MIRROR_MS) }).then(
    (response) => response.ok,
    () => false,
  );
}

/**
 * Imports a root directory of Debian as the base image.
 *
 * @throws {SetupError} If it is no such directory, or the import fails.
 */
export async function importDirectory(work: Work, root: string): Promise<Base> {
  const { docker, signal, write } = work;
  write(`Importing the bootstrapped root as ${BOOTSTRAPPED_BASE_NAME}`);
  const advice = "it must be the root directory of a Debian 12, readable by this user";
  await runStep("Cannot import the base", advice, async () => {
    await access(path.join(root, "etc/debian_version"));
    const args = ["--create", "--numeric-owner", "--one-file-system", "--directory", root, "."];
    const tar = start("tar", args, { signal });
    await Promise.all([importImage(docker, tar.process.stdout!, BOOTSTRAPPED_BASE, signal), tar.ended]);
  });
  const imported = await inspectImage(docker, BOOTSTRAPPED_BASE_NAME);
  if (imported === null) {
    const name = quote(BOOTSTRAPPED_BASE_NAME);
    throw new SetupError(`Cannot import the base: the engine does not have ${name} after the import`);
  }
  return { ...imported, name: BOOTSTRAPPED_BASE_NAME };
}
