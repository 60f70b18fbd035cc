import { defineConfig } from "vitest/config";
import type { Reporter, TestModule, Vitest } from "vitest/node";

/** A file of tests that cannot be loaded counts as an error. The mutation tester itself would take it for a success. */
class LoadErrors implements Reporter {
  #vitest: Vitest | null = null;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestModuleEnd(file: TestModule): void {
    for (const error of file.errors()) this.#vitest?.state.catchError(error, "Load Error");
  }
}

/** The tests that the mutation tester runs: those beside the folder that scripts/mutate.mjs names. */
export default defineConfig({
  plugins: [
    {
      name: "processes",
      // The mutation tester asks for threads. A thread cannot give up the rights of root, as some tests do.
      configureVitest: ({ project }): void => void (project.config.pool = "forks"),
    },
  ],
  test: {
    include: [`tests/unit/${process.env["MUTATE_FOLDER"] ?? "*"}/**/*.test.ts`],
    // They run dist/, which the mutation tester does not change.
    exclude: ["tests/unit/run/{guest-policy-settings,strict-guest-policy}.test.ts"],
    reporters: [new LoadErrors()],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    fileParallelism: false,
    isolate: false,
  },
});
