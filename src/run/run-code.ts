/**
 * One call, from the request to how it ended.
 *
 * Theory of operation. The steps go one way: limits, policy, paths, sandbox. Each may end the call with a Refusal
 * before anything runs; the sandbox step takes a guest from the pool, gives it one job, and destroys it whatever
 * happens, or takes a turn at the session's own interpreter. The caller's signal stops the wait and the program alike.
 * All three endings come back in the report, together with what was known by then; this file is the one that tells them
 * apart.
 */

import type { Caller } from "../caller.js";
import { sha256 } from "../digest.js";
import { Fault, Refusal, quote } from "../errors.js";
import { newRunId, type RunId, type SessionId, type VerdictId } from "../ids.js";
import { MAX_EXEC_CODE_SIZE, MAX_OUTPUT_SIZE } from "../limits.js";
import type { Log } from "../log.js";
import { type Outcome, printedBytes, stoppedOutcome, syntaxErrorOutcome } from "../outcome.js";
import type { Analyser, Inspection } from "../analysis/analyser.js";
import { type Analysis, judge } from "../policy/judge.js";
import { exemptModules, importableModules, type Policy, withheldModules } from "../policy/policy.js";
import type { PolicyEntry, PolicySet } from "../policy/policy-set.js";
import type { InterpreterMode } from "../interpreter-mode.js";
import type { VerdictSigner } from "../policy/verdict.js";
import type { Isolation, Job, GuestPolicy } from "../sandbox/engine.js";
import type { Spent } from "../session/budget.js";
import type { Session, Visit } from "../session/session.js";
import { type Given, nameOf, NO_INPUT_FILES, type InputFileReport, provided, readInputFiles } from "./input-files.js";
import type { GuestPools } from "./guest-pools.js";
import { type Inputs, partInputs } from "./inputs.js";
import type { Interpreters, Turn } from "./interpreters.js";
import { describeJavaScript } from "./javascript-globals.js";
import type { Language, RunnableLanguage } from "../language.js";

export interface RunRequest {
  readonly code: string;
  readonly language: RunnableLanguage;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** Name of a policy, or undefined for the server's. */
  readonly policy: string | undefined;
  readonly inputs: Inputs;
  /** Host paths. */
  readonly files: readonly string[];
  readonly verdictId: string | undefined;
  /** Undefined is fresh. */
  readonly interpreter?: InterpreterMode;
  /** End the session's interpreter and start another. */
  readonly reset?: boolean;
}

/** The call that a program runs in. */
export interface RunContext {
  /** The call's visit in its session. Its owner ends it, after the run. */
  readonly visit: Visit;
  readonly caller: Caller;
  /** Aborting it stops the wait for a sandbox and the program. */
  readonly signal: AbortSignal;
  /** Called once, when the program has been given to its guest. */
  readonly onStart?: () => void;
}

export interface Timings {
  readonly queueMs: number;
  readonly bootMs: number;
  readonly runMs: number;
  readonly totalMs: number;
}

export interface RunReport {
  readonly runId: RunId;
  readonly sessionId: SessionId;
  readonly ending: Outcome | Refusal | Fault;
  readonly policy: { readonly policy: Policy; readonly analysis: Analysis } | null;
  readonly isolation: Isolation | null;
  readonly interpreter: InterpreterReport | null;
  readonly limits: {
    readonly timeoutMs: number;
    readonly memoryMb: number;
    readonly codeBytes: number;
    readonly outputBytes: number;
  };
  readonly timings: Timings;
  readonly provenance: {
    readonly codeSha256: string;
    readonly inputsSha256: string;
    readonly files: readonly InputFileReport[];
    /** Of named directories: what was not given, relative to its root. */
    readonly leftOut: readonly string[];
  };
}

/** What became of the interpreter that a program ran in. */
export interface InterpreterReport {
  readonly mode: InterpreterMode;
  /** It had run nothing before this program. */
  readonly isNew: boolean;
  /** What the program has made is there for the session's next call. */
  readonly isKept: boolean;
  /** Why the session's interpreter before this one is gone, if there was one. */
  readonly ended: string | null;
}

