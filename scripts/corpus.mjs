/**
 * Runs collections of real programs through `rlm_exec_run` and says how many end as they should, and why the others do
 * not.
 *
 *   node scripts/corpus.mjs DIRECTORY [--engines wasm,runc,runsc] [--only NAME] [--policy NAME] [--kind KIND] [--all]
 *                           [--at-once 2] [--raised]
 *
 * DIRECTORY holds mbpp.jsonl (Python), mbxp-js.jsonl (JavaScript) and bigcodebench-*.jsonl (Python), one JSON object a
 * line, whose `run` is a program that prints OK. `--only` takes the files whose name holds NAME, `--kind` the programs
 * of one kind. A program that needs a command, a connection, native code or code from text is left out, unless `--all`.
 *
 * With `--raised` the programs that were stopped by a limit run once more, alone, on a server whose operator has raised
 * the limits to 60 s and 64 KB of code. Both counts are printed.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { connectServer } from "./measuring.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    engines: { type: "string", default: "wasm,runc,runsc" },
    only: { type: "string", default: "" },
    policy: { type: "string", default: "strict" },
    kind: { type: "string" },
    all: { type: "boolean", default: false },
    "at-once": { type: "string", default: "2" },
    raised: { type: "boolean", default: false },
  },
});
const directory = positionals[0] ?? ".";
const CORPORA = readdirSync(directory)
  .filter((file) => /^(mbpp|mbxp-js|bigcodebench-\w+)\.jsonl$/.test(file) && file.includes(values.only))
  .map((file) => [file, file === "mbxp-js.jsonl" ? "javascript" : "python"]);
/** As many as there are processors, so that time limits measure the program. */
const WIDTH = Number(values["at-once"]);
/** The programs of BigCodeBench keep what their tests say. This prints the last line of the first failure. */
const TELL_FAILURE = "\nprint((_r.failures + _r.errors)[0][1].strip().splitlines()[-1])";
const RAISED = { RLM_MAX_EXEC_TIMEOUT_MS: "60000", RLM_MAX_EXEC_CODE_SIZE: "65536" };

for (const engine of values.engines.split(",")) {
  for (const [file, language] of CORPORA) {
    const rows = readFileSync(path.join(directory, file), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .filter(({ needs }) => values.all || !(needs?.length > 0))
      .filter(({ kind }) => values.kind === undefined || kind === values.kind);
    const before = performance.now();
    const failed = await failuresOf(rows, { engine, language, width: WIDTH });
    const seconds = Math.round((performance.now() - before) / 1_000);
    const what = `${engine} ${values.policy} ${file} ${values.kind ?? ""}`;
    console.log(`${what}: ${countOf(rows, failed)} in ${seconds} s`);
    const stopped = values.raised ? failed.filter(({ isLimit }) => isLimit) : [];
    if (stopped.length === 0) {
      listByReason(failed);
      continue;
    }
    const again = await failuresOf(
      stopped.map(({ row }) => row),
      { engine, language, width: 1, raised: RAISED },
    );
    console.log(`  stopped by a limit, so run again with raised limits: ${idsOf(stopped)}`);
    const left = [...failed.filter((one) => !stopped.includes(one)), ...again];
    console.log(`${what}, with these: ${countOf(rows, left)}`);
    listByReason(left);
  }
}

function countOf(rows, failed) {
  const share = (passed, total) => `${passed} of ${total} (${((100 * passed) / total).toFixed(1)} %)`;
  const passed = rows.length - failed.length;
  const missing = failed.filter(({ isMissing }) => isMissing).length;
  const own = missing === 0 ? "" : `, ${share(passed, rows.length - missing)} of those whose packages it has`;
  return `${share(passed, rows.length)}${own}`;
}

function idsOf(failed) {
  return failed
    .map(({ row }) => row.id.replace(/^.*\//, ""))
    .sort((a, b) => Number(a) - Number(b))
    .join(", ");
}

function listByReason(failed) {
  const byReason = new Map();
  for (const one of failed) byReason.set(one.reason, [...(byReason.get(one.reason) ?? []), one]);
  for (const [reason, some] of [...byReason].sort()) console.log(`  ${idsOf(some)}: ${reason}`);
}

/** Runs the programs on a server of their own. Returns those that do not end as they should, each with its reason. */
async function failuresOf(rows, { engine, language, width, raised = {} }) {
  const { client, exec } = await connectServer("corpus", engine, { RLM_POLICY: values.policy, ...raised });
  const left = [...rows];
  const failed = [];
  const timeout = raised.RLM_MAX_EXEC_TIMEOUT_MS;
  const run = async (code) => {
    const call = { code, language, ...(timeout === undefined ? {} : { timeout_ms: Number(timeout) }) };
    return await exec(call, { timeout: 120_000 });
  };
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let row = left.shift(); row !== undefined; row = left.shift()) {
        const result = await run(row.run);
        if (result.status === "ok" && result.stdout.endsWith("OK\n")) continue;
        const isLimit = result.status === "timeout" || result.refusal?.resource === "code";
        const isMissing = result.refusal?.reason === "module-missing" || result.error?.type === "ModuleNotFoundError";
        const isOwnTest = result.status === "ok" && row.run.includes("_r = _u.TextTestRunner");
        const reason = isOwnTest ? `its own test: ${(await run(row.run + TELL_FAILURE)).stdout}` : reasonOf(result);
        failed.push({ row, isLimit, isMissing, reason: shorten(reason) });
      }
    }),
  );
  await client.close();
  return failed;
}

function reasonOf({ status, refusal, error, stdout, stderr }) {
  const why = refusal?.resource ?? error?.message ?? [stdout, stderr].join("\n").trim().slice(-300);
  return [status, refusal?.rule ?? refusal?.reason ?? "", why].join(" ");
}

function shorten(reason) {
  return reason
    .replaceAll(/\s+/g, " ")
    .replace(/^(.{150}[^,;:]*).*$/, "$1 ...")
    .trim();
}
