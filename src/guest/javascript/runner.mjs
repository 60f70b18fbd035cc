/**
 * The process in which a JavaScript program runs inside a container.
 *
 * A supervisor starts it before there is a program, with the flags below and
 *
 *   fd 0  /dev/null          fd 3  the job
 *   fd 1  program's stdout   fd 4  one byte "R" when ready, then the report
 *   fd 2  program's stderr
 *
 * The job is a length (4 bytes, big endian), JSON of that length, then the bytes of the texts, stdin and files that the
 * JSON lists. The report is JSON: {exit_code, error: {type, message, line, column, traceback} | null, result,
 * out_of_memory, run}.
 *
 * A job with `keep` does not end the process. Its report ends with a line feed, and the runner reads the next job. The
 * program of that job finds the realm as this one left it. The process is blocked in that read, so nothing of a program
 * runs between two jobs. The process ends when fd 3 ends before a job.
 *
 * The flags:
 *
 *   --disallow-code-generation-from-strings  Required. A program at the end of its stack can catch an error that Node
 *                                    made in the runner's realm while it formatted a stack. With this flag and
 *                                    `harden` that error leads nowhere. The program's own realm has its own switch.
 *   --max-old-space-size             Above the container's memory: the control group decides, not a guess of V8.
 *   --no-deprecation --no-warnings   Node writes nothing to the program's stderr.
 *   --no-addons                      Node loads no binary modules.
 *   --permission                     For Node 24, with --allow-fs-read for this directory.
 *
 * The program sees a realm of its own with the globals of prelude.js. That is a fence: the container is the boundary. A
 * program that finds its way to the runner's realm can write a report of its own. It cannot forge the measurements of
 * the supervisor: time, memory, how the process ended. A full heap ends the process, and the supervisor reports that.
 */

import { Buffer } from "node:buffer";
import { exit, readJob, STDERR, writeAll, writeReport } from "./channel.mjs";
import {
  compile,
  compileScript,
  describeSyntaxError,
  formatStack,
  openRealm,
  prepare,
  PROGRAM,
  runMicrotasks,
} from "./realm.mjs";
import { keepDisk } from "./workspace.mjs";

/** @import { Job, JobBytes } from "./channel.mjs" */
/** @import { Realm } from "./realm.mjs" */

const { parse, stringify } = JSON;
const nodeProcess = process;
const nextTurn = setImmediate;

assertFlags();
nodeProcess.env.TZ = "UTC";
// Frozen and an arrow: a program can reach it from an error of this realm.
Error.prepareStackTrace = Object.freeze(
  /** @type {typeof formatStack} */ ((error, trace) => formatStack(error, trace)),
);
const warmRealm = openRealm(false);
rehearse();
writeReport("R");
await serve();

/** Ends the process if this realm would make code of a string: see the flags. */
function assertFlags() {
  try {
    // oxlint-disable-next-line typescript/no-implied-eval
    Function("");
  } catch {
    return;
  }
  writeAll(STDERR, Buffer.from("runner.mjs needs --disallow-code-generation-from-strings\n"));
  exit(1);
}

/** The first run of each function costs most. So a program runs in a realm that is thrown away. */
function rehearse() {
  const realm = openRealm(false);
  prepare(
    realm,
    { code: "1", inputs: {}, javascript: { last: [0, 1] }, files: [], guest_policy: { builtins: "safe" } },
    { texts: [], stdin: null, files: [] },
    PROGRAM,
  );
  const script = compileScript("({a: [1, 'b', new Map()]})", PROGRAM);
  realm.driver.finish(script.runInContext(realm.context));
  realm.driver.step();
  realm.driver.report();
}

/** Runs jobs in one realm, until a job does not keep it. */
async function serve() {
  /** @type {Realm | null} */
  let realm = null;
  for (let count = 1; ; count++) {
    const { job, ...bytes } = readJob(realm === null);
    realm ??= beginServing(job);
    const name = job.keep || count > 1 ? `${PROGRAM}#${count}` : PROGRAM;
    await runProgram(realm, job, bytes, name);
  }
}

/**
 * Chooses the realm for all jobs by the first of them.
 *
 * @param {Job} job
 */
function beginServing(job) {
  const { builtins, strings = true } = job.guest_policy;
  const realm = builtins === "all" && strings ? openRealm(true) : warmRealm;
  nodeProcess.on("unhandledRejection", (reason) => realm.driver.endWith(reason));
  nodeProcess.on("uncaughtException", (thrown) => realm.driver.endWith(thrown));
  harden();
  return realm;
}

/** Takes from this realm the objects that a program that got here would use first. */
function harden() {
  const globals = [
    "process",
    "Buffer",
    "fetch",
    "WebSocket",
    "WebAssembly",
    "SharedArrayBuffer",
    "global",
    "navigator",
  ];
  for (const name of globals) delete (/** @type {Record<string, unknown>} */ (globalThis)[name]);
  const functions = [Object, Function, Array, Promise, Error, RangeError, TypeError, String, Number, Symbol, RegExp];
  for (const builtin of [...functions, Map, Set]) {
    Object.freeze(builtin);
    Object.freeze(builtin.prototype);
  }
  for (const namespace of [JSON, Reflect, Math]) Object.freeze(namespace);
}

/**
 * @param {Realm} realm
 * @param {Job} job
 * @param {JobBytes} bytes
 * @param {string} name
 */
async function runProgram(realm, job, bytes, name) {
  const { context, driver } = realm;
  const source = prepare(realm, job, bytes, name);
  let script;
  try {
    script = compile(realm, source, name);
  } catch (error) {
    return end(job, describeSyntaxError(realm, /** @type {SyntaxError} */ (error)), null);
  }
  if (job.compile_only) return end(job, null, null);

  try {
    const value = script.runInContext(context);
    if (job.javascript?.async) void driver.follow(value);
    else if ((job.javascript?.last ?? null) !== null) driver.finish(value);
  } catch (thrown) {
    driver.endWith(thrown);
  }
  do await turn(realm);
  while (driver.step());
  const { error, result, status } = parse(driver.report());
  // The rest of this program runs in silence, so that it does not run with the next one.
  if (job.keep) await turn(realm);
  end(job, error, result, status);
}

/**
 * Lets due microtasks run. Node tells of unhandled rejections between two turns of its own loop.
 *
 * @param {Realm} realm
 */
async function turn(realm) {
  runMicrotasks(realm);
  await new Promise((resolve) => nextTurn(resolve));
}

/**
 * Writes the report of a run, and ends the process if the job does not keep it.
 *
 * @param {Job} job
 * @param {object | null} error
 * @param {string | null} result
 * @param {number} [status] Of a program that ended with an error.
 */
function end(job, error, result, status = 1) {
  if (job.keep) keepDisk(); // the next job takes the room of its files
  const exitCode = error === null ? 0 : status;
  const report = stringify({ exit_code: exitCode, error, result, out_of_memory: false, run: job.run });
  writeReport(job.keep ? `${report}\n` : report);
  if (!job.keep) exit(exitCode);
}
