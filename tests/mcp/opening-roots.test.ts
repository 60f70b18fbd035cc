/**
 * Only three open a directory: the operator, the client by its own roots, and the person who is asked. Tests that look
 * at no clock run side by side, because they mostly wait for the person.
 */

import { ElicitRequestSchema, ErrorCode, ListRootsRequestSchema, McpError } from "@modelcontextprotocol/sdk/types.js";
import { symlink } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import type { Caller } from "../../src/caller.js";
import { runInSession } from "../support/run-in-session.js";
import { scriptedCaller } from "../support/scripted-caller.js";
import { connect, type Connection, type ExecResult } from "../support/mcp-client.js";
import * as product from "../support/built-modules.js";
import { tempDir, type TempDir } from "../support/temp-dir.js";
import { sleep } from "../support/wait.js";

/** A person reads at least so long, in milliseconds. */
const READING_MS = 1_200;

type Answer = "yes" | "no" | "decline" | "cancel" | "no form" | "error";

/** A client like an editor: its open folders, and the person's answer to a question. */
interface Editor {
  /** Open folders, or another answer of the client. */
  folders: readonly string[] | "silence" | "unknown method";
  answer: Answer;
  readingMs: number;
  asked: number;
  readonly questions: string[];
}

interface EditorOptions {
  readonly folders?: Editor["folders"];
  readonly answer?: Answer;
  readonly hasRoots?: boolean;
  readonly listChanged?: boolean;
  readonly hasForms?: boolean;
  /** The operator's roots; none if left out. */
  readonly allow?: string;
  readonly cwd?: string;
}

interface World extends TempDir {
  readonly open: (
    options?: EditorOptions,
  ) => Promise<{ readonly editor: Editor; readonly server: Connection } & AsyncDisposable>;
}

/** project/a.txt, project/inner/b.txt, other/c.txt, given/d.txt, work/e.txt; each contains its own name. */
async function world(): Promise<World> {
  const files = ["project/a.txt", "project/inner/b.txt", "other/c.txt", "given/d.txt", "work/e.txt"];
  const dir = await tempDir(Object.fromEntries(files.map((file) => [file, `this is ${path.basename(file)}`])));
  return {
    ...dir,
    open: async ({
      folders = [],
      answer = "no",
      hasRoots = true,
      listChanged = true,
      hasForms = false,
      allow,
      cwd,
    }: EditorOptions = {}) => {
      const editor: Editor = { folders, answer, readingMs: READING_MS, asked: 0, questions: [] };
      const server = await connect({
        ...(allow === undefined ? {} : { args: ["--allow-root", allow] }),
        ...(cwd === undefined ? {} : { cwd }),
        capabilities: {
          ...(hasRoots ? { roots: { listChanged } } : {}),
          ...(hasForms ? { elicitation: { form: {} } } : {}),
        },
        prepare: (client) => {
          if (hasRoots) {
            client.setRequestHandler(ListRootsRequestSchema, async () => {
              editor.asked++;
              if (editor.folders === "silence") return new Promise(() => undefined);
              if (editor.folders === "unknown method") throw new McpError(ErrorCode.MethodNotFound, "Method not found");
              return { roots: editor.folders.map((folder) => ({ uri: pathToFileURL(folder).href })) };
            });
          }
          if (hasForms) {
            client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
              editor.questions.push(params.message);
              await sleep(editor.readingMs);
              if (editor.answer === "error") throw new Error("the form broke");
              if (editor.answer === "decline" || editor.answer === "cancel") return { action: editor.answer };
              return {
                action: "accept",
                content: editor.answer === "no form" ? {} : { allow: editor.answer === "yes" },
              };
            });
          }
        },
      });
      return { editor, server, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
    },
  };
}

/** Lets a program read a file. Returns the text that it read, or the reason of the refusal. */
async function read(server: Connection, file: string): Promise<string> {
  const { status, stdout, refusal }: ExecResult = await server.exec({ code: "print(*files.values())", files: [file] });
  return status === "ok" ? stdout.trim() : (refusal?.reason ?? status);
}

