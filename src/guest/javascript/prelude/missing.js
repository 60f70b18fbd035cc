/** Says of a name that a program does not find what works instead. */

import { global, objectHasOwn, regExpExec } from "./intrinsics.js";
import { nearFileAdvice } from "./near-files.js";
import { program } from "./programs.js";

const MODULES = "a program has no such module; use the objects of the language, `inputs` and `files`";
const REQUIRE = 'load it first with require("node:...") or import: a program has assert, events, path, url and util';
const FILES =
  'load it first with require("node:...") or import; ' +
  "a program has it if its policy gives a workspace, as `workspace` does";
const NETWORK = "a program has no network; pass data in `inputs` or `files`";
const THREADS = "a program has one thread; use promises and timers";
const BROWSER = "there is no browser here; print with console.log, and pass data in `inputs`";
const WEB = "this is no part of the language; write a small class or function for it";
const INTL =
  "the embedded engine has no locales and no time zones, the Docker engine has them; " +
  "here format with toFixed, padStart and the methods of Date";
const NEWER = "this engine does not have it yet";

/** @type {Record<string, string | undefined>} */
const globals = { __proto__: /** @type {any} */ (null) };
/** @type {[names: string, advice: string][]} */
const GLOBAL_ADVICE = [
  ["lodash _ moment axios", MODULES],
  ["fs os", FILES],
  ["__dirname __filename", "a program has it only if its policy gives a workspace; name the file in `files`"],
  ["assert path util url events querystring readline EventEmitter", REQUIRE],
  ["stdin", "pass a text in the `stdin` argument of the call"],
  ["fetch XMLHttpRequest WebSocket EventSource Headers Request Response", NETWORK],
  ["Intl", INTL],
  ["Temporal", "use Date"],
  ["Worker Atomics WebAssembly MessageChannel BroadcastChannel", THREADS],
  ["SharedArrayBuffer", "a program has one thread; use ArrayBuffer"],
  ["window document navigator localStorage sessionStorage location alert prompt confirm", BROWSER],
  ["requestAnimationFrame", "use setTimeout"],
  ["Blob File FormData ReadableStream WritableStream TransformStream MessageEvent", WEB],
  ["print", "print with console.log"],
  ["Deno Bun", MODULES],
  ["Iterator Float16Array SuppressedError DisposableStack AsyncDisposableStack", NEWER],
];

/** @type {Record<string, string | undefined>} */
const methods = { __proto__: /** @type {any} */ (null) };
/** @type {[names: string, advice: string][]} */
const METHOD_ADVICE = [
  ["performance.mark performance.measure performance.timerify", "take performance.now() before and after"],
  ["isProxy", "no program here can tell a proxy from its target"],
  ["Array.fromAsync", "await each value in a loop"],
  ["Promise.withResolvers", "use new Promise((resolve, reject) => ...)"],
  ["Promise.try", "use new Promise((resolve) => resolve(f()))"],
  ["RegExp.escape", "use text.replace(/[\\\\^$.*+?()[\\]{}|]/g, '\\\\$&')"],
  ["Object.groupBy Map.groupBy", "collect the groups in a Map with a loop"],
  ["group groupToMap groupBy", "collect the groups in a Map with a loop"],
  ["union intersection difference symmetricDifference", "if it is a Set: combine sets with a loop or a filter"],
  ["isSubsetOf isSupersetOf isDisjointFrom", "if it is a Set: use [...a].every((x) => b.has(x))"],
  ["take drop toArray", "if it is an iterator: spread it into an array first"],
  ["toSorted toReversed toSpliced with", "copy the array first and change the copy"],
];
for (const [names, advice] of GLOBAL_ADVICE) for (const name of names.split(" ")) globals[name] = advice;
for (const [names, advice] of METHOD_ADVICE) for (const name of names.split(" ")) methods[name] = advice;

const DOCKER = "the Docker engine has them; here";
/** @type {[message: RegExp, advice: string][]} */
const PATTERN_ADVICE = [
  [/invalid group$/i, `modifiers such as (?i:a), ${DOCKER} give the whole pattern the flag`],
  [/duplicate (?:capture )?group name$/i, `two groups of one name, ${DOCKER} give each group its own name`],
  [
    /invalid regular expression flags$/,
    `flags like v, ${DOCKER} use the flag u, and write the characters that are left in the place of [a-z--[b]]`,
  ],
  // The program was parsed before, so the engine does not know a form of its language.
  [/^expecting ';'$/, `\`using\` declarations, ${DOCKER} release the value in a finally block`],
];

/** A declaration that ends with a call of a method, and the errors of an engine that does not know it. */
const USING = /(?:^|[;{}\n])\s*(?:await\s+)?using\s+[\w$]+\s*=/;
const NO_USING = /^(?:expecting ';'|unexpected token)/i;
const USING_ADVICE =
  ": this engine has no using declarations, the Docker engine has them; " +
  "here call the method [Symbol.dispose] in a finally block";
const MANY_ARGUMENTS = /^too many arguments/;
const MANY_ADVICE = ": take the list in a loop or with reduce in the place of f(...list)";

/** Longest message that is looked at: the search for a name in it takes time by the square of its length. */
const LONGEST_MESSAGE = 1000;

const NO_FILE = /^ENOENT: no such file or directory, \w+ '([^']*)'/;

const notDefined = /^'?([\w$]+)'? is not defined$/;
const notFunction = /(\.?)((?:[\w$]+\.)*)([\w$]+) is not a (?:function|constructor)$/;
/** Objects of the language whose functions differ between engines. */
const BUILT_INS =
  /^(?:Array|BigInt|Date|Error|Intl|Iterator|JSON|Map|Math|Number|Object|Promise|Reflect|RegExp|Set|String|Symbol)\.$/;

/**
 * Returns what works instead of the name that an error's message is about, as the rest of a sentence; "" for other
 * errors.
 *
 * @param {string} type
 * @param {string} message
 */
export function adviceFor(type, message) {
  if (message.length > LONGEST_MESSAGE) return "";
  if (type === "ReferenceError") {
    const found = regExpExec(notDefined, message);
    const advice = found === null || objectHasOwn(global, found[1]) ? undefined : globals[found[1]];
    return advice === undefined ? "" : `: ${advice}`;
  }
  if (type === "Error") {
    const found = regExpExec(NO_FILE, message);
    return found === null ? "" : `: ${nearFileAdvice(found[1])}`;
  }
  if (type === "SyntaxError") {
    const isUsing = regExpExec(NO_USING, message) !== null && regExpExec(USING, program.text) !== null;
    return isUsing ? USING_ADVICE : patternAdvice(message);
  }
  if (type === "RangeError" && regExpExec(MANY_ARGUMENTS, message) !== null) return MANY_ADVICE;
  const found = type === "TypeError" ? regExpExec(notFunction, message) : null;
  if (found === null) return "";
  const isMethod = found[1] !== "" || found[2] !== "";
  const advice = methods[found[2] + found[3]] ?? (isMethod ? methods[found[3]] : undefined);
  if (advice !== undefined) return `: ${advice}`;
  return regExpExec(BUILT_INS, found[2]) === null ? "" : ": this engine has no function of this name";
}

/**
 * Says of a regular expression that this engine does not take where it works.
 *
 * @param {string} message
 */
function patternAdvice(message) {
  for (let i = 0; i < PATTERN_ADVICE.length; i++) {
    if (regExpExec(PATTERN_ADVICE[i][0], message) === null) continue;
    return `: this engine has no ${PATTERN_ADVICE[i][1]}`;
  }
  return "";
}
