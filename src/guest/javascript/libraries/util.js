/** The module `node:util`. */

import { parseArgs } from "./parse-args.js";
import { assertFunction } from "./type-errors.js";

const custom = Symbol.for("nodejs.util.inspect.custom");
const promisified = Symbol.for("nodejs.util.promisify.custom");
const inspect = realm.inspect;
const kindOf = (value) =>
  value !== null && (typeof value === "object" || typeof value === "function") ? realm.kindOf(value) : "";

if (!Object.hasOwn(inspect, "custom"))
  Object.defineProperties(inspect, {
    custom: { value: custom },
    defaultOptions: {
      value: { depth: 2, compact: 3, breakLength: 80, maxArrayLength: 100, maxStringLength: 10000 },
      writable: true,
    },
  });

function promisify(original) {
  assertFunction(original, "original");
  if (original[promisified]) {
    assertFunction(original[promisified], "util.promisify.custom");
    return original[promisified];
  }
  function promised(...args) {
    return new Promise((resolve, reject) => {
      Reflect.apply(original, this, [...args, (error, ...values) => (error ? reject(error) : resolve(values[0]))]);
    });
  }
  Object.setPrototypeOf(promised, Object.getPrototypeOf(original));
  return Object.defineProperties(promised, Object.getOwnPropertyDescriptors(original));
}
promisify.custom = promisified;
// A timer takes its callback first, so its promise is one of its own.
for (const timer of [setTimeout, setImmediate]) {
  const get = () => realm.load("timers").promises[timer.name];
  Object.defineProperty(timer, promisified, { get, enumerable: false, configurable: true });
}

function callbackify(original) {
  assertFunction(original, "original");
  function called(...args) {
    const callback = args.pop();
    assertFunction(callback, "last argument");
    Reflect.apply(original, this, args).then(
      (value) => queueMicrotask(() => callback.call(this, null, value)),
      (reason) => {
        let error = reason;
        if (!reason) {
          error = realm.newCodeError("Error", "ERR_FALSY_VALUE_REJECTION", "Promise was rejected with a falsy value");
          error.reason = reason;
        }
        queueMicrotask(() => callback.call(this, error));
      },
    );
  }
  Object.defineProperty(called, "name", { value: `${original.name}Callbackified`, configurable: true });
  return called;
}

function inherits(constructor, parent) {
  assertFunction(constructor, "ctor");
  assertFunction(parent, "superCtor");
  Object.defineProperty(constructor, "super_", { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, parent.prototype);
}

const warned = new Set();
function deprecate(fn, message, code) {
  assertFunction(fn, "fn");
  let isTold = false;
  function deprecated(...args) {
    if (!isTold && !(code !== undefined && warned.has(code))) {
      isTold = true;
      if (code !== undefined) warned.add(code);
      console.error(code === undefined ? `DeprecationWarning: ${message}` : `[${code}] DeprecationWarning: ${message}`);
    }
    return new.target ? Reflect.construct(fn, args, new.target) : Reflect.apply(fn, this, args);
  }
  Object.setPrototypeOf(deprecated, fn);
  if (fn.prototype) deprecated.prototype = fn.prototype;
  return deprecated;
}

const is =
  (...kinds) =>
  (value) =>
    kinds.includes(kindOf(value));
const typedArrayTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
).get;
const isView = (name) => (value) => ArrayBuffer.isView(value) && typedArrayTag.call(value) === name;
const functionTag = (value) =>
  typeof value === "function" ? (Object.getPrototypeOf(value)?.[Symbol.toStringTag] ?? "") : "";
