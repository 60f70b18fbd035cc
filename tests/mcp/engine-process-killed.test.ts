import { expect, it } from "vitest";
import { callLoop } from "../support/looping-program.js";
import { connect } from "../support/mcp-client.js";
import { childrenOf, isAlive } from "../support/process-table.js";
import { describeUnless, notLinux } from "../support/skips.js";
import { eventually, sleep } from "../support/wait.js";

describeUnless(notLinux, "when the engine's process is killed", () => {
  it("the call ends as a fault with an id and one fixed sentence, without the cause; the next call works", async () => {
    await using connection = await connect();
    await connection.exec({ code: "1" });
    const [engine] = childrenOf(connection.pid);
    const running = callLoop(connection);
    await running.isRunning;
    process.kill(engine as number, "SIGKILL");
    const answer = await running.answer;
    expect(answer).toMatchObject({
      isError: true,
      structuredContent: { status: "fault", refusal: null, error: null, stdout: "" },
    });
    const { fault } = answer.structuredContent as { fault: { id: string; message: string } };
    expect(fault.id).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    // It ran alone, so nobody is told that it is not the cause.
    expect(fault.message).toBe(
      "The process of the sandboxes ended while this program ran in it, and no other program ran. The run is lost. " +
        "The program is the likely cause: change it before you call again. If you are sure of it, give this id to " +
        "the operator",
    );
    expect(JSON.stringify(answer)).not.toMatch(/SIGKILL|process has ended|embedded|\.js:\d|dist|Error:/);
    // The operator finds the cause under the id.
    expect(connection.stderr).toContain(fault.id);
    expect(await connection.exec({ code: "print(6 * 7)" })).toMatchObject({ status: "ok", stdout: "42\n" });
    const replaced = childrenOf(connection.pid);
    expect(replaced).toHaveLength(1);
    expect(replaced).not.toContain(engine);
  });

  it("while it waits, the next call works", async () => {
    await using connection = await connect();
    await connection.exec({ code: "1" });
    const [engine] = childrenOf(connection.pid);
    process.kill(engine as number, "SIGKILL");
    await eventually(() => !isAlive(engine as number), "the engine's process to go");
    await sleep(100);
    expect(await connection.exec({ code: "print(6 * 7)" })).toMatchObject({ status: "ok", stdout: "42\n" });
  });

  it("two calls learn that one of them is the likely cause, and a session that it is lost", async () => {
    await using connection = await connect();
    await connection.exec({ code: "kept = 1", interpreter: "session" });
    const [engine] = childrenOf(connection.pid);
    const running = [callLoop(connection), callLoop(connection)];
    for (const { isRunning } of running) await isRunning;
    process.kill(engine as number, "SIGKILL");
    for (const { answer } of running) {
      const { fault } = (await answer).structuredContent as { fault: { message: string } };
      expect(fault.message).toMatch(/^The process of the sandboxes ended while this program and others ran in it/);
      expect(fault.message).toContain("One of these programs is the likely cause, and it may be this one");
    }
    const code = "try:\n    kept\nexcept NameError:\n    print('lost')";
    expect(await connection.exec({ code, interpreter: "session" })).toMatchObject({
      status: "ok",
      stdout: "lost\n",
      interpreter: {
        is_new: true,
        note: expect.stringContaining("the process of the sandboxes ended, and another program that ran in it"),
      },
    });
  });

  it("twice, each fault has its own id", async () => {
    await using connection = await connect();
    const ids = new Set<string>();
    for (let time = 0; time < 2; time++) {
      await connection.exec({ code: "1" });
      const [engine] = childrenOf(connection.pid);
      const { answer, isRunning } = callLoop(connection);
      await isRunning;
      process.kill(engine as number, "SIGKILL");
      const { fault } = (await answer).structuredContent as { fault: { id: string } };
      ids.add(fault.id);
    }
    expect(ids.size).toBe(2);
  });
});
