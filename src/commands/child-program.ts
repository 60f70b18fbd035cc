/** Runs programs of the host for the command: npm, tar, debootstrap, rm. */

import { type ChildProcess, spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { text } from "node:stream/consumers";

/** Last part of a program's stderr that an error reports, in characters. */
const MAX_STDERR = 2_000;

/** Time limit of the removal of a directory, in milliseconds. */
const REMOVE_MS = 60_000;

/** How a program is started. */
export interface StartOptions {
  readonly cwd?: string;
  readonly signal: AbortSignal;
  readonly shell?: boolean;
}

/** Starts a program. `ended` rejects with the end of its stderr if the program fails. */
export function start(
  command: string,
  args: readonly string[],
  options: StartOptions,
): { process: ChildProcess; ended: Promise<void> } {
  const child = spawn(command, [...args], { ...options, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr = (stderr + chunk).slice(-MAX_STDERR);
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ended with ${signal ?? `status ${code}`}: ${stderr.trim()}`));
    });
  });
  return { process: child, ended };
}

/**
 * Runs a program to its end and returns its stdout.
 *
 * @throws {Error} If it cannot be started or fails.
 */
export async function run(command: string, args: readonly string[], options: StartOptions): Promise<string> {
  const child = start(command, args, options);
  const [output] = await Promise.all([text(child.process.stdout!), child.ended]);
  return output;
}

/** Returns the first of these programs that is installed, or null. */
export async function findInstalled(commands: readonly string[], signal: AbortSignal): Promise<string | null> {
  for (const command of commands) {
    try {
      await run(command, ["--version"], { signal });
      return command;
    } catch (error) {
      signal.throwIfAborted();
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return null;
}

/**
 * Removes a directory. On Linux `rm` does it and does not enter other file systems: a bootstrap that was killed can
 * leave /proc mounted below the directory.
 */
export async function removeDirectory(directory: string): Promise<void> {
  if (process.platform === "linux") {
    const signal = AbortSignal.timeout(REMOVE_MS);
    await run("rm", ["-rf", "--one-file-system", directory], { signal }).catch(() => {});
    return;
  }
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
}
