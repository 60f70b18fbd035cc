/** The parts of a job in the form in which every guest reads them. */

import type { GuestPolicy, Job } from "./engine.js";

/** The policy of a job as text. It passes from thread to thread in a tenth of the time that its lists take. */
export interface PackedPolicy {
  /** The `guest_policy` of the job's JSON. */
  readonly json: string;
  readonly hasWorkspace: boolean;
  /** JavaScript must not make code from text. */
  readonly refusesStrings: boolean;
}

/** A job with a packed policy, and the JSON of its inputs: text passes in a tenth of the time of many values too. */
export type PackedJob = Omit<Job, "guestPolicy" | "inputs" | "inputsJson"> & {
  readonly policy: PackedPolicy;
  readonly inputs: string;
};

/** Made once for each policy: its lists have hundreds of names. */
const packed = new WeakMap<GuestPolicy, PackedPolicy>();

/** Returns a job as the guests of the embedded engine take it. */
export function packJob({ guestPolicy, inputs, inputsJson, ...job }: Job): PackedJob {
  return { ...job, policy: packPolicy(guestPolicy), inputs: inputsJson ?? JSON.stringify(inputs) };
}

/** Returns the JSON of a job from its packed parts and its other parts. */
export function encodeParts({ policy, inputs }: Pick<PackedJob, "policy" | "inputs">, others: object): string {
  return `{"guest_policy":${policy.json},"inputs":${inputs},${JSON.stringify(others).slice(1)}`;
}

/** Returns the `modules` of a job for its JSON. */
export function encodeModules({ modules = [] }: Pick<Job, "modules">): readonly object[] {
  return modules.map(({ name, path, code, isPackage }) => ({ name, path, code, is_package: isPackage }));
}

/** Packs a policy. */
export function packPolicy(policy: GuestPolicy): PackedPolicy {
  const known = packed.get(policy) ?? {
    json: JSON.stringify(encodePolicy(policy)),
    hasWorkspace: policy.workspace === true,
    refusesStrings: policy.builtins === "safe" || policy.strings === false,
  };
  packed.set(policy, known);
  return known;
}

/**
 * The two long lists are texts, with a space before each name: a guest reads one long text in half the time of many
 * short ones, and it needs the names only once.
 */
function encodePolicy({ modules, denied, ...rest }: GuestPolicy): object {
  return {
    ...rest,
    modules: modules === "all" ? modules : spaced(modules),
    ...(denied === undefined ? {} : { denied: spaced(denied) }),
  };
}

function spaced(names: readonly string[]): string {
  return names.map((name) => ` ${name}`).join("");
}
