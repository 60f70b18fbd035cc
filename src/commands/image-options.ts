/** The options of `rlm-mcp image`. */

import { quote, SetupError } from "../errors.js";
import { IMAGE_TARGETS, imageNameOf, type ImageTarget } from "../sandbox/docker/image.js";
import { DEFAULT_BASE, NODE_VERSION } from "./image-names.js";
import { HELP, readOptions } from "./options.js";

const ACTIONS = ["build", "prune"] as const;
const BOOTSTRAP_MODES = ["auto", "always", "never"] as const;

export const IMAGE_USAGE: string = `Usage: rlm-mcp image build [options]
       rlm-mcp image prune

build makes the image that guests run in. An older one that nothing uses is removed.
prune removes older images that have no name and no container, and stages of builds that were killed;
not while a build runs.

  --target core|data-science   core has Python and Node; data-science adds NumPy, pandas, SciPy and more
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

export interface ImageOptions {
  readonly action: (typeof ACTIONS)[number];
  readonly target: ImageTarget;
  readonly tag: string;
  /** Null if the operator named none. */
  readonly base: string | null;
  readonly bootstrap: (typeof BOOTSTRAP_MODES)[number];
  readonly fromDirectory: string | null;
  readonly nodeVersion: string;
  readonly force: boolean;
}

/**
 * Reads the arguments. Returns null if they ask for help.
 *
 * @throws {SetupError} If they are wrong.
 */
export function parseImageOptions(args: readonly string[], defaultImage: string): ImageOptions | null {
  const { values, positionals } = readOptions(args, IMAGE_USAGE, OPTIONS, { blame: 'Cannot run "rlm-mcp image": ' });
  if (values.help === true) return null;
  const action = ACTIONS.find((name) => name === positionals[0]);
  if (positionals.length !== 1 || action === undefined) {
    throw new SetupError(`Cannot run "rlm-mcp image": one action is required, build or prune\n\n${IMAGE_USAGE}`);
  }
  if (action === "prune" && Object.keys(values).length > 0) {
    throw new SetupError(`Cannot run "rlm-mcp image prune": it has no options\n\n${IMAGE_USAGE}`);
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
  const bases = [values.base !== undefined, fromDirectory !== null, bootstrap === "always"];
  if (bases.filter(Boolean).length > 1) {
    throw new SetupError(
      "Cannot choose a base: only one of --base, --from-directory and --bootstrap always is allowed",
    );
  }
  const defaultTag = target === "core" && defaultImage !== "auto" ? defaultImage : imageNameOf(target);
  return {
    action,
    target,
    tag: values.tag ?? defaultTag,
    base: values.base ?? null,
    bootstrap,
    fromDirectory,
    nodeVersion,
    force: values.force === true,
  };
}

function oneOf<Name extends string>(flag: string, value: string, allowed: readonly Name[]): Name {
  const found = allowed.find((name) => name === value);
  if (found === undefined)
    throw new SetupError(`Cannot use ${flag} ${quote(value)}: ${allowed.join(", ")} are allowed`);
  return found;
}
