/**
 * An engine that maps one user id only (rootless, without subordinate ids) cannot make two users of one. A guest there
 * must refuse to start, in words: with one user for both, the program could forge its verdict.
 */

import { execFile, execFileSync } from "node:child_process";
import path from "node:path";
import { expect, it } from "vitest";
import { DIST } from "../support/built-modules.js";
import { describeUnless } from "../support/skips.js";

const SUPERVISOR = path.join(DIST, "guest/python/supervisor.py");
const READY = Buffer.from([1, 0, 0, 0, 0]);
const NAMESPACES = ["--fork", "--pid", "--mount-proc"];

function whyNot(): string | null {
  try {
    // As root too: the test beside needs a user namespace and a real one.
    if (process.getuid?.() !== 0) return "root is required for a guest that does start";
    execFileSync("unshare", [...NAMESPACES, "--map-root-user", "python3", "-c", ""], { stdio: "ignore" });
    return null;
  } catch {
    return "unshare cannot make a user namespace here";
  }
}

/** Starts a guest as process 1 of new namespaces, lets it come up, and ends it. */
async function start(mapping: readonly string[], command: readonly string[]) {
  const args = [...NAMESPACES, ...mapping, "python3", "-I", "-S", "-B", SUPERVISOR, "20001", ...command];
  return new Promise<{ stdout: Buffer; stderr: string; status: number | null }>((resolve) => {
    const options = { encoding: "buffer", timeout: 20_000, killSignal: "SIGKILL" } as const;
    const child = execFile("unshare", args, options, (_, stdout, stderr) =>
      resolve({ stdout, stderr: stderr.toString(), status: child.exitCode }),
    );
    // A guest that is ready ends when its stdin does.
    child.stdout?.once("data", () => child.stdin?.end());
  });
}

const COMMANDS: readonly (readonly string[])[] = [["python"], ["javascript", process.execPath, "-e", "0"]];

describeUnless(whyNot(), "a guest with one mapped user id", () => {
  it.each(COMMANDS)("for %s never says ready, and says why", async (...command) => {
    const { stdout, stderr, status } = await start(["--map-root-user"], command);
    expect(stdout.length).toBe(0);
    expect(stderr).toBe(
      "Cannot give up root: a second user id is required; " +
        "give the engine subordinate ids (/etc/subuid, /etc/subgid)\n",
    );
    expect(status).toBe(1);
  });

  it("would be ready with all ids", async () => {
    const { stdout, status } = await start([], ["python"]);
    expect(stdout.equals(READY)).toBe(true);
    expect(status).toBe(0);
  });
});
