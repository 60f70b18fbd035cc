/** The engine's part of making the image: it builds, pulls and imports. The base and Node come from commands/. */

import { copyFile, cp, mkdir } from "node:fs/promises";
import path from "node:path";
import type Docker from "dockerode";
import {
  BUILD_LABEL,
  GUEST_DOCKERFILE,
  type ImageSource,
  type ImageTarget,
  isGuestFile,
  LASTING_LABELS,
  ROOT_DOCKERFILE,
} from "./image.js";

/** Copies the Dockerfile of the roots and Node's two files into `directory`, which becomes a build context. */
export async function stageRootContext(
  directory: string,
  from: { readonly packageRoot: string; readonly node: string; readonly nodeLicense: string },
): Promise<void> {
  await copyFile(path.join(from.packageRoot, ROOT_DOCKERFILE), path.join(directory, ROOT_DOCKERFILE));
  await mkdir(path.join(directory, "node/bin"), { recursive: true });
  await copyFile(from.node, path.join(directory, "node/bin/node"));
  await copyFile(from.nodeLicense, path.join(directory, "node/LICENSE"));
}

/** Copies the Dockerfile of the image and the guest files into `directory`, which becomes a build context. */
export async function stageGuestContext(
  directory: string,
  from: { readonly packageRoot: string; readonly guestDir: string },
): Promise<void> {
  await copyFile(path.join(from.packageRoot, GUEST_DOCKERFILE), path.join(directory, GUEST_DOCKERFILE));
  await cp(from.guestDir, path.join(directory, "guest"), {
    recursive: true,
    filter: (source) => isGuestFile(path.relative(from.guestDir, source).replaceAll(path.sep, "/")),
  });
}

/** A build on the engine. */
interface Build {
  /** Directory that was staged. */
  readonly context: string;
  /** Name of the new image. */
  readonly tag: string;
  /** Marks the stages that are made on the way. */
  readonly id: string;
}

/** The build of a root. */
export interface RootBuild extends Build {
  readonly target: ImageTarget;
  readonly digest: string;
  readonly baseImage: string;
  /** Name of the root `core`. The root of another target is made from it. */
  readonly coreRoot: string;
}

/** The build of the image. */
export interface GuestBuild extends Build {
  readonly rootImage: string;
  readonly source: ImageSource;
}

/**
 * Builds a root and gives it its name.
 *
 * @param onLine Receives each line of the engine's output.
 * @throws {Error} With the engine's message, if a step of the Dockerfile failed.
 */
export async function buildRoot(docker: Docker, build: RootBuild, onLine: OnLine, signal: AbortSignal): Promise<void> {
  const { target, digest, baseImage, coreRoot } = build;
  await run(docker, build, {
    dockerfile: ROOT_DOCKERFILE,
    src: [ROOT_DOCKERFILE, "node"],
    target: `${target}-root`,
    buildargs: { BASE_IMAGE: baseImage, ROOT: digest, ...(target === "core" ? {} : { CORE_ROOT: coreRoot }) },
    onLine,
    signal,
  });
}

/** Builds the image from its root and gives it its name. For the parameters and errors see `buildRoot`. */
export async function buildImage(
  docker: Docker,
  build: GuestBuild,
  onLine: OnLine,
  signal: AbortSignal,
): Promise<void> {
  const { rootImage, source } = build;
  await run(docker, build, {
    dockerfile: GUEST_DOCKERFILE,
    src: [GUEST_DOCKERFILE, "guest"],
    buildargs: {
      ROOT_IMAGE: rootImage,
      TARGET: source.target,
      BASE_ID: source.baseId,
      GUEST_DIGEST: source.guestDigest,
      RECIPE_DIGEST: source.recipeDigest,
    },
    onLine,
    signal,
  });
}

type OnLine = (line: string) => void;

interface Recipe {
  readonly dockerfile: string;
  readonly src: string[];
  readonly target?: string;
  readonly buildargs: Record<string, string>;
  readonly onLine: OnLine;
  readonly signal: AbortSignal;
}

