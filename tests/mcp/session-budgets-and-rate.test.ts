/** The budget and the rate of a session, and `rlm://session`, which reports them. */

import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { describe, expect, it } from "vitest";
import { connect } from "../support/mcp-client.js";
import * as product from "../support/built-modules.js";
import { sleep } from "../support/wait.js";

/** The variable is not set, so its default counts. */
const DEFAULTS = {
  RLM_SESSION_MAX_CALLS: "",
  RLM_SESSION_MAX_RUN_SECONDS: "",
  RLM_SESSION_MAX_OUTPUT_BYTES: "",
  RLM_RATE_LIMIT_PER_MINUTE: "",
};

describe("a session's budget", () => {
  it("ends with the 100th call; refused and failed calls count, checks do not", async () => {
    await using server = await connect({ env: { RLM_SESSION_MAX_CALLS: "" } });
    const codes = ["print(1)", "import os", "1/0", "def", "1"];
    for (let call = 0; call < 100; call++) {
      const { status, refusal } = await server.exec({ code: codes[call % codes.length] ?? "" });
      expect([call, refusal?.reason ?? status]).toEqual([
        call,
        ["ok", "policy-denied", "error", "error", "ok"][call % codes.length],
      ]);
      if (call < 10) await server.check({ code: "1" });
    }
    expect(await server.refused({ code: "1" })).toMatchObject({
      reason: "budget-spent",
      stage: "limits",
      message: expect.stringMatching(
        new RegExp(
          "^Cannot run a program in this session: it may make 100 calls, it has made 100\\. " +
            "Left: 0 calls, any run time, any output\\. A new session has a full budget: this one ends with the " +
            "connection, or after (1800|179\\d) s in which no call uses it " +
            "\\(a call that is refused like this one does not use it\\)$",
        ),
      ),
      retryable: false,
    });
    expect(await server.check({ code: "1" })).toMatchObject({ verdict: "allow" });
    expect((await server.session()).budgets.calls).toEqual({ limit: 100, used: 100, left: 0 });
  });

  it("that is nearly spent gives a program its full time or refuses it, and keeps the interpreter", async () => {
    await using server = await connect({ env: { RLM_SESSION_MAX_RUN_SECONDS: "3", RLM_POOL_MAX: "10" } });
    await server.exec({ code: "kept = 42", interpreter: "session" });
    // It runs longer than the time that the other calls leave, and shorter than its own limit.
    const slow = { code: "import time\ntime.sleep(1.2)\nkept", interpreter: "session", timeout_ms: 2_000 };
    const [held, ...beside] = await Promise.all([
      server.exec(slow),
      ...Array.from({ length: 5 }, () => server.exec({ code: "1", timeout_ms: 2_500 })),
    ]);
    expect(held).toMatchObject({ status: "ok", result: "42", limits: { timeout_ms: 2_000 } });
    for (const { refusal } of beside)
      expect(refusal).toMatchObject({
        reason: "budget-spent",
        retryable: true,
        message: expect.stringMatching(/Try again when a running call has ended, or with a lower time limit$/),
      });
    // Less than 2 s are left, and no other call runs.
    expect(await server.exec(slow)).toMatchObject({
      status: "ok",
      result: "42",
      limits: { timeout_ms: 2_000 },
      interpreter: { is_new: false },
    });
  });

  it("ends with its run time", async () => {
    await using server = await connect({ env: { RLM_SESSION_MAX_RUN_SECONDS: "1" } });
    expect(await server.exec({ code: "while True: pass", timeout_ms: 1_200 })).toMatchObject({
      status: "timeout",
      limits: { timeout_ms: 1_200 },
    });
    expect(await server.refused({ code: "1" })).toMatchObject({
      reason: "budget-spent",
      message: expect.stringMatching(/its programs may run for 1 s, they ran for 1(\.\d)? s/),
      retryable: false,
    });
  });

  it("gives ten calls at once no more time than they would have one after the other", async () => {
    await using server = await connect({ env: { RLM_SESSION_MAX_RUN_SECONDS: "1", RLM_POOL_MAX: "10" } });
    await Promise.all(Array.from({ length: 10 }, () => server.exec({ code: "while True: pass", timeout_ms: 400 })));
    const { calls, run_seconds } = (await server.session()).budgets;
    expect(calls.used).toBe(2);
    expect(run_seconds.used).toBeLessThan(2);
  });

  it("counts printed output, not shown output, and refuses the next call", async () => {
    await using server = await connect({ env: { RLM_SESSION_MAX_OUTPUT_BYTES: "1000" } });
    await server.exec({ code: "print('é' * 100)" });
    expect((await server.session()).budgets.output_bytes).toEqual({ limit: 1_000, used: 201, left: 799 });
    const { stdout } = await server.exec({ code: "print('x' * 200_000)" });
    const { used } = (await server.session()).budgets.output_bytes;
    expect(used).toBe(201 + 200_001);
    expect(Buffer.byteLength(stdout)).toBeLessThan(200_001);
    expect(await server.refused({ code: "1" })).toMatchObject({
      reason: "budget-spent",
      message: expect.stringContaining(`its programs may print 1000 bytes, they printed ${used}`),
    });
  });

  it("belongs to one connection", async () => {
    const env = { RLM_SESSION_MAX_CALLS: "1" };
    await using one = await connect({ env });
    await using two = await connect({ env });
    await one.exec({ code: "1" });
    expect(await one.refused({ code: "1" })).toMatchObject({ reason: "budget-spent" });
    expect(await two.exec({ code: "1" })).toMatchObject({ status: "ok" });
  });

  it("is full again for a caller that keeps trying, and the result tells that the session is new", async () => {
    await using server = await connect({ env: { RLM_SESSION_MAX_CALLS: "1", RLM_SESSION_IDLE_SECONDS: "1" } });
    const call = { code: "1", interpreter: "session" };
    expect((await server.exec(call)).interpreter).toMatchObject({ note: null });
    const until = Date.now() + 10_000;
    let result = await server.exec(call);
    while (result.refusal?.reason === "budget-spent" && Date.now() < until) result = await server.exec(call);
    expect(result).toMatchObject({
      status: "ok",
      interpreter: {
        is_new: true,
        note: expect.stringContaining("the session before this one ended, because no call used it for 1 s"),
      },
    });
  });

  it("is full again in a new session, after the idle time", async () => {
    await using server = await connect({ env: { RLM_SESSION_MAX_CALLS: "1", RLM_SESSION_IDLE_SECONDS: "1" } });
    const { session_id: before } = await server.exec({ code: "1" });
    expect(await server.refused({ code: "1" })).toMatchObject({ reason: "budget-spent" });
    await sleep(1_300);
    expect((await server.session()).session_id).toBeNull();
    const after = await server.exec({ code: "1" });
    expect(after.status).toBe("ok");
    expect(after.session_id).not.toBe(before);
    expect(await server.refused({ code: "1", session_id: before })).toMatchObject({ reason: "session-unknown" });
  });
});

