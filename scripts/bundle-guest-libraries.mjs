/**
 * Bundles the kept libraries of JavaScript programs: `node scripts/bundle-guest-libraries.mjs [--check]`.
 *
 * Each entry of src/guest/javascript/libraries becomes one function in src/guest/javascript/bundled, which a realm
 * compiles and calls when a program first asks for that library. The bundles are kept in the repository, so that a
 * change of a package is read before a guest gets it. With --check nothing is written, and a bundle that is not what
 * its packages give fails.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const libraries = path.join(root, "src", "guest", "javascript", "libraries");
const bundled = path.join(root, "src", "guest", "javascript", "bundled");
const here = (name) => path.join(libraries, name);

/** The entries, and the packages whose text they hold. */
const ENTRIES = {
  assert: ["assert"],
  buffer: ["buffer", "base64-js", "ieee754"],
  events: ["events"],
  crypto: [],
  fs: [],
  "memory-disk": [],
  "node-crypto": [],
  os: [],
  process: [],
  "process-view": [],
  readline: [],
  stdin: [],
  streams: [],
  test: [],
  hashes: ["@noble/hashes"],
  path: ["path-browserify"],
  querystring: [],
  timers: [],
  url: ["whatwg-url", "url", "punycode"],
  util: [],
  web: [],
};

/** Packages that a realm has better parts for, or needs a small part of. */
const ALIASES = {
  "@exodus/bytes/encoding.js": here("encoding.js"),
  "@exodus/bytes/whatwg.js": here("encoding.js"),
  "webidl-conversions": here("conversions.cjs"),
  tr46: here("names.js"),
  qs: here("querystring.js"),
  "util/": here("util-for-assert.js"),
  "object.assign/polyfill": here("object-assign.cjs"),
  "object-is/polyfill": here("object-is.cjs"),
  "object-is": here("object-is.cjs"),
  "is-nan": here("object-is.cjs"),
  "call-bind/callBound": here("call-bound.cjs"),
};

/** Places where a package's words or ways are not those of Node. */
const CHANGES = [
  // A program has no shared memory.
  [
    "whatwg-url/lib/utils.js",
    'Object.getOwnPropertyDescriptor(SharedArrayBuffer.prototype, "byteLength").get',
    "ArrayBuffer.isView",
  ],
  ["whatwg-url/lib/URL-impl.js", "new TypeError(`Invalid URL: ${url}`)", "realm.newUrlError(url, base)"],
  ["whatwg-url/lib/URL-impl.js", "new TypeError(`Invalid base URL: ${base}`)", "realm.newUrlError(url, base)"],
];

CHANGES.push(
  [
    "assert/build/internal/assert/assertion_error.js",
    "\\n\\nshould equal\\n\\n",
    "\\n\\nshould loosely deep-equal\\n\\n",
  ],
  [
    "events/events.js",
    "var err = new Error('Unhandled error.' + (er ? ' (' + er.message + ')' : ''));",
    "var err = realm.newCodeError('Error', 'ERR_UNHANDLED_ERROR', 'Unhandled error. (' + realm.inspect(er) + ')');",
  ],
);
for (const name of ["parent", "offset"]) {
  // Node shows neither in a loop over the keys of a buffer.
  const visible = `Object.defineProperty(Buffer.prototype, '${name}', {\n  enumerable: true,`;
  CHANGES.push(["buffer/index.js", visible, visible.replace("enumerable", "configurable")]);
}

/** Globals that a library makes. One that uses them asks when it runs, because the libraries need each other. */
const MADE = parseNames(`
  AbortController AbortSignal Buffer CustomEvent DOMException Event EventTarget URL URLSearchParams crypto
`);
/** The other globals. A library takes them once. */
const LANGUAGE = parseNames(`
  AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date Error EvalError
  FinalizationRegistry Float32Array Float64Array Function Int8Array Int16Array Int32Array Intl JSON Map Math Number
  Object Promise Proxy RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError TypeError URIError
  Uint8Array Uint8ClampedArray Uint16Array Uint32Array WeakMap WeakRef WeakSet TextDecoder TextEncoder atob btoa
  clearImmediate clearInterval clearTimeout console decodeURIComponent encodeURIComponent escape isFinite isNaN
  parseFloat parseInt performance queueMicrotask setImmediate setInterval setTimeout structuredClone
`);

function parseNames(text) {
  return text.trim().split(/\s+/);
}

/** Takes the globals that a text may use. A name that is only a member, or the library's own, does no harm. */
function takeGlobals(text) {
  const used = LANGUAGE.filter((name) => new RegExp(`(?<![.\\w$#])${name}\\b`).test(text));
  return used.length === 0 ? "" : `const {${used.join(",")}}=realm.globals;\n`;
}

const change = {
  name: "change",
  transform(code, id) {
    let text = code;
    for (const [file, from, to] of CHANGES) {
      if (!id.endsWith(file)) continue;
      if (!text.includes(from)) throw new Error(`Cannot bundle ${file}: it does not hold ${from}`);
      text = text.replaceAll(from, to);
    }
    return text;
  },
};

async function bundle(name) {
  const build = await rolldown({
    input: here(`${name}.js`),
    cwd: root,
    plugins: [change],
    resolve: { alias: ALIASES },
    transform: {
      define: {
        "process.cwd": "realm.cwd",
        "process.emitWarning": "console.error",
        "process.env.NODE_DEBUG": "undefined",
        "process.stderr": "undefined",
        global: "realm.globals",
        ...Object.fromEntries(MADE.map((name) => [name, `realm.globals.${name}`])),
      },
    },
    logLevel: "warn",
  });
  const { output } = await build.generate({
    format: "iife",
    name: "library",
    exports: "named",
    minify: {
      // Programs see the names of functions and classes, for instance in an error.
      compress: { keepNames: { function: true, class: true } },
      mangle: { toplevel: false, keepNames: { function: true, class: true } },
      codegen: { removeWhitespace: true },
    },
    comments: false,
  });
  await build.close();
  const text = output[0].code.trim();
  return `(realm)=>{"use strict";\n${takeGlobals(text)}${text}\nreturn library.default}\n`;
}

const isCheck = process.argv.includes("--check");
mkdirSync(bundled, { recursive: true });
const files = new Map();
const licences = new Set();
for (const [name, packages] of Object.entries(ENTRIES)) {
  files.set(`${name}.js.txt`, await bundle(name));
  for (const one of packages) licences.add(one);
}
const notices = [...licences].sort().map((name) => {
  const folder = path.join(root, "node_modules", name);
  const { version } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const file = ["LICENSE", "LICENSE.txt", "LICENSE.md", "LICENSE-MIT.txt", "License.md"].find((one) =>
    existsSync(path.join(folder, one)),
  );
  if (file === undefined) throw new Error(`Cannot bundle ${name}: its package must hold its licence`);
  return `${name} ${version}\n\n${readFileSync(path.join(folder, file), "utf8").trim()}\n`;
});
files.set("LICENSES", notices.join(`\n${"-".repeat(80)}\n\n`));
for (const [name, text] of files) {
  const file = path.join(bundled, name);
  if (!isCheck) writeFileSync(file, text);
  else if (!existsSync(file) || readFileSync(file, "utf8") !== text)
    throw new Error(`${name} is not what its packages give: run node scripts/bundle-guest-libraries.mjs`);
}
