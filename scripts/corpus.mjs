/**
 * Runs collections of real programs through `rlm_exec_run` and says how many end as they should, and why the others do
 * not.
 *
 *   node scripts/corpus.mjs DIRECTORY [--engines wasm,runc,runsc] [--only NAME] [--policy NAME] [--kind KIND] [--all]
 *
 * DIRECTORY holds mbpp.jsonl (Python), mbxp-js.jsonl (JavaScript) and bigcodebench-*.jsonl (Python), one JSON object a
 * line, whose `run` is a program that prints OK. `--only` takes the files whose name holds NAME, `--kind` the programs
 * of one kind. A program that needs a command, a connection, native code or code from text is left out, unless `--all`.
 */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    engines: { type: "string", default: "wasm,runc,runsc" },
    only: { type: "string", default: "" },
    policy: { type: "string", default: "strict" },
    kind: { type: "string" },
    all: { type: "boolean", default: false },
  },
});
const directory = positionals[0] ?? ".";
const CORPORA = readdirSync(directory)
  .filter((file) => /^(mbpp|mbxp-js|bigcodebench-\w+)\.jsonl$/.test(file) && file.includes(values.only))
  .map((file) => [file, file === "mbxp-js.jsonl" ? "javascript" : "python"]);
/** At once: as many as there are processors, so that time limits measure the program. */
const WIDTH = 2;

for (const engine of values.engines.split(",")) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [path.resolve(import.meta.dirname, "..", "dist", "cli.js")],
    env: {
      ...Object.fromEntries(
        ["PATH", "HOME", "DOCKER_HOST", "RLM_DOCKER_IMAGE"].flatMap((name) =>
          process.env[name] === undefined ? [] : [[name, process.env[name]]],
        ),
      ),
      RLM_LOG_LEVEL: "error",
      RLM_POLICY: values.policy,
      // More calls than one session is given.
      ...Object.fromEntries(
        ["SESSION_MAX_CALLS", "SESSION_MAX_RUN_SECONDS", "SESSION_MAX_OUTPUT_BYTES", "RATE_LIMIT_PER_MINUTE"].map(
          (name) => [`RLM_${name}`, "0"],
        ),
      ),
      ...(engine === "wasm"
        ? { RLM_EXECUTION_MODE: "wasm" }
        : { RLM_EXECUTION_MODE: "docker", RLM_DOCKER_RUNTIME: engine }),
    },
    stderr: "inherit",
  });
  const client = new Client({ name: "corpus", version: "1" });
  await client.connect(transport);
  for (const [file, language] of CORPORA) {
    const rows = readFileSync(path.join(directory, file), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .filter(({ needs }) => values.all || !(needs?.length > 0))
      .filter(({ kind }) => values.kind === undefined || kind === values.kind);
    const total = rows.length;
    const failed = [];
    const before = performance.now();
    await Promise.all(
      Array.from({ length: WIDTH }, async () => {
        for (let row = rows.shift(); row !== undefined; row = rows.shift()) {
          const { structuredContent: result } = await client.callTool({
            name: "rlm_exec_run",
            arguments: { code: row.run, language },
          });
          if (result.status !== "ok" || !result.stdout.endsWith("OK\n")) {
            failed.push(
              [
                `${row.id}: ${result.status}`,
                result.refusal?.rule ?? "",
                result.refusal?.resource ?? result.error?.message ?? result.stdout?.trim().slice(-300) ?? "",
              ]
                .join(" ")
                .trim(),
            );
          }
        }
      }),
    );
    console.log(
      `${engine} ${values.policy} ${file} ${values.kind ?? ""}: ${total - failed.length} of ${total} ` +
        `in ${Math.round((performance.now() - before) / 1_000)} s`,
    );
    for (const line of failed.sort()) console.log(`  ${line}`);
  }
  await client.close();
}