export interface RunnerParts {
  readonly pools: GuestPools;
  /** May still be loading. */
  readonly analyser: Analyser | Promise<Analyser>;
  readonly signer: VerdictSigner;
  readonly policies: PolicySet;
  readonly interpreters: Interpreters;
  readonly log: Log;
}

export interface Check extends PolicyEntry {
  readonly analysis: Analysis;
  readonly verdictId: VerdictId;
}

/** Where a program runs. */
interface Place extends Pick<Turn, "sandbox" | "memoryMb" | "wasWarm" | "ended" | "leave"> {
  readonly isNew: boolean;
}

/** What is known of a call so far. */
interface Draft {
  policy: RunReport["policy"];
  isolation: Isolation | null;
  interpreter: InterpreterReport | null;
  memoryMb: number;
  queueMs: number;
  bootMs: number;
  runMs: number;
  given: Given;
  /** Where files lie in the sandbox; null until there is one. */
  workspace: string | null;
  inputsSha256: Promise<string> | null;
  /** When the program was given to its guest. */
  startedMs: number | null;
}

export class CodeRunner {
  readonly #parts: RunnerParts;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /**
   * Runs one program and charges its session. Never throws: a Refusal or Fault is the report's ending.
   */
  async run(request: RunRequest, context: RunContext): Promise<RunReport> {
    const { visit } = context;
    const started = performance.now();
    const runId = newRunId();
    const draft: Draft = {
      policy: null,
      isolation: null,
      interpreter: null,
      memoryMb: request.memoryMb,
      queueMs: 0,
      bootMs: 0,
      runMs: 0,
      startedMs: null,
      given: NO_INPUT_FILES,
      workspace: null,
      inputsSha256: null,
    };
    const ending = await this.#run(request, context, draft).catch((error: unknown) => {
      if (error instanceof Refusal || error instanceof Fault) return error;
      return new Fault("Cannot run a program", { cause: error });
    });
    visit.charge(spentBy(ending, draft));
    const report: RunReport = {
      runId,
      sessionId: visit.session.id,
      ending,
      policy: draft.policy,
      isolation: draft.isolation,
      interpreter: draft.interpreter,
      limits: {
        timeoutMs: request.timeoutMs,
        memoryMb: draft.memoryMb,
        codeBytes: MAX_EXEC_CODE_SIZE,
        outputBytes: MAX_OUTPUT_SIZE,
      },
      timings: {
        queueMs: draft.queueMs,
        bootMs: draft.bootMs,
        runMs: draft.runMs,
        totalMs: performance.now() - started,
      },
      provenance: {
        codeSha256: sha256(request.code),
        inputsSha256: await (draft.inputsSha256 ?? inputsHash(request.inputs)),
        files: provided(draft.given, draft.workspace),
        leftOut: draft.given.leftOut,
      },
    };
    this.#record(report, request.language);
    return report;
  }

  /**
   * Analyses a program as `run` would; runs nothing. Under a policy that is given instead of named, no program runs.
   *
   * @throws {Refusal} If there is no such policy.
   */
  async check(
    code: string,
    language: Language,
    policy: string | Policy | undefined,
    mode: InterpreterMode = "fresh",
  ): Promise<Check> {
    const { policies } = this.#parts;
    const named = typeof policy === "object" ? { policy, isDefault: false, isAllowed: false } : policies.named(policy);
    const entry = { ...named, policy: policies.forMode(named.policy, mode) };
    const inspection = (await this.#parts.analyser).inspect(code, language);
    return {
      ...entry,
      analysis: judge(inspection, entry.policy),
      verdictId: this.#parts.signer.issue(code, language, entry.policy),
    };
  }

  /** Every policy of the server. */
  get policies(): PolicySet {
    return this.#parts.policies;
  }

  async #run(request: RunRequest, context: RunContext, draft: Draft): Promise<Outcome> {
    const { visit, caller, signal, onStart } = context;
    const { session } = visit;
    visit.begin(request.timeoutMs);

    const { policies } = this.#parts;
    const mode = request.interpreter ?? "fresh";
    const policy = policies.forMode(policies.choose(request.policy), mode);
    if (request.verdictId !== undefined)
      this.#parts.signer.assertMatches(request.verdictId, request.code, request.language, policy);
    const analyser = await this.#parts.analyser;
    const inspection = analyser.inspect(request.code, request.language);
    const analysis = judge(inspection, policy);
    draft.policy = { policy, analysis };
    const { syntaxError } = analysis;
    if (syntaxError !== null && request.language === "javascript") return syntaxErrorOutcome(syntaxError);
    if (syntaxError === null) assertAllowed(analysis, policy, inspection, policies);

    if (request.files.length > 0) await session.refreshRoots(caller);
    draft.given = await readInputFiles(session, request.files);

    const waiting = performance.now();
    const place = await this.#takePlace(request, session, policy, signal).catch((error: unknown) => {
      if (signal.aborted) return null;
      throw error;
    });
    if (place === null) return stoppedOutcome("cancelled", 0);
    try {
      const { sandbox, memoryMb, isNew } = place;
      const ended = place.ended ?? (isNew && mode === "session" ? session.predecessorEnd : null);
      draft.queueMs = performance.now() - waiting;
      if (!place.wasWarm) draft.bootMs = draft.queueMs;
      draft.isolation = sandbox.isolation;
      draft.workspace = sandbox.workspace;
      draft.memoryMb = memoryMb;
      draft.interpreter = { mode, isNew, isKept: false, ended };
      onStart?.();
      draft.startedMs = performance.now();
      const job: Job = {
        code: request.code,
        timeoutMs: request.timeoutMs,
        memoryMb,
        ...partInputs(request.inputs),
        files: draft.given.files.map(({ file }) => file),
        guestPolicy: deriveGuestPolicy(policy, policies),
        directory: nameOf(session.roots[0] ?? ""),
        ...(mode === "session" ? { keep: true } : {}),
        ...(inspection.javascript === undefined
          ? {}
          : { javascript: describeJavaScript(inspection.javascript, { isKept: mode === "session" }) }),
        // The interpreter itself says what is wrong with a program that our parser cannot read, and runs none of it.
        ...(syntaxError === null ? {} : { compileOnly: true }),
      };
      const running = sandbox.run(job, signal);
      // While the program runs: of a megabyte it takes longer than most programs.
      draft.inputsSha256 = new Promise((resolve) => setImmediate(() => resolve(inputsHash(request.inputs))));
      const outcome = await running;
      draft.runMs = outcome.runMs;
      draft.interpreter = { mode, isNew, isKept: place.leave(), ended };
      if (syntaxError !== null && outcome.ending === "ok") assertAllowed(analysis, policy, inspection, policies);
      return outcome;
    } finally {
      place.leave();
    }
  }

  /** Leases a guest, or waits for the session's own interpreter. */
  async #takePlace(request: RunRequest, session: Session, policy: Policy, signal: AbortSignal): Promise<Place> {
    const { language, memoryMb } = request;
    if (request.interpreter === "session") {
      const { reset = false } = request;
      const turn = await this.#parts.interpreters.enter(
        { sessionId: session.id, language, policy, memoryMb, reset },
        signal,
      );
      return { ...turn, isNew: !turn.isKept };
    }
    const lease = await this.#parts.pools.acquire(language, signal);
    const leave = (): boolean => {
      // Not awaited: the answer does not wait until the guest is gone. Closing never throws.
      void lease.close();
      return false;
    };
    return { sandbox: lease.sandbox, memoryMb, isNew: true, wasWarm: lease.wasWarm, ended: null, leave };
  }

  #record(report: RunReport, language: RunnableLanguage): void {
    const { ending } = report;
    const line = {
      run: report.runId,
      language,
      ms: Math.round(report.timings.totalMs),
      isolation: report.isolation?.level ?? null,
    };
    if (ending instanceof Fault)
      this.#parts.log.error({ ...line, fault: ending.id, err: ending, cause: ending.cause }, "fault");
    else if (ending instanceof Refusal)
      this.#parts.log.info({ ...line, reason: ending.reason, rule: ending.detail.rule }, "refused");
    else this.#parts.log.info({ ...line, ending: ending.ending }, "ran");
  }
}

