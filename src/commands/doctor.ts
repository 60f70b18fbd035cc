/**
 * `rlm-mcp doctor`: reports what this machine has, which engine and isolation programs get and why, and what to do for
 * a stronger isolation. It chooses the engine as the server does, and runs a program in each language.
 */

import { type Application, createApplication, VERSION } from "../application.js";
import { callerWithoutClient } from "../caller.js";
import { readHostEnvironment } from "../config.js";
import type { Config } from "../settings.js";
import { isFailure, Refusal, SetupError } from "../errors.js";
import { findEngine } from "../sandbox/docker/connection.js";
import { imagesOf, inspectImage } from "../sandbox/docker/image.js";
import { type RunnableLanguage, RUNNABLE_LANGUAGES } from "../language.js";
import { inTime } from "../sandbox/time-limit.js";
import { HELP, readOptions } from "./options.js";

export const DOCTOR_USAGE = `rlm-mcp doctor [--json]
  Reports what this machine has and which isolation programs get.
  Exit status: 0 programs run isolated, 1 they run with no isolation, 2 they cannot run`;

const OPTIONS = { json: { type: "boolean" }, help: HELP } as const;

/** Levels of isolation, from the weakest to the strongest. */
const STRENGTH = ["none", "wasm", "container", "gvisor"];

/** Time limit of the Docker engine's answer, in milliseconds. */
const DOCKER_ANSWER_MS = 3_000;

/** Time limit of one program with the start of its sandbox, in milliseconds. */
const PROGRAM_MS = 30_000;

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

interface Diagnosis {
  readonly version: string;
  readonly checks: readonly Check[];
  readonly engine: string | null;
  readonly runtime: string | null;
  readonly level: string | null;
  readonly why: string;
  readonly warnings: readonly string[];
  readonly advice: readonly string[];
}

const PROGRAM: Readonly<Record<RunnableLanguage, string>> = {
  python: "print(6 * 7)",
  javascript: "console.log(6 * 7)",
};

/**
 * Prints the diagnosis. Returns the exit status.
 *
 * @throws {SetupError} If the arguments are wrong.
 */
export async function doctor(config: Config, args: readonly string[]): Promise<number> {
  const { values } = readOptions(args, DOCTOR_USAGE, OPTIONS, { allowPositionals: false });
  if (values.help === true) {
    process.stdout.write(`${DOCTOR_USAGE}\n`);
    return 0;
  }
  const diagnosis = await diagnose(config);
  process.stdout.write(values.json === true ? `${JSON.stringify(diagnosis, null, 2)}\n` : renderText(diagnosis));
  if (diagnosis.level === null || diagnosis.checks.some(({ name, ok }) => name.startsWith("run") && !ok)) return 2;
  return diagnosis.level === "none" ? 1 : 0;
}

async function diagnose(config: Config): Promise<Diagnosis> {
  const node: Check = { name: "node", ok: true, detail: process.version };
  const checks: Check[] = [node, ...(await checkDocker(config))];
  const application = await createApplication({ ...config, logLevel: "silent" }, { warm: false });
  try {
    const choice = await application.choice;
    for (const language of RUNNABLE_LANGUAGES) checks.push(await tryProgram(application, language));
    return {
      version: VERSION,
      checks,
      engine: choice.engine.name,
      runtime: choice.runtime,
      level: choice.level,
      why: choice.why,
      warnings: choice.warnings,
      advice: adviceFor(choice.level, checks),
    };
  } catch (error) {
    const why =
      error instanceof SetupError
        ? error.message
        : "The engine did not work; RLM_LOG_LEVEL=debug writes the cause to the log";
    const nothing = { engine: null, runtime: null, level: null, warnings: [] };
    return { version: VERSION, checks, ...nothing, why, advice: adviceFor("none", checks) };
  } finally {
    await application.close();
  }
}

async function checkDocker(config: Config): Promise<Check[]> {
  try {
    const connection = await findEngine(readHostEnvironment());
    if (connection === null) return [{ name: "docker", ok: false, detail: "no engine found" }];
    const { docker, foundBy } = connection;
    const info = (await inTime(docker.info(), DOCKER_ANSWER_MS, () => new Error("No answer"))) as {
      ServerVersion?: string;
      Runtimes?: Record<string, unknown>;
    };
    const runtimes = Object.keys(info.Runtimes ?? {});
    const names = imagesOf(config.dockerImage);
    const images = await Promise.all(names.map((name) => inspectImage(docker, name)));
    const found = images.findIndex((image) => image !== null);
    return [
      { name: "docker", ok: true, detail: `${info.ServerVersion ?? "?"}, found by ${foundBy}` },
      {
        name: "gvisor",
        ok: runtimes.includes("runsc"),
        detail: runtimes.includes("runsc") ? "runsc is listed" : "runsc is not listed",
      },
      {
        name: "image",
        ok: found >= 0,
        detail: found < 0 ? `${names.join(" or ")} is missing` : `${names[found]} ${images[found]?.id}`,
      },
    ];
  } catch (error) {
    const detail = error instanceof SetupError ? error.message : "the engine does not answer";
    return [{ name: "docker", ok: false, detail }];
  }
}

async function tryProgram({ runner, sessions }: Application, language: RunnableLanguage): Promise<Check> {
  const name = `run ${language}`;
  const caller = callerWithoutClient("doctor");
  const request = { code: PROGRAM[language], language, timeoutMs: 5_000, memoryMb: 256, inputs: {}, files: [] };
  try {
    using visit = await sessions.enter(undefined, caller);
    const { ending, timings } = await runner.run(
      { ...request, policy: undefined, verdictId: undefined },
      { visit, caller, signal: AbortSignal.timeout(PROGRAM_MS) },
    );
    if (isFailure(ending)) return { name, ok: false, detail: ending.message };
    const ok = ending.ending === "ok" && ending.stdout.text === "42\n";
    return { name, ok, detail: `${ending.ending} in ${Math.round(timings.totalMs)} ms, start included` };
  } catch (error) {
    if (error instanceof Refusal) return { name, ok: false, detail: error.message };
    throw error;
  }
}

function adviceFor(level: string, checks: readonly Check[]): string[] {
  const holds = (name: string): boolean => checks.some((check) => check.name === name && check.ok);
  const lines: string[] = [];
  if (STRENGTH.indexOf(level) < STRENGTH.indexOf("container")) {
    if (!holds("docker")) lines.push("For containers: install Docker, start it, and let this user use it");
    else if (!holds("image")) lines.push('For containers: make the image with "rlm-mcp image build"');
  }
  if (STRENGTH.indexOf(level) < STRENGTH.indexOf("gvisor") && !holds("gvisor")) {
    lines.push(
      "For gVisor: install runsc and register it with the engine, " +
        'with the arguments "--network=none" and "--platform=ptrace" or "--platform=systrap"',
    );
  }
  return lines;
}

function renderText(diagnosis: Diagnosis): string {
  const { checks, engine, runtime, level, why, warnings, advice } = diagnosis;
  const lines = checks.map(({ name, ok, detail }) => `${ok ? "ok  " : "no  "} ${name.padEnd(15)} ${detail}`);
  lines.push(
    "",
    engine === null
      ? `Programs cannot run: ${why}`
      : `Programs run on ${engine} (${runtime}), isolation: ${level}. ${why}`,
  );
  lines.push(...warnings.map((warning) => `Warning: ${warning}`));
  lines.push(...advice);
  return `${lines.join("\n")}\n`;
}
