/** Calls of one session: programs that run one after another in one kept guest, without the fence. */

import type { GuestFile, Sandbox } from "../../src/sandbox/engine.js";
import type { RunnableLanguage } from "../../src/language.js";
import type { EngineUnderTest } from "./engines.js";

/** Makes one call. Its time limit is that of `engine.job` unless told otherwise. */
export type Call = (
  code: string,
  parts?: { readonly timeoutMs?: number; readonly files?: readonly GuestFile[]; readonly directory?: string },
) => ReturnType<Sandbox["run"]>;

/** Opens a session, gives `body` its calls, and closes it. */
export async function withSession(
  engine: EngineUnderTest,
  language: RunnableLanguage,
  body: (call: Call) => Promise<void>,
): Promise<void> {
  await using sandbox = await engine.open(language);
  await body((code, { directory, ...parts } = {}) => {
    const job = engine.job({ code, language, fence: "open", keep: true, ...parts });
    return sandbox.run(
      { ...job, ...(directory === undefined ? {} : { directory }), keep: true },
      AbortSignal.timeout(10_000),
    );
  });
}