describe("a session's rate", () => {
  it("refuses the 61st call of a minute in every tool, and tells when to try again", async () => {
    await using server = await connect({ env: { ...DEFAULTS, RLM_SESSION_MAX_CALLS: "0" } });
    for (let call = 0; call < 58; call++) expect(await server.check({ code: "1" })).toMatchObject({ verdict: "allow" });
    expect(await server.setRoots({ roots: [] })).toMatchObject({ refusal: null });
    expect(await server.exec({ code: "1" })).toMatchObject({ status: "ok" });
    const refused = {
      reason: "rate-limited",
      stage: "limits",
      retryable: true,
      message: expect.stringMatching(
        /^Cannot take this call: at most 60 calls a minute are allowed, there were more\. Try again in [1-6]?\d s$/,
      ),
    };
    expect(await server.refused({ code: "1" })).toMatchObject(refused);
    expect((await server.check({ code: "1" })).refusal).toMatchObject(refused);
    expect((await server.setRoots({ roots: [] })).refusal).toMatchObject(refused);
    const { rate, budgets } = await server.session();
    expect(rate).toEqual({ per_minute: 60, left: 0, resets_in_seconds: expect.any(Number) });
    expect(rate.resets_in_seconds).toBeGreaterThan(0);
    // Only programs count for the budget.
    expect(budgets.calls.used).toBe(1);
  });
});

