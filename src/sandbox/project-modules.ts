/** The project's own modules, in the form in which every guest reads them. */

import type { Job } from "./engine.js";

/** Returns the `modules` of a job for its JSON. */
export function encodeModules({ modules = [] }: Job): readonly object[] {
  return modules.map(({ name, path, code, isPackage }) => ({ name, path, code, is_package: isPackage }));
}
