/**
 * The process in which a JavaScript program runs inside a container.
 *
 * A supervisor starts it before there is a program, with the flags below and
 *
 *   fd 0  /dev/null          fd 3  the job
 *   fd 1  program's stdout   fd 4  one byte "R" when ready, then the report
 *   fd 2  program's stderr
 *
 * The job is a length (4 bytes, big endian), JSON of that length, then the bytes of the texts and of the files it
 * lists. The report is JSON: {exit_code, error: {type, message, line, column, traceback} | null, result,
 * out_of_memory}.
 *
 * A job with `keep` does not end the process: its report ends with a line feed, and the next job is read, which finds
 * the realm as this one left it. Until it comes the process is blocked in that read, so nothing of a program runs
 * between two jobs. The end of fd 3 where a job would begin is the end of the process.
 *
 * Flags: --disallow-code-generation-from-strings (required: a program whose stack is at its end can catch an error that
 * Node made here while it formatted a stack; with this flag and what `harden` does it leads nowhere; the program's own
 * realm has its own switch), --max-old-space-size above the container's memory (the cgroup decides, not a guess of V8),
 * --no-deprecation --no-warnings (nothing of ours on the program's stderr), --no-addons, and where the program is to
 * run in Node 24, --permission with --allow-fs-read for this directory.
 *
 * The program sees a realm of its own with what prelude.js puts there. That is a fence: the container is the boundary.
 * A program that finds its way to this realm can write a report of its own; what the supervisor measures itself (time,
 * memory, how the process ended) it cannot forge. A full heap ends the process, which is the supervisor's to tell.
 */

import { Buffer } from "node:buffer";
import fs from "node:fs";
import vm from "node:vm";

const STDOUT = 1;
const STDERR = 2;
const JOB = 3;
const REPORT = 4;
const PROGRAM = "program.js";

const { writeSync, readSync, readFileSync } = fs;
const { parse, stringify } = JSON;
const host = process;
const reallyExit = host.reallyExit.bind(host);
const performanceNow = performance.now.bind(performance);
const waitCell = new Int32Array(new SharedArrayBuffer(4));
const { wait } = Atomics;
const nextTurn = setImmediate;

const prelude = new vm.Script(readFileSync(new URL("./prelude.js", import.meta.url), "utf8"), {
  filename: "prelude.js",
});
const drain = new vm.Script("undefined", { filename: "prelude.js" });

/** Writes all of `bytes`, waiting for a slow reader; a reader that is gone is no error. */
function writeAll(fd, bytes) {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if (error.code === "EAGAIN") wait(waitCell, 0, 0, 1);
      else if (error.code !== "EINTR") return;
    }
  }
}

/**
 * Memory that has been touched, for what is read of a job: under gVisor fresh memory costs more than the reading. Used
 * anew for each job; what a program gets is a copy.
 */
const room = Buffer.alloc(2_097_152, 1);
let roomUsed = 0;

function takeRoom(size) {
  if (size > room.length - roomUsed) return Buffer.alloc(size);
  roomUsed += size;
  return room.subarray(roomUsed - size, roomUsed);
}

/** Reads exactly `size` bytes of the job. Ends the process if there are no more; `status` is for none at all. */
function readExactly(size, status = 1) {
  const bytes = takeRoom(size);
  for (let at = 0; at < size;) {
    try {
      const count = readSync(JOB, bytes, at, size - at, null);
      if (count === 0) reallyExit(at === 0 ? status : 1);
      at += count;
    } catch (error) {
      if (error.code === "EAGAIN") wait(waitCell, 0, 0, 1);
      else if (error.code !== "EINTR") reallyExit(1);
    }
  }
  return bytes;
}