describe("a session's rate counts", () => {
  it("calls with wrong arguments or without a session, before their arguments are read", async () => {
    await using server = await connect({ env: { RLM_RATE_LIMIT_PER_MINUTE: "5" } });
    const { session_id } = await server.exec({ code: "1" });
    const calls = [
      async () => (await server.exec({ code: 5, session_id })).refusal,
      async () => (await server.check({})).refusal,
      async () => (await server.setRoots({ roots: 7 })).refusal,
      async () => (await server.exec({ code: "1", session_id: "s_none" })).refusal,
    ];
    const reasons = async (): Promise<unknown[]> => {
      const told = [];
      for (const call of calls) told.push((await call())?.reason);
      return told;
    };
    expect(await reasons()).toEqual(["bad-input", "bad-input", "bad-input", "session-unknown"]);
    expect(await reasons()).toEqual(Array(4).fill("rate-limited"));
    // Only the first of these calls was for a program in this session.
    expect((await server.session()).budgets.calls.used).toBe(2);
  });
});

describe("a connection that closes", () => {
  it("in the same tick as a call leaves no session behind", async () => {
    const { config } = product.config.readConfig(
      ["--execution-mode", "wasm", "--log-level", "silent", "--rate-limit-per-minute", "0"],
      {},
    );
    const application = await product.application.createApplication(config, { warm: false });
    try {
      for (let count = 0; count < 200; count++) {
        const server = product.serve.serverFor(application, "local");
        const [near, far] = InMemoryTransport.createLinkedPair();
        await server.connect(far);
        await near.start();
        const request = [
          { method: "tools/call", params: { name: "rlm_policy_check", arguments: { code: "1" } } },
          { method: "tools/call", params: { name: "rlm_roots_set", arguments: { roots: [] } } },
          { method: "tools/call", params: { name: "rlm_exec_run", arguments: { code: "1" } } },
          { method: "resources/read", params: { uri: "rlm://session" } },
        ][count % 4] as { method: string; params: Record<string, unknown> };
        void near.send({ jsonrpc: "2.0", id: 1, ...request });
        // The stdio transport closes at once too.
        if (count % 8 < 4) far.onclose?.();
        else await near.close();
      }
      await sleep(50);
      expect(application.sessions.size).toBe(0);
    } finally {
      await application.close();
    }
  });
});

describe("rlm://session", () => {
  it("shows the values of a new session without opening one, and then those of the open session", async () => {
    await using server = await connect({ env: DEFAULTS });
    const fresh = {
      session_id: null,
      roots: [],
      ceiling: [],
      budgets: {
        calls: { limit: 100, used: 0, left: 100 },
        run_seconds: { limit: 300, used: 0, left: 300 },
        output_bytes: { limit: 10_485_760, used: 0, left: 10_485_760 },
      },
      rate: { per_minute: 60, left: 60, resets_in_seconds: 0 },
      idle_seconds: 1_800,
      interpreters: [],
    };
    expect(await server.session()).toEqual(fresh);
    expect(await server.session()).toEqual(fresh);
    const { session_id: id } = await server.exec({ code: "print(sum(range(100_000)))" });
    const { session_id, budgets, rate } = await server.session();
    expect(session_id).toBe(id);
    expect(budgets).toMatchObject({ calls: { used: 1, left: 99 }, output_bytes: { used: 11 } });
    expect(budgets.run_seconds.used).toBeGreaterThan(0);
    expect(rate.left).toBe(59);
  });

  it("names no limit if the operator set none", async () => {
    await using server = await connect();
    const { budgets, rate } = await server.session();
    expect(budgets.calls).toEqual({ limit: null, used: 0, left: null });
    expect(rate).toEqual({ per_minute: null, left: null, resets_in_seconds: 0 });
  });
});
