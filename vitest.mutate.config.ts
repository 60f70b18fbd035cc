import { basename } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer } from "vitest/node";
import type { Reporter, TestModule, TestSpecification, Vitest } from "vitest/node";
import { KeptWorker } from "./tests/support/kept-worker.js";

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

/**
 * Runs first the tests whose file has the name of the changed file. A run ends at the first test that fails, and a change
 * to a table needs all tests of the folder until then.
 */
class NearestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const changed = basename(this.ctx.config.related?.[0] ?? "", ".ts");
    return (await super.sort(files)).sort(
      (a, b) => sharedStart(changed, b.moduleId) - sharedStart(changed, a.moduleId),
    );
  }
}

/** Returns how many letters at its start the name of a file of tests shares with the name of the changed file. */
function sharedStart(changed: string, testFile: string): number {
  const letters = [...basename(testFile, ".test.ts")];
  const different = letters.findIndex((letter, index) => letter !== changed[index]);
  return different === -1 ? letters.length : different;
}

/** The tests that the mutation tester runs: those beside the folder that scripts/mutate.mjs names. */
export default defineConfig({
  plugins: [
    {
      name: "processes",
      // The mutation tester asks for threads. A thread cannot give up the rights of root, as some tests do.
      configureVitest: ({ project }): void => {
        project.config.pool = "kept";
        project.config.poolRunner = { name: "kept", createPoolWorker: (options) => new KeptWorker(options) };
      },
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
    sequence: { sequencer: NearestFirst },
    setupFiles: ["tests/support/fresh-modules.ts"],
    isolate: false,
  },
});