/** Makes a realm for a program. Its microtasks run when a script of it ends, so that the prelude's timers can wait. */
function openRealm(allowsStrings) {
  const options = { codeGeneration: { strings: allowsStrings, wasm: false }, microtaskMode: "afterEvaluate" };
  // Without the constant the global object is backed by an object of this realm, which must then lead nowhere.
  const context = vm.createContext(vm.constants?.DONT_CONTEXTIFY ?? Object.create(null), options);
  const boot = prelude.runInContext(context);
  const driver = boot(
    (stream, text, isBeforeNul) => {
      writeAll(stream === 2 ? STDERR : STDOUT, Buffer.from(isBeforeNul ? `${text}\0` : text, "utf8"));
    },
    () => performanceNow(),
    (timeMs) => {
      for (let left = timeMs - performanceNow(); left > 0; left = timeMs - performanceNow()) wait(waitCell, 0, 0, left);
    },
  );
  return { context, driver };
}

/**
 * Formats the stack of an error of any realm with the program's frames alone: the others are ours, and name where this
 * file lies.
 */
function formatStack(error, trace) {
  let text = "";
  try {
    text = `${error}`;
    for (let i = 0; i < trace.length; i++) {
      const line = `${trace[i]}`;
      if (line.includes("program.js:") || line.includes("program.js#")) text += `\n    at ${line}`;
    }
  } catch {
    // An error whose text cannot be made has the stack it has so far.
  }
  return text;
}

/** Compiles without running; tells only whether the text is a script. */
function isScript(text) {
  try {
    new vm.Script(text, { filename: PROGRAM });
    return true;
  } catch {
    return false;
  }
}

/** Stands in for `import` before a parenthesis: six units, like the word, so no column moves. */
const IMPORT = "\u00ecmport";

/**
 * Renames `import` where it is a call. Node answers one with an error object of this realm. A place is a call if the
 * text is no script with rubbish there (so it is not in a string or a comment) and is one with an expression there (so
 * it is not the name of a property).
 */
function renameImports(text) {
  let result = text;
  for (let at = text.indexOf("import"); at >= 0; at = text.indexOf("import", at + 6)) {
    const withText = (part) => text.slice(0, at) + part + text.slice(at + 6);
    if (isScript(withText("@@@@@@")) || !isScript(withText("((11))"))) continue;
    result = result.slice(0, at) + IMPORT + result.slice(at + 6);
  }
  return result;
}