async function run(docker: Docker, { context, tag, id }: Build, recipe: Recipe): Promise<void> {
  const { dockerfile, src, target, buildargs, onLine, signal } = recipe;
  const stream = await docker.buildImage(
    { context, src },
    {
      dockerfile,
      ...(target === undefined ? {} : { target }),
      t: tag,
      // The engines of tests have no bridge, and apt needs a network.
      networkmode: "host",
      rm: true,
      forcerm: true,
      buildargs: { ...buildargs, BUILD: id },
      abortSignal: signal,
    },
  );
  await follow(docker, stream, onLine);
}

/** Removes the stages that a build has made on the way. An engine keeps them as images without a name. */
export async function removeStages(docker: Docker, id: string): Promise<void> {
  await removeUnnamed(docker, `${BUILD_LABEL}=${id}`);
}

/**
 * Removes what earlier builds have made and what has lost its name to a later one. What a container needs stays.
 */
export async function removeSuperseded(docker: Docker): Promise<Removal> {
  const removed: string[] = [];
  const used = new Set<string>();
  // An image first, and then its root, which it uses.
  for (const label of LASTING_LABELS) {
    const done = await removeUnnamed(docker, label);
    removed.push(...done.removed);
    for (const id of done.used) used.add(id);
  }
  return { removed, used: [...used] };
}

/** Removes all stages of builds. A build that runs at this time fails. */
export async function removeAllStages(docker: Docker): Promise<Removal> {
  return removeUnnamed(docker, BUILD_LABEL);
}

/** The ids of the removed images, and of those that stay because something uses them. */
export interface Removal {
  readonly removed: readonly string[];
  readonly used: readonly string[];
}

async function removeUnnamed(docker: Docker, label: string): Promise<Removal> {
  const removed: string[] = [];
  const used = new Set<string>();
  // The engine lists an image that others are made from only when they are gone.
  for (;;) {
    const listed = await docker.listImages({ filters: { dangling: ["true"], label: [label] } });
    const left = listed.map(({ Id }) => Id).filter((id) => !used.has(id) && !removed.includes(id));
    if (left.length === 0) return { removed, used: [...used] };
    for (const id of left) {
      try {
        await docker.getImage(id).remove();
        removed.push(id);
      } catch (error) {
        const { statusCode } = error as { statusCode?: number };
        if (statusCode === 404) removed.push(id);
        else if (statusCode === 409) used.add(id);
        else throw error;
      }
    }
  }
}

/**
 * Asks the engine to pull an image.
 *
 * @param silenceMs A registry that sends nothing for this long counts as unreachable.
 * @throws {Error} If the image cannot be pulled, or the registry is unreachable.
 */
export async function pullImage(docker: Docker, name: string, silenceMs: number, signal: AbortSignal): Promise<void> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error(`no answer for ${silenceMs / 1_000} s`)), silenceMs);
  const either = AbortSignal.any([signal, silence.signal]);
  try {
    const stream: NodeJS.ReadableStream = await docker.pull(name, { abortSignal: either });
    await follow(docker, stream, () => timer.refresh());
  } catch (error) {
    throw either.aborted ? either.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Makes an image of one layer from an uncompressed tar of a root directory. */
export async function importImage(
  docker: Docker,
  tar: NodeJS.ReadableStream,
  name: { readonly repo: string; readonly tag: string },
  signal: AbortSignal,
): Promise<void> {
  const stream = await docker.importImage(tar, { ...name, abortSignal: signal });
  await follow(docker, stream, () => {});
}

interface Progress {
  readonly stream?: string;
  readonly status?: string;
  readonly error?: string;
}

/** Waits for the end of an answer. The engine answers 200 and reports a failure at the end of the stream. */
function follow(docker: Docker, stream: NodeJS.ReadableStream, onLine: (line: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: string | undefined;
    docker.modem.followProgress(
      stream,
      (error: Error | null) => {
        if (error !== null) reject(error);
        else if (failure !== undefined) reject(new Error(failure.trim()));
        else resolve();
      },
      ({ stream: text, status, error }: Progress) => {
        failure = error ?? failure;
        for (const line of (text ?? status ?? "").split(/[\r\n]+/)) if (line.trim() !== "") onLine(line.trimEnd());
      },
    );
  });
}
