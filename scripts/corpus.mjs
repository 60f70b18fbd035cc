/**
 * Runs collections of real programs through `rlm_exec_run` and says how many end as they should, and why the others do
 * not.
 *
 *   node scripts/corpus.mjs DIRECTORY [--engines wasm,runc,runsc]
 *
 * DIRECTORY holds mbpp.jsonl (Python) and mbxp-js.jsonl (JavaScript), one JSON object a line, whose `run` is a program
 * that prints OK.
 */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { engines: { type: "string", default: "wasm,runc,runsc" } },
});
const CORPORA = [
  ["mbpp.jsonl", "python"],
  ["mbxp-js.jsonl", "javascript"],
];
/** At once: as many as there are processors, so that time limits measure the program. */
const WIDTH = 2;

for (const engine of values.engines.split(",")) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [path.resolve(import.meta.dirname, "..", "dist", "cli.js")],
    env: {
      ...Object.fromEntries(
        ["PATH", "HOME", "DOCKER_HOST"].flatMap((name) =>
          process.env[name] === undefined ? [] : [[name, process.env[name]]],
        ),
      ),
      RLM_LOG_LEVEL: "error",
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
    const rows = readFileSync(path.join(positionals[0] ?? ".", file), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
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
                result.refusal?.resource ?? result.error?.message ?? "",
              ]
                .join(" ")
                .trim(),
            );
          }
        }
      }),
    );
    console.log(
      `${engine} ${file}: ${total - failed.length} of ${total} ` +
        `in ${Math.round((performance.now() - before) / 1_000)} s`,
    );
    for (const line of failed.sort()) console.log(`  ${line}`);
  }
  await client.close();
}