describe.concurrent("a client's root", () => {
  it("is open without the operator, and the working directory is then closed", async () => {
    await using w = await world();
    await using one = await w.open({ folders: [w.at("project")], cwd: w.at("work") });
    expect(await read(one.server, w.at("project/a.txt"))).toBe("this is a.txt");
    expect(await read(one.server, w.at("work/e.txt"))).toBe("path-denied");
    expect(await one.server.setRoots({ roots: [w.at("project", "inner")] })).toMatchObject({
      roots: [w.at("project", "inner")],
      ceiling: [w.at("project")],
      refusal: null,
    });
    expect(await read(one.server, w.at("project/a.txt"))).toBe("path-denied");
    expect(await read(one.server, "b.txt")).toBe("this is b.txt");
  });

  it("is open in addition to the operator's roots", async () => {
    await using w = await world();
    await using one = await w.open({ folders: [w.at("project")], allow: w.at("given") });
    expect((await one.server.setRoots({ roots: [w.at("given"), w.at("project")] })).ceiling).toEqual([
      w.at("given"),
      w.at("project"),
    ]);
  });

  it("is not asked for before a call needs it, and not again until the client reports a change", async () => {
    await using w = await world();
    await using one = await w.open({ folders: [w.at("project")] });
    await one.server.client.listTools();
    await one.server.exec({ code: "1" });
    await one.server.check({ code: "1" });
    expect(one.editor.asked).toBe(0);
    for (let count = 0; count < 3; count++) await read(one.server, "a.txt");
    expect(one.editor.asked).toBe(1);
  });

  it("that is removed closes at once, also in sessions that set their roots, and opens when it is back", async () => {
    await using w = await world();
    await using one = await w.open({ folders: [w.at("project"), w.at("other")] });
    await one.server.setRoots({ roots: [w.at("project", "inner"), w.at("other")] });
    expect(await read(one.server, w.at("project/inner/b.txt"))).toBe("this is b.txt");

    one.editor.folders = [w.at("other")];
    await one.server.client.sendRootsListChanged();
    // A call with wrong arguments shows the open directories too.
    expect(await one.server.setRoots({ roots: 7 })).toMatchObject({
      roots: [w.at("other")],
      ceiling: [w.at("other")],
      refusal: { reason: "bad-input" },
    });
    expect(await read(one.server, w.at("project/inner/b.txt"))).toBe("path-denied");
    expect(await read(one.server, w.at("other/c.txt"))).toBe("this is c.txt");
    expect(await one.server.session()).toMatchObject({ roots: [w.at("other")], ceiling: [w.at("other")] });

    one.editor.folders = [w.at("project"), w.at("other")];
    await one.server.client.sendRootsListChanged();
    expect(await read(one.server, w.at("project/inner/b.txt"))).toBe("this is b.txt");
    expect(await read(one.server, w.at("project/a.txt"))).toBe("path-denied");
  });

  it("that is the last one and the working directory closes when it is removed", async () => {
    await using w = await world();
    await using one = await w.open({ folders: [w.at("work")], cwd: w.at("work") });
    expect(await read(one.server, "e.txt")).toBe("this is e.txt");
    one.editor.folders = [];
    await one.server.client.sendRootsListChanged();
    expect(await read(one.server, w.at("work/e.txt"))).toBe("path-denied");
  });

  it("is asked for at each call that needs it if the client would not report a change", async () => {
    await using w = await world();
    await using one = await w.open({ folders: [w.at("project")], listChanged: false });
    expect(await read(one.server, "a.txt")).toBe("this is a.txt");
    one.editor.folders = [w.at("other")];
    expect(await read(one.server, w.at("project/a.txt"))).toBe("path-denied");
    expect(one.editor.asked).toBe(2);
  });

  it("opens no path that cannot be a root, and other kinds of URI do not affect the rest", async () => {
    await using w = await world();
    await using one = await w.open({ folders: ["/", "/etc", w.at("project")] });
    one.server.client.removeRequestHandler("roots/list");
    one.server.client.fallbackRequestHandler = async () => ({
      roots: [
        { uri: "vscode-vfs://github/a/b" },
        { uri: "file:///" },
        { uri: "file:///etc" },
        { uri: pathToFileURL(w.at("project")).href },
      ],
    });
    expect(await read(one.server, w.at("project/a.txt"))).toBe("this is a.txt");
    expect(await read(one.server, "/etc/hostname")).toBe("path-denied");
    expect(await one.server.session()).toMatchObject({ ceiling: [w.at("project")] });
  });
});

describe.concurrent("a root that is a link", () => {
  it("opens files under the name that the operator wrote, and under every name by which it is set", async () => {
    await using w = await world();
    await symlink(w.at("given"), w.at("link"));
    await using one = await w.open({ allow: w.at("link") });
    const uri = pathToFileURL(w.at("link")).href;
    const readAll = async (): Promise<string[]> => [
      await read(one.server, w.at("link/d.txt")),
      await read(one.server, `${uri}/d.txt`),
      await read(one.server, w.at("given/d.txt")),
      await read(one.server, "d.txt"),
    ];
    expect(await readAll()).toEqual(Array(4).fill("this is d.txt"));
    for (const root of [w.at("link"), uri, ".", w.at("given")]) {
      expect(await one.server.setRoots({ roots: [root] })).toMatchObject({
        roots: [w.at("given")],
        ceiling: [w.at("given")],
        refusal: null,
      });
      expect(await readAll()).toEqual(Array(4).fill("this is d.txt"));
    }
  });
});

