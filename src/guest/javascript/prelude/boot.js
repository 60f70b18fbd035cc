/**
 * The prelude: the globals that a JavaScript program finds besides the language, and the functions by which an engine
 * drives the program's realm.
 *
 * The same script is evaluated in a Node `vm` context and in QuickJS, before any program. Its value is the function
 * `boot`, which takes the engine's callbacks and returns the driver. A program can reach neither of them: the script is
 * one function, and a program gets functions and objects of its own realm only.
 *
 * A program may overwrite everything that it can reach. Three rules follow for all code that runs after the boot. It
 * uses only the names of intrinsics.js. Its lists have no prototype. It uses no iterator: no `for...of`, no spread, no
 * array pattern. A parameter with a rest (`...args`) is safe.
 *
 * A realm can be kept for further programs. Each program finds the variables of the programs before it. The result and
 * the timers begin anew.
 *
 * Not promised: that a program cannot harm itself, for instance by a getter that never returns. It can spoil only its
 * own report, and in a realm that is kept the reports of the programs after it.
 */

import { parse, builtIns, setPrototypeOf } from "./intrinsics.js";
import { connectCallbacks, endSilence } from "./callbacks.js";
import { connectDisk, enterDirectory } from "./disk.js";
import { hideCallSites } from "./call-sites.js";
import { refuseCodeFromStrings } from "./code-from-strings.js";
import { endGroups } from "./console.js";
import { addSecret } from "./entropy.js";
import { connectTexts } from "./engine-texts.js";
import { defineGlobals, startClock } from "./globals.js";
import { addBinaryFile, addTextFile, beginInputs, giveStdin, nameFiles, setInput } from "./inputs.js";
import { defineProcess, defineWorkspaceGlobals } from "./libraries.js";
import { defineImport, openWorkspace } from "./modules.js";
import { takeFiles } from "./project-files.js";
import { beginProgram, IMPORT, placeOf, program, programCount } from "./programs.js";
import { seedRandom } from "./random.js";
import { beginResult, endWith, followPromise, isOver, keepResult, reportResult } from "./result.js";
import { beginLoop, runNextTimer } from "./timer-queue.js";

/** @import { EvaluateCallback, NowCallback, SleepCallback, WriteCallback } from "./callbacks.js" */
/** @import { DiskCallback } from "./disk.js" */
/** @import { DecodeCallback, EncodeCallback } from "./engine-texts.js" */
/** @import { ProgramJob } from "./programs.js" */

/**
 * @typedef {object} RealmJob
 * @property {Record<string, unknown>} inputs
 * @property {string | null} [directory] The directory that the program starts in, relative to the workspace.
 * @property {boolean} hasWorkspace True if the program may use files of its own.
 * @property {boolean} refuseStrings True if the prelude must refuse code from strings.
 * @property {number[]} [seeds] Four numbers of 32 bits, for a realm whose `Math.random` must be seeded.
 * @property {number[]} secret Eight random numbers of 32 bits, for `crypto`.
 */

/**
 * @param {WriteCallback} write
 * @param {NowCallback} now
 * @param {SleepCallback} sleepUntil
 * @param {EvaluateCallback} [evaluate] Given by an engine whose realm makes no code of strings.
 * @param {DiskCallback} [disk] Given by an engine that has one. A program of another engine has its files in memory.
 * @param {EncodeCallback} [encode] Given by an engine that does it faster than the language.
 * @param {DecodeCallback} [decode]
 */
export function boot(write, now, sleepUntil, evaluate, disk, encode, decode) {
  connectCallbacks(write, now, sleepUntil, evaluate);
  connectTexts(encode, decode);
  connectDisk(disk);
  hideCallSites();
  defineGlobals();
  return driver;
}

/** The functions that an engine calls. QuickJS takes each of them by its name, without `this`. */
const driver = {
  __proto__: null,

  /**
   * Begins with a program. Takes the job without its long texts and its files, as JSON of a ProgramJob and a RealmJob.
   * Returns the text to compile under the job's name.
   *
   * @param {string} json
   */
  prepare(json) {
    /** @type {ProgramJob & RealmJob} */
    const job = setPrototypeOf(parse(json), null);
    beginRun();
    beginProgram(job);
    if (job.globals !== null && job.globals.hasImports) defineImport(IMPORT);
    if (job.globals?.modules !== undefined) takeFiles(job.globals.modules);
    // Only for the first program: a later one would lose a `Math.random` that an earlier one has set.
    if (job.seeds !== undefined && programCount === 1) seedRandom(job.seeds);
    addSecret(job.secret);
    if (job.refuseStrings) refuseCodeFromStrings();
    const { directory } = job;
    if (programCount === 1 && typeof directory === "string" && directory !== "")
      enterDirectory(`/workspace/${directory}`);
    defineProcess(job.hasWorkspace);
    if (job.hasWorkspace) {
      openWorkspace();
      defineWorkspaceGlobals();
    }
    beginInputs(job.inputs);
    return program.compiled;
  },

  /**
   * Sets an input that is a long text, because JSON would cost much.
   *
   * @param {string} name
   * @param {string} text
   */
  addInput(name, text) {
    setInput(name, text);
  },

  /** Defines the function that stands for `import()`, for an engine that must keep its own from answering. */
  defineImport,

  giveStdin,
  addTextFile,

  /**
   * Reads JSON, for an engine whose strings end at a NUL.
   *
   * @param {string} json
   * @returns {unknown}
   */
  parse(json) {
    return parse(json);
  },

  /**
   * Returns room for a file's bytes, for an engine that shares memory with this realm.
   *
   * @param {number} size
   */
  newBuffer(size) {
    return new builtIns.ArrayBuffer(size);
  },

  addBinaryFile,

  /**
   * Gives files further names. Takes the JSON of a list of NamedFile.
   *
   * @param {string} json
   */
  addFileNames(json) {
    nameFiles(parse(json));
  },

  /** Takes the value of the script, for a program whose last expression is the result. */
  finish: keepResult,
  /** Takes the value of the script if that is the promise of the wrapper. */
  follow: followPromise,
  endWith,

  /**
   * Turns a place in the compiled text into one in the program: "line:column".
   *
   * @param {number} line
   * @param {number} column
   */
  locate(line, column) {
    const place = placeOf(program, line, column);
    return `${place.line}:${place.column}`;
  },

  step: runNextTimer,
  report: reportResult,
  isOver,
};

/** Forgets the run before. The variables of its program stay. */
function beginRun() {
  beginResult();
  endSilence();
  endGroups();
  startClock(beginLoop());
}
