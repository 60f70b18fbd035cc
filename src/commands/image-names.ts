/** The names and versions of the parts that the image is made from. */

/** Debian 12. Its Python is 3.11, as the embedded engine's is. */
export const DEBIAN_RELEASE = "bookworm";

/** The base image from a registry. */
export const DEFAULT_BASE = "debian:bookworm-slim";

/** The base image that `rlm-mcp image build` makes if no registry can be reached. */
export const BOOTSTRAPPED_BASE: { readonly repo: string; readonly tag: string } = {
  repo: "rlm-mcp-base",
  tag: DEBIAN_RELEASE,
};
export const BOOTSTRAPPED_BASE_NAME: string = `${BOOTSTRAPPED_BASE.repo}:${BOOTSTRAPPED_BASE.tag}`;

/** The long-term release of Node when this was written. */
export const NODE_VERSION = "24.21.0";