describe("a root that is closed", () => {
  it("while a file in it is being read gives the program nothing", async () => {
    await using w = await world();
    const { config } = product.config.readConfig(["--execution-mode", "wasm", "--log-level", "silent"], {});
    const { runner, sessions, close } = await product.application.createApplication(config, { warm: false });
    const run = async (caller: Caller): Promise<unknown> => {
      const request = { code: "1", timeoutMs: 5_000, files: [w.at("project/a.txt")] };
      return (await runInSession({ runner, sessions }, request, { caller })).ending;
    };
    try {
      const ann = scriptedCaller("ann", { named: [pathToFileURL(w.at("project")).href] });
      expect(await run(ann)).toMatchObject({ ending: "ok" });
      // The report of a change arrives after the path is checked and before the file is read.
      const roots = async (): Promise<readonly string[] | null> => {
        setImmediate(() => sessions.clientRootsChanged("ann"));
        return ann.roots();
      };
      expect(await run({ ...ann, roots })).toMatchObject({ reason: "path-denied" });
      expect(await run(ann)).toMatchObject({ ending: "ok" });
    } finally {
      await close();
    }
  });
});

describe("a client that", () => {
  it("has no roots leaves the working directory", async () => {
    await using w = await world();
    for (const options of [{ hasRoots: false }, { folders: [] }, { folders: "unknown method" as const }]) {
      await using one = await w.open({ ...options, cwd: w.at("work") });
      expect(await read(one.server, "e.txt")).toBe("this is e.txt");
    }
  });

  it("never answers gets its calls back with only the operator's roots, and not every call waits for it", async () => {
    await using w = await world();
    await using one = await w.open({ folders: "silence", cwd: w.at("work") });
    const took: number[] = [];
    for (let count = 0; count < 4; count++) {
      const before = performance.now();
      expect(await read(one.server, w.at("work/e.txt"))).toBe("path-denied");
      took.push(performance.now() - before);
    }
    expect(took[1]).toBeGreaterThan(2_900);
    expect(took[0]).toBeLessThan(8_000);
    expect(Math.max(took[2] ?? 0, took[3] ?? 0)).toBeLessThan(2_000);
    expect(one.editor.asked).toBe(2);

    // A report of a change shows that the client answers again.
    one.editor.folders = [w.at("project")];
    await one.server.client.sendRootsListChanged();
    expect(await read(one.server, "a.txt")).toBe("this is a.txt");
  });

  it("never answers still has the operator's roots", async () => {
    await using w = await world();
    await using one = await w.open({ folders: "silence", allow: w.at("given") });
    expect(await read(one.server, w.at("given/d.txt"))).toBe("this is d.txt");
  });
});

