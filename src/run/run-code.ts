/**
 * One call, from the request to how it ended.
 *
 * Theory of operation. The steps go one way: limits, policy, paths, sandbox.
 * Each may end the call with a Refusal before anything runs; the sandbox step
 * takes a guest from the pool, gives it one job, and destroys it whatever
 * happens. The caller's signal stops the wait and the program alike. All three
 * endings come back in the report, together with what was known by then; this
 * file is the one that tells them apart.
 */

import { createHash, randomUUID } from "node:crypto";
import type { Caller } from "../caller.js";
import { Fault, Refusal, quote } from "../errors.js";
import { MAX_EXEC_CODE_SIZE, MAX_FILES, MAX_FILES_SIZE, MAX_OUTPUT_SIZE } from "../limits.js";
import type { Log } from "../log.js";
import { type Outcome, printedBytes } from "../outcome.js";
import { denied } from "../paths/path-validator.js";
import { readValidated } from "../paths/read-file.js";
import type { Analyser, Analysis, Inspection } from "../policy/analyser.js";
import { judge } from "../policy/judge.js";
import { exemptModules, importableModules, type Policy, withheldModules } from "../policy/policy.js";
import type { PolicyEntry, PolicySet } from "../policy/policy-set.js";
import type { Language as CheckedLanguage } from "../policy/rule.js";
import type { VerdictSigner } from "../policy/verdict.js";
import type { GuestFile, Isolation, Job, Json, Language, Surface } from "../sandbox/engine.js";
import type { Spent } from "../session/budget.js";
import type { Session } from "../session/session.js";
import type { RunVisit, SessionStore } from "../session/session-store.js";
import type { GuestPools } from "./guest-pools.js";

export interface RunRequest {
  readonly code: string;
  readonly language: Language;
  readonly sessionId: string | undefined;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** Name of a policy, or undefined for the server's. */
  readonly policy: string | undefined;
  readonly inputs: { readonly [name: string]: Json };
  /** Host paths. */
  readonly files: readonly string[];
  readonly verdictId: string | undefined;
}

export interface Timings {
  readonly queueMs: number;
  readonly bootMs: number;
  readonly runMs: number;
  readonly totalMs: number;
}

export interface RunReport {
  readonly runId: string;
  readonly sessionId: string | null;
  readonly ending: Outcome | Refusal | Fault;
  readonly policy: { readonly policy: Policy; readonly analysis: Analysis } | null;
  readonly isolation: Isolation | null;
  readonly limits: { readonly timeoutMs: number; readonly memoryMb: number; readonly codeBytes: number; readonly outputBytes: number };
  readonly timings: Timings;
  readonly provenance: {
    readonly codeSha256: string;
    readonly inputsSha256: string;
    readonly files: readonly { readonly path: string; readonly sha256: string }[];
  };
}

export interface RunnerParts {
  readonly pools: GuestPools;
  /** May still be loading. */
  readonly analyser: Analyser | Promise<Analyser>;
  readonly signer: VerdictSigner;
  readonly sessions: SessionStore;
  readonly policies: PolicySet;
  readonly log: Log;
}

export interface Check extends PolicyEntry {
  readonly analysis: Analysis;
  readonly verdictId: string;
}

/** What is known of a call so far. */
interface Draft {
  /** From when the call was let into its session. */
  visit: RunVisit | null;
  policy: RunReport["policy"];
  isolation: Isolation | null;
  queueMs: number;
  bootMs: number;
  runMs: number;
  /** When the program was given to its guest. */
  startedMs: number | null;
  files: { path: string; sha256: string }[];
}

