/** A program is judged with the files of its project that it imports. */

import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Refusal } from "../../../src/errors.js";
import { scriptedServer } from "../../support/scripted-engine.js";
import { tempDir } from "../../support/temp-dir.js";

/** Runs a program with a project, whose files it names. */
async function run(
  files: Readonly<Record<string, string>>,
  code: string,
  { language = "python", names = ["."] }: { language?: "python" | "javascript"; names?: string[] } = {},
) {
  await using dir = await tempDir(
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`app/${name}`, text])),
  );
  await using server = scriptedServer({ roots: [dir.at("app")] });
  const report = await server.run({ code, language, files: names.map((name) => dir.at("app", name)) });
  return { report, ending: report.ending as Refusal, jobs: server.engine.jobs };
}

describe("a program whose module the policy denies", () => {
  it("is refused with the file and line, and its own findings come first", async () => {
    const { report, ending, jobs } = await run({ "slug.py": "x = 1\nimport os\n" }, "import slug");
    expect(ending).toMatchObject({
      reason: "policy-denied",
      detail: { file: "slug.py", line: 2, resource: "os" },
      message: expect.stringContaining("(slug.py line 2, column 8)"),
    });
    expect(report.policy?.analysis).toMatchObject({ verdict: "deny", violations: [{ file: "slug.py" }] });
    expect(jobs).toEqual([]);
    const both = await run({ "slug.py": "import os\n" }, "import slug, none");
    expect(both.report.policy?.analysis.violations.map(({ file }) => file)).toEqual([undefined, "slug.py"]);
    expect(both.ending.detail).not.toHaveProperty("file");
  });

  it("runs if the policy allows both, with the text that was judged", async () => {
    const { jobs } = await run({ "slug.py": "x = 1\n" }, "import slug");
    expect(jobs).toMatchObject([{ modules: [{ name: "slug", path: "app/slug.py", code: "x = 1\n" }] }]);
    const script = await run({ "slug.js": "exports.a = 1" }, 'import "./slug.js"', { language: "javascript" });
    const files = [{ path: "app/slug.js", code: "exports.a = 1" }];
    expect(script.jobs).toMatchObject([{ javascript: { globals: { modules: { files } } } }]);
  });
});

describe("a module that was not found", () => {
  it.each([
    ["tools/deep/slug.py", "tools.deep.slug"],
    ["tools/slug/__init__.py", "tools.slug"],
  ])("may be the file %s, by another name", async (file, name) => {
    const { ending } = await run({ [file]: "" }, "import slug");
    expect(ending).toMatchObject({ reason: "policy-denied", detail: { resource: "slug" } });
    expect(ending.detail.suggestion).toContain(`${file} is the module ${name}:`);
  });

  it("may be a file whose name belongs to the library", async () => {
    const { ending } = await run({ "json/slug.py": "" }, "import slug");
    expect(ending.detail.suggestion).toMatch(/json\/slug\.py another name/);
  });

  it("has the advice for its module if no file is like it", async () => {
    const { ending } = await run({ "other.py": "" }, "import slug");
    expect(ending.detail.suggestion).not.toContain("other.py");
    const { ending: os } = await run({ "tools/os.py": "" }, "import os");
    expect(os).toMatchObject({ reason: "policy-denied", detail: { resource: "os" } });
  });
});

describe("the files of a call are read", () => {
  it.each([
    ["python", "import slug", "path-denied"],
    ["python", "import os", "policy-denied"],
    ["python", "from . import slug", "policy-denied"],
    ["javascript", 'import "./slug.js"', "path-denied"],
    ["javascript", 'import "../slug.js"', "path-denied"],
    ["javascript", 'import "lib../slug.js"', "policy-denied"],
    ["javascript", 'import "slug"', "policy-denied"],
  ] as const)("only if they may be what a program imports: %s, %s", async (language, code, reason) => {
    const { ending } = await run({ "a.txt": "" }, code, { language, names: ["none.txt"] });
    expect(ending).toMatchObject({ reason });
  });
});

it("the standard input of a call goes to its program as UTF-8, and its digest to the report", async () => {
  await using server = scriptedServer();
  const given = await server.run({ code: "input()", stdin: "é\n" });
  const none = await server.run("1");
  expect(server.engine.jobs[0]?.stdin).toEqual(Buffer.from("é\n"));
  expect(server.engine.jobs[1]).not.toHaveProperty("stdin");
  const digest = createHash("sha256").update("é\n").digest("hex");
  expect([given, none].map(({ provenance }) => provenance.stdinSha256)).toEqual([digest, null]);
});