describe.concurrent("rlm_roots_set for a directory that nobody opened", () => {
  it("opens it when the person says yes, for this connection alone", async () => {
    await using w = await world();
    await using one = await w.open({ folders: [w.at("project")], hasForms: true, answer: "yes" });
    expect(await one.server.setRoots({ roots: [w.at("other"), w.at("project")] })).toMatchObject({
      roots: [w.at("other"), w.at("project")],
      ceiling: [w.at("project"), w.at("other")],
      refusal: null,
    });
    expect(one.editor.questions).toEqual([expect.stringContaining(`\n\`${JSON.stringify(w.at("other"))}\`\n`)]);
    expect(await read(one.server, w.at("other/c.txt"))).toBe("this is c.txt");

    await using next = await w.open({ folders: [w.at("project")] });
    expect(await read(next.server, w.at("other/c.txt"))).toBe("path-denied");
  });

  it.each(["no", "decline", "cancel", "no form", "error"] as const)(
    "leaves it closed when the person's answer is: %s",
    async (answer) => {
      await using w = await world();
      await using one = await w.open({ folders: [w.at("project")], hasForms: true, answer });
      const { refusal, roots } = await one.server.setRoots({ roots: [w.at("project", "inner"), w.at("other")] });
      expect(refusal).toMatchObject({
        reason: "root-denied",
        message: expect.stringMatching(
          /--allow-root DIR or RLM_ALLOWED_ROOTS, the person by opening the folder in the client/,
        ),
        alternatives: [w.at("project")],
      });
      expect(roots).toEqual([w.at("project")]);
      expect(one.editor.questions).toHaveLength(1);
      expect(await read(one.server, w.at("other/c.txt"))).toBe("path-denied");
    },
  );

  it("refuses with the same words if the client cannot ask, whether the directory exists or not", async () => {
    await using w = await world();
    await using one = await w.open({ folders: [w.at("project")] });
    const told = await Promise.all(
      [w.at("other"), w.at("missing"), "/etc", "/"].map(async (root) =>
        JSON.stringify((await one.server.setRoots({ roots: [root] })).refusal)
          .replaceAll(JSON.stringify(JSON.stringify(root)).slice(1, -1), "ROOT")
          .replaceAll(JSON.stringify(root), "ROOT"),
      ),
    );
    expect(new Set(told).size).toBe(1);
  });

  it.each(["/", "/etc", "/home", "/root"])("refuses %s without a question", async (root) => {
    await using w = await world();
    await using one = await w.open({ folders: [w.at("project")], hasForms: true, answer: "yes" });
    expect((await one.server.setRoots({ roots: [root] })).refusal).toMatchObject({
      reason: "root-denied",
      resource: root,
    });
    expect((await one.server.setRoots({ roots: [w.at("other"), root] })).roots).toEqual([w.at("project")]);
    expect(one.editor.questions).toEqual([]);
  });

  it("stays closed when the call was cancelled before the yes, and the person may be asked again", async () => {
    await using w = await world();
    await using one = await w.open({ folders: [w.at("project")], hasForms: true, answer: "yes" });
    let isShown: () => void = () => undefined;
    let answer: () => void = () => undefined;
    one.server.client.setRequestHandler(ElicitRequestSchema, async () => {
      isShown();
      await new Promise<void>((resolve) => (answer = resolve));
      return { action: "accept", content: { allow: true } };
    });
    for (let count = 0; count < 8; count++) {
      const shown = new Promise<void>((resolve) => (isShown = resolve));
      const cancel = new AbortController();
      const call = one.server
        .call("rlm_roots_set", { roots: [w.at("other")] }, { signal: cancel.signal })
        .catch(() => "cancelled");
      await shown;
      cancel.abort();
      // The yes comes right after the cancellation, or after the server has seen it.
      if (count % 2 === 1) await one.server.session();
      answer();
      expect(await call).toBe("cancelled");
      expect((await one.server.session()).ceiling).toEqual([w.at("project")]);
    }
    const shown = new Promise<void>((resolve) => (isShown = resolve));
    const call = one.server.setRoots({ roots: [w.at("other")] });
    await shown;
    await sleep(READING_MS);
    answer();
    expect(await call).toMatchObject({ refusal: null, roots: [w.at("other")] });
  });

  it.each(["no", "decline"] as const)("does not ask again about it after a no, and says so: %s", async (answer) => {
    await using w = await world();
    await using one = await w.open({ hasForms: true, answer });
    const told = async (...roots: string[]): Promise<string> =>
      (await one.server.setRoots({ roots: roots.map((root) => w.at(root)) })).refusal?.message ?? "opened";
    expect(await told("other")).toContain("The person was asked to open it and said no");
    one.editor.answer = "yes";
    expect(await told("other")).toContain("The person was asked to open it and said no");
    expect(await told("given", "other")).toContain("The person was asked to open it and said no");
    expect(await told("given")).toBe("opened");
    expect(one.editor.questions).toHaveLength(2);
  });

  it("asks about nothing more after the third no", async () => {
    await using w = await world();
    await using one = await w.open({ folders: [], hasForms: true, answer: "decline", cwd: w.at("work") });
    for (const root of ["other", "given", "project", "project/inner", "other"])
      expect((await one.server.setRoots({ roots: [w.at(root)] })).refusal).toMatchObject({ reason: "root-denied" });
    one.editor.answer = "yes";
    const { refusal } = await one.server.setRoots({ roots: [w.at("project", "inner")] });
    expect(refusal).toMatchObject({ reason: "root-denied" });
    expect(one.editor.questions).toHaveLength(3);
  });

  it.each(["yes", "no", "cancel"] as const)(
    "takes an answer that is faster than a person can read for none, and asks no more after three: %s",
    async (answer) => {
      await using w = await world();
      await using one = await w.open({ hasForms: true, answer });
      await using mute = await w.open();
      one.editor.readingMs = 0;
      const unasked = (await mute.server.setRoots({ roots: [w.at("other")] })).refusal?.message;
      for (let count = 0; count < 5; count++)
        expect((await one.server.setRoots({ roots: [w.at("other")] })).refusal?.message).toBe(unasked);
      expect(one.editor.questions).toHaveLength(3);
    },
  );

  it("opens it when the person says yes, after an answer that was too fast", async () => {
    await using w = await world();
    await using one = await w.open({ hasForms: true, answer: "no" });
    one.editor.readingMs = 0;
    await one.server.setRoots({ roots: [w.at("other")] });
    Object.assign(one.editor, { answer: "yes", readingMs: READING_MS });
    expect(await one.server.setRoots({ roots: [w.at("other")] })).toMatchObject({ roots: [w.at("other")] });
  });
});
