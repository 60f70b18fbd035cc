/** Runs a program through all layers of the product, in a session of its caller. */

import type { Application } from "../../src/application.js";
import { type Caller, callerWithoutClient } from "../../src/caller.js";
import type { RunReport } from "../../src/run/run-report.js";

type Request = Parameters<Application["runner"]["run"]>[0];

interface Circumstances {
  readonly caller?: Caller;
  readonly signal?: AbortSignal;
}

/** Runs a Python program with 3 s and 256 MB, unless the request says otherwise. */
export async function runInSession(
  { runner, sessions }: Pick<Application, "runner" | "sessions">,
  request: Pick<Request, "code"> & Partial<Request>,
  { caller = callerWithoutClient("a test"), signal = new AbortController().signal }: Circumstances = {},
): Promise<RunReport> {
  using visit = await sessions.enter(undefined, caller);
  const whole: Request = {
    language: "python",
    timeoutMs: 3_000,
    memoryMb: 256,
    inputs: {},
    files: [],
    policy: undefined,
    verdictId: undefined,
    ...request,
  };
  return await runner.run(whole, { visit, caller, signal });
}