export class CodeRunner {
  readonly #parts: RunnerParts;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /**
   * Runs one program. Never throws: a Refusal or Fault is the report's ending.
   *
   * @param onStart Called once, when the program has been given to its guest.
   */
  async run(request: RunRequest, caller: Caller, signal: AbortSignal, onStart: () => void = () => undefined): Promise<RunReport> {
    const started = performance.now();
    const runId = `r_${randomUUID()}`;
    const draft: Draft = { visit: null, policy: null, isolation: null, queueMs: 0, bootMs: 0, runMs: 0, startedMs: null, files: [] };
    const ending = await this.#run(request, caller, signal, onStart, draft).catch((error: unknown) => {
      if (error instanceof Refusal || error instanceof Fault) return error;
      return new Fault("Cannot run a program", { cause: error });
    });
    using visit = draft.visit;
    visit?.charge(spentBy(ending, draft));
    const report: RunReport = {
      runId,
      sessionId: visit?.session.id ?? null,
      ending,
      policy: draft.policy,
      isolation: draft.isolation,
      limits: {
        timeoutMs: visit?.timeoutMs ?? request.timeoutMs,
        memoryMb: request.memoryMb,
        codeBytes: MAX_EXEC_CODE_SIZE,
        outputBytes: MAX_OUTPUT_SIZE,
      },
      timings: { queueMs: draft.queueMs, bootMs: draft.bootMs, runMs: draft.runMs, totalMs: performance.now() - started },
      provenance: {
        codeSha256: sha256(request.code),
        inputsSha256: sha256(JSON.stringify(request.inputs)),
        files: draft.files,
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
  async check(code: string, language: CheckedLanguage, policy: string | Policy | undefined): Promise<Check> {
    const entry = typeof policy === "object" ? { policy, isDefault: false, isAllowed: false } : this.#parts.policies.named(policy);
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

  async #run(request: RunRequest, caller: Caller, signal: AbortSignal, onStart: () => void, draft: Draft): Promise<Outcome> {
    const { session, timeoutMs } = (draft.visit = await this.#parts.sessions.enterRun(request.sessionId, caller, request.timeoutMs));

    const { policies } = this.#parts;
    const policy = policies.choose(request.policy);
    if (request.verdictId !== undefined) this.#parts.signer.assertMatches(request.verdictId, request.code, request.language, policy);
    const analyser = await this.#parts.analyser;
    const inspection = analyser.inspect(request.code, request.language);
    const analysis = judge(inspection, policy);
    draft.policy = { policy, analysis };
    const { syntaxError } = analysis;
    if (syntaxError !== null && request.language === "javascript") return syntaxErrorOutcome(syntaxError);
    if (syntaxError === null) assertAllowed(analysis, policy, inspection, policies);

    if (request.files.length > 0) await session.refreshRoots(caller);
    const files = await readFiles(session, request.files);
    draft.files = files.map(({ asked, file }) => ({ path: asked, sha256: sha256(file.bytes) }));

    const waiting = performance.now();
    const lease = await this.#parts.pools.acquire(request.language, signal).catch((error: unknown) => {
      if (signal.aborted) return null;
      throw error;
    });
    if (lease === null) return cancelledOutcome();
    try {
      draft.queueMs = performance.now() - waiting;
      if (!lease.wasWarm) draft.bootMs = draft.queueMs;
      draft.isolation = lease.sandbox.isolation;
      onStart();
      draft.startedMs = performance.now();
      const job: Job = {
        code: request.code,
        timeoutMs,
        memoryMb: request.memoryMb,
        inputs: request.inputs,
        files: files.map(({ file }) => file),
        surface: surfaceOf(policy, policies),
        ...(inspection.javascript === undefined ? {} : { javascript: inspection.javascript }),
        // The interpreter itself says what is wrong with a program that our parser cannot read, and runs none of it.
        ...(syntaxError === null ? {} : { compileOnly: true }),
      };
      const outcome = await lease.sandbox.run(job, signal);
      draft.runMs = outcome.runMs;
      if (syntaxError !== null && outcome.ending === "ok") assertAllowed(analysis, policy, inspection, policies);
      return outcome;
    } finally {
      // Not awaited: the answer does not wait until the guest is gone. Closing never throws.
      void lease.close();
    }
  }

  #record(report: RunReport, language: Language): void {
    const { ending } = report;
    const line = { run: report.runId, language, ms: Math.round(report.timings.totalMs), isolation: report.isolation?.level ?? null };
    if (ending instanceof Fault) this.#parts.log.error({ ...line, fault: ending.id, err: ending, cause: ending.cause }, "fault");
    else if (ending instanceof Refusal) this.#parts.log.info({ ...line, reason: ending.reason, rule: ending.detail.rule }, "refused");
    else this.#parts.log.info({ ...line, ending: ending.ending }, "ran");
  }
}

