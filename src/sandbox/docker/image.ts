/**
 * The image that guests run in: its name, how to tell whether it was made from the guest files at hand, and the
 * engine's part of making it. What is fetched from elsewhere (the base, Node) is the business of commands/image.ts.
 */

import { createHash } from "node:crypto";
import { copyFile, cp, mkdir, readdir, readFile } from "node:fs/promises";
import path from "node:path";

import type Docker from "dockerode";

export type ImageTarget = "core" | "data-science";
export const IMAGE_TARGETS: readonly ImageTarget[] = ["core", "data-science"];

/** What `rlm-mcp image build` makes and the engine looks for, unless told otherwise. */
export const DEFAULT_IMAGE = "rlm-mcp-runner:core";

const DOCKERFILE = "Dockerfile.runner";

/** Labels of the image; Dockerfile.runner sets them from the build arguments. */
const LABEL = {
  target: "rlm-mcp.target",
  guest: "rlm-mcp.guest",
  recipe: "rlm-mcp.recipe",
  base: "rlm-mcp.base",
} as const;

/** What an image was made from. Equal sources make an equal image, up to the packages' security updates. */
export interface ImageSource {
  readonly target: ImageTarget;
  /** Digest of the guest files. */
  readonly guestDigest: string;
  /** Digest of the Dockerfile and the version of Node. */
  readonly recipeDigest: string;
  /** Id of the base image. */
  readonly baseId: string;
}

export interface RunnerImage {
  /** `sha256:...`. */
  readonly id: string;
  readonly sizeBytes: number;
  /** As Docker spells it: `amd64`, `arm64`. */
  readonly architecture: string;
  /** Digests of registries that hold the image, as `name@sha256:...`. */
  readonly repoDigests: readonly string[];
  /** Null if this is not one of our images. */
  readonly guestDigest: string | null;
  readonly recipeDigest: string | null;
  readonly baseId: string | null;
  readonly target: string | null;
}

/** Returns the image of that name or id, or null if the engine does not have it. */
export async function inspectImage(docker: Docker, name: string): Promise<RunnerImage | null> {
  try {
    const image = await docker.getImage(name).inspect();
    const label = (key: string): string | null => image.Config?.Labels?.[key] ?? null;
    return {
      id: image.Id,
      sizeBytes: image.Size,
      architecture: image.Architecture,
      repoDigests: image.RepoDigests ?? [],
      guestDigest: label(LABEL.guest),
      recipeDigest: label(LABEL.recipe),
      baseId: label(LABEL.base),
      target: label(LABEL.target),
    };
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return null;
    throw error;
  }
}

/** Returns the digest of every guest file's name and bytes; bytecode is not counted. */
export async function guestDigest(guestDir: string): Promise<string> {
  const entries = await readdir(guestDir, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      path.relative(guestDir, path.join(entry.parentPath ?? entry.path, entry.name)).replaceAll(path.sep, "/"),
    )
    .filter(isGuestFile)
    .sort();
  const hash = createHash("sha256");
  for (const file of files) {
    const bytes = await readFile(path.join(guestDir, file));
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return `sha256:${hash.digest("hex")}`;
}

/** Returns the digest of what decides about the rest of the image. */
export async function recipeDigest(packageRoot: string, nodeVersion: string): Promise<string> {
  const recipe = await readFile(path.join(packageRoot, DOCKERFILE));
  return `sha256:${createHash("sha256").update(`${nodeVersion}\0`).update(recipe).digest("hex")}`;
}

/** True if `image` was made from exactly `source`. */
export function isMadeFrom(image: RunnerImage, source: ImageSource): boolean {
  return (
    image.target === source.target &&
    image.guestDigest === source.guestDigest &&
    image.recipeDigest === source.recipeDigest &&
    image.baseId === source.baseId
  );
}

/** Puts the Dockerfile, the guest files and Node's two files into `directory`, which is then the build context. */
export async function stageContext(
  directory: string,
  from: {
    readonly packageRoot: string;
    readonly guestDir: string;
    readonly node: string;
    readonly nodeLicense: string;
  },
): Promise<void> {
  await copyFile(path.join(from.packageRoot, DOCKERFILE), path.join(directory, DOCKERFILE));
  await cp(from.guestDir, path.join(directory, "guest"), {
    recursive: true,
    filter: (source) => isGuestFile(path.relative(from.guestDir, source).replaceAll(path.sep, "/")),
  });
  await mkdir(path.join(directory, "node/bin"), { recursive: true });
  await copyFile(from.node, path.join(directory, "node/bin/node"));
  await copyFile(from.nodeLicense, path.join(directory, "node/LICENSE"));
}

function isGuestFile(file: string): boolean {
  return !file.split("/").includes("__pycache__") && !file.endsWith(".pyc");
}

/**
 * Builds the image from a staged context, under `tag`.
 *
 * @throws {Error} With the engine's words, if a step of the Dockerfile failed.
 */
export async function buildImage(
  docker: Docker,
  build: { readonly context: string; readonly tag: string; readonly baseImage: string; readonly source: ImageSource },
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const stream = await docker.buildImage(
    { context: build.context, src: [DOCKERFILE, "guest", "node"] },
    {
      dockerfile: DOCKERFILE,
      target: build.source.target,
      t: build.tag,
      // The throw-away engines of tests have no bridge, and apt needs a network.
      networkmode: "host",
      rm: true,
      forcerm: true,
      buildargs: {
        BASE_IMAGE: build.baseImage,
        BASE_ID: build.source.baseId,
        GUEST_DIGEST: build.source.guestDigest,
        RECIPE_DIGEST: build.source.recipeDigest,
      },
      abortSignal: signal,
    },
  );
  await follow(docker, stream, onLine);
}

/** Asks the engine to fetch an image. A registry that is silent for `silenceMs` counts as out of reach. */
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

/** The engine answers 200 and reports failure at the end of the stream. */
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
