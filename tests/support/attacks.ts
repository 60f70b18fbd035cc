/**
 * Registers attacks twice: without the fence, so that the boundary alone is left, and with the policy that agents work
 * under.
 *
 * The second time a program that the policy refuses counts as stopped. It does not run. Its test goes on with what the
 * same program did without the fence, so that the programs around it are checked all the same. A session is over with
 * the first refused program, because the later ones need what it has made. A program that the policy allows runs, and
 * must be stopped as without the fence. The summary at the end counts both kinds.
 */

import { beforeEach, describe } from "vitest";
import type { Outcome } from "../../src/outcome.js";
import type { Policy } from "../../src/policy/policy.js";
import type { GuestPolicy, Job, Sandbox } from "../../src/sandbox/engine.js";
import * as product from "./built-modules.js";
import { type EngineName, type EngineUnderTest, forEachEngine, inspect, NO_FENCE, type Ran, runIn } from "./engines.js";

/** What became of the attacks of one test under the policy. */
export interface Attacks {
  refused: number;
  ran: number;
}

/** An engine for attacks. `fence: "open"` gives a program the fence of this variant. */
export interface EngineUnderAttack extends EngineUnderTest {
  /** True if the policy refuses the program, or if its guest did. False without a policy. */
  isRefused(code: string): boolean;
  /** True if the words are those with which a guest of this variant refuses. */
  isGuestRefusal(message: string | undefined): boolean;
}

const POLICY: Policy = product.presets.WORKSPACE;
const FENCE: GuestPolicy = product.guestPolicy.deriveGuestPolicy(
  POLICY,
  new product.policySet.PolicySet([POLICY], POLICY.name),
);

/** Registers the tests of `body` for each engine in `names`, without the fence and with the policy. */
export function forEachAttack(
  title: string,
  body: (engine: EngineUnderAttack) => void,
  names?: readonly EngineName[],
): void {
  forEachEngine(
    title,
    (engine) => {
      const known = new Map<string, Outcome>();
      describe("without the fence", () => body(withoutFence(engine, known)));
      describe(`under ${POLICY.name}`, () => body(underPolicy(engine, known)));
    },
    names,
  );
}

type Known = Map<string, Outcome>;

function withoutFence(engine: EngineUnderTest, known: Known): EngineUnderAttack {
  return attacked(engine, {
    run: async (sandbox, job, signal) => {
      const outcome = await sandbox.run(job, signal);
      known.set(keyOf(job), outcome);
      return outcome;
    },
    isOver: () => false,
    known: () => undefined,
    isRefused: () => false,
    isGuestRefusal: () => false,
  });
}

function underPolicy(engine: EngineUnderTest, known: Known): EngineUnderAttack {
  let count: Attacks = { refused: 0, ran: 0 };
  beforeEach(({ task }) => {
    task.meta.attacks = count = { refused: 0, ran: 0 };
  });
  const isRefused = (code: string, language: "python" | "javascript" = "python"): boolean => {
    const { verdict } = product.judge.judge(inspect(code, language), POLICY);
    if (verdict === "deny") count.refused++;
    return verdict === "deny";
  };
  const isGuestRefusal = (message = ""): boolean => message.includes(FENCE.hint);
  const over = new WeakSet<Sandbox>();
  const run: Variant["run"] = async (sandbox, job, signal) => {
    const withoutFence = known.get(keyOf(job));
    const isAttack = job.guestPolicy === NO_FENCE;
    if (isAttack && isRefused(job.code, languageOf(job))) over.add(sandbox);
    if (over.has(sandbox) && withoutFence !== undefined) return withoutFence;
    if (!isAttack || over.has(sandbox)) return sandbox.run(job, signal);
    count.ran++;
    const outcome = await sandbox.run({ ...job, guestPolicy: FENCE }, signal);
    return isGuestRefusal(outcome.error?.message) && withoutFence !== undefined ? withoutFence : outcome;
  };
  return attacked(engine, {
    run,
    isOver: (sandbox) => over.has(sandbox),
    known: (job) =>
      job.guestPolicy === NO_FENCE && known.has(keyOf(job)) && isRefused(job.code, languageOf(job))
        ? known.get(keyOf(job))
        : undefined,
    isRefused,
    isGuestRefusal,
  });
}

interface Variant extends Pick<EngineUnderAttack, "isRefused" | "isGuestRefusal"> {
  run(sandbox: Sandbox, job: Job, signal: AbortSignal): Promise<Outcome>;
  /** True if the policy has refused a program of this session. */
  isOver(sandbox: Sandbox): boolean;
  /** The outcome of a job that needs no guest. */
  known(job: Job): Outcome | undefined;
}

function attacked(
  engine: EngineUnderTest,
  { run, isOver, known, isRefused, isGuestRefusal }: Variant,
): EngineUnderAttack {
  const open: EngineUnderTest["open"] = async (...spec) => {
    const sandbox = await engine.open(...spec);
    return new Proxy(sandbox, {
      get(target, name) {
        if (name === "run") return (job: Job, signal: AbortSignal) => run(target, job, signal);
        if (name === "isReady" && isOver(target)) return false;
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === "function" ? (member.bind(target) as unknown) : member;
      },
    });
  };
  return {
    ...engine,
    isRefused,
    isGuestRefusal,
    open,
    run: async (program): Promise<Ran> => {
      const outcome = known(engine.job(program));
      if (outcome !== undefined) return { ...outcome, elapsedMs: outcome.runMs };
      return runIn(await open(program.language, program.memoryMb), program);
    },
  };
}

const languageOf = (job: Job): "python" | "javascript" => (job.javascript === undefined ? "python" : "javascript");

const keyOf = ({ code, timeoutMs }: Job): string => `${timeoutMs} ${code}`;