/** @throws {Refusal} With the first violation that denies; the report carries them all. */
function assertAllowed(analysis: Analysis, policy: Policy, inspection: Inspection, policies: PolicySet): void {
  if (analysis.verdict === "allow") return;
  const denying = analysis.violations.filter(
    ({ severity, category }) => severity >= policy.threshold || category === "syntax",
  );
  const [first, ...others] = denying;
  if (first === undefined) throw new Fault("Cannot tell why a policy denied a program");
  const passesUnder = policies
    .othersThan(policy)
    .filter((entry) => judge(inspection, entry.policy).verdict === "allow")
    .map((entry) => ({ policy: entry.policy.name, allowed: entry.isAllowed }));
  const importable = importableModules(policy);
  const sentences = [
    `${first.message} (line ${first.line}, column ${first.column})`,
    first.suggestion,
    ...(others.length === 0
      ? []
      : [
          `There ${others.length === 1 ? "is 1 more finding" : `are ${others.length} more findings`}, listed under policy.violations`,
        ]),
    ...passing(passesUnder),
  ];
  throw new Refusal("policy-denied", `${sentences.join(". ")}.`, {
    stage: "policy",
    rule: first.rule,
    line: first.line,
    column: first.column,
    snippet: first.snippet,
    suggestion: first.suggestion,
    passesUnder,
    ...(first.resource === undefined ? {} : { resource: first.resource }),
    ...(first.rule.includes("-IMPORT-") && importable !== "all" && inspection.report.language === "python"
      ? { alternatives: importable }
      : {}),
    retryable: false,
  });
}

