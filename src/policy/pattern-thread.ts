/** Has patterns compiled and searched for in a thread of their own (pattern-worker.ts), one order after the other. */

import { Worker } from "node:worker_threads";
import { Fault, quote, Refusal } from "../errors.js";
import type { Inspection } from "../analysis/report.js";
import { SEVERITY } from "../analysis/severity.js";
import { makePolicy } from "./custom.js";
import { CUSTOM_POLICY, PolicyError, readDocument } from "./custom-schema.js";
import type { PatternAnswer, PatternOrder } from "./pattern-orders.js";
import { patternSearchOf } from "./patterns.js";
import type { Policy } from "./policy.js";

/** Longest work on one order. 400 instructions on 10 KB took up to 3 s, if each is a class of Unicode. */
const MAX_ORDER_MS = 10_000;

/** The thread. Tests run this source, and a thread runs built files alone. */
const WORKER = new URL(
  import.meta.url.endsWith(".ts") ? "../../dist/policy/pattern-worker.js" : "./pattern-worker.js",
  import.meta.url,
);

/** Starts with the first order and lives as long as the server: a start takes longer than most orders. */
let thread: Worker | null = null;
let last: Promise<unknown> = Promise.resolve();

/**
 * Makes a policy of a caller's document, as `makePolicy` does.
 *
 * @param policies All policies that the document may name.
 * @throws {PolicyError} With all problems of the document.
 * @throws {Fault} If the thread failed.
 */
export async function makeCallersPolicy(
  document: object,
  path: string,
  policies: readonly Policy[],
  fallbackName: string,
): Promise<Policy> {
  const custom = readDocument(CUSTOM_POLICY, document, path);
  const find = (name: string): Policy | undefined => policies.find((policy) => policy.name === name);
  if (custom.patterns.length === 0) return makePolicy(document, path, find, fallbackName);
  const base = find(custom.extends) ?? null;
  const taken = policies.map(({ name }) => name);
  const answer = await order({ make: { document, path, base, taken, fallbackName } });
  if (answer === "late") throw new PolicyError([`${path}.patterns take too long to compile: write fewer classes`]);
  if ("problems" in answer) throw new PolicyError(answer.problems);
  if ("policy" in answer) return answer.policy;
  throw new Fault("Cannot make a policy in the thread for patterns", { cause: answer });
}

/**
 * Searches a program for the patterns of policies. `judge` finds the matches afterwards.
 *
 * @throws {Refusal} `bad-input` if the search takes too long.
 * @throws {Fault} If the thread failed.
 */
export async function searchAhead(inspection: Inspection, policies: readonly Policy[]): Promise<void> {
  const wanted = policies.flatMap((policy) => policy.patterns).filter(({ severity }) => severity > SEVERITY.SAFE);
  if (wanted.length === 0) return;
  const search = patternSearchOf(inspection);
  const patterns = wanted
    .filter((pattern) => !search.knows(pattern))
    .map((one) => ({ pattern: one.pattern, in: one.in }));
  if (patterns.length === 0) return;
  const answer = await order({ search: { texts: search.texts, patterns } });
  if (answer === "late") throw refuseSlowPatterns(policies[0]?.name ?? "");
  if (!("found" in answer)) throw new Fault("Cannot search in the thread for patterns", { cause: answer });
  for (const [at, pattern] of patterns.entries()) search.note(pattern, answer.found[at] ?? []);
}

function refuseSlowPatterns(policy: string): Refusal {
  return new Refusal(
    "bad-input",
    `Cannot check under policy ${quote(policy)}: the search for its patterns may take ${MAX_ORDER_MS} ms, ` +
      "it took longer; write fewer or simpler patterns",
    { stage: "policy", resource: policy, retryable: false },
  );
}

/** Gives the thread an order when it is free. */
function order(one: PatternOrder): Promise<PatternAnswer | "late"> {
  const answer = last.then(() => carryOut(one));
  last = answer.catch(() => undefined);
  return answer;
}

async function carryOut(one: PatternOrder): Promise<PatternAnswer | "late"> {
  const worker = (thread ??= startThread());
  worker.ref();
  const { promise, resolve, reject } = withResolvers<PatternAnswer | "late">();
  const clock = setTimeout(() => resolve("late"), MAX_ORDER_MS);
  const onExit = (): void => reject(new Fault("Cannot work on patterns: their thread ended"));
  worker.once("message", resolve).once("error", reject).once("exit", onExit);
  try {
    worker.postMessage(one);
    const answer = await promise;
    if (answer === "late") throwAway(worker);
    return answer;
  } catch (cause) {
    throwAway(worker);
    throw cause instanceof Fault ? cause : new Fault("Cannot work on patterns", { cause });
  } finally {
    clearTimeout(clock);
    worker.off("message", resolve).off("error", reject).off("exit", onExit);
    worker.unref();
  }
}

/** The thread has no environment and no options of the server: nothing in it needs them. */
function startThread(): Worker {
  return new Worker(WORKER, { env: {}, execArgv: [] });
}

function throwAway(worker: Worker): void {
  thread = null;
  worker.on("error", () => undefined);
  void worker.terminate();
}

function withResolvers<Value>(): {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
} {
  let [resolve, reject]: [(value: Value) => void, (error: unknown) => void] = [() => undefined, () => undefined];
  const promise = new Promise<Value>((...both) => ([resolve, reject] = both));
  return { promise, resolve, reject };
}
