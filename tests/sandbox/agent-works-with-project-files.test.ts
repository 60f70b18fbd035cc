/** An agent's afternoon through a real client: what was opened to it works, and nothing else does, on every engine. */

import { ElicitRequestSchema, ListRootsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { forEachEngine, serverEnvironment } from "../support/engines.js";
import { connect } from "../support/mcp-client.js";
import { tempDir } from "../support/temp-dir.js";

const SECRET = "correct horse battery staple";
const ROWS = 100_000;
const REGIONS = ["north", "south", "east", "west"];

/** 5 MB of sales, and what each region's come to. */
function sales(): { readonly csv: string; readonly totals: ReadonlyMap<string, number> } {
  const lines = ["id,region,amount,note"];
  const totals = new Map(REGIONS.map((region) => [region, 0]));
  for (let id = 0; id < ROWS; id++) {
    const [region, amount] = [REGIONS[id % 4] ?? "", id % 100];
    totals.set(region, (totals.get(region) ?? 0) + amount);
    lines.push(`${id},${region},${amount},${"paid in full ".repeat(3)}`);
  }
  return { csv: `${lines.join("\n")}\n`, totals };
}

const PARSE = `
rows = [line.split(",") for line in files["data/sales.csv"].splitlines()]
header, rows = rows[0], rows[1:]
len(rows), header
`;

const TOTAL = `
totals = {}
for _, region, amount, _ in rows:
    totals[region] = totals.get(region, 0) + int(amount)
sorted(totals.items())
`;

const PLOT = `
def bar(at, height):
    return f'<rect x="{20 * at}" y="{100 - height}" width="15" height="{height}"/>'
top = max(totals.values())
bars = "".join(bar(at, round(90 * n / top)) for at, n in enumerate(totals.values()))
svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 100">{bars}</svg>'
with open("plot.svg", "w") as plot:
    plot.write(svg)
len(svg) > 100
`;

forEachEngine("An agent that works with project files", (engine) => {
  it("opens a root, runs programs on its files, and reaches no other file", async () => {
    const { csv, totals } = sales();
    expect(csv.length).toBeGreaterThan(5_000_000);
    await using dir = await tempDir({
      "project/data/sales.csv": csv,
      "project/src/app.py": "print('app')\n",
      "project/.env": `TOKEN=${SECRET}\n`,
      "notes/todo.txt": "sell more\n",
      "attic/": "",
      "secrets/key.txt": SECRET,
    });
    const { at } = dir;

    const folders = [at("project"), at("notes")];
    const questions: string[] = [];
    await using agent = await connect({
      env: { ...serverEnvironment(engine.name), RLM_POLICY: "data_science" },
      capabilities: { roots: { listChanged: true }, elicitation: { form: {} } },
      prepare: (client) => {
        client.setRequestHandler(ListRootsRequestSchema, () => ({
          roots: folders.map((folder) => ({ uri: pathToFileURL(folder).href })),
        }));
        client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
          questions.push(params.message);
          return { action: "decline" };
        });
      },
    });
    const session = { interpreter: "session" };

    // The editor's folders are roots, so the program can read their files.
    expect(await agent.exec({ code: "files['todo.txt']", files: [at("notes/todo.txt")] })).toMatchObject({
      status: "ok",
      result: "'sell more\\n'",
    });

    // The agent narrows its roots.
    expect(await agent.setRoots({ roots: [at("project/data"), at("project"), at("notes")] })).toMatchObject({
      refusal: null,
    });
    expect(await agent.setRoots({ roots: [at("project")] })).toMatchObject({ roots: [at("project")], refusal: null });
    expect(await agent.refused({ code: "1", files: [at("notes/todo.txt")] })).toMatchObject({ reason: "path-denied" });

    // Each call continues with the state of the last one.
    const parsed = await agent.exec({ ...session, code: PARSE, files: ["data/sales.csv"] });
    expect(parsed).toMatchObject({
      status: "ok",
      result: `(${ROWS}, ['id', 'region', 'amount', 'note'])`,
      interpreter: { mode: "session", is_new: true, is_kept: true, note: null },
    });
    expect(parsed.provenance?.files).toEqual([
      {
        path: "data/sales.csv",
        sha256: createHash("sha256").update(csv).digest("hex"),
        sandbox_path: expect.stringMatching(/\/project\/data\/sales\.csv$/),
      },
    ]);
    const expected = [...totals].map(([region, total]) => `('${region}', ${total})`).sort();
    expect(await agent.exec({ ...session, code: TOTAL })).toMatchObject({
      status: "ok",
      result: `[${expected.join(", ")}]`,
      interpreter: { is_new: false, is_kept: true },
    });
    expect(await agent.exec({ ...session, code: PLOT })).toMatchObject({ status: "ok", result: "True" });
    expect(
      await agent.exec({ ...session, code: "open('plot.svg').read()[:4], open('data/sales.csv').readline()" }),
    ).toMatchObject({ result: "('<svg', 'id,region,amount,note\\n')" });

    // A saved file belongs to the session: the host and other programs do not have it.
    expect(await agent.exec({ code: "open('plot.svg')" })).toMatchObject({
      status: "error",
      error: { type: "FileNotFoundError" },
    });

    // A directory beside the root, by several spellings.
    for (const asked of [
      "../secrets/key.txt",
      at("secrets/key.txt"),
      "data/../../secrets/key.txt",
      `/proc/self/root${at("secrets/key.txt")}`,
    ]) {
      expect(await agent.refused({ code: "print(files)", files: [asked] }), asked).toMatchObject({
        reason: "path-denied",
      });
    }
    expect(await agent.refused({ code: "1", files: [".env"] })).toMatchObject({ reason: "path-restricted" });
    const inside = await agent.exec({ ...session, code: `open(${JSON.stringify(at("secrets/key.txt"))})` });
    if (engine.isContainer || engine.name === "wasm")
      expect(inside).toMatchObject({ status: "error", error: { type: "FileNotFoundError" } });
    const whole = await agent.exec({ code: "sorted(files)", files: [at("project/src"), at("project")] });
    expect(whole).toMatchObject({
      status: "ok",
      result: "['data/sales.csv', 'src/app.py']",
      provenance: { left_out: [".env"] },
    });

    // The whole disk is never a root, and neither is a directory that is named for secrets: the server does not ask.
    // It asks the person about the attic, and the person says no.
    for (const root of ["/", at("secrets")])
      expect((await agent.setRoots({ roots: [at("project"), root] })).refusal).toMatchObject({
        reason: "root-denied",
        resource: root,
      });
    expect(questions).toEqual([]);
    expect((await agent.setRoots({ roots: [at("project"), at("attic")] })).refusal).toMatchObject({
      reason: "root-denied",
      resource: at("attic"),
    });
    expect(questions).toEqual([expect.stringContaining(JSON.stringify(at("attic")))]);
    expect((await agent.exec({ code: "1" })).session_id).toBe(parsed.session_id);

    // The person closes the folder: calls can no longer name its files, and the interpreter keeps its state.
    folders.shift();
    await agent.client.sendRootsListChanged();
    expect(await agent.refused({ code: "1", files: ["data/sales.csv"] })).toMatchObject({ reason: "path-denied" });
    expect(await agent.refused({ code: "1", files: [at("project/src/app.py")] })).toMatchObject({
      reason: "path-denied",
    });
    expect(await agent.exec({ ...session, code: "len(rows), len(totals)" })).toMatchObject({
      status: "ok",
      result: `(${ROWS}, 4)`,
    });

    expect(await agent.session()).toMatchObject({
      session_id: parsed.session_id,
      roots: [],
      ceiling: [at("notes")],
      interpreters: [{ language: "python", policy: "data_science" }],
    });
    expect(agent.stderr).not.toContain(SECRET);
  }, 60_000);
});
