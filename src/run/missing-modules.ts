/** Tells whether a program could run on this engine at all, whatever policy it runs under. */

import { quote } from "../errors.js";
import { homeOf } from "./python-library.js";
import type { EngineModules } from "../sandbox/engine.js";
import type { CheckedProgram } from "./check-program.js";

/** An engine of which nothing is known, as one of the user's own Python. */
const UNKNOWN: EngineModules = { kind: "local", packages: "unknown" };

/** Rules about connections and commands, which work on no engine that isolates. */
const NEEDS_NETWORK = /^PY-NET-/;
const NEEDS_PROGRAMS = /^PY-EXEC-00[12]$/;

/** The command that makes the image of the packages. */
export const BUILD = "`rlm-mcp image build --target data-science`";

/** What starts a thread. The embedded engine has the modules, and no threads. */
const THREAD_MODULES = /\b(?:threading|concurrent)\b/;
const THREAD_MAKERS = /\b(?:Thread|Timer|ThreadPoolExecutor|ProcessPoolExecutor)\b/;

/** A program that goes on without a module that it does not find. */
const CATCHES = /\bexcept\b(.*)/g;
const MISSING_MODULE = /\b(?:ImportError|ModuleNotFoundError)\b/;

/**
 * Says what a program needs that this engine has under no policy, as a sentence without its end; null if there is
 * nothing of the kind.
 */
export function findObstacle(program: CheckedProgram, engine: EngineModules = UNKNOWN): string | null {
  const { inspection, project } = program;
  const parts = [inspection, ...(project?.checked ?? []).map((module) => module.inspection)];
  if (inspection.report.language !== "python" || engine.kind === "local") return null;
  const findings = parts.flatMap(({ report }) => report.findings());
  if (!parts.some(({ report }) => goesOnWithout(report.code))) {
    for (const { module } of findings) {
      const isOther = module !== undefined && !module.startsWith(".") && project?.isOwn(module) !== true;
      const sentence = isOther ? describeMissing(module, engine) : null;
      if (sentence !== null) return sentence;
    }
  }
  if (findings.some(({ rule }) => NEEDS_NETWORK.test(rule))) return "No policy gives it a network: there is none";
  if (findings.some(({ rule }) => NEEDS_PROGRAMS.test(rule)))
    return "No policy gives it other programs: there are none here";
  const needsThreads = parts.some(({ report: { code } }) => THREAD_MODULES.test(code) && THREAD_MAKERS.test(code));
  return engine.kind === "wasm" && needsThreads
    ? "The embedded engine has no threads: the Docker engine has them"
    : null;
}

function goesOnWithout(code: string): boolean {
  return [...code.matchAll(CATCHES)].some(([, caught = ""]) => MISSING_MODULE.test(caught));
}

/** Is it a module that the engine and its image do not have? Not, if nothing is known of them. */
export function isMissing(module: string, { kind, packages }: EngineModules): boolean {
  switch (homeOf(module)) {
    case "everywhere":
      return false;
    case "containers":
      return kind !== "container";
    case "nowhere":
      return true;
    case "data-science":
      return packages === "none";
    case "package":
    case "unknown":
      return packages !== "unknown";
  }
}

/** Says where a module is, if it is not here. */
function describeMissing(module: string, engine: EngineModules): string | null {
  if (!isMissing(module, engine)) return null;
  const top = module.split(".", 1)[0] ?? module;
  const name = quote(top, 60);
  switch (homeOf(module)) {
    case "everywhere":
      return null;
    case "containers":
      return `${name} is not in the embedded Python: the Docker engine has it`;
    case "nowhere":
      return `${name} is on no engine, under no policy`;
    case "data-science":
      return engine.kind === "container"
        ? `${name} is not in this image: the image data-science has it, which the operator makes with ${BUILD}`
        : `${name} is not on the embedded engine: the Docker engine has it with the image data-science, which the ` +
            `operator makes with ${BUILD}`;
    case "package":
      return `No image has ${name}, and nothing can be installed`;
    case "unknown":
      return `No image has ${name}, and nothing can be installed: if it is a module of your own, put it into \`files\``;
  }
}
