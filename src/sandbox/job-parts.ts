/** The parts of a job in the form in which every guest reads them. */

import type { GuestPolicy, Job } from "./engine.js";

/** Returns the `modules` of a job for its JSON. */
export function encodeModules({ modules = [] }: Job): readonly object[] {
  return modules.map(({ name, path, code, isPackage }) => ({ name, path, code, is_package: isPackage }));
}

/**
 * Returns the `guest_policy` of a job for its JSON.
 *
 * The two long lists are texts, with a space before each name: a guest reads one long text in half the time of many
 * short ones, and it needs the names only once.
 */
export function encodePolicy({ modules, denied, ...rest }: GuestPolicy): object {
  return {
    ...rest,
    modules: modules === "all" ? modules : spaced(modules),
    ...(denied === undefined ? {} : { denied: spaced(denied) }),
  };
}

function spaced(names: readonly string[]): string {
  return names.map((name) => ` ${name}`).join("");
}
