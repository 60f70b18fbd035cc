/**
 * Runs one program from your own Node program, on the same path as the tool `rlm_exec_run`.
 * In a project that has the package installed, import from "rlm-mcp" instead.
 */
import { callerWithoutClient, createApplication, Fault, readConfig, Refusal } from "../dist/index.js";

const { config } = readConfig(["--execution-mode", "wasm"], {});
const application = await createApplication({ ...config, logLevel: "silent" });
const caller = callerWithoutClient("example");
const visit = await application.sessions.enter(undefined, caller);
try {
  const { ending, isolation } = await application.runner.run(
    {
      code: "print(sum(numbers))",
      language: "python",
      timeoutMs: 2_000,
      memoryMb: 64,
      policy: undefined,
      inputs: { numbers: [1, 2, 3] },
      files: [],
      verdictId: undefined,
    },
    { visit, caller, signal: AbortSignal.timeout(30_000) },
  );
  if (ending instanceof Refusal) console.log(`refused: ${ending.message}`);
  else if (ending instanceof Fault) console.log(`the server failed: ${ending.id}`);
  else console.log(`${ending.stdout.text.trim()} (${ending.ending}, ${isolation?.level})`);
} finally {
  visit[Symbol.dispose]();
  await application.close();
}
