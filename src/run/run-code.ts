/**
 * Runs one program, from the request to the report.
 *
 * Theory of operation. A run takes the steps of `#takeSteps`, in their order: limits, policy, paths, sandbox. Each step
 * may end the run with a Refusal before the program runs. The sandbox step leases a guest from the pool, which runs
 * this one job and is destroyed, or the session's own interpreter. The caller's signal stops the wait for a sandbox and
 * the program. Outcome, Refusal and Fault all come back in the report, with everything that was known by then. This
 * file is the one that tells them apart.
 */

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Caller } from "../caller.js";
import { Fault, isFailure, Refusal } from "../errors.js";
import type { Language, ProgramLanguage } from "../language.js";
import type { Log } from "../log.js";
import { type Outcome, stoppedOutcome, syntaxErrorOutcome, withSyntaxHint } from "../outcome.js";
import { searchAhead } from "../policy/pattern-thread.js";
import type { Policy } from "../policy/policy.js";
import type { PolicySet } from "../policy/policy-set.js";
import type { EngineModules, Job } from "../sandbox/engine.js";
import type { Session } from "../session/session.js";
import {
  beforeFiles,
  type Check,
  checkCode,
  type CheckedProgram,
  checkModules,
  type CheckParts,
  checkProgram,
  type CheckTerms,
  judgeBeforeFiles,
} from "./check-program.js";
import { filesOf, type InputFiles, readInputFiles } from "./input-files.js";
import { areMeasured } from "./inputs.js";
import { makeJob, startDirectoryOf } from "./job.js";
import { leaseSandbox, type LeaseSources, type SandboxLease } from "./lease.js";
import { assertModulesAreHere, foreseeMissing } from "./missing-imports.js";
import { PersonsPolicies } from "./persons-policies.js";
import { denialOf } from "./policy-denial.js";
import type { ExecLimits } from "../limits.js";
import { RunRecord, type RunReport } from "./run-report.js";
import type { RunContext, RunRequest } from "./run-request.js";
import { describeHelp, namesPolicy, policyInUse, type SettledCall, settlePolicy } from "./settle-policy.js";

/** The parts of the server that a run needs. */
export interface RunnerParts extends CheckParts, LeaseSources {
  /** The modules of the engine; absent if nothing is known of it. */
  readonly modules?: Promise<EngineModules | undefined>;
  readonly log: Log;
  readonly limits: ExecLimits;
}

/** Runs and checks programs. */
export class CodeRunner {
  readonly #parts: RunnerParts;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** All policies of the server. */
  get policies(): PolicySet {
    return this.#parts.policies;
  }

  /** The limits on one program. */
  get limits(): ExecLimits {
    return this.#parts.limits;
  }

  /** Analyses a program and runs nothing, as `checkCode` does. */
  check(code: string, language: Language, policy: string | Policy | undefined, terms: CheckTerms = {}): Promise<Check> {
    return checkCode(this.#parts, code, language, policy, terms);
  }

  /**
   * Says what the person at the client could do for a program that a check has denied; null if nothing. Asks nobody.
   *
   * @param terms Those of the check.
   */
  async describeHelp(
    check: Check,
    { mode = "fresh", hasStdin = false }: CheckTerms,
    { consent }: Session,
    caller: Caller,
  ): Promise<string | null> {
    const { policies, modules } = this.#parts;
    const others = policies.entries.map(({ policy }) => policy);
    await searchAhead(check.inspection, others);
    const persons = new PersonsPolicies(policies, mode, consent, caller);
    return describeHelp({ ...check, hasStdin }, persons, await modules);
  }

  /** Says what a run of a checked program will be refused for although the check allows it; null if nothing. */
  async foreseeRefusal(check: Check, { mode = "fresh", hasStdin = false }: CheckTerms): Promise<string | null> {
    // An earlier call of a session may have put a module there.
    if (check.analysis.verdict === "deny" || mode === "session") return null;
    return foreseeMissing({ ...check, hasStdin }, this.#parts.modules);
  }

  /** Runs one program and charges its session. Never rejects: a Refusal or a Fault is the ending in the report. */
  async run(request: RunRequest, context: RunContext): Promise<RunReport> {
    const record = new RunRecord(request, context.visit.session.id, this.limits.codeSize);
    const ending = await this.#takeSteps(request, context, record).catch((error: unknown) => {
      if (isFailure(error)) return error;
      return new Fault("Cannot run a program", { cause: error });
    });
    context.visit.charge(record.costOf(ending));
    const report = await record.report(ending);
    this.#log(report, request.language);
    return report;
  }

  async #takeSteps(request: RunRequest, context: RunContext, record: RunRecord): Promise<Outcome> {
    const { visit, caller, signal } = context;
    const { session } = visit;
    const { policies } = this.#parts;
    visit.begin(request.timeoutMs);

