/**
 * The parts of the language that the prelude uses after its boot, captured before any program runs.
 *
 * A program can overwrite every global and every method of its realm. Code that runs after the boot therefore uses only
 * the names of this file. Methods are here as functions that take `this` first, because a call of a method would look
 * it up on a prototype that the program can change.
 *
 * Some functions take any `object`: the language itself checks the kind and throws a TypeError for another one.
 */

export const { apply, ownKeys, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
/**
 * The type asks for a descriptor without a prototype. Otherwise a field on `Object.prototype` would count.
 *
 * @type {(target: object, name: PropertyKey, descriptor: PropertyDescriptor & { __proto__: null }) => boolean}
 */
export const defineProperty = Reflect.defineProperty;
export const { create, is, setPrototypeOf } = Object;
export const { isArray } = Array;
export const { isView } = ArrayBuffer;
export const { floor, max, min, round, sqrt, trunc } = Math;
export const { parse, stringify } = JSON;
export const { fromCharCode } = String;
export const { toPrimitive, toStringTag } = Symbol;
export const customInspect = Symbol.for("nodejs.util.inspect.custom");
export const global = globalThis;
/**
 * Evaluates a text as a script. Only for a text of the prelude.
 *
 * @type {(text: string) => any}
 */
// oxlint-disable-next-line no-eval
export const evaluateText = globalThis.eval;

/** Constructors and functions that a program can replace in its global object. */
export const builtIns = {
  __proto__: null,
  Array,
  ArrayBuffer,
  DataView,
  Date,
  Error,
  EvalError,
  Function,
  Map,
  Object,
  RangeError,
  RegExp,
  Set,
  SyntaxError,
  TypeError,
  Uint8Array,
  parseFloat,
  parseInt,
};

const { bind, call } = Function.prototype;

/**
 * Turns a method into a function that takes `this` first.
 *
 * @type {(method: unknown) => any}
 */
export const uncurry = apply(bind, bind, [call]);

/**
 * @template {object} P
 * @template {keyof P} K
 * @param {P} prototype
 * @param {K} name
 * @returns {P[K] extends (...args: infer A) => infer R ? (self: P, ...args: A) => R : never}
 */
function methodOf(prototype, name) {
  return uncurry(prototype[name]);
}

/** @type {(prototype: object, name: PropertyKey) => any} */
const getterOf = (prototype, name) => uncurry(getOwnPropertyDescriptor(prototype, name)?.get);

export const charCodeAt = methodOf(String.prototype, "charCodeAt");
export const indexOf = methodOf(String.prototype, "indexOf");
export const lastIndexOf = methodOf(String.prototype, "lastIndexOf");
export const decodeText = decodeURIComponent;
/** @type {(text: string) => string} */
export const lower = uncurry(String.prototype.toLowerCase);
/** @type {(text: string, form: string) => string} */
export const normalize = uncurry(String.prototype.normalize);
export const padEnd = methodOf(String.prototype, "padEnd");
export const padStart = methodOf(String.prototype, "padStart");
export const repeat = methodOf(String.prototype, "repeat");
export const slice = methodOf(String.prototype, "slice");
/** @type {(text: string, separator: string) => string[]} */
export const split = uncurry(String.prototype.split);
export const standardSearch = String.prototype.search;
export const toWellFormed = methodOf(String.prototype, "toWellFormed");
export const numberToString = methodOf(Number.prototype, "toString");
/** @type {(symbol: unknown) => string} */
export const symbolToString = uncurry(Symbol.prototype.toString);

/** @type {(fn: object) => string} */
export const functionToString = uncurry(Function.prototype.toString);
/** @type {(error: object) => string} */
export const errorToString = uncurry(Error.prototype.toString);
export const objectHasOwn = methodOf(Object.prototype, "hasOwnProperty");
export const objectIsEnumerable = methodOf(Object.prototype, "propertyIsEnumerable");
export const objectToString = methodOf(Object.prototype, "toString");

/** @type {(value: object) => boolean} */
export const booleanValueOf = uncurry(Boolean.prototype.valueOf);
/** @type {(value: object) => bigint} */
export const bigintValueOf = uncurry(BigInt.prototype.valueOf);
/** @type {(value: object) => number} */
export const numberValueOf = uncurry(Number.prototype.valueOf);
/** @type {(value: object) => string} */
export const stringValueOf = uncurry(String.prototype.valueOf);
/** @type {(value: object) => symbol} */
export const symbolValueOf = uncurry(Symbol.prototype.valueOf);

/** @type {(date: object) => number} */
export const dateGetTime = uncurry(Date.prototype.getTime);
/** @type {(date: object) => string} */
export const dateToISOString = uncurry(Date.prototype.toISOString);
/** @type {(date: object) => string} */
export const dateToString = uncurry(Date.prototype.toString);
/** @type {(date: object) => string} */
export const dateToTimeString = uncurry(Date.prototype.toTimeString);

export const regExpExec = methodOf(RegExp.prototype, "exec");
/** @type {(regExp: object) => string} */
export const regExpToString = uncurry(RegExp.prototype.toString);
/** @type {(regExp: unknown) => string} */
export const regExpSource = getterOf(RegExp.prototype, "source");
/** @type {(regExp: unknown) => boolean} */
export const regExpIsUnicode = getterOf(RegExp.prototype, "unicode");
/** @type {(regExp: unknown) => boolean} */
export const regExpIsUnicodeSets = getterOf(RegExp.prototype, "unicodeSets");
/**
 * The flags that change the matches of a pattern. `g` and `y` change only where a search begins.
 *
 * @type {{ letter: string, isSet: (regExp: unknown) => boolean }[]}
 */
export const regExpFlags = [
  { letter: "i", isSet: getterOf(RegExp.prototype, "ignoreCase") },
  { letter: "m", isSet: getterOf(RegExp.prototype, "multiline") },
  { letter: "s", isSet: getterOf(RegExp.prototype, "dotAll") },
  { letter: "u", isSet: regExpIsUnicode },
  { letter: "v", isSet: regExpIsUnicodeSets },
];

/** @type {(map: object, callback: (value: unknown, key: unknown) => void) => void} */
export const mapForEach = uncurry(Map.prototype.forEach);
/** @type {<K, V>(map: Map<K, V>, key: K) => V | undefined} */
export const mapGet = uncurry(Map.prototype.get);
/** @type {<K, V>(map: Map<K, V>, key: K, value: V) => void} */
export const mapSet = uncurry(Map.prototype.set);
/** @type {<K>(map: Map<K, unknown>, key: K) => boolean} */
export const mapHas = uncurry(Map.prototype.has);
/** @type {<K>(map: Map<K, unknown>, key: K) => boolean} */
export const mapDelete = uncurry(Map.prototype.delete);
/** @type {(map: object) => number} */
export const mapSize = getterOf(Map.prototype, "size");
/** @type {(set: object, callback: (value: unknown) => void) => void} */
export const setForEach = uncurry(Set.prototype.forEach);
/** @type {<T>(set: Set<T>, value: T) => void} */
export const setAdd = uncurry(Set.prototype.add);
/** @type {(set: object) => number} */
export const setSize = getterOf(Set.prototype, "size");
/** @type {(promise: Promise<void>, callback: () => void) => void} */
export const promiseThen = uncurry(Promise.prototype.then);

const typedArrayPrototype = /** @type {object} */ (getPrototypeOf(Uint8Array.prototype));
/** @type {(view: object) => string | undefined} */
export const typedArrayTag = getterOf(typedArrayPrototype, toStringTag);
/** @type {(view: object) => number} */
export const typedArrayLength = getterOf(typedArrayPrototype, "length");
/** @type {(view: object) => ArrayBuffer} */
export const typedArrayBuffer = getterOf(typedArrayPrototype, "buffer");
/** @type {(view: object) => number} */
export const typedArrayOffset = getterOf(typedArrayPrototype, "byteOffset");
/** @type {(view: object) => number} */
export const typedArrayByteLength = getterOf(typedArrayPrototype, "byteLength");
/** @type {(buffer: object) => number} */
export const bufferByteLength = getterOf(ArrayBuffer.prototype, "byteLength");
/** @type {(buffer: object, start: number) => ArrayBuffer} */
export const bufferSlice = uncurry(ArrayBuffer.prototype.slice);
/**
 * Takes the bytes from a buffer. An engine without this method only keeps them.
 *
 * @type {(buffer: object) => unknown}
 */
export const transferBuffer = uncurry(
  /** @type {{ transfer?: unknown }} */ (ArrayBuffer.prototype).transfer ?? ArrayBuffer.prototype.slice,
);
/** @type {(view: object) => ArrayBuffer} */
export const dataViewBuffer = getterOf(DataView.prototype, "buffer");
/** @type {(view: object) => number} */
export const dataViewOffset = getterOf(DataView.prototype, "byteOffset");
/** @type {(view: object) => number} */
export const dataViewByteLength = getterOf(DataView.prototype, "byteLength");
