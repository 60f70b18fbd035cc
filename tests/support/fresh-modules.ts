/** Gives each file of tests modules that no change and no test has touched. The mutation tester keeps its process. */

import { inject, vi } from "vitest";

declare module "vitest" {
  // What the mutation tester tells each run.
  interface ProvidedContext {
    readonly globalNamespace: string;
    readonly mutantActivation: "static" | "runtime";
  }
}

vi.resetModules();
// The last change may still be active. One outside of functions is needed from here on, others are set by a hook.
const tester = Reflect.get(globalThis, inject("globalNamespace")) as { activeMutant?: string };
if (inject("mutantActivation") !== "static") delete tester.activeMutant;
