import { describe, expect, it } from "vitest";
import { newRunId, newSessionId, type RunId, type SessionId, type VerdictId, verdictIdOf } from "../../src/ids.js";

describe("the ids of the server", () => {
  it("have the forms that clients know", () => {
    expect(newSessionId()).toMatch(/^s_[\w-]{22}$/);
    expect(newRunId()).toMatch(/^r_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(verdictIdOf(Buffer.from("mac"))).toBe("v1.bWFj");
  });

  it("differ each time", () => {
    expect(new Set(Array.from({ length: 1_000 }, newSessionId)).size).toBe(1_000);
  });

  it("do not compile from a plain string or from an id of another kind", () => {
    // @ts-expect-error A plain string is no session id.
    const session: SessionId = "s_0123456789012345678901";
    // @ts-expect-error A session id is no run id.
    const run: RunId = newSessionId();
    // @ts-expect-error A run id is no verdict id.
    const verdict: VerdictId = newRunId();
    expect([session, run, verdict]).toHaveLength(3);
  });
});
