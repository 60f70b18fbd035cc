/** `rlm-mcp check FILE...`: what the policy says of programs that are files. Nothing runs. */

import { readFile } from "node:fs/promises";
import path from "node:path";
import { loadPolicies, PACKAGE_ROOT, VERSION } from "../application.js";
import { wantsColour } from "../config.js";
import type { Config } from "../settings.js";
import { quote, SetupError } from "../errors.js";
import { createAnalyser } from "../analysis/analyser.js";
import { judge } from "../policy/judge.js";
import type { Policy } from "../policy/policy.js";
import { sourcesOf } from "./check-files.js";
import { checkJson } from "./check-json.js";
import { type CheckedFile, type CheckReport, exitStatusOf, type UncheckedFile } from "./check-report.js";
import { checkSarif } from "./check-sarif.js";
import { checkText } from "./check-text.js";
import { HELP, readOptions } from "./options.js";
import { type Language, LANGUAGES } from "../language.js";

export const CHECK_USAGE = `rlm-mcp check FILE|DIR... [--policy NAME] [--format text|json|sarif] [--language python|javascript|java]
  Says what the policy objects to in programs, and runs nothing; "-" is stdin. The language follows from a file's name if
  it is not given; of a directory every program is checked. Exit status: 0 all allowed, 1 some denied, 2 some could not be checked`;

const OPTIONS = {
  format: { type: "string" },
  language: { type: "string" },
  help: HELP,
} as const;

const FORMATS = ["text", "json", "sarif"] as const;

/** Returns the exit status. */
export async function check(config: Config, args: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(args, CHECK_USAGE, OPTIONS);
  if (values.help === true) {
    process.stdout.write(`${CHECK_USAGE}\n`);
    return 0;
  }
  if (positionals.length === 0) throw new SetupError(`Cannot check: name a file, a directory or "-"\n\n${CHECK_USAGE}`);
  const format = choice("--format", values.format ?? "text", FORMATS);
  const language = values.language === undefined ? undefined : choice("--language", values.language, LANGUAGES);
  // `--policy` is a setting, so it has been read; whether callers of the server may choose it does not matter here.
  const { fallback: policy } = await loadPolicies(config);
  const report = await checkAll(positionals, language, policy);
  await print(await render(report, format));
  return exitStatusOf(report);
}

function choice<Name extends string>(flag: string, given: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === given);
  if (found === undefined)
    throw new SetupError(
      `Cannot use ${flag} ${quote(given)}: it must be ${names.slice(0, -1).join(", ")} or ${names.at(-1)}`,
    );
  return found;
}

async function checkAll(
  names: readonly string[],
  language: Language | undefined,
  policy: Policy,
): Promise<CheckReport> {
  const analyser = await createAnalyser();
  const files: CheckedFile[] = [];
  const unchecked: UncheckedFile[] = [];
  for await (const source of sourcesOf(names, language)) {
    if ("reason" in source) unchecked.push(source);
    else files.push({ ...source, analysis: judge(analyser.inspect(source.code, source.language), policy) });
  }
  return { policy, files, unchecked };
}

async function render(report: CheckReport, format: (typeof FORMATS)[number]): Promise<string> {
  switch (format) {
    case "text":
      return checkText(report, wantsColour(process.stdout));
    case "json":
      return checkJson(report);
    case "sarif": {
      const { homepage } = JSON.parse(await readFile(path.join(PACKAGE_ROOT, "package.json"), "utf8")) as {
        homepage?: string;
      };
      return checkSarif(
        report,
        { version: VERSION, ...(homepage === undefined ? {} : { informationUri: homepage }) },
        process.cwd(),
      );
    }
  }
}

/** Resolves when all is written, or when whoever read it has seen enough: the process exits next. */
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