/**
 * Says which policies would let the program pass: those that the caller can choose, or else those that the operator
 * could open.
 */
function passing(passesUnder: readonly { readonly policy: string; readonly allowed: boolean }[]): string[] {
  const named = (isAllowed: boolean): string =>
    passesUnder
      .filter(({ allowed }) => allowed === isAllowed)
      .map(({ policy }) => quote(policy))
      .join(", ");
  const [open, closed] = [named(true), named(false)];
  if (open !== "") return [`It passes with \`policy\` set to ${open}`];
  return closed === "" ? [] : [`The operator could allow a policy under which it passes: ${closed}`];
}

/** What the policy gives a program at run time, and what the guest says of the rest. */
export function deriveGuestPolicy(policy: Policy, policies: PolicySet): GuestPolicy {
  const others = policies
    .othersThan(policy)
    .filter(({ isAllowed }) => isAllowed)
    .map((entry) => quote(entry.policy.name));
  const instead =
    others.length === 0
      ? "no other policy of this server may be chosen"
      : `the other policies that may be chosen are ${others.join(", ")}`;
  return {
    builtins: policy.builtins,
    modules: importableModules(policy),
    withheld: withheldModules(policy),
    exempt: exemptModules(policy),
    reads: policy.reads,
    ...(policy.opened === undefined ? {} : { opened: policy.opened }),
    hint: `the policy ${quote(policy.name)} does not allow it, and ${instead}`,
  };
}

/** What a call costs its session: of a guest that failed, the time that it had. */
function spentBy(ending: RunReport["ending"], { startedMs, runMs }: Draft): Spent {
  if (!(ending instanceof Refusal || ending instanceof Fault)) return { runMs, outputBytes: printedBytes(ending) };
  return { runMs: startedMs === null ? 0 : performance.now() - startedMs, outputBytes: 0 };
}

function inputsHash(inputs: Inputs): string {
  return sha256(JSON.stringify(inputs));
}