    // Policy.
    const persons = new PersonsPolicies(policies, request.interpreter ?? "fresh", session.consent, caller);
    const alone = await checkProgram(this.#parts, request, persons);
    record.noteAnalysis(alone.policy, alone.analysis);
    const { syntaxError } = alone.analysis;
    if (syntaxError !== null && request.language !== "python") return syntaxErrorOutcome(syntaxError);
    if (syntaxError === null) await this.#assertWorthReading(alone, request, persons);

    // Paths.
    if (request.files.length > 0) await session.refreshRoots(caller);
    const inputFiles = await this.#readFiles(request, session, signal, record).catch(async (error: unknown) => {
      // Of two reasons, the first is told.
      if (syntaxError === null && error instanceof Refusal) await this.#assertAllowed(beforeFiles(alone, request));
      throw error;
    });
    if (inputFiles === null) return stoppedOutcome("cancelled", 0);
    record.noteInputFiles(inputFiles);

    // Policy, of the files that the program can import too.
    const whole = await checkModules(this.#parts, alone, filesOf(inputFiles), startDirectoryOf(session));
    record.noteAnalysis(whole.policy, whole.analysis);
    const program =
      syntaxError === null
        ? await this.#settle(whole, { request, context, persons, runId: record.runId }, record)
        : whole;
    if (program === null) return stoppedOutcome("cancelled", 0);

    // Sandbox.
    const waitingSince = performance.now();
    using lease = await leaseSandbox(this.#parts, request, session, program.policy, signal);
    if (lease === null) return stoppedOutcome("cancelled", 0);
    record.noteLease(lease, performance.now() - waitingSince);
    // To send large inputs takes as long as the work so far, and others are served in between.
    if (areMeasured(request.inputs)) await nextTurn();
    context.onStart?.();
    record.noteStart();
    const job = makeJob(request, { program, policies, session, inputFiles, lease });
    const outcome = await this.#runJob(job, lease, signal, record);

    // The interpreter itself reports the syntax error of a Python program. If it finds none, the policy decides.
    if (syntaxError !== null && outcome.ending === "ok") await this.#assertAllowed(program);
    return withSyntaxHint(outcome, syntaxError?.hint);
  }

  /**
   * Refuses a program before its files are read, unless it passes or the person's yes could let it run.
   *
   * @throws {Refusal} `policy-denied`.
   */
  async #assertWorthReading(alone: CheckedProgram, request: RunRequest, persons: PersonsPolicies): Promise<void> {
    const early = beforeFiles(alone, request);
    // Without files nothing is read, and the policy decides after this.
    if (request.files.length === 0 || early.analysis.verdict === "allow") return;
    const passes = (policy: Policy): boolean => judgeBeforeFiles(alone, request, policy).verdict === "allow";
    if (namesPolicy(request) || !persons.mayHelp(alone.policy, passes)) await this.#assertAllowed(early);
  }

  /**
   * Decides the policy that a program runs under, and refuses one that needs a module which is not here. Returns null
   * if the call was cancelled while the person was asked.
   *
   * @throws {Refusal} `policy-denied`, `module-missing`.
   */
  async #settle(program: CheckedProgram, call: SettledCall, record: RunRecord): Promise<CheckedProgram | null> {
    const { policies, interpreters, log, modules } = this.#parts;
    const known = await modules;
    const settled = await settlePolicy(program, call, { policies, interpreters, log, modules: known });
    if (settled === null) return null;
    record.noteAnalysis(settled.program.policy, settled.program.analysis);
    if (settled.note !== null) record.noteSentence(settled.note);
    // An earlier call of the interpreter may have put a module there.
    if (policyInUse(call, { interpreters }) === undefined) assertModulesAreHere(settled.program, known);
    return settled.program;
  }

  /** @throws {Refusal} `policy-denied`. */
  async #assertAllowed(program: CheckedProgram): Promise<void> {
    const { policies, modules } = this.#parts;
    if (program.analysis.verdict === "deny") throw denialOf(program, policies, await modules);
  }

  /** Returns null if the call was cancelled meanwhile. */
  async #readFiles(
    { files }: RunRequest,
    session: Session,
    signal: AbortSignal,
    record: RunRecord,
  ): Promise<InputFiles | null> {
    const since = performance.now();
    try {
      return await readInputFiles(session, files, signal);
    } catch (error) {
      if (signal.aborted && !(error instanceof Refusal)) return null;
      throw error;
    } finally {
      if (files.length > 0) record.noteReading(performance.now() - since);
    }
  }

  async #runJob(job: Job, lease: SandboxLease, signal: AbortSignal, record: RunRecord): Promise<Outcome> {
    const running = lease.sandbox.run(job, signal);
    record.hashInputsLater();
    const outcome = await running;
    record.noteOutcome(outcome, lease.release());
    return outcome;
  }

  #log({ runId, ending, policy, timings, isolation }: RunReport, language: ProgramLanguage): void {
    const { log } = this.#parts;
    const line = {
      run: runId,
      language,
      policy: policy === null ? null : { name: policy.policy.name, hash: policy.policy.hash },
      ms: Math.round(timings.totalMs),
      isolation: isolation?.level ?? null,
    };
    if (ending instanceof Fault) log.error({ ...line, fault: ending.id, err: ending, cause: ending.cause }, "fault");
    else if (ending instanceof Refusal)
      log.info({ ...line, reason: ending.reason, rule: ending.detail.rule }, "refused");
    else log.info({ ...line, ending: ending.ending }, "ran");
  }
}
