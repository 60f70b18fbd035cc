/** Runs programs with the files of a project, through all layers of the product. */

import { readdir, rm } from "node:fs/promises";
import { afterAll, beforeAll } from "vitest";
import type { RunReport } from "../../src/run/run-report.js";
import { applicationOn, type EngineName } from "./engines.js";
import { runInSession } from "./run-in-session.js";
import { tempDir } from "./temp-dir.js";

type Request = Parameters<typeof runInSession>[1];

interface ProjectRunner extends AsyncDisposable {
  /**
   * Makes the root hold these files and no others, and runs the program with all of them. A request names others by
   * their paths in the root.
   */
  run(files: Readonly<Record<string, string>>, request: Request): Promise<RunReport>;
}

/** Builds the product around an engine of its own, with one root. Its programs run one after the other. */
async function projectRunner(name: EngineName, policy: string): Promise<ProjectRunner> {
  const parent = await tempDir({ "project/": "" });
  const root = parent.at("project");
  const app = await applicationOn(name, policy, [root]);
  return {
    run: async (files, request) => {
      for (const entry of await readdir(root)) await rm(`${root}/${entry}`, { recursive: true });
      await parent.write(Object.fromEntries(Object.entries(files).map(([at, text]) => [`project/${at}`, text])));
      const given = request.files?.map((file) => `${root}/${file}`) ?? [root];
      return runInSession(app, { ...request, files: given });
    },
    [Symbol.asyncDispose]: async () => {
      await app.close();
      await parent[Symbol.asyncDispose]();
    },
  };
}

/** Keeps such a runner for the tests of one `describe`. Returns how they get it. */
export function useProjectRunner(name: EngineName, policy: string): () => ProjectRunner {
  let runner: ProjectRunner;
  beforeAll(async () => {
    runner = await projectRunner(name, policy);
  });
  afterAll(async () => runner[Symbol.asyncDispose]());
  return () => runner;
}
