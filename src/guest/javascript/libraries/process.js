/** The program's own `process`: its standard streams, its arguments, and its end. No value of the machine is in it. */

import { notHere } from "./not-here.js";

const EventEmitter = realm.load("events");
const { Readable, Writable } = realm.load("streams");
const stdin = realm.load("stdin");

const CHUNK = 65_536;
const STARTED = realm.now();
const MEMORY = 64 * 1_048_576;
const HIGH = /[\ud800-\udbff]$/;

function newStdin() {
  let rest = null;
  const stream = new Readable(() => {
    rest ??= stdin.takeText();
    if (rest === "") return null;
    let size = Math.min(CHUNK, rest.length);
    if (HIGH.test(rest.slice(0, size)) && size < rest.length) size++;
    const chunk = rest.slice(0, size);
    rest = rest.slice(size);
    return chunk;
  });
  return Object.assign(stream, { fd: 0, isTTY: undefined });
}

function newOutput(number) {
  const stream = new Writable({
    write(chunk, encoding) {
      const isText = typeof chunk === "string" && (encoding === undefined || /^utf-?8$/i.test(encoding));
      realm.write(number, isText ? chunk : Buffer.from(chunk, encoding).toString());
      return chunk.length;
    },
  });
  stream.end = (chunk) => {
    if (typeof chunk === "string") stream.write(chunk);
    return stream;
  };
  return Object.assign(stream, { fd: number, isStandard: true, isTTY: false, columns: 80 });
}

let given = { run: 0, stream: null };
const lazily = {};

function presentStdin() {
  const run = realm.runCount();
  if (given.run !== run) given = { run, stream: newStdin() };
  return given.stream;
}

function statusOf(value) {
  if (value === undefined || value === null) return 0;
  const number = Number(value);
  return Number.isInteger(number) ? number & 0xff : 1;
}

/** The status that the present call has set, and whether the listeners of its end were called. */
let state = { run: 0, status: undefined, hasEnded: false };
const ENDS = ["beforeExit", "exit"];

/** The state of the present call. An earlier call of the session leaves no status and no listener of its end. */
function present() {
  const run = realm.runCount();
  if (state.run === run) return state;
  state = { run, status: undefined, hasEnded: false };
  for (const name of ENDS) process.removeAllListeners(name);
  return state;
}

class Process extends EventEmitter {
  on(name, listener) {
    present();
    return super.on(name, listener);
  }
  addListener(name, listener) {
    return this.on(name, listener);
  }
  prependListener(name, listener) {
    present();
    return super.prependListener(name, listener);
  }
}
const process = new Process();

/** Calls the listeners of the end, once. Returns the status. */
function end(status) {
  const now = present();
  if (status !== undefined) now.status = status;
  if (!now.hasEnded) {
    now.hasEnded = true;
    process.emit("exit", statusOf(process.exitCode));
  }
  return statusOf(process.exitCode);
}

function leave(status) {
  return realm.exit(end(status === undefined || status === null ? undefined : statusOf(status)));
}

/** Runs when nothing is left to run. Returns true if the program goes on. */
realm.addEndHook(() => {
  present();
  if (process.emit("beforeExit", statusOf(process.exitCode)) && realm.hasTimers()) return true;
  const status = end();
  if (status !== 0) realm.exit(status);
  return false;
});

/** Runs when an error has ended the program. As in Node, the status is 1 unless a listener sets another. */
realm.onFailure(() => {
  const now = present();
  if (now.hasEnded) return statusOf(now.status);
  now.hasEnded = true;
  now.status = 1;
  try {
    process.emit("exit", 1);
  } catch {
    // An error has ended the program already.
  }
  return statusOf(now.status);
});

const [seconds, nanoseconds] = [1000, 1_000_000];
function hrtime(before) {
  const now = realm.now();
  const time = [Math.floor(now / seconds), Math.floor((now % seconds) * nanoseconds)];
  if (before === undefined) return time;
  const [whole, part] = [time[0] - before[0], time[1] - before[1]];
  return part < 0 ? [whole - 1, part + 1e9] : [whole, part];
}
hrtime.bigint = () => BigInt(Math.round(realm.now() * nanoseconds));

Object.assign(process, {
  argv: ["/usr/local/bin/node", `${realm.cwd()}/program.js`],
  argv0: "node",
  execArgv: [],
  execPath: "/usr/local/bin/node",
  env: { PATH: "/usr/local/bin:/usr/bin", HOME: "/tmp", LANG: "C.UTF-8", TZ: "UTC" },
  pid: 2,
  ppid: 1,
  platform: "linux",
  arch: "x64",
  title: "node",
  version: "v20.0.0",
  versions: { node: "20.0.0" },
  release: { name: "node" },
  config: {},
  cwd: () => realm.cwd(),
  chdir(directory) {
    const fs = realm.load("fs");
    const full = realm.load("path").resolve(`${directory}`);
    if (!fs.statSync(full).isDirectory()) fs.readdirSync(full);
    realm.enterDirectory(full);
  },
  exit: leave,
  nextTick(callback, ...args) {
    queueMicrotask(() => callback(...args));
  },
  hrtime,
  uptime: () => (realm.now() - STARTED) / seconds,
  memoryUsage: Object.assign(
    () => ({ rss: MEMORY, heapTotal: MEMORY, heapUsed: MEMORY / 2, external: 0, arrayBuffers: 0 }),
    { rss: () => MEMORY },
  ),
  cpuUsage: () => ({ user: Math.round((realm.now() - STARTED) * seconds), system: 0 }),
  emitWarning(warning) {
    const { name = "Warning", message = warning } = typeof warning === "object" && warning !== null ? warning : {};
    realm.write(2, `${name}: ${message}\n`);
  },
  getuid: () => 1000,
  getgid: () => 1000,
  umask: () => 0o22,
  kill: notHere("process.kill", "a program has no other process; end with process.exit or a throw"),
  abort: notHere("process.abort", "end with process.exit or a throw"),
});
Object.defineProperties(process, {
  exitCode: {
    get: () => present().status,
    set(status) {
      present().status = status;
    },
    enumerable: true,
    configurable: true,
  },
  stdin: { get: presentStdin, enumerable: true, configurable: true },
  stdout: { get: () => (lazily.stdout ??= newOutput(1)), enumerable: true, configurable: true },
  stderr: { get: () => (lazily.stderr ??= newOutput(2)), enumerable: true, configurable: true },
});

export default process;
