/**
 * Measures how long the analysis takes, on pieces of this package's own guest sources (Python and JavaScript that
 * people wrote), by size; and how much the process grows over many analyses.
 *
 *   node scripts/bench-policy.mjs [--rounds 200] [--checks 100000]
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { createAnalyser } from "../dist/analysis/analyser.js";
import { judge } from "../dist/policy/judge.js";
import { STRICT } from "../dist/policy/presets.js";
import { printSurroundings, quantile } from "./measuring.mjs";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "200" }, checks: { type: "string", default: "100000" } },
});
const rounds = Number(values.rounds);
const checks = Number(values.checks);
const GUEST = path.resolve(import.meta.dirname, "../dist/guest");

printSurroundings(`node scripts/bench-policy.mjs --rounds ${rounds} --checks ${checks}`);
const analyser = await createAnalyser();
const analyse = (code, language) => judge(analyser.inspect(code, language), STRICT);

/** Pieces of about this many bytes. They begin at a top-level statement, so that they parse, or nearly parse. */
function pieces(folder, ending, bytes) {
  const texts = readdirSync(path.join(GUEST, folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(path.join(GUEST, folder, name), "utf8"));
  return texts.flatMap((text) => {
    const starts = [...text.matchAll(/^(?:def|class|function|const|import|async) /gm)].map(({ index }) => index);
    return starts.flatMap((start) => {
      const end = starts.findLast((one) => one - start <= bytes && one > start);
      return end === undefined || end - start < bytes * 0.7 ? [] : [text.slice(start, end)];
    });
  });
}

for (const [language, folder, ending] of [
  ["python", "python", ".py"],
  ["javascript", "javascript", "js"],
]) {
  for (const kilobytes of [1, 2, 5, 10]) {
    const programs = pieces(folder, ending, kilobytes * 1024);
    for (let round = 0; round < 30; round++) analyse(programs[round % programs.length], language);
    const times = [];
    for (let round = 0; round < rounds; round++) {
      const program = programs[round % programs.length];
      const started = performance.now();
      analyse(program, language);
      times.push(performance.now() - started);
    }
    console.log(
      `${language.padEnd(10)} ${String(kilobytes).padStart(2)} KB, ${programs.length} programs: ` +
        `p50 ${quantile(times, 0.5).toFixed(2)} ms, p99 ${quantile(times, 0.99).toFixed(2)} ms`,
    );
  }
}

const programs = pieces("python", ".py", 1024);
const rss = () => (process.memoryUsage().rss / 2 ** 20).toFixed(1);
for (let check = 0; check < checks / 10; check++) analyse(programs[check % programs.length], "python");
const before = rss();
for (let check = checks / 10; check < checks; check++) analyse(programs[check % programs.length], "python");
console.log(`memory of the process after ${checks / 10} analyses ${before} MiB, after ${checks} ${rss()} MiB`);
