/** The built command, and the small environment that every test starts it with. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { tempDir } from "./temp-dir.js";

const CLI = path.resolve(import.meta.dirname, "../../dist/cli.js");

/** For tests and scripts that make more calls than one person would. */
export const UNLIMITED: Readonly<Record<string, string>> = {
  RLM_SESSION_MAX_CALLS: "0",
  RLM_SESSION_MAX_RUN_SECONDS: "0",
  RLM_SESSION_MAX_OUTPUT_BYTES: "0",
  RLM_RATE_LIMIT_PER_MINUTE: "0",
};

export interface Surroundings {
  /** Added to PATH and HOME, which is all that the command sees otherwise. */
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly cwd?: string;
}

/** Returns the path of the built command. */
export function builtCommand(): string {
  if (!existsSync(CLI)) throw new Error("Cannot test the command: it must be built first, run npm run build");
  return CLI;
}

/** No RLM_ or DOCKER_ variable of the machine, and no Docker settings of its user, reach the command. */
export function environment(home: string, env: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", HOME: home, ...env };
}

/** Starts the command. Its home is also its working directory, unless `cwd` is another. */
export function spawnCommand(
  home: string,
  { args = [], env = {}, cwd = home }: Surroundings,
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [builtCommand(), ...args], { cwd, env: environment(home, env) });
}

export interface Finished {
  /** Null if a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command to its end. */
export async function runCommand(
  args: readonly string[],
  { stdin = "", ...surroundings }: Surroundings & { readonly stdin?: string | Buffer } = {},
): Promise<Finished> {
  await using home = await tempDir();
  const child = spawnCommand(home.path, { ...surroundings, args });
  // A command that reads no stdin may be gone before it is written.
  child.stdin.on("error", () => undefined);
  child.stdin.end(stdin);
  return await finished(child);
}

/** Resolves when the process has ended and its streams are read. */
export function finished(child: ChildProcessWithoutNullStreams): Promise<Finished> {
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
}
