/** `rlm-mcp check FILE...`: checks programs in files by a policy. Nothing runs. */

import { readFile } from "node:fs/promises";
import path from "node:path";
import { loadPolicies, PACKAGE_ROOT, VERSION } from "../application.js";
import { wantsColour } from "../config.js";
import type { Config } from "../settings.js";
import { quote, SetupError } from "../errors.js";
import { createAnalyser } from "../analysis/analyser.js";
import { judge } from "../policy/judge.js";
import type { Policy } from "../policy/policy.js";
import { readSources } from "./check-files.js";
import { renderJson } from "./check-json.js";
import { type CheckedFile, type CheckReport, exitStatusOf, type UncheckedFile } from "./check-report.js";
import { type Driver, renderSarif } from "./check-sarif.js";
import { renderText } from "./check-text.js";
import { HELP, readOptions } from "./options.js";
import { LANGUAGES } from "../language.js";

export const CHECK_USAGE = `rlm-mcp check FILE|DIR... [--policy NAME] [--format text|json|sarif]
              [--language python|javascript|typescript|java]
  Checks programs by the policy and runs nothing; "-" is stdin. The language follows from a file's name
  unless --language names it. Every program below a directory is checked.
  Exit status: 0 all allowed, 1 some denied, 2 some could not be checked`;

const OPTIONS = {
  format: { type: "string" },
  language: { type: "string" },
  help: HELP,
} as const;

const FORMATS = ["text", "json", "sarif"] as const;

/**
 * Checks the files and prints the report. Returns the exit status.
 *
 * @throws {SetupError} If the arguments are wrong, or the report cannot be written.
 */
export async function check(config: Config, args: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(args, CHECK_USAGE, OPTIONS);
  if (values.help === true) {
    process.stdout.write(`${CHECK_USAGE}\n`);
    return 0;
  }
  if (positionals.length === 0) throw new SetupError(`Cannot check: name a file, a directory or "-"\n\n${CHECK_USAGE}`);
  const format = parseChoice("--format", values.format ?? "text", FORMATS);
  const language = values.language === undefined ? undefined : parseChoice("--language", values.language, LANGUAGES);
  // `--policy` is a setting, so `config` has it. Here it may be a policy that callers of the server may not choose.
  const { fallback: policy } = await loadPolicies(config);
  const report = await checkAll(readSources(positionals, language, config.maxExecCodeSize), policy);
  await print(await render(report, format));
  return exitStatusOf(report);
}

function parseChoice<Name extends string>(flag: string, value: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === value);
  if (found === undefined)
    throw new SetupError(
      `Cannot use ${flag} ${quote(value)}: it must be ${names.slice(0, -1).join(", ")} or ${names.at(-1)}`,
    );
  return found;
}

async function checkAll(sources: ReturnType<typeof readSources>, policy: Policy): Promise<CheckReport> {
  const analyser = await createAnalyser();
  const files: CheckedFile[] = [];
  const unchecked: UncheckedFile[] = [];
  for await (const source of sources) {
    if ("reason" in source) unchecked.push(source);
    else files.push({ ...source, analysis: judge(await analyser.read(source.code, source.language), policy) });
  }
  return { policy, files, unchecked };
}

async function render(report: CheckReport, format: (typeof FORMATS)[number]): Promise<string> {
  switch (format) {
    case "text":
      return renderText(report, wantsColour(process.stdout));
    case "json":
      return renderJson(report);
    case "sarif":
      return renderSarif(report, await readDriver(), process.cwd());
  }
}

async function readDriver(): Promise<Driver> {
  const manifest = await readFile(path.join(PACKAGE_ROOT, "package.json"), "utf8");
  const { homepage } = JSON.parse(manifest) as { homepage?: string };
  return { version: VERSION, ...(homepage === undefined ? {} : { informationUri: homepage }) };
}

/** Resolves when the text is written, or when its reader has closed the pipe. The process exits afterwards. */
function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.once("error", (cause: NodeJS.ErrnoException) => {
      if (cause.code === "EPIPE") resolve();
      else reject(new SetupError("Cannot write the report: standard output cannot be written to", { cause }));
    });
    process.stdout.write(text, (error) => {
      if (error === undefined || error === null) resolve();
    });
  });
}