const types = {
  isExternal: () => false,
  isDate: is("Date"),
  isArgumentsObject: (value) => Object.prototype.toString.call(value) === "[object Arguments]",
  isBigIntObject: is("BigInt"),
  isBooleanObject: is("Boolean"),
  isNumberObject: is("Number"),
  isStringObject: is("String"),
  isSymbolObject: is("Symbol"),
  isBoxedPrimitive: is("BigInt", "Boolean", "Number", "String", "Symbol"),
  isNativeError: is("Error"),
  isRegExp: is("RegExp"),
  isAsyncFunction: (value) => ["AsyncFunction", "AsyncGeneratorFunction"].includes(functionTag(value)),
  isGeneratorFunction: (value) => ["GeneratorFunction", "AsyncGeneratorFunction"].includes(functionTag(value)),
  isGeneratorObject: is("Generator"),
  isPromise: is("Promise"),
  isMap: is("Map"),
  isSet: is("Set"),
  isMapIterator: is("Map Iterator"),
  isSetIterator: is("Set Iterator"),
  isWeakMap: is("WeakMap"),
  isWeakSet: is("WeakSet"),
  isArrayBuffer: is("ArrayBuffer"),
  isDataView: is("DataView"),
  isSharedArrayBuffer: () => false,
  isProxy: () => false,
  isModuleNamespaceObject: () => false,
  isAnyArrayBuffer: is("ArrayBuffer"),
  isArrayBufferView: ArrayBuffer.isView,
  isTypedArray: (value) => ArrayBuffer.isView(value) && typedArrayTag.call(value) !== undefined,
  isCryptoKey: () => false,
  isKeyObject: () => false,
};
for (const name of realm.typedArrayNames) types[`is${name}`] = isView(name);
delete types.isProxy;

const STYLES = {
  reset: [0, 0],
  bold: [1, 22],
  dim: [2, 22],
  italic: [3, 23],
  underline: [4, 24],
  blink: [5, 25],
  inverse: [7, 27],
  hidden: [8, 28],
  strikethrough: [9, 29],
  doubleunderline: [21, 24],
  framed: [51, 54],
  overlined: [53, 55],
};
const COLORS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
for (const [index, name] of COLORS.entries()) {
  const capital = name[0].toUpperCase() + name.slice(1);
  STYLES[name] = [30 + index, 39];
  STYLES[`${name}Bright`] = [90 + index, 39];
  STYLES[`bg${capital}`] = [40 + index, 49];
  STYLES[`bg${capital}Bright`] = [100 + index, 49];
}
STYLES.gray = STYLES.grey = STYLES.blackBright;

/** Output is no terminal here, so that Node writes no colours by default either. */
function styleText(format, text, options) {
  const names = Array.isArray(format) ? format : [format];
  for (const name of names)
    if (!Object.hasOwn(STYLES, name))
      throw realm.newCodeError(
        "TypeError",
        "ERR_INVALID_ARG_VALUE",
        `The argument 'format' must be one of: ${Object.keys(STYLES)
          .map((one) => `'${one}'`)
          .join(", ")}. Received ${inspect(name)}`,
      );
  if (options?.validateStream !== false) return text;
  return names.reduceRight((inner, name) => `\u001b[${STYLES[name][0]}m${inner}\u001b[${STYLES[name][1]}m`, text);
}

// oxlint-disable-next-line no-control-regex
const CONTROL = new RegExp(
  "[\\u001b\\u009b][[\\]()#;?]*(?:(?:(?:(?:;[-a-zA-Z\\d/#&.:=?%@~_]+)*" +
    "|[a-zA-Z\\d]+(?:;[-a-zA-Z\\d/#&.:=?%@~_]*)*)?(?:\\u0007|\\u001b\\\\|\\u009c))" +
    "|(?:(?:\\d{1,4}(?:;\\d{0,4})*)?[\\dA-PR-TZcf-nq-uy=><~]))",
  "g",
);

const debuglog = () => Object.assign(() => undefined, { enabled: false });

function isDeepStrictEqual(first, second) {
  realm.load("assert");
  return realm.isDeepStrictEqual(first, second);
}

export default {
  inspect,
  format: realm.format,
  formatWithOptions: (_options, ...args) => realm.format(...args),
  promisify,
  callbackify,
  inherits,
  deprecate,
  debuglog,
  debug: debuglog,
  isDeepStrictEqual,
  types,
  styleText,
  stripVTControlCharacters: (text) => text.replace(CONTROL, ""),
  toUSVString: (text) => `${text}`.toWellFormed(),
  isArray: Array.isArray,
  parseArgs,
  aborted: (signal) =>
    new Promise((resolve) =>
      signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true }),
    ),
  TextEncoder,
  TextDecoder,
};
