/** What the server asks a client, and how long it believes the answer. */

import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { ErrorCode, McpError } from "@modelcontextprotocol/sdk/types.js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ConnectedClient, type Extra } from "../../../src/mcp/connected-client.js";
import { rememberingLog } from "../../support/scripted-caller.js";

interface Capabilities {
  readonly roots?: { readonly listChanged?: boolean };
  readonly elicitation?: { readonly form?: object };
}

/** A client that answers a question for its roots as `answer` says. */
function clientWith(capabilities: Capabilities, answer: () => Promise<unknown> = async () => ({ roots: [] })) {
  const script = { answer, asked: 0, elicit: async (): Promise<unknown> => ({ action: "accept" }) };
  const forms: { readonly message: string; readonly options: object }[] = [];
  const server = {
    getClientCapabilities: () => capabilities,
    elicitInput: (form: { message: string }, options: object) => {
      forms.push({ message: form.message, options });
      return script.elicit();
    },
  } as unknown as Server;
  const cancel = new AbortController();
  const extra = {
    requestId: 7,
    signal: cancel.signal,
    sendRequest: () => {
      script.asked++;
      return script.answer();
    },
  } as unknown as Extra;
  return { client: new ConnectedClient(server, rememberingLog().log), script, extra, cancel, forms };
}

const CHANGING = { roots: { listChanged: true } };
const named = (...uris: string[]) => ({ roots: uris.map((uri) => ({ uri })) });
const timeOut = (): Promise<never> => Promise.reject(new McpError(ErrorCode.RequestTimeout, "late"));

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

describe("the roots of a client", () => {
  it("are none, without a question, if it has no roots", async () => {
    const { client, script, extra } = clientWith({});
    expect([await client.readRoots(extra), script.asked]).toEqual([[], 0]);
  });

  it("are asked for once if it reports changes, and at each call if it does not", async () => {
    for (const [capabilities, asked] of [
      [CHANGING, 1],
      [{ roots: {} }, 2],
    ] as const) {
      const { client, script, extra } = clientWith(capabilities, async () => named("file:///a", "file:///b"));
      expect(await client.readRoots(extra)).toEqual(["file:///a", "file:///b"]);
      expect(await client.readRoots(extra)).toEqual(["file:///a", "file:///b"]);
      expect(script.asked).toBe(asked);
    }
  });

  it("are asked for again after a change", async () => {
    const { client, script, extra } = clientWith(CHANGING, async () => named("file:///old"));
    await client.readRoots(extra);
    script.answer = async () => named("file:///new");
    client.forgetRoots();
    expect(await client.readRoots(extra)).toEqual(["file:///new"]);
  });

  it("that change while they are being asked for are not kept: the next call asks again", async () => {
    let answer: (roots: unknown) => void = () => undefined;
    const { client, script, extra } = clientWith(CHANGING, () => new Promise((resolve) => (answer = resolve)));
    const first = client.readRoots(extra);
    client.forgetRoots();
    answer(named("file:///old"));
    await first;
    script.answer = async () => named("file:///new");
    expect(await client.readRoots(extra)).toEqual(["file:///new"]);
    expect(script.asked).toBe(2);
    // The second answer is kept: no change was reported since.
    expect([await client.readRoots(extra), script.asked]).toEqual([["file:///new"], 2]);
  });

  it("are none if the client declares them and lacks the method", async () => {
    const { client, extra } = clientWith(CHANGING, () => Promise.reject(new McpError(ErrorCode.MethodNotFound, "no")));
    expect(await client.readRoots(extra)).toEqual([]);
  });

  it("are unknown, and not kept, if the client fails", async () => {
    const { client, script, extra } = clientWith(CHANGING, () => Promise.reject(new Error("broken")));
    expect([await client.readRoots(extra), await client.readRoots(extra)]).toEqual([null, null]);
    expect(script.asked).toBe(2);
    script.answer = async () => named("file:///a");
    expect(await client.readRoots(extra)).toEqual(["file:///a"]);
  });

  it("are not asked for during a minute after two time-outs in a row", async () => {
    const { client, script, extra } = clientWith(CHANGING, timeOut);
    await client.readRoots(extra);
    expect([await client.readRoots(extra), script.asked]).toEqual([null, 2]);
    expect([await client.readRoots(extra), script.asked]).toEqual([null, 2]);
    vi.advanceTimersByTime(59_000);
    expect([await client.readRoots(extra), script.asked]).toEqual([null, 2]);
    vi.advanceTimersByTime(1_000);
    expect([await client.readRoots(extra), script.asked]).toEqual([null, 3]);
  });

  it("are asked for at once after two time-outs if the client reports a change", async () => {
    const { client, script, extra } = clientWith(CHANGING, timeOut);
    await client.readRoots(extra);
    await client.readRoots(extra);
    client.forgetRoots();
    script.answer = async () => named("file:///a");
    expect(await client.readRoots(extra)).toEqual(["file:///a"]);
  });

  it("are asked for again if an answer came between two time-outs", async () => {
    const { client, script, extra } = clientWith({ roots: {} }, timeOut);
    await client.readRoots(extra);
    script.answer = async () => named("file:///a");
    await client.readRoots(extra);
    script.answer = timeOut;
    await client.readRoots(extra);
    script.answer = async () => named("file:///b");
    expect(await client.readRoots(extra)).toEqual(["file:///b"]);
  });
});

describe("a question to the person", () => {
  const FORMS = { elicitation: { form: {} } };

  it("cannot be put to a client without forms", () => {
    for (const capabilities of [{}, { elicitation: {} }])
      expect(clientWith(capabilities).client.makeQuestion(clientWith({}).extra)).toBeNull();
  });

  /** An answer that a person gives, after the time that reading takes. */
  const slowly = (answer: () => Promise<unknown>) => () => {
    vi.advanceTimersByTime(1_000);
    return answer();
  };

  it.each([
    ["accept", { allow: true }, "yes"],
    ["accept", { allow: false }, "no"],
    ["accept", { allow: "true" }, "closed"],
    ["accept", {}, "closed"],
    ["accept", undefined, "closed"],
    ["decline", { allow: true }, "no"],
    ["cancel", undefined, "closed"],
  ])("is a yes only for the form that allows it: %s %j", async (action, content, expected) => {
    const { client, script, extra, forms } = clientWith(FORMS);
    script.elicit = slowly(async () => ({ action, content }));
    expect(await client.makeQuestion(extra)?.("May I?")).toBe(expected);
    expect(forms).toMatchObject([{ message: "May I?", options: { relatedRequestId: 7, signal: extra.signal } }]);
  });

  it.each(["accept", "decline", "cancel"])("has no answer if %s came before a person could read it", async (action) => {
    const { client, script, extra } = clientWith(FORMS);
    script.elicit = async () => {
      vi.advanceTimersByTime(999);
      return { action, content: { allow: true } };
    };
    expect(await client.makeQuestion(extra)?.("May I?")).toBe("too-fast");
  });

  it("has failed if the client fails, and is neither if the call was cancelled first", async () => {
    const { client, script, extra, cancel } = clientWith(FORMS);
    const ask = client.makeQuestion(extra);
    script.elicit = () => Promise.reject(new Error("broken"));
    expect(await ask?.("May I?")).toBe("failed");
    script.elicit = timeOut;
    expect(await ask?.("May I?")).toBe("unanswered");
    cancel.abort();
    expect(await ask?.("May I?")).toBe("cancelled");
    script.elicit = slowly(async () => ({ action: "accept", content: { allow: true } }));
    expect(await ask?.("May I?")).toBe("cancelled");
  });
});
