/** Makes the job that a guest gets: the program with its inputs, files, limits and guest policy. */

import type { Job } from "../sandbox/engine.js";
import type { PolicySet } from "../policy/policy-set.js";
import type { Session } from "../session/session.js";
import type { CheckedProgram } from "./check-program.js";
import { deriveGuestPolicy } from "./guest-policy.js";
import { directoryNameOf, filesOf, type InputFiles } from "./input-files.js";
import { inputsOfJob } from "./inputs.js";
import { describeJavaScript } from "./keep-declarations.js";
import type { SandboxLease } from "./lease.js";
import type { RunRequest } from "./run-request.js";

/** The results of the earlier steps of a run. */
export interface JobParts {
  readonly program: CheckedProgram;
  readonly policies: PolicySet;
  readonly session: Session;
  readonly inputFiles: InputFiles;
  readonly lease: SandboxLease;
}

/** Returns the job of a run. A program with a syntax error is compiled and never runs. */
export function makeJob(request: RunRequest, { program, policies, session, inputFiles, lease }: JobParts): Job {
  const { javascript } = program.inspection;
  const isKept = lease.mode === "session";
  return {
    code: program.inspection.code ?? request.code,
    timeoutMs: request.timeoutMs,
    memoryMb: lease.memoryMb,
    ...inputsOfJob(request.inputs),
    ...(request.stdin === undefined ? {} : { stdin: Buffer.from(request.stdin, "utf8") }),
    files: filesOf(inputFiles),
    ...(program.project === undefined ? {} : { modules: program.project.modules }),
    guestPolicy: deriveGuestPolicy(program.policy, policies),
    directory: startDirectoryOf(session),
    ...(isKept ? { keep: true } : {}),
    ...(javascript === undefined
      ? {}
      : { javascript: describeJavaScript(javascript, { isKept, modules: program.project?.scripts }) }),
    ...(program.analysis.syntaxError === null ? {} : { compileOnly: true }),
  };
}

/** The directory that a program of the session starts in, relative to the workspace. */
export function startDirectoryOf(session: Session): string {
  return directoryNameOf(session.roots[0] ?? "");
}
