/** The realm of a JavaScript program in Node: its making, the compiling of programs for it, and its errors. */

import { Buffer } from "node:buffer";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import vm from "node:vm";
import { sleep, STDERR, STDOUT, writeAll } from "./channel.mjs";
import { askDisk } from "./disk.mjs";
import { giveDisk } from "./workspace.mjs";

/** @import { Job, JobBytes } from "./channel.mjs" */

/** @typedef {ReturnType<typeof import("./prelude/boot.js").boot>} Driver */
/** @typedef {{ context: vm.Context, driver: Driver }} Realm */

/** The name of a program in its own stack. */
export const PROGRAM = "program.js";
/** Stands for `import` before a parenthesis: six units, like the word, so no column moves. */
const IMPORT = "\u00ecmport";

/** The start of a name: what follows is its rest, and no word of the language. */
const NAME_BEFORE = /(?:[\p{ID_Continue}$\u200c\u200d]|\\u\{[\da-f]+\})$/iu;
/** So much of the text before a place is looked at for that. */
const LONGEST_BEFORE = 12;

const { stringify } = JSON;
const { apply } = Reflect;
const errorToString = Error.prototype.toString;
const performanceNow = performance.now.bind(performance);
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Takes off the mark that Windows programs write at the start of a text. */
const fileDecoder = new TextDecoder("utf-8", { fatal: true });

const prelude = compileScript(readFileSync(new URL("./prelude.js", import.meta.url), "utf8"), "prelude.js");
const emptyScript = compileScript("undefined", "prelude.js");

/**
 * Makes a realm for programs. Its microtasks run when a script of it ends, so that the prelude's timers can wait.
 *
 * @param {boolean} allowsStrings True if code from strings is allowed.
 * @returns {Realm}
 */
export function openRealm(allowsStrings) {
  // Without the constant, an object of this realm is behind the global object. It must then lead nowhere.
  const global = vm.constants?.DONT_CONTEXTIFY ?? Object.create(null);
  const context = vm.createContext(global, {
    codeGeneration: { strings: allowsStrings, wasm: false },
    microtaskMode: "afterEvaluate",
  });
  /** @type {typeof import("./prelude/boot.js").boot} */
  const boot = prelude.runInContext(context);
  const driver = boot(
    (stream, text, isBeforeNul) => {
      writeAll(stream === 2 ? STDERR : STDOUT, Buffer.from(isBeforeNul ? `${text}\0` : text, "utf8"));
    },
    () => performanceNow(),
    (timeMs) => {
      for (let left = timeMs - performanceNow(); left > 0; left = timeMs - performanceNow()) sleep(left);
    },
    compileIn(context),
    (operation, path, first, second, bytes) => askDisk(operation, path, first, second, bytes),
  );
  return { context, driver };
}

/**
 * Returns the function that compiles a library of the prelude in a realm. A script would run the program's microtasks.
 *
 * @param {vm.Context} context
 */
function compileIn(context) {
  const options = { filename: "prelude.js", parsingContext: context };
  /** @type {(text: string) => any} */
  const compileText = (text) => vm.compileFunction(`return ${text}`, [], options);
  return compileText;
}

/**
 * Runs the microtasks of a realm that are due.
 *
 * @param {Realm} realm
 */
export function runMicrotasks({ context }) {
  emptyScript.runInContext(context);
}

/**
 * Hands a job to a realm, and returns the text to compile under `name`.
 *
 * @param {Realm} realm
 * @param {Pick<Job, "code" | "inputs" | "javascript" | "files" | "directory" | "guest_policy">} job
 * @param {JobBytes} bytes
 * @param {string} name
 */
export function prepare({ driver }, job, { texts, stdin, files }, name) {
  const { last = null, async: isAsync = false, globals = null } = job.javascript ?? {};
  const hasWorkspace = job.guest_policy.workspace === true;
  const { directory } = job;
  const fields = { name, code: job.code, last, isAsync, globals, inputs: job.inputs, secret: newSecret() };
  const source = driver.prepare(stringify({ ...fields, directory, hasWorkspace, refuseStrings: false }));
  if (hasWorkspace) giveDisk(job.files, files, directory ?? "");
  for (const [input, bytes] of texts) driver.addInput(input, decoder.decode(bytes));
  if (stdin !== null) driver.giveStdin(decoder.decode(stdin));
  for (const [file, bytes] of files) addFile(driver, file, bytes);
  if (files.length > 0) driver.addFileNames(stringify(job.files.map(describeFile)));
  return source;
}

