/**
 * `rlm-mcp image build`: makes the image that guests run in, from a Debian base, Node from the npm registry, and the
 * guest files of this package. `rlm-mcp image prune` removes what builds have left and nothing uses.
 *
 * The image is made in two steps: a root with the files of Debian and Node, which takes minutes, and the guest files on
 * it. The root keeps a name, so that a change of the guest files is built in seconds. It takes no room of its own,
 * because the image has the same layers.
 *
 * If no image registry can be reached, the base is made from Debian packages. The command announces every step. A step
 * that fails is reported with its reason and with advice. The staging directory and the stages of the build are removed
 * in any case.
 */

import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { quote, SetupError } from "../errors.js";
import type { Docker } from "../sandbox/docker/connection.js";
import {
  guestDigest,
  type ImageTarget,
  inspectImage,
  isMadeFrom,
  recipeDigest,
  rootDigest,
  rootNameOf,
  type RunnerImage,
} from "../sandbox/docker/image.js";
import { buildImage, buildRoot, stageGuestContext, stageRootContext } from "../sandbox/docker/image-build.js";
import { removeDirectory } from "./child-program.js";
import { chooseBase } from "./image-base.js";
import { fetchNode, type NodeFiles, NODE_PACKAGES } from "./image-node.js";
import { IMAGE_USAGE, parseImageOptions } from "./image-options.js";
import { prune, removeOldImages, removeStagesOf } from "./image-prune.js";
import { type Base, type ImageDeps, runStep, type Work } from "./image-work.js";

/** The engine ends its step after the command. */
const LATE_ADVICE = "`rlm-mcp image prune` removes what the engine was still making";

/**
 * Runs `rlm-mcp image ARGS` and returns its exit status: 0 done, 1 a step failed.
 *
 * @throws {SetupError} If the arguments are wrong.
 */
export async function image(args: readonly string[], deps: ImageDeps): Promise<number> {
  const options = parseImageOptions(args, deps.defaultImage);
  if (options === null) {
    deps.write(IMAGE_USAGE);
    return 0;
  }
  if (options.action === "prune") return prune(deps);
  const interruption = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void =>
    interruption.abort(new SetupError(`Interrupted by ${signal}; ${LATE_ADVICE}`));
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  let staging: string | null = null;
  try {
    staging = await mkdtemp(path.join(tmpdir(), "rlm-mcp-image-"));
    const architecture = await engineArchitecture(deps.docker);
    await build({ ...deps, options, staging, architecture, signal: interruption.signal });
    return 0;
  } catch (error) {
    const cause: unknown = interruption.signal.aborted ? interruption.signal.reason : error;
    if (!(cause instanceof SetupError)) throw cause;
    deps.write(cause.message);
    return 1;
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    if (staging !== null) await removeDirectory(staging);
  }
}

async function engineArchitecture(docker: Docker): Promise<string> {
  const version = await runStep("Cannot reach the engine", "start Docker, or set DOCKER_HOST", () => docker.version());
  if (version.Os !== "linux" || NODE_PACKAGES[version.Arch] === undefined) {
    const allowed = Object.keys(NODE_PACKAGES).join(" or ");
    throw new SetupError(`Cannot build the image for ${version.Os}/${version.Arch}: linux on ${allowed} is required`);
  }
  return version.Arch;
}

const BUILD_ADVICE = "the lines above tell which command failed; it needs Debian's package servers";

async function build(work: Work): Promise<void> {
  const { docker, options, staging, signal, write } = work;
  const base = await chooseBase(work);
  const source = {
    target: options.target,
    guestDigest: await guestDigest(work.guestDir),
    recipeDigest: await recipeDigest(work.packageRoot, options.nodeVersion),
    baseId: base.id,
  };
  const present = await inspectImage(docker, options.tag);
  if (present !== null && isMadeFrom(present, source) && !options.force) {
    write(`The image ${options.tag} is up to date (${describe(present)}); --force builds it again`);
    return;
  }

  const id = randomUUID();
  try {
    const rootImage = await makeRoots(work, base, id);
    const context = path.join(staging, "guest-context");
    await mkdir(context);
    await stageGuestContext(context, work);
    write(`Building ${options.tag} (target ${options.target}) from ${rootImage}`);
    const build = { context, tag: options.tag, id, rootImage, source };
    await runStep("Cannot build the image", BUILD_ADVICE, () => buildImage(docker, build, lines(work), signal));
  } finally {
    await removeStagesOf(work, id);
  }
  const made = await inspectImage(docker, options.tag);
  if (made === null)
    throw new SetupError(`Cannot build the image: the engine does not have ${quote(options.tag)} after the build`);
  await removeOldImages(work);
  write(`Built ${options.tag} (${describe(made)})`);
}

/** Makes the roots that the target needs and that are not there. Returns the name of the target's own. */
async function makeRoots(work: Work, base: Base, id: string): Promise<string> {
  const { docker, options, staging, signal, write } = work;
  const digest = await rootDigest(work.packageRoot, options.nodeVersion, base.id);
  const targets: ImageTarget[] = options.target === "core" ? ["core"] : ["core", options.target];
  const context = path.join(staging, "root-context");
  let node: NodeFiles | null = null;
  for (const target of targets) {
    const tag = rootNameOf(target);
    // The layers of an image that is forced are made anew, and so are those of what is made from them.
    const isThere = (await inspectImage(docker, tag))?.root === digest;
    if (isThere && !(options.force && target === options.target)) continue;
    if (node === null) {
      node = await fetchNode(work);
      await mkdir(context);
      await stageRootContext(context, { packageRoot: work.packageRoot, ...node });
    }
    write(`Building ${tag} from ${base.name}`);
    const baseImage = base.repoDigests[0] ?? base.id;
    const build = { context, tag, id, target, digest, baseImage, coreRoot: rootNameOf("core") };
    await runStep("Cannot build the image", BUILD_ADVICE, () => buildRoot(docker, build, lines(work), signal));
  }
  return rootNameOf(options.target);
}

function lines({ write }: Work): (line: string) => void {
  return (line) => write(`  build: ${line}`);
}

function describe(made: RunnerImage): string {
  return `${made.id}, ${Math.round(made.sizeBytes / 1_000_000)} MB`;
}
