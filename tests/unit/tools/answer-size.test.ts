import { describe, expect, it } from "vitest";
import { newRunId } from "../../../src/ids.js";
import { KEPT_OUTPUT_HEAD, KEPT_OUTPUT_TAIL, MAX_RESULT_SIZE } from "../../../src/limits.js";
import { stoppedOutcome } from "../../../src/outcome.js";
import { OutputCapture } from "../../../src/sandbox/output-capture.js";
import type { RunReport } from "../../../src/run/run-report.js";
import { EXEC_RUN_RESULT } from "../../../src/tools/exec-run-result.js";

/** The report of a run that printed and returned as much as it could. */
function reportOf(byte: Buffer, files: number): RunReport {
  const stream = (): OutputCapture => {
    const capture = new OutputCapture();
    capture.push(Buffer.alloc(2 * (KEPT_OUTPUT_HEAD + KEPT_OUTPUT_TAIL), byte));
    return capture;
  };
  const text = byte.toString().repeat(MAX_RESULT_SIZE).slice(0, MAX_RESULT_SIZE);
  const path = `${byte.toString().repeat(2_000)}.txt`;
  return {
    runId: newRunId(),
    sessionId: "s_1" as RunReport["sessionId"],
    ending: {
      ...stoppedOutcome("timeout", 1, { stdout: stream().finish(), stderr: stream().finish() }),
      result: text,
      error: { type: text, message: text, line: 1, column: 1, traceback: text },
    },
    policy: null,
    isolation: null,
    interpreter: null,
    limits: { timeoutMs: 1, memoryMb: 1, codeBytes: 1, outputBytes: 1 },
    timings: { queueMs: 0, bootMs: 0, runMs: 1, totalMs: 1 },
    notes: [],
    provenance: {
      codeSha256: "",
      inputsSha256: "",
      stdinSha256: null,
      files: Array.from({ length: files }, () => ({ path, sha256: "0".repeat(64), sandboxPath: `/workspace/${path}` })),
      leftOut: Array.from({ length: 100 }, () => path),
    },
  };
}

describe("an answer stays under 900 KB", () => {
  it.each([
    ["a control character", Buffer.from("\u0001")],
    ["a quotation mark", Buffer.from('"')],
    ["a line's end", Buffer.from("\n")],
    ["a letter", Buffer.from("x")],
    ["a letter of three bytes", Buffer.from("\u4e2d")],
    ["a picture", Buffer.from("\u{1f600}")],
    ["bytes that are no text", Buffer.from([0xff])],
  ])("if all texts in it are %s", (_what, byte) => {
    const structuredContent = EXEC_RUN_RESULT.render(reportOf(byte, 1_000));
    const answer = JSON.stringify({
      content: [{ type: "text", text: JSON.stringify(structuredContent) }],
      structuredContent,
    });
    expect(Buffer.byteLength(answer)).toBeLessThan(900_000);
    const { stdout, truncated, provenance } = structuredContent as unknown as {
      stdout: string;
      truncated: { stdout: { total_bytes: number; kept_bytes: number } };
      provenance: { files: unknown[]; files_not_listed: number };
    };
    expect(stdout).toContain("bytes left out");
    expect(truncated.stdout.kept_bytes).toBeLessThanOrEqual(KEPT_OUTPUT_HEAD + KEPT_OUTPUT_TAIL);
    expect(provenance.files.length + provenance.files_not_listed).toBe(1_000);
  });

  it("and a plain output of ordinary length is not cut further", () => {
    const structured = EXEC_RUN_RESULT.render(reportOf(Buffer.from("x"), 3));
    expect(structured).toMatchObject({
      result: "x".repeat(MAX_RESULT_SIZE),
      truncated: { stdout: { kept_bytes: KEPT_OUTPUT_HEAD + KEPT_OUTPUT_TAIL } },
      provenance: { files_not_listed: 0 },
    });
  });
});
