/** The image that guests run in, and how to tell whether it was made from the guest files of this version. */

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type Docker from "dockerode";

/** `core` has Python and Node; `data-science` adds NumPy, pandas and more. Both are stages of the Dockerfile. */
export type ImageTarget = "core" | "data-science";

/** Every target, the smallest first. */
export const IMAGE_TARGETS: readonly ImageTarget[] = ["core", "data-science"];

/** Returns the name under which a target is built, unless the operator names another. */
export function imageNameOf(target: ImageTarget): string {
  return `rlm-mcp-runner:${target}`;
}

/** Returns the names of the images that a setting stands for, the one to prefer first. `auto` prefers the richest. */
export function imagesOf(setting: string): readonly string[] {
  return setting === "auto" ? [...IMAGE_TARGETS].reverse().map(imageNameOf) : [setting];
}

/**
 * The Dockerfiles, in the directory of the package and in a build context: that of the roots, which hold Debian's
 * files, and that of the image, which adds the guest files to a root.
 */
export const ROOT_DOCKERFILE = "Dockerfile.runner";
/** See `ROOT_DOCKERFILE`. */
export const GUEST_DOCKERFILE = "Dockerfile.guest";

/** Returns the name of the root of a target. An image with other guest files is made from it in seconds. */
export function rootNameOf(target: ImageTarget): string {
  return `rlm-mcp-root:${target}`;
}

/** The labels of an image. The Dockerfile sets them from its build arguments. */
const LABEL = {
  target: "rlm-mcp.target",
  guest: "rlm-mcp.guest",
  recipe: "rlm-mcp.recipe",
  base: "rlm-mcp.base",
  /** Of a root: digest of its recipe and its base. */
  root: "rlm-mcp.root",
  /** Of the stages before a target: the build that made them. */
  build: "rlm-mcp.build",
} as const;

/** The label of the stages before a target. Its value is the id of the build. */
export const BUILD_LABEL: string = LABEL.build;
/** The labels of what a build makes to stay. */
export const LASTING_LABELS: readonly string[] = [LABEL.target, LABEL.root];

/** The sources of an image. Equal sources make an equal image, apart from security updates of packages. */
export interface ImageSource {
  readonly target: ImageTarget;
  /** Digest of the guest files. */
  readonly guestDigest: string;
  /** Digest of the Dockerfiles and the version of Node. */
  readonly recipeDigest: string;
  /** Id of the base image. */
  readonly baseId: string;
}

/** An image as the engine describes it. The five last fields are null if it was not made by `rlm-mcp image build`. */
export interface RunnerImage {
  /** `sha256:...`. */
  readonly id: string;
  readonly sizeBytes: number;
  /** As Docker spells it: `amd64`, `arm64`. */
  readonly architecture: string;
  /** Digests by which registries know the image, as `name@sha256:...`. */
  readonly repoDigests: readonly string[];
  readonly guestDigest: string | null;
  readonly recipeDigest: string | null;
  readonly baseId: string | null;
  readonly target: string | null;
  readonly root: string | null;
}

/**
 * Returns the image with that name or id, or null if the engine does not have it.
 *
 * @throws The engine's error, if it cannot answer.
 */
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
      root: label(LABEL.root),
    };
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return null;
    throw error;
  }
}

/** Returns a digest of the names and the bytes of all guest files, as `sha256:...`. Bytecode does not count. */
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

/** Returns a digest of the Dockerfiles and the version of Node, as `sha256:...`. */
export async function recipeDigest(packageRoot: string, nodeVersion: string): Promise<string> {
  return digestOf(packageRoot, [ROOT_DOCKERFILE, GUEST_DOCKERFILE], nodeVersion);
}

/** Returns a digest of what a root is made from, as `sha256:...`. */
export async function rootDigest(packageRoot: string, nodeVersion: string, baseId: string): Promise<string> {
  return digestOf(packageRoot, [ROOT_DOCKERFILE], `${nodeVersion} ${baseId}`);
}

async function digestOf(packageRoot: string, files: readonly string[], parameters: string): Promise<string> {
  const hash = createHash("sha256").update(`${parameters}\0`);
  for (const file of files) hash.update(await readFile(path.join(packageRoot, file)));
  return `sha256:${hash.digest("hex")}`;
}

/** Tells whether an image was made from exactly these sources. */
export function isMadeFrom(image: RunnerImage, source: ImageSource): boolean {
  return (
    image.target === source.target &&
    image.guestDigest === source.guestDigest &&
    image.recipeDigest === source.recipeDigest &&
    image.baseId === source.baseId
  );
}

/** Tells whether a file of the guest directory belongs into the image. Bytecode does not. */
export function isGuestFile(file: string): boolean {
  return !file.split("/").includes("__pycache__") && !file.endsWith(".pyc");
}