/** Describes a syntax error. It is an object of this realm, and nothing of the program has run. */
function describeSyntaxError(error, driver) {
  const [head = "", , marks = ""] = String(error.stack).split("\n");
  const line = Number(/^program\.js(?:#\d+)?:(\d+)$/.exec(head)?.[1] ?? NaN);
  const column = marks.indexOf("^") + 1;
  const [ownLine, ownColumn] = Number.isNaN(line) ? [] : driver.locate(line, Math.max(1, column)).split(":");
  const place = ownLine === undefined ? "" : `\n    at program.js:${ownLine}:${ownColumn}`;
  return {
    type: error.name,
    message: error.message,
    line: ownLine === undefined ? null : Number(ownLine),
    column: ownColumn === undefined ? null : Number(ownColumn),
    traceback: `${error.name}: ${error.message}${place}`,
  };
}

/** Writes the report of a run, and ends the process if the job does not keep it. */
function end(job, error, result) {
  const exitCode = error === null ? 0 : 1;
  const report = stringify({ exit_code: exitCode, error, result, out_of_memory: false, run: job.run });
  writeAll(REPORT, Buffer.from(job.keep ? `${report}\n` : report, "utf8"));
  if (!job.keep) reallyExit(exitCode);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function addFile(driver, name, bytes) {
  let text;
  try {
    text = decoder.decode(bytes);
  } catch {
    const buffer = driver.newBuffer(bytes.length);
    new Uint8Array(buffer).set(bytes);
    driver.addBinaryFile(name, buffer);
    return;
  }
  driver.addTextFile(name, text);
}

/** Takes from this realm what a program that got here would use first. */
function harden() {
  for (const name of [
    "process",
    "Buffer",
    "fetch",
    "WebSocket",
    "WebAssembly",
    "SharedArrayBuffer",
    "global",
    "navigator",
  ])
    delete globalThis[name];
  for (const builtin of [
    Object,
    Function,
    Array,
    Promise,
    Error,
    RangeError,
    TypeError,
    String,
    Number,
    Symbol,
    RegExp,
    Map,
    Set,
    JSON,
    Reflect,
    Math,
  ]) {
    Object.freeze(builtin);
    if (builtin.prototype !== undefined) Object.freeze(builtin.prototype);
  }
}

/** Tells the realm of a job; returns the text to compile. */
function prepare(driver, job, texts, files, name) {
  const { last = null, async: isAsync = false, globals = null } = job.javascript ?? {};
  const shared = name === PROGRAM ? null : globals;
  const source = driver.prepare(
    stringify({ name, code: job.code, last, isAsync, globals: shared, inputs: job.inputs, refuseStrings: false }),
  );
  for (const [input, bytes] of texts) driver.addInput(input, decoder.decode(bytes));
  for (const [file, bytes] of files) addFile(driver, file, bytes);
  return source;
}

/** Compiles a program, whose `import()` is answered by the prelude. */
function compile(driver, source, filename) {
  const script = new vm.Script(source, { filename });
  const renamed = source.includes("import") ? renameImports(source) : source;
  if (renamed === source) return script;
  driver.defineImport(IMPORT);
  return new vm.Script(renamed, { filename });
}

/** Lets what is due run; Node tells of unhandled rejections between two turns of its own loop. */
async function turn(context) {
  drain.runInContext(context);
  await new Promise((resolve) => nextTurn(resolve));
}

async function runProgram({ context, driver }, job, texts, files, name) {
  const source = prepare(driver, job, texts, files, name);
  let script;
  try {
    script = compile(driver, source, name);
  } catch (error) {
    return end(job, describeSyntaxError(error, driver), null);
  }
  if (job.compile_only) return end(job, null, null);

  try {
    const value = script.runInContext(context);
    if (job.javascript?.async) driver.follow(value);
    else if ((job.javascript?.last ?? null) !== null) driver.finish(value);
  } catch (thrown) {
    driver.endWith(thrown);
  }
  do await turn(context);
  while (driver.step());
  const { error, result } = parse(driver.report());
  // Unheard: what is left of this program is not the next one's.
  if (job.keep) await turn(context);
  end(job, error, result);
}

/** Runs jobs in one realm, until one does not keep it. */
async function serve() {
  let realm = null;
  for (let count = 1; ; count++) {
    roomUsed = 0;
    const job = parse(readExactly(readExactly(4, realm === null ? 1 : 0).readUInt32BE(0)).toString("utf8"));
    const [texts, files] = [job.texts, job.files].map((parts) =>
      parts.map(({ name, size }) => [name, readExactly(size)]),
    );
    if (realm === null) {
      realm = job.guest_policy.builtins === "all" ? openRealm(true) : warmRealm;
      const { driver } = realm;
      host.on("unhandledRejection", (reason) => driver.endWith(reason));
      host.on("uncaughtException", (thrown) => driver.endWith(thrown));
      harden();
    }
    await runProgram(realm, job, texts, files, job.keep || count > 1 ? `${PROGRAM}#${count}` : PROGRAM);
  }
}

/** Ends the process if this realm would make code of a string: see the flags. */
function assertFlags() {
  try {
    Function("");
  } catch {
    return;
  }
  writeAll(STDERR, Buffer.from("runner.mjs needs --disallow-code-generation-from-strings\n"));
  reallyExit(1);
}

assertFlags();
host.env.TZ = "UTC";
// Frozen and an arrow: it can be reached from an error of this realm.
Error.prepareStackTrace = Object.freeze((error, trace) => formatStack(error, trace));
const warmRealm = openRealm(false);
// The first run of anything costs most; let a realm that is thrown away pay for it.
const rehearsal = openRealm(false);
prepare(rehearsal.driver, { code: "1", inputs: {}, javascript: { last: [0, 1] } }, [], [], PROGRAM);
rehearsal.driver.finish(
  new vm.Script("({a: [1, 'b', new Map()]})", { filename: PROGRAM }).runInContext(rehearsal.context),
);
rehearsal.driver.step();
rehearsal.driver.report();

writeAll(REPORT, Buffer.from("R"));
await serve();
