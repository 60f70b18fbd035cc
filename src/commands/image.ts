/**
 * `rlm-mcp image build`: makes the image that guests run in, from a Debian base, Node from the npm registry, and the
 * guest files of this package.
 *
 * If no image registry can be reached, the base is made from Debian packages. The command announces every step. A step
 * that fails is reported with its reason and with advice. The staging directory is removed in any case.
 */

import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { quote, SetupError } from "../errors.js";
import type { Docker } from "../sandbox/docker/connection.js";
import { guestDigest, inspectImage, isMadeFrom, recipeDigest, type RunnerImage } from "../sandbox/docker/image.js";
import { buildImage, stageContext } from "../sandbox/docker/image-build.js";
import { removeDirectory } from "./child-program.js";
import { chooseBase } from "./image-base.js";
import { fetchNode, NODE_PACKAGES } from "./image-node.js";
import { IMAGE_USAGE, parseImageOptions } from "./image-options.js";
import { type ImageDeps, runStep, type Work } from "./image-work.js";

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
  const interruption = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => interruption.abort(new SetupError(`Interrupted by ${signal}`));
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

  const node = await fetchNode(work);
  const context = path.join(staging, "context");
  await mkdir(context);
  await stageContext(context, { packageRoot: work.packageRoot, guestDir: work.guestDir, ...node });

  write(`Building ${options.tag} (target ${options.target}) from ${base.name}`);
  const baseImage = base.repoDigests[0] ?? base.id;
  const onLine = (line: string): void => write(`  build: ${line}`);
  const advice = "the lines above tell which command failed; it needs Debian's package servers";
  await runStep("Cannot build the image", advice, () =>
    buildImage(docker, { context, tag: options.tag, baseImage, source }, onLine, signal),
  );
  const made = await inspectImage(docker, options.tag);
  if (made === null)
    throw new SetupError(`Cannot build the image: the engine does not have ${quote(options.tag)} after the build`);
  write(`Built ${options.tag} (${describe(made)})`);
}

function describe(made: RunnerImage): string {
  return `${made.id}, ${Math.round(made.sizeBytes / 1_000_000)} MB`;
}
