/**
 * The part of `process` that a program has without a workspace. Another member is refused by its name, so that a
 * program does not take undefined for an answer.
 */

import { notHere } from "./not-here.js";

const process = realm.load("process");
const LISTENING = ["off", "on", "once"];
const VALUES = "argv emitWarning exitCode hrtime nextTick platform stderr stdin stdout uptime version versions";
const MEMBERS = [...VALUES.split(" "), ...LISTENING];
const ENVIRONMENT = "pass the value in the `inputs` argument, and use the variable of that name";
const FILES = "a program has no directory of its own here; name files in the `files` argument, and read `files`";
const END = "let the program end by itself, set process.exitCode, or throw an Error";
const INSTEAD = { env: ENVIRONMENT, cwd: FILES, chdir: FILES, abort: END, exit: END, kill: END };
/** Members of Node that ours lacks, and that lead to other objects of the machine. */
const MORE = "abort binding dlopen getBuiltinModule mainModule openStdin reallyExit report".split(" ");

const refused = {};
for (const name of [...Object.keys(process), ...MORE]) {
  if (MEMBERS.includes(name) || name.startsWith("_")) continue;
  const members = MEMBERS.map((one) => `process.${one}`).join(", ");
  const instead = INSTEAD[name] ?? `a program has ${members} here`;
  Object.defineProperty(refused, name, {
    get: notHere(`process.${name}`, instead),
    enumerable: false,
    configurable: true,
  });
}

const view = Object.create(refused);
for (const name of MEMBERS) {
  const { value, get, set } = Object.getOwnPropertyDescriptor(process, name) ?? {
    value: LISTENING.includes(name) ? listening(name) : process[name],
  };
  const given = get === undefined ? { value, writable: true } : { get, set };
  Object.defineProperty(view, name, { ...given, enumerable: true, configurable: true });
}

/** The methods of listeners need the process as `this`, and return it. */
function listening(name) {
  return { [name]: (...args) => (process[name](...args), view) }[name];
}

export default view;