/** @param {Job["files"][number]} file */
function describeFile({ name, path, host_path: hostPath, size }) {
  return { name, path: `/workspace/${path}`, hostPath, size, hasMark: false };
}

/** Returns eight random numbers. To load Node's own `crypto` would take some milliseconds of each start. */
function newSecret() {
  const words = new Uint32Array(8);
  try {
    const device = openSync("/dev/urandom", "r");
    readSync(device, words);
    closeSync(device);
  } catch {
    crypto.getRandomValues(words);
  }
  return [...words];
}

/**
 * @param {Driver} driver
 * @param {string} name
 * @param {Buffer} bytes
 */
function addFile(driver, name, bytes) {
  let text;
  try {
    text = fileDecoder.decode(bytes);
  } catch {
    const buffer = driver.newBuffer(bytes.length);
    new Uint8Array(buffer).set(bytes);
    driver.addBinaryFile(name, buffer);
    return;
  }
  driver.addTextFile(name, text);
}

/**
 * Compiles a program. The prelude answers its `import()`.
 *
 * @param {Realm} realm
 * @param {string} source
 * @param {string} filename
 */
export function compile({ driver }, source, filename) {
  const script = compileScript(source, filename);
  const renamed = source.includes("import") ? renameImports(source) : source;
  if (renamed === source) return script;
  driver.defineImport(IMPORT);
  return compileScript(renamed, filename);
}

/**
 * @param {string} source
 * @param {string} filename
 */
export function compileScript(source, filename) {
  return new vm.Script(source, { filename });
}

/**
 * Renames `import` where it is a call, because Node answers a call with an error object of this realm.
 *
 * A place is a call if three things hold. It is not the end of a name such as `bulk_import`. The text is no script with
 * rubbish there, so the place is not in a string or a comment. The text is a script with an expression there, so the
 * place is not the name of a property.
 *
 * @param {string} text
 */
function renameImports(text) {
  let result = text;
  for (let at = text.indexOf("import"); at >= 0; at = text.indexOf("import", at + 6)) {
    /** @type {(part: string) => string} */
    const withText = (part) => text.slice(0, at) + part + text.slice(at + 6);
    if (NAME_BEFORE.test(text.slice(Math.max(0, at - LONGEST_BEFORE), at))) continue;
    if (isScript(withText("@@@@@@")) || !isScript(withText("((11))"))) continue;
    result = result.slice(0, at) + IMPORT + result.slice(at + 6);
  }
  return result;
}

/**
 * Compiles without running, and tells only whether the text is a script.
 *
 * @param {string} text
 */
function isScript(text) {
  try {
    compileScript(text, PROGRAM);
    return true;
  } catch {
    return false;
  }
}

/**
 * Describes a syntax error for the report. The error is an object of this realm, and nothing of the program has run.
 *
 * @param {Realm} realm
 * @param {SyntaxError} error
 */
export function describeSyntaxError({ driver }, error) {
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

/**
 * Formats the stack of an error of any realm with the frames of programs alone. The other frames are those of the
 * runner, and would tell where its files lie.
 *
 * @param {Error} error
 * @param {{ toString(): string }[]} trace The call sites.
 */
export function formatStack(error, trace) {
  let text = "Error";
  try {
    // As Node does it: a method `toString` of the program's own class does not count.
    text = apply(errorToString, error, []);
  } catch {
    // Getters of the program make its text.
  }
  try {
    for (let i = 0; i < trace.length; i++) {
      const line = trace[i].toString();
      if (line.includes("program.js:") || line.includes("program.js#")) text += `\n    at ${line}`;
    }
  } catch {
    // At the end of the stack there is no room for more frames.
  }
  return text;
}
