/** Judges a program together with the project's own modules that it can import. */

import type { ProgramInspection } from "../analysis/analyser.js";
import type { Language } from "../language.js";
import { type Analysis, judge, type Violation } from "../policy/judge.js";
import type { Policy } from "../policy/policy.js";
import { ProjectFiles } from "./project-files.js";
import { NO_MODULES, type ProjectModules } from "./project-modules.js";

/** A program with what was found of its project. */
interface JudgedProgram {
  readonly inspection: ProgramInspection;
  readonly hasStdin: boolean;
  readonly project?: ProjectModules;
}

/** The verdict on a program and its modules. The violations of the program come first, then those of each module. */
export function judgeProject(program: JudgedProgram, policy: Policy): Analysis {
  const { inspection: text, hasStdin, project = NO_MODULES } = program;
  const own = judge(text, policy, hasStdin, project.isOwn);
  const parts = project.checked.map(({ file, inspection, isOwn }) => {
    const analysis = judge(inspection, policy, hasStdin, isOwn);
    return { ...analysis, violations: analysis.violations.map((violation) => ({ ...violation, file })) };
  });
  const all: readonly Analysis[] = [own, ...parts];
  return {
    verdict: all.every(({ verdict }) => verdict === "allow") ? "allow" : "deny",
    syntaxError: own.syntaxError,
    maxSeverity: all.reduce((worst, { maxSeverity }) => (maxSeverity > worst ? maxSeverity : worst), own.maxSeverity),
    violations: all.flatMap(({ violations }) => violations).map((one) => namingFile(one, project)),
  };
}

/** A module that was not found may be a file that has another name here. */
function namingFile(violation: Violation, project: ProjectModules): Violation {
  const { rule, resource } = violation;
  if (rule !== "PY-IMPORT-001" || resource === undefined) return violation;
  const suggestion = nameOfFile(resource, project);
  return suggestion === null ? violation : { ...violation, suggestion };
}

/** Tells by which name a file is imported that a program may mean by `module`, as a sentence without its end. */
export function nameOfFile(module: string, { similar }: ProjectModules): string | null {
  const [file] = similar(module);
  if (file === undefined) return null;
  const name = file.replace(/(?:\/__init__)?\.py$/, "").replaceAll("/", ".");
  return ProjectFiles.isTaken(name)
    ? `A module of the library has this name, and it is meant: give the file ${file} another name`
    : `The file ${file} is the module ${name}: import it by this name`;
}

/** True for a module that may be one of the project's, as long as its files are not known. */
export function mayBeOwn(language: Language): (module: string) => boolean {
  return (module) =>
    language === "python" ? !module.startsWith(".") && !ProjectFiles.isTaken(module) : /^\.\.?\//.test(module);
}
