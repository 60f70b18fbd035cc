/** The engine's part of making the image: it builds, pulls and imports. The base and Node come from commands/. */

import { copyFile, cp, mkdir } from "node:fs/promises";
import path from "node:path";
import type Docker from "dockerode";
import { DOCKERFILE, type ImageSource, isGuestFile } from "./image.js";

/** The files that go into a build context. */
export interface ContextFiles {
  /** Directory of the Dockerfile. */
  readonly packageRoot: string;
  /** Directory of the guest files. */
  readonly guestDir: string;
  /** Node's program. */
  readonly node: string;
  readonly nodeLicense: string;
}

/** Copies the Dockerfile, the guest files and Node's two files into `directory`, which becomes the build context. */
export async function stageContext(directory: string, from: ContextFiles): Promise<void> {
  await copyFile(path.join(from.packageRoot, DOCKERFILE), path.join(directory, DOCKERFILE));
  await cp(from.guestDir, path.join(directory, "guest"), {
    recursive: true,
    filter: (source) => isGuestFile(path.relative(from.guestDir, source).replaceAll(path.sep, "/")),
  });
  await mkdir(path.join(directory, "node/bin"), { recursive: true });
  await copyFile(from.node, path.join(directory, "node/bin/node"));
  await copyFile(from.nodeLicense, path.join(directory, "node/LICENSE"));
}

/** A build of the image. */
export interface ImageBuild {
  /** Directory that `stageContext` has filled. */
  readonly context: string;
  /** Name of the new image. */
  readonly tag: string;
  readonly baseImage: string;
  readonly source: ImageSource;
}

/**
 * Builds the image and gives it its name.
 *
 * @param onLine Receives each line of the engine's output.
 * @throws {Error} With the engine's message, if a step of the Dockerfile failed.
 */
export async function buildImage(
  docker: Docker,
  build: ImageBuild,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { context, tag, baseImage, source } = build;
  const stream = await docker.buildImage(
    { context, src: [DOCKERFILE, "guest", "node"] },
    {
      dockerfile: DOCKERFILE,
      target: source.target,
      t: tag,
      // The engines of tests have no bridge, and apt needs a network.
      networkmode: "host",
      rm: true,
      forcerm: true,
      buildargs: {
        BASE_IMAGE: baseImage,
        BASE_ID: source.baseId,
        GUEST_DIGEST: source.guestDigest,
        RECIPE_DIGEST: source.recipeDigest,
      },
      abortSignal: signal,
    },
  );
  await follow(docker, stream, onLine);
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