/** @throws {Refusal} With the first violation that denies; the report carries them all. */
function assertAllowed(analysis: Analysis, policy: Policy, inspection: Inspection, policies: PolicySet): void {
  if (analysis.verdict === "allow") return;
  const denying = analysis.violations.filter(({ severity, category }) => severity >= policy.threshold || category === "syntax");
  const [first, ...others] = denying;
  if (first === undefined) throw new Fault("Cannot tell why a policy denied a program");
  const passesUnder = policies.entries
    .filter((entry) => entry.policy !== policy && judge(inspection, entry.policy).verdict === "allow")
    .map((entry) => ({ policy: entry.policy.name, allowed: entry.isAllowed }));
  const importable = importableModules(policy);
  const sentences = [
    `${first.message} (line ${first.line}, column ${first.column})`,
    first.suggestion,
    ...(others.length === 0 ? [] : [`There ${others.length === 1 ? "is 1 more finding" : `are ${others.length} more findings`}, listed under policy.violations`]),
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
    ...(first.rule.includes("-IMPORT-") && importable !== "all" && inspection.report.language === "python" ? { alternatives: importable } : {}),
    retryable: false,
  });
}

/** Says which policies would let the program pass: those that the caller can choose, or else those that the operator could open. */
function passing(passesUnder: readonly { readonly policy: string; readonly allowed: boolean }[]): string[] {
  const named = (isAllowed: boolean): string => passesUnder.filter(({ allowed }) => allowed === isAllowed).map(({ policy }) => quote(policy)).join(", ");
  const [open, closed] = [named(true), named(false)];
  if (open !== "") return [`It passes with \`policy\` set to ${open}`];
  return closed === "" ? [] : [`The operator could allow a policy under which it passes: ${closed}`];
}

/** What the policy gives a program at run time, and what the guest says of the rest. */
export function surfaceOf(policy: Policy, policies: PolicySet): Surface {
  const others = policies.entries.filter((entry) => entry.policy !== policy && entry.isAllowed).map((entry) => quote(entry.policy.name));
  const instead = others.length === 0 ? "no other policy of this server may be chosen" : `the other policies that may be chosen are ${others.join(", ")}`;
  return {
    builtins: policy.builtins,
    modules: importableModules(policy),
    withheld: withheldModules(policy),
    exempt: exemptModules(policy),
    reads: policy.reads,
    hint: `the policy ${quote(policy.name)} does not allow it, and ${instead}`,
  };
}

/** What a call costs its session: of a guest that failed, the time that it had. */
function spentBy(ending: RunReport["ending"], { startedMs, runMs }: Draft): Spent {
  if (!(ending instanceof Refusal || ending instanceof Fault)) return { runMs, outputBytes: printedBytes(ending) };
  return { runMs: startedMs === null ? 0 : performance.now() - startedMs, outputBytes: 0 };
}

/** Reads every named file through its checked path. */
async function readFiles(session: Session, asked: readonly string[]): Promise<{ asked: string; file: GuestFile }[]> {
  if (asked.length > MAX_FILES) {
    throw new Refusal("bad-input", `Cannot take ${asked.length} files: at most ${MAX_FILES} are allowed`, { stage: "limits", resource: "files" });
  }
  const found: { asked: string; file: GuestFile }[] = [];
  const names = new Set<string>();
  let room = MAX_FILES_SIZE;
  for (const requested of asked) {
    const checked = await session.paths.resolve(requested);
    const bytes = await readValidated(checked, room);
    // A root may have been closed meanwhile.
    if (!session.contains(checked.real)) throw denied(requested);
    room -= bytes.length;
    const relative = checked.relative.replaceAll("\\", "/");
    // Files of two roots may have one relative path; the second is known by its root as well.
    const root = checked.root.split(/[\\/]/).pop() ?? "";
    let name = relative;
    for (let other = 1; names.has(name); other++) name = other === 1 ? `${root}/${relative}` : `${root}-${other}/${relative}`;
    names.add(name);
    found.push({ asked: requested, file: { name, path: `${root}/${relative}`, bytes } });
  }
  return found;
}

const NOTHING = { text: "", truncated: null };

function cancelledOutcome(): Outcome {
  return {
    ending: "cancelled",
    stdout: NOTHING,
    stderr: NOTHING,
    result: null,
    exitCode: null,
    signal: null,
    error: null,
    usage: { cpuMs: null, peakMemoryBytes: null },
    runMs: 0,
  };
}

function syntaxErrorOutcome({ message, line, column }: { message: string; line: number; column: number }): Outcome {
  const error = { type: "SyntaxError", message, line, column, traceback: `SyntaxError: ${message}\n    at program.js:${line}:${column}` };
  return { ...cancelledOutcome(), ending: "error", exitCode: 1, error };
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
