/**
 * The built product, as the tests of sandboxes use it: the embedded engine and the guests are files in dist/, so the
 * source alone would not do.
 */

import { type Dirent, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

export const PACKAGE: string = path.resolve(import.meta.dirname, "../..");
export const DIST: string = path.join(PACKAGE, "dist");

assertBuilt();

const load = (file: string): Promise<unknown> => import(/* @vite-ignore */ pathToFileURL(path.join(DIST, file)).href);

/* Types from the source, code from dist/. */
export const application = (await load("application.js")) as typeof import("../../src/application.js");
export const config = (await load("config.js")) as typeof import("../../src/config.js");
export const connection = (await load(
  "sandbox/docker/connection.js",
)) as typeof import("../../src/sandbox/docker/connection.js");
export const dockerEngine = (await load(
  "sandbox/docker/docker-engine.js",
)) as typeof import("../../src/sandbox/docker/docker-engine.js");
export const dockerSandbox = (await load(
  "sandbox/docker/docker-sandbox.js",
)) as typeof import("../../src/sandbox/docker/docker-sandbox.js");
export const image = (await load("sandbox/docker/image.js")) as typeof import("../../src/sandbox/docker/image.js");
export const imageBuild = (await load(
  "sandbox/docker/image-build.js",
)) as typeof import("../../src/sandbox/docker/image-build.js");
export const hardening = (await load(
  "sandbox/docker/hardening.js",
)) as typeof import("../../src/sandbox/docker/hardening.js");
export const heartbeat = (await load(
  "sandbox/docker/heartbeat.js",
)) as typeof import("../../src/sandbox/docker/heartbeat.js");
export const ownership = (await load(
  "sandbox/docker/ownership.js",
)) as typeof import("../../src/sandbox/docker/ownership.js");
export const chooseEngine = (await load(
  "sandbox/choose-engine.js",
)) as typeof import("../../src/sandbox/choose-engine.js");
export const localEngine = (await load(
  "sandbox/local/local-engine.js",
)) as typeof import("../../src/sandbox/local/local-engine.js");
export const wasmEngine = (await load(
  "sandbox/wasm/wasm-engine.js",
)) as typeof import("../../src/sandbox/wasm/wasm-engine.js");
export const serve = (await load("commands/serve.js")) as typeof import("../../src/commands/serve.js");
export const lineGuard = (await load("mcp/line-guard.js")) as typeof import("../../src/mcp/line-guard.js");
export const stdioTransport = (await load(
  "mcp/stdio-transport.js",
)) as typeof import("../../src/mcp/stdio-transport.js");
export const guestPolicy = (await load("run/guest-policy.js")) as typeof import("../../src/run/guest-policy.js");
export const analyser = (await load("analysis/analyser.js")) as typeof import("../../src/analysis/analyser.js");
export const keepDeclarations = (await load(
  "run/keep-declarations.js",
)) as typeof import("../../src/run/keep-declarations.js");
export const judge = (await load("policy/judge.js")) as typeof import("../../src/policy/judge.js");
export const presets = (await load("policy/presets.js")) as typeof import("../../src/policy/presets.js");
export const policySet = (await load("policy/policy-set.js")) as typeof import("../../src/policy/policy-set.js");

/** @throws {Error} If a file of the source has no counterpart in dist/ that is as young. */
function assertBuilt(): void {
  const source = path.join(PACKAGE, "src");
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    const counterpart = counterpartOf(source, entry);
    if (counterpart === null) continue;
    const built = statSync(path.join(DIST, counterpart), { throwIfNoEntry: false });
    if (built === undefined) throw new Error(`dist/${counterpart} is missing: run "npm run build" before the tests`);
    if (built.mtimeMs < statSync(path.join(entry.parentPath, entry.name)).mtimeMs) {
      throw new Error(`dist/${counterpart} is older than its source: run "npm run build" before the tests`);
    }
  }
}

function counterpartOf(source: string, entry: Dirent): string | null {
  const name = path.relative(source, path.join(entry.parentPath, entry.name));
  if (!entry.isFile() || name.endsWith(".d.ts") || name.includes("__pycache__")) return null;
  if (name.startsWith(path.join("guest", "python"))) return joinedPython(name);
  if (name.startsWith(path.join("guest", "javascript"))) return joinedJavascript(name);
  return name.replace(/\.ts$/, ".js");
}

/** The build joins the fragments of Python; the embedded engine's image is made of them too. */
function joinedPython(name: string): string {
  const [, , module = ""] = name.split(path.sep);
  const isModule = module === "program" || module === "supervisor";
  return isModule ? path.join("guest", "python", `${module}.py`) : path.join("embedded", "python.json");
}

/** The build joins the fragments of the prelude and the bundled libraries. It does not read what these are made of. */
function joinedJavascript(name: string): string | null {
  const folder = path.basename(path.dirname(name));
  if (name.endsWith(".json") || folder === "libraries") return null;
  if (path.basename(name) === "LICENSES") return path.join("guest", "javascript", "LICENSES");
  return folder === "prelude" || folder === "bundled" ? path.join("guest", "javascript", "prelude.js") : name;
}
