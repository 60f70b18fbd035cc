/**
 * What a JavaScript program finds around it besides the language itself, and what the host says to the program's realm.
 * The same text is evaluated in a Node `vm` context and in QuickJS, before any program.
 *
 * The value of this script is a function that takes the host's primitives and returns the driver. Both stay in this
 * closure; a program gets functions and objects of its own realm only. A host primitive takes and returns primitives,
 * and whatever it throws is dropped here: an error made by the host would lead to the host's constructors.
 *
 * A program may overwrite anything it can reach. So everything used after boot is captured first, lists have no
 * prototype (an index setter on `Array.prototype` would see them), and after boot no iterator protocol is used: no
 * `for...of`, no spread, no array pattern.
 *
 * A realm may be kept for further programs. Each has a record of its own here, by which places in its text are told,
 * and begins with what the driver knows of the last one put away; what the program made stays.
 *
 * Not promised: that a program cannot harm itself, say by a getter that never returns. It can only spoil its own
 * report, and in a realm that is kept those that come after it.
 */
"use strict";
(function boot(hostWrite, hostNow, hostSleepUntil) {
  const { apply, ownKeys, defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
  const { create, is, setPrototypeOf } = Object;
  const { bind, call } = Function.prototype;
  /** Turns a method into a function that takes `this` first. */
  const uncurry = apply(bind, bind, [call]);

  const objectHasOwn = uncurry(Object.prototype.hasOwnProperty);
  const objectIsEnumerable = uncurry(Object.prototype.propertyIsEnumerable);
  const objectToString = uncurry(Object.prototype.toString);
  const functionToString = uncurry(Function.prototype.toString);
  const errorToString = uncurry(Error.prototype.toString);
  const regExpExec = uncurry(RegExp.prototype.exec);
  const regExpToString = uncurry(RegExp.prototype.toString);
  const regExpSource = uncurry(getOwnPropertyDescriptor(RegExp.prototype, "source").get);
  const regExpFlags = ["ignoreCase", "multiline", "dotAll", "unicode", "unicodeSets"].map((name) =>
    uncurry(getOwnPropertyDescriptor(RegExp.prototype, name).get),
  );
  const symbolToString = uncurry(Symbol.prototype.toString);
  const symbolValueOf = uncurry(Symbol.prototype.valueOf);
  const numberValueOf = uncurry(Number.prototype.valueOf);
  const stringValueOf = uncurry(String.prototype.valueOf);
  const booleanValueOf = uncurry(Boolean.prototype.valueOf);
  const bigintValueOf = uncurry(BigInt.prototype.valueOf);
  const dateGetTime = uncurry(Date.prototype.getTime);
  const dateToISOString = uncurry(Date.prototype.toISOString);
  const dateToString = uncurry(Date.prototype.toString);
  const charCodeAt = uncurry(String.prototype.charCodeAt);
  const indexOf = uncurry(String.prototype.indexOf);
  const lastIndexOf = uncurry(String.prototype.lastIndexOf);
  const slice = uncurry(String.prototype.slice);
  const standardSearch = String.prototype.search;
  const repeat = uncurry(String.prototype.repeat);
  const padStart = uncurry(String.prototype.padStart);
  const padEnd = uncurry(String.prototype.padEnd);
  const split = uncurry(String.prototype.split);
  const toWellFormed = uncurry(String.prototype.toWellFormed);
  const numberToString = uncurry(Number.prototype.toString);
  const mapForEach = uncurry(Map.prototype.forEach);
  const mapGet = uncurry(Map.prototype.get);
  const mapSet = uncurry(Map.prototype.set);
  const mapHas = uncurry(Map.prototype.has);
  const mapDelete = uncurry(Map.prototype.delete);
  const mapSize = uncurry(getOwnPropertyDescriptor(Map.prototype, "size").get);
  const setForEach = uncurry(Set.prototype.forEach);
  const setAdd = uncurry(Set.prototype.add);
  const setSize = uncurry(getOwnPropertyDescriptor(Set.prototype, "size").get);
  const promiseThen = uncurry(Promise.prototype.then);
  const typedArrayPrototype = getPrototypeOf(Uint8Array.prototype);
  const typedArrayTag = uncurry(getOwnPropertyDescriptor(typedArrayPrototype, Symbol.toStringTag).get);
  const typedArrayLength = uncurry(getOwnPropertyDescriptor(typedArrayPrototype, "length").get);
  const typedArrayBuffer = uncurry(getOwnPropertyDescriptor(typedArrayPrototype, "buffer").get);
  const typedArrayOffset = uncurry(getOwnPropertyDescriptor(typedArrayPrototype, "byteOffset").get);
  const typedArrayByteLength = uncurry(getOwnPropertyDescriptor(typedArrayPrototype, "byteLength").get);
  const bufferByteLength = uncurry(getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength").get);
  const bufferSlice = uncurry(ArrayBuffer.prototype.slice);
  const dataViewBuffer = uncurry(getOwnPropertyDescriptor(DataView.prototype, "buffer").get);
  const dataViewOffset = uncurry(getOwnPropertyDescriptor(DataView.prototype, "byteOffset").get);
  const dataViewByteLength = uncurry(getOwnPropertyDescriptor(DataView.prototype, "byteLength").get);
  const { isArray } = Array;
  const { floor, min, max, round, sqrt, trunc } = Math;
  const { parse, stringify } = JSON;
  const { isView } = ArrayBuffer;
  const { toStringTag, toPrimitive } = Symbol;
  const customInspect = Symbol.for("nodejs.util.inspect.custom");
  const { fromCharCode } = String;
  const primordial = {
    __proto__: null,
    Array,
    ArrayBuffer,
    BigInt,
    Boolean,
    DataView,
    Date,
    Error,
    EvalError,
    Function,
    Map,
    Number,
    Object,
    Promise,
    RangeError,
    RegExp,
    Set,
    String,
    Symbol,
    TypeError,
    Uint8Array,
    parseFloat,
    parseInt,
  };
  const global = globalThis;

  const PROGRAM = "program.js";
  /** Longest result, message and traceback, in bytes; MAX_RESULT_SIZE of the host. */
  const MAX_TEXT_SIZE = 16384;
  /** Programs of a realm that is kept whose places in their own text can still be told. */
  const MAX_PROGRAMS = 100;
  const MAX_ARRAY_LENGTH = 100;
  const MAX_STRING_LENGTH = 10000;
  const BREAK_LENGTH = 80;
  const COMPACT = 3;
  const DEFAULT_DEPTH = 2;

  // ---------------------------------------------------------------- lists

  function newList() {
    return setPrototypeOf([], null);
  }

  function push(list, value) {
    list[list.length] = value;
  }

  function joinWith(list, separator) {
    let text = "";
    for (let i = 0; i < list.length; i++) text += i === 0 ? list[i] : separator + list[i];
    return text;
  }

  function splitAt(text, separator) {
    const parts = newList();
    let from = 0;
    for (;;) {
      const at = indexOf(text, separator, from);
      if (at < 0) break;
      push(parts, slice(text, from, at));
      from = at + separator.length;
    }
    push(parts, slice(text, from));
    return parts;
  }

  function defineHidden(target, name, value) {
    defineProperty(target, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true });
  }

  function defineVisible(target, name, value) {
    return defineProperty(target, name, {
      __proto__: null,
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }

  /** Own field of a descriptor: an inherited one may have been planted. */
  function field(descriptor, name) {
    return objectHasOwn(descriptor, name) ? descriptor[name] : undefined;
  }

  // ------------------------------------------------------- host primitives

  /** Set when the program is over: what still runs by then is not heard. */
  let isSilent = false;

  function writeText(stream, text) {
    if (isSilent || text === "") return;
    try {
      const whole = toWellFormed(text);
      // A text ends at its first NUL on its way to some hosts, so those travel apart.
      let from = 0;
      for (let at = indexOf(whole, "\0"); at >= 0; at = indexOf(whole, "\0", from)) {
        hostWrite(stream, slice(whole, from, at), true);
        from = at + 1;
      }
      if (from < whole.length) hostWrite(stream, from === 0 ? whole : slice(whole, from), false);
    } catch {
      // For instance the host's own stack overflow. Its error must not get out.
    }
  }

  function nowMs() {
    try {
      return +hostNow();
    } catch {
      return 0;
    }
  }

  function sleepUntil(timeMs) {
    try {
      hostSleepUntil(timeMs);
    } catch {
      // As above.
    }
  }

  // ------------------------------------------------------------------ UTF-8

  /** Calls `emit` with each byte of `text` as UTF-8; a lone surrogate becomes U+FFFD. */
  function encodeUtf8(text, emit) {
    for (let i = 0; i < text.length; i++) {
      let code = charCodeAt(text, i);
      if (code >= 0xd800 && code <= 0xdfff) {
        const next = code <= 0xdbff && i + 1 < text.length ? charCodeAt(text, i + 1) : 0;
        if (next >= 0xdc00 && next <= 0xdfff) {
          code = 0x10000 + ((code - 0xd800) << 10) + (next - 0xdc00);
          i++;
        } else {
          code = 0xfffd;
        }
      }
      if (code < 0x80) {
        emit(code);
      } else if (code < 0x800) {
        emit(0xc0 | (code >> 6));
        emit(0x80 | (code & 0x3f));
      } else if (code < 0x10000) {
        emit(0xe0 | (code >> 12));
        emit(0x80 | ((code >> 6) & 0x3f));
        emit(0x80 | (code & 0x3f));
      } else {
        emit(0xf0 | (code >> 18));
        emit(0x80 | ((code >> 12) & 0x3f));
        emit(0x80 | ((code >> 6) & 0x3f));
        emit(0x80 | (code & 0x3f));
      }
    }
  }

  /** Cuts `text` to MAX_TEXT_SIZE bytes of UTF-8, the ellipsis included, between characters. */
  function clip(text) {
    if (text.length * 3 <= MAX_TEXT_SIZE) return text;
    let size = 0;
    let kept = 0;
    for (let i = 0; i < text.length; i++) {
      const code = charCodeAt(text, i);
      const isPair = code >= 0xd800 && code <= 0xdbff && i + 1 < text.length;
      size += code < 0x80 ? 1 : code < 0x800 ? 2 : isPair ? 4 : 3;
      if (size > MAX_TEXT_SIZE) return slice(text, 0, kept) + "...";
      if (isPair) i++;
      if (size <= MAX_TEXT_SIZE - 3) kept = i + 1;
    }
    return text;
  }

  /** Decodes bytes `from` to `to` of a Uint8Array; returns null if they are wrong and `fatal`. */
  function decodeUtf8(bytes, from, to, fatal) {
    let text = "";
    let at = from;
    while (at < to) {
      const first = bytes[at++];
      if (first < 0x80) {
        text += fromCharCode(first);
        continue;
      }
      let need = 0;
      let code = 0;
      let low = 0x80;
      let high = 0xbf;
      if (first >= 0xc2 && first <= 0xdf) {
        need = 1;
        code = first & 0x1f;
      } else if (first >= 0xe0 && first <= 0xef) {
        need = 2;
        code = first & 0x0f;
        if (first === 0xe0) low = 0xa0;
        if (first === 0xed) high = 0x9f;
      } else if (first >= 0xf0 && first <= 0xf4) {
        need = 3;
        code = first & 0x07;
        if (first === 0xf0) low = 0x90;
        if (first === 0xf4) high = 0x8f;
      }
      let isValid = need > 0;
      while (need > 0) {
        const next = at < to ? bytes[at] : -1;
        if (next < low || next > high) {
          isValid = false;
          break;
        }
        low = 0x80;
        high = 0xbf;
        code = (code << 6) | (next & 0x3f);
        at++;
        need--;
      }
      if (!isValid) {
        if (fatal) return null;
        text += "\ufffd";
      } else if (code >= 0x10000) {
        code -= 0x10000;
        text += fromCharCode(0xd800 + (code >> 10), 0xdc00 + (code & 0x3ff));
      } else {
        text += fromCharCode(code);
      }
    }
    return text;
  }

  // ---------------------------------------------------------------- inspect

  /** What a built-in prototype makes of its instances, to ask for a kind without calling anything of the program. */
  const kinds = new Map();
  const typedArrayNames = [
    "Int8Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "Int16Array",
    "Uint16Array",
    "Int32Array",
    "Uint32Array",
    "Float16Array",
    "Float32Array",
    "Float64Array",
    "BigInt64Array",
    "BigUint64Array",
  ];
  for (const name of [
    "Map",
    "Set",
    "Date",
    "RegExp",
    "Error",
    "Promise",
    "WeakMap",
    "WeakSet",
    "WeakRef",
    "ArrayBuffer",
    "DataView",
    "Number",
    "String",
    "Boolean",
    "BigInt",
    "Symbol",
    ...typedArrayNames,
  ]) {
    if (typeof global[name] === "function")
      kinds.set(global[name].prototype, typedArrayNames.includes(name) ? "TypedArray" : name);
  }
  kinds.set(getPrototypeOf(new Map().entries()), "Map Iterator");
  kinds.set(getPrototypeOf(new Set().values()), "Set Iterator");
  kinds.set(getPrototypeOf(function* () {}).prototype, "Generator");

  /** Throws for a value that only inherits from the prototype. */
  const brandChecks = {
    __proto__: null,
    Map: mapSize,
    Set: setSize,
    Date: dateGetTime,
    RegExp: regExpToString,
    ArrayBuffer: bufferByteLength,
    DataView: dataViewByteLength,
    Number: numberValueOf,
    String: stringValueOf,
    Boolean: booleanValueOf,
    BigInt: bigintValueOf,
    Symbol: symbolValueOf,
  };

  /** Returns the built-in kind of an object, or "" for a plain one. */
  function kindOf(value) {
    if (isView(value) && typedArrayTag(value) !== undefined) return "TypedArray";
    for (
      let proto = getPrototypeOf(value), steps = 0;
      proto !== null && steps < 100;
      proto = getPrototypeOf(proto), steps++
    ) {
      const kind = mapGet(kinds, proto);
      if (kind === undefined) continue;
      if (kind === "TypedArray") return "";
      const check = brandChecks[kind];
      if (check !== undefined) {
        try {
          check(value);
        } catch {
          return "";
        }
      }
      return kind;
    }
    return "";
  }

  function isErrorValue(value) {
    return value !== null && typeof value === "object" && kindOf(value) === "Error";
  }

  /** Returns the name of the constructor, as Node finds it, or null for an object without one. */
  function constructorName(value) {
    let first = null;
    for (let owner = value, steps = 0; owner !== null && steps < 100; owner = getPrototypeOf(owner), steps++) {
      const descriptor = getOwnPropertyDescriptor(owner, "constructor");
      const found = descriptor === undefined ? undefined : field(descriptor, "value");
      if (typeof found !== "function") continue;
      const name = functionName(found);
      if (name === "") continue;
      if (owner !== value || steps > 0) return name;
      const proto = getOwnPropertyDescriptor(found, "prototype");
      if (proto !== undefined && inherits(value, field(proto, "value"))) return name;
      if (first === null) first = name;
    }
    return null;
  }

  function inherits(value, proto) {
    for (
      let owner = getPrototypeOf(value), steps = 0;
      owner !== null && steps < 100;
      owner = getPrototypeOf(owner), steps++
    ) {
      if (owner === proto) return true;
    }
    return false;
  }

  function functionName(fn) {
    const descriptor = getOwnPropertyDescriptor(fn, "name");
    const name = descriptor === undefined ? "" : field(descriptor, "value");
    return typeof name === "string" ? name : "";
  }

  const escapes = newList();
  for (let code = 0; code < 0xa0; code++) {
    escapes[code] = code < 0x20 || code >= 0x7f ? `\\x${code.toString(16).padStart(2, "0").toUpperCase()}` : "";
  }
  escapes[8] = "\\b";
  escapes[9] = "\\t";
  escapes[10] = "\\n";
  escapes[12] = "\\f";
  escapes[13] = "\\r";
  escapes[92] = "\\\\";

  function quote(text) {
    let mark = "'";
    if (indexOf(text, "'") >= 0) {
      if (indexOf(text, '"') < 0) mark = '"';
      else if (indexOf(text, "`") < 0 && indexOf(text, "${") < 0) mark = "`";
    }
    return mark + escape(text, mark) + mark;
  }

  function escape(text, mark) {
    let result = "";
    let from = 0;
    for (let i = 0; i < text.length; i++) {
      const code = charCodeAt(text, i);
      let replacement = "";
      if (code < 0xa0) {
        replacement = escapes[code];
        if (code === 39 && mark === "'") replacement = "\\'";
      } else if (code >= 0xd800 && code <= 0xdfff) {
        const next = code <= 0xdbff && i + 1 < text.length ? charCodeAt(text, i + 1) : 0;
        if (next >= 0xdc00 && next <= 0xdfff) i++;
        else replacement = `\\u${numberToString(code, 16)}`;
      }
      if (replacement === "") continue;
      result += slice(text, from, i) + replacement;
      from = i + 1;
    }
    return from === 0 ? text : result + slice(text, from);
  }

  function formatNumber(number) {
    return is(number, -0) ? "-0" : `${number}`;
  }

  function formatPrimitive(context, value) {
    switch (typeof value) {
      case "string":
        return formatString(context, value);
      case "number":
        return formatNumber(value);
      case "bigint":
        return `${value}n`;
      case "symbol":
        return symbolToString(value);
      default:
        return `${value}`;
    }
  }

  function formatString(context, value) {
    let text = value;
    let trailer = "";
    if (text.length > MAX_STRING_LENGTH) {
      const rest = text.length - MAX_STRING_LENGTH;
      text = slice(text, 0, MAX_STRING_LENGTH);
      trailer = `... ${rest} more character${rest > 1 ? "s" : ""}`;
    }
    // Node shows a long text with line ends as the sum of its lines, except at the top.
    if (
      text.length > 16 &&
      text.length > BREAK_LENGTH - context.indentation - 4 &&
      indexOf(text, "\n") >= 0 &&
      indexOf(text, "\n") < text.length - 1
    ) {
      const lines = splitAt(text, "\n");
      const parts = newList();
      for (let i = 0; i < lines.length; i++) {
        const isLast = i === lines.length - 1;
        if (isLast && lines[i] === "") break;
        push(parts, quote(isLast ? lines[i] : `${lines[i]}\n`));
      }
      return joinWith(parts, ` +\n${repeat(" ", context.indentation)}`) + trailer;
    }
    return quote(text) + trailer;
  }

  /** Formats any value the way Node's `util.inspect` does with its default options. */
  function inspect(value, depth) {
    const context = {
      __proto__: null,
      seen: newList(),
      circular: null,
      indentation: 0,
      currentDepth: 0,
      depth: depth === undefined ? DEFAULT_DEPTH : depth,
      size: 0,
    };
    try {
      return formatValue(context, value, 0);
    } catch {
      return "[value that cannot be inspected]";
    }
  }

  function formatValue(context, value, level) {
    if (value === null || (typeof value !== "object" && typeof value !== "function"))
      return formatPrimitive(context, value);
    const custom = value[customInspect];
    if (typeof custom === "function" && custom !== publicInspect) {
      const shown = apply(custom, value, [context.depth - level, create(null), publicInspect]);
      if (shown !== value) {
        return typeof shown === "string"
          ? joinWith(splitAt(shown, "\n"), `\n${repeat(" ", context.indentation)}`)
          : formatValue(context, shown, level);
      }
    }
    for (let i = 0; i < context.seen.length; i++) {
      if (context.seen[i] !== value) continue;
      if (context.circular === null) context.circular = new primordial.Map();
      let index = mapGet(context.circular, value);
      if (index === undefined) {
        index = mapSize(context.circular) + 1;
        mapSet(context.circular, value, index);
      }
      return `[Circular *${index}]`;
    }
    return formatObject(context, value, level);
  }

  function publicInspect(value, options) {
    const depth = options !== null && typeof options === "object" ? options.depth : undefined;
    return inspect(value, depth === null ? Infinity : typeof depth === "number" ? depth : undefined);
  }

  function prefixOf(name, tag, fallback, size) {
    if (name === null) {
      return tag !== "" && fallback !== tag
        ? `[${fallback}${size}: null prototype] [${tag}] `
        : `[${fallback}${size}: null prototype] `;
    }
    return tag !== "" && name !== tag ? `${name}${size} [${tag}] ` : `${name}${size} `;
  }

  /** Own enumerable keys, symbols last; without the indices if `skipIndices`. */
  function keysOf(value, skipIndices) {
    const all = ownKeys(value);
    const keys = newList();
    for (let i = 0; i < all.length; i++) {
      const key = all[i];
      if (skipIndices && typeof key === "string" && isIndex(key)) continue;
      if (objectIsEnumerable(value, key)) push(keys, key);
    }
    return keys;
  }

  function isIndex(key) {
    if (key.length === 0 || key.length > 10) return false;
    for (let i = 0; i < key.length; i++) {
      const code = charCodeAt(key, i);
      if (code < 48 || code > 57) return false;
    }
    return key === "0" || charCodeAt(key, 0) !== 48;
  }

  function formatObject(context, value, level) {
    const name = constructorName(value);
    let tag = value[toStringTag];
    if (typeof tag !== "string" || (tag !== "" && objectIsEnumerable(value, toStringTag))) tag = "";
    const kind = kindOf(value);
    const isList = isArray(value);
    const isTyped = kind === "TypedArray";
    const keys = keysOf(value, isList || isTyped || kind === "String");

    let base = "";
    let open = "{";
    let close = "}";
    let formatEntries = null;
    let isListLike = false;

    if (isList) {
      const prefix = name !== "Array" || tag !== "" ? prefixOf(name, tag, "Array", `(${value.length})`) : "";
      open = `${prefix}[`;
      close = "]";
      if (value.length === 0 && keys.length === 0) return `${open}]`;
      formatEntries = formatArray;
      isListLike = true;
    } else if (kind === "Set" || kind === "Map") {
      const size = kind === "Set" ? setSize(value) : mapSize(value);
      open = `${prefixOf(name, tag, kind, `(${size})`)}{`;
      if (size === 0 && keys.length === 0) return `${open}}`;
      formatEntries = kind === "Set" ? formatSet : formatMap;
    } else if (isTyped) {
      open = `${prefixOf(name, tag, typedArrayTag(value), `(${typedArrayLength(value)})`)}[`;
      close = "]";
      if (typedArrayLength(value) === 0 && keys.length === 0) return `${open}]`;
      formatEntries = formatTypedArray;
      isListLike = true;
    } else if (kind === "Map Iterator" || kind === "Set Iterator") {
      open = `[${tag}] {`;
      formatEntries = formatUnknown;
    } else if (typeof value === "function") {
      base = functionBase(value, name, tag);
      if (keys.length === 0) return base;
    } else if (kind === "Generator") {
      open = `${prefixOf(name === "" || name === null ? "Object" : name, tag, "Generator", "")}{`;
    } else if (kind === "RegExp") {
      base = regExpToString(value);
      const prefix = prefixOf(name, tag, "RegExp", "");
      if (prefix !== "RegExp ") base = prefix + base;
      if (keys.length === 0 || level > context.depth) return base;
    } else if (kind === "Date") {
      const time = dateGetTime(value);
      base = time !== time ? dateToString(value) : dateToISOString(value);
      const prefix = prefixOf(name, tag, "Date", "");
      if (prefix !== "Date ") base = prefix + base;
      if (keys.length === 0) return base;
    } else if (kind === "Error") {
      base = errorBase(context, value, keys);
      if (keys.length === 0) return base;
    } else if (kind === "ArrayBuffer") {
      open = `${prefixOf(name, tag, kind, "")}{`;
      formatEntries = formatArrayBuffer;
    } else if (kind === "DataView") {
      open = `${prefixOf(name, tag, kind, "")}{`;
      formatEntries = formatDataView;
    } else if (kind === "WeakSet" || kind === "WeakMap") {
      open = `${prefixOf(name, tag, kind, "")}{`;
      formatEntries = formatUnknown;
    } else if (kind === "Promise" || kind === "WeakRef") {
      open = `${prefixOf(name, tag, kind, "")}{`;
    } else if (kind in brandChecks && kind !== "") {
      base = boxedBase(value, kind, name, tag);
      if (keys.length === 0) return base;
    } else if (objectToString(value) === "[object Arguments]" && tag === "") {
      open = "[Arguments] {";
      if (keys.length === 0) return `${open}}`;
    } else {
      if (name !== "Object" || tag !== "") open = `${prefixOf(name, tag, "Object", "")}{`;
      if (keys.length === 0) return `${open}}`;
    }

    if (formatEntries === null && keys.length === 0) return `${open}}`;
    if (level > context.depth) {
      const shown = prefixOf(name, tag, isList ? "Array" : "Object", "");
      return `[${slice(shown, 0, shown.length - 1)}]`;
    }

    context.seen[context.seen.length] = value;
    context.currentDepth = level + 1;
    const output = newList();
    if (formatEntries !== null) formatEntries(context, value, level + 1, output);
    for (let i = 0; i < keys.length; i++) push(output, formatProperty(context, value, level + 1, keys[i], isListLike));
    context.seen.length -= 1;

    if (context.circular !== null) {
      const index = mapGet(context.circular, value);
      if (index !== undefined) base = base === "" ? `<ref *${index}>` : `<ref *${index}> ${base}`;
    }
    const text = layOut(context, output, base, open, close, isListLike, level + 1, value);
    // A wide graph of shared objects grows without end; from here on nothing is opened any more.
    context.size += text.length;
    if (context.size > 1 << 24) context.depth = -1;
    return text;
  }

  function functionBase(value, name, tag) {
    const source = functionToString(value);
    const fnName = functionName(value);
    if (slice(source, 0, 5) === "class" && source[source.length - 1] === "}") {
      let text = fnName === "" ? "[class (anonymous)" : `[class ${fnName}`;
      if (name !== "Function" && name !== null) text += ` [${name}]`;
      if (tag !== "" && name !== tag) text += ` [${tag}]`;
      const parent = getPrototypeOf(value);
      if (name === null) text += " extends [null prototype]";
      else if (typeof parent === "function" && functionName(parent) !== "") text += ` extends ${functionName(parent)}`;
      return `${text}]`;
    }
    let type =
      name === "AsyncFunction" || name === "GeneratorFunction" || name === "AsyncGeneratorFunction" ? name : "Function";
    let text = `[${type}`;
    if (name === null) text += " (null prototype)";
    text += fnName === "" ? " (anonymous)]" : `: ${fnName}]`;
    if (name !== type && name !== null && name !== "Function") text += ` ${name}`;
    if (tag !== "" && name !== tag) text += ` [${tag}]`;
    return text;
  }

  function boxedBase(value, kind, name, tag) {
    let inner;
    if (kind === "Number") inner = formatNumber(numberValueOf(value));
    else if (kind === "String") inner = quote(stringValueOf(value));
    else if (kind === "Boolean") inner = `${booleanValueOf(value)}`;
    else if (kind === "BigInt") inner = `${bigintValueOf(value)}n`;
    else inner = symbolToString(symbolValueOf(value));
    let text = `[${kind}`;
    if (name !== kind) text += name === null ? " (null prototype)" : ` (${name})`;
    text += `: ${inner}]`;
    if (tag !== "" && tag !== name) text += ` [${tag}]`;
    return text;
  }

  function errorBase(context, error, keys) {
    const stack = errorStack(error);
    let written = 0;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      const isShown = (key === "name" || key === "message" || key === "stack") && indexOf(stack, `${error[key]}`) >= 0;
      if (!isShown) keys[written++] = key;
    }
    keys.length = written;
    if (objectHasOwn(error, "cause") && !objectIsEnumerable(error, "cause")) push(keys, "cause");
    if (isArray(error.errors) && objectHasOwn(error, "errors") && !objectIsEnumerable(error, "errors"))
      push(keys, "errors");
    const text = indexOf(stack, "\n    at ") < 0 ? `[${stack}]` : stack;
    return context.indentation === 0 ? text : joinWith(splitAt(text, "\n"), `\n${repeat(" ", context.indentation)}`);
  }

  function formatArray(context, value, level, output) {
    const length = value.length;
    const shown = min(MAX_ARRAY_LENGTH, length);
    let index = 0;
    while (index < length && output.length < shown) {
      if (objectHasOwn(value, index)) {
        push(output, formatProperty(context, value, level, index, true));
        index++;
        continue;
      }
      const from = index;
      while (index < length && !objectHasOwn(value, index)) {
        index++;
        // A list of four billion holes would be counted one by one.
        if (index - from > 1000000) {
          index = length;
          break;
        }
      }
      push(output, `<${index - from} empty item${index - from > 1 ? "s" : ""}>`);
    }
    pushRest(output, length - index);
  }

  function pushRest(output, rest) {
    if (rest > 0) push(output, `... ${rest} more item${rest > 1 ? "s" : ""}`);
  }

  function formatTypedArray(context, value, level, output) {
    const length = typedArrayLength(value);
    const shown = min(MAX_ARRAY_LENGTH, length);
    for (let i = 0; i < shown; i++) push(output, formatPrimitive(context, value[i]));
    pushRest(output, length - shown);
  }

  function formatSet(context, value, level, output) {
    let rest = 0;
    context.indentation += 2;
    setForEach(value, (entry) => {
      if (output.length >= MAX_ARRAY_LENGTH) rest++;
      else push(output, formatValue(context, entry, level));
    });
    context.indentation -= 2;
    pushRest(output, rest);
  }

  function formatMap(context, value, level, output) {
    let rest = 0;
    context.indentation += 2;
    mapForEach(value, (entry, key) => {
      if (output.length >= MAX_ARRAY_LENGTH) rest++;
      else push(output, `${formatValue(context, key, level)} => ${formatValue(context, entry, level)}`);
    });
    context.indentation -= 2;
    pushRest(output, rest);
  }

  function formatArrayBuffer(context, value, level, output) {
    const bytes = new primordial.Uint8Array(value);
    const shown = min(50, bytes.length);
    let text = "";
    for (let i = 0; i < shown; i++) text += `${i > 0 ? " " : ""}${padStart(numberToString(bytes[i], 16), 2, "0")}`;
    const rest = bytes.length - shown;
    if (rest > 0) text += ` ... ${rest} more byte${rest > 1 ? "s" : ""}`;
    push(output, `[Uint8Contents]: <${text}>`);
    push(output, `byteLength: ${bytes.length}`);
  }

  function formatDataView(context, value, level, output) {
    push(output, `byteLength: ${dataViewByteLength(value)}`);
    push(output, `byteOffset: ${dataViewOffset(value)}`);
    context.indentation += 2;
    push(output, `buffer: ${formatValue(context, dataViewBuffer(value), level)}`);
    context.indentation -= 2;
  }

  function formatUnknown(context, value, level, output) {
    push(output, "<items unknown>");
  }

  const identifier = /^[a-zA-Z_][a-zA-Z_0-9]*$/;

  function formatProperty(context, value, level, key, isListLike) {
    const isEntry = isListLike && typeof key === "number";
    const descriptor = getOwnPropertyDescriptor(value, key);
    let text;
    if (descriptor === undefined || objectHasOwn(descriptor, "value")) {
      context.indentation += 2;
      text = formatValue(context, descriptor === undefined ? value[key] : descriptor.value, level);
      context.indentation -= 2;
    } else if (field(descriptor, "get") !== undefined) {
      text = field(descriptor, "set") !== undefined ? "[Getter/Setter]" : "[Getter]";
    } else {
      text = field(descriptor, "set") !== undefined ? "[Setter]" : "undefined";
    }
    if (isEntry) return text;
    let name;
    if (typeof key === "symbol") name = `[${escape(symbolToString(key), "'")}]`;
    else if (key === "__proto__") name = "['__proto__']";
    else if (descriptor !== undefined && !descriptor.enumerable) name = `[${key}]`;
    else name = regExpExec(identifier, key) !== null ? key : quote(key);
    return `${name}: ${text}`;
  }

  function layOut(context, output, base, open, close, isListLike, level, value) {
    const entries = output.length;
    let lines = output;
    if (isListLike && entries > 6) lines = inColumns(context, output, value);
    const lead = base === "" ? "" : `${base} `;
    if (context.currentDepth - level < COMPACT && entries === lines.length) {
      const start = lines.length + context.indentation + open.length + base.length + 10;
      let total = lines.length + start;
      let fits = total + lines.length <= BREAK_LENGTH;
      for (let i = 0; fits && i < lines.length; i++) {
        total += lines[i].length;
        fits = total <= BREAK_LENGTH;
      }
      if (fits && (base === "" || indexOf(base, "\n") < 0)) {
        const joined = joinWith(lines, ", ");
        if (indexOf(joined, "\n") < 0) return `${lead}${open} ${joined} ${close}`;
      }
    }
    const indent = `\n${repeat(" ", context.indentation)}`;
    return `${lead}${open}${indent}  ${joinWith(lines, `,${indent}  `)}${indent}${close}`;
  }

  /** Puts more than six short entries in columns, as Node does. */
  function inColumns(context, output, value) {
    const hasRest = output.length > MAX_ARRAY_LENGTH;
    const count = hasRest ? output.length - 1 : output.length;
    let total = 0;
    let longest = 0;
    for (let i = 0; i < count; i++) {
      total += output[i].length + 2;
      longest = max(longest, output[i].length);
    }
    const width = longest + 2;
    if (width * 3 + context.indentation >= BREAK_LENGTH || (total / width <= 5 && longest > 6)) return output;
    const bias = sqrt(width - total / output.length);
    const biased = max(width - 3 - bias, 1);
    const columns = min(
      round(sqrt(2.5 * biased * count) / biased),
      floor((BREAK_LENGTH - context.indentation) / width),
      COMPACT * 4,
      15,
    );
    if (columns <= 1) return output;
    const widths = newList();
    for (let i = 0; i < columns; i++) {
      let widest = 0;
      for (let j = i; j < count; j += columns) widest = max(widest, output[j].length);
      push(widths, widest + 2);
    }
    let alignRight = true;
    for (let i = 0; alignRight && i < output.length; i++) {
      const type = typeof value[i];
      alignRight = type === "number" || type === "bigint";
    }
    const rows = newList();
    for (let i = 0; i < count; i += columns) {
      const end = min(i + columns, count);
      let row = "";
      let j = i;
      for (; j < end - 1; j++) row += (alignRight ? padStart : padEnd)(`${output[j]}, `, widths[j - i], " ");
      row += alignRight ? padStart(output[j], widths[j - i] - 2, " ") : output[j];
      push(rows, row);
    }
    if (hasRest) push(rows, output[count]);
    return rows;
  }

  // ------------------------------------------------------------- stack text

  /** The last programs of this realm by the name that frames have for them, and those names: the oldest gives way. */
  const programs = new Map();
  const programNames = newList();
  let programCount = 0;
  /**
   * The one that runs. Its `pieces` are triples of where one begins in the compiled text, where in the program's, and
   * whether it is the program's.
   */
  let program = { __proto__: null, name: PROGRAM, text: "", compiled: "", pieces: newList() };
  const frame = /^\s+at (?:(.*) \()?(?:async )?(program\.js(?:#\d+)?):(\d+)(?::(\d+))?\)?$/;

  /**
   * Turns a place in the compiled text into one in the program's own; what was put there lies where the text goes on.
   */
  function placeOf(owner, line, column) {
    if (owner === undefined || owner.pieces.length === 0) return { __proto__: null, line, column };
    const { text, compiled, pieces } = owner;
    let at = column - 1;
    for (let i = 1, start = 0; i < line; i++) {
      start = indexOf(compiled, "\n", start) + 1;
      if (start === 0) break;
      at = start + column - 1;
    }
    let piece = 0;
    while (piece + 3 < pieces.length && pieces[piece + 3] <= at) piece += 3;
    const offset = min(text.length, pieces[piece + 1] + (pieces[piece + 2] ? at - pieces[piece] : 0));
    let ownLine = 1;
    let lineStart = 0;
    for (let end = indexOf(text, "\n"); end >= 0 && end < offset; end = indexOf(text, "\n", lineStart)) {
      ownLine++;
      lineStart = end + 1;
    }
    return { __proto__: null, line: ownLine, column: offset - lineStart + 1 };
  }

  /** Splits an error's stack into its first lines and the program's own frames. */
  function readStack(error) {
    let header = "";
    let stack = "";
    try {
      header = `${errorToString(error)}`;
    } catch {
      header = "Error";
    }
    try {
      const own = error.stack;
      if (typeof own === "string") stack = own;
    } catch {
      stack = "";
    }
    let rest = stack;
    if (header !== "" && slice(stack, 0, header.length) === header) {
      rest = slice(stack, header.length);
    } else {
      const at = indexOf(stack, "    at ");
      // QuickJS has no header of its own in the stack; V8 keeps the one the error was made with.
      if (at > 0) header = slice(stack, 0, stack[at - 1] === "\n" ? at - 1 : at);
      else if (at < 0 && stack !== "") header = stack[stack.length - 1] === "\n" ? slice(stack, 0, -1) : stack;
      rest = at < 0 ? "" : slice(stack, at);
    }
    const frames = newList();
    const lines = splitAt(rest, "\n");
    for (let i = 0; i < lines.length; i++) {
      const match = regExpExec(frame, lines[i]);
      if (match === null) continue;
      const owner = mapGet(programs, match[2]);
      const isOwn = owner === program;
      const place = placeOf(owner, +match[3], match[4] === undefined ? 1 : +match[4]);
      const at = `${isOwn ? PROGRAM : match[2]}:${place.line}:${place.column}`;
      const isNamed = match[1] !== undefined && match[1] !== "<eval>" && match[1] !== "<anonymous>";
      push(frames, {
        __proto__: null,
        text: isNamed ? `    at ${match[1]} (${at})` : `    at ${at}`,
        isOwn,
        line: place.line,
        column: place.column,
      });
    }
    return { __proto__: null, header, frames };
  }

  function errorStack(error) {
    const { header, frames } = readStack(error);
    let text = header;
    for (let i = 0; i < frames.length; i++) text += `\n${frames[i].text}`;
    return text;
  }

  /** Describes what ended the program, as the host wants it: primitives only. */
  function describe(thrown) {
    const report = { __proto__: null, type: "Uncaught", message: "", line: null, column: null, traceback: "" };
    try {
      if (!isErrorValue(thrown)) {
        report.message = clip(inspect(thrown));
        report.traceback = clip(`Uncaught: ${report.message}`);
        return report;
      }
      const name = constructorName(thrown);
      report.type = clip(name === null || name === "" ? "Error" : name);
      const message = thrown.message;
      report.message = clip(typeof message === "string" ? message : inspect(message));
      const { frames } = readStack(thrown);
      let text = report.message === "" ? report.type : `${report.type}: ${report.message}`;
      for (let i = 0; i < frames.length; i++) {
        text += `\n${frames[i].text}`;
        if (report.line !== null || !frames[i].isOwn) continue;
        report.line = frames[i].line;
        report.column = frames[i].column;
      }
      report.traceback = clip(text);
    } catch {
      if (report.message === "") report.message = "The thrown value cannot be described";
      if (report.traceback === "") report.traceback = `${report.type}: ${report.message}`;
    }
    return report;
  }

  // ---------------------------------------------------------------- console

  function format(args) {
    if (args.length === 0) return "";
    const first = args[0];
    let text = "";
    let next = 0;
    if (typeof first === "string") {
      next = 1;
      if (args.length === 1) return first;
      let from = 0;
      for (let i = 0; i < first.length - 1; i++) {
        if (first[i] !== "%") continue;
        const code = first[i + 1];
        if (code === "%") {
          text += `${slice(first, from, i)}%`;
          from = i + 2;
          i++;
          continue;
        }
        if (next >= args.length) continue;
        const shown = formatDirective(code, args[next]);
        if (shown === null) continue;
        text += slice(first, from, i) + shown;
        next++;
        from = i + 2;
        i++;
      }
      text += slice(first, from);
    }
    for (; next < args.length; next++) {
      if (next > 0) text += " ";
      text += typeof args[next] === "string" ? args[next] : inspect(args[next]);
    }
    return text;
  }

  function formatDirective(code, value) {
    const type = typeof value;
    switch (code) {
      case "s":
        if (type === "number") return formatNumber(value);
        if (type === "bigint") return `${value}n`;
        if (type !== "object" && type !== "function") return type === "symbol" ? symbolToString(value) : `${value}`;
        if (type === "function" && indexOf(functionToString(value), "class") !== 0) return toText(value);
        return hasOwnText(value) ? toText(value) : inspect(value, 0);
      case "d":
        if (type === "bigint") return `${value}n`;
        return type === "symbol" ? "NaN" : formatNumber(toNumber(value));
      case "i":
        if (type === "bigint") return `${value}n`;
        return type === "symbol" ? "NaN" : formatNumber(primordial.parseInt(toText(value)));
      case "f":
        return type === "symbol" ? "NaN" : formatNumber(primordial.parseFloat(toText(value)));
      case "j":
        return toJson(value);
      case "o":
        return inspect(value, 4);
      case "O":
        return inspect(value);
      case "c":
        return "";
      default:
        return null;
    }
  }

  /** Does an object say itself how it reads as text? */
  function hasOwnText(value) {
    if (value === null) return true;
    if (kindOf(value) === "Error") return objectHasOwn(value, "toString");
    for (let owner = value, steps = 0; owner !== null && steps < 100; owner = getPrototypeOf(owner), steps++) {
      if (objectHasOwn(owner, "toString")) {
        if (
          owner === primordial.Object.prototype ||
          owner === primordial.Array.prototype ||
          owner === primordial.Function.prototype
        )
          return false;
        return kindOf(value) === "";
      }
    }
    return false;
  }

  function toText(value) {
    try {
      return `${value}`;
    } catch {
      return inspect(value, 0);
    }
  }

  function toNumber(value) {
    try {
      return +value;
    } catch {
      return NaN;
    }
  }

  function toJson(value) {
    try {
      return `${stringify(value)}`;
    } catch {
      return "[Circular]";
    }
  }

  let groupIndent = "";
  const counts = new Map();
  const clocks = new Map();

  function print(stream, args) {
    printText(stream, format(args));
  }

  function printText(stream, text) {
    if (groupIndent !== "") text = groupIndent + joinWith(splitAt(text, "\n"), `\n${groupIndent}`);
    writeText(stream, `${text}\n`);
  }

  function labelOf(label) {
    return label === undefined ? "default" : toText(label);
  }

  function clockText(label) {
    const elapsed = nowMs() - mapGet(clocks, label);
    return elapsed >= 1000 ? `${label}: ${floor(elapsed) / 1000}s` : `${label}: ${floor(elapsed * 1000) / 1000}ms`;
  }

  // Methods, not functions: they are no constructors and have no prototype to write to.
  const consoleMethods = {
    log(...args) {
      print(1, args);
    },
    info(...args) {
      print(1, args);
    },
    debug(...args) {
      print(1, args);
    },
    warn(...args) {
      print(2, args);
    },
    error(...args) {
      print(2, args);
    },
    trace(...args) {
      const { frames } = readStack(new primordial.Error());
      let text = args.length === 0 ? "Trace" : `Trace: ${format(args)}`;
      for (let i = 0; i < frames.length; i++) text += `\n${frames[i].text}`;
      printText(2, text);
    },
    dir(value, options) {
      printText(1, publicInspect(value, options));
    },
    dirxml(...args) {
      print(1, args);
    },
    assert(condition, ...args) {
      if (condition) return;
      if (args.length === 0) printText(2, "Assertion failed");
      else printText(2, `Assertion failed${typeof args[0] === "string" ? ": " : " "}${format(args)}`);
    },
    group(...args) {
      if (args.length > 0) print(1, args);
      if (groupIndent.length < 200) groupIndent += "  ";
    },
    groupCollapsed(...args) {
      if (args.length > 0) print(1, args);
      if (groupIndent.length < 200) groupIndent += "  ";
    },
    groupEnd() {
      groupIndent = slice(groupIndent, 2);
    },
    count(label) {
      const name = labelOf(label);
      const count = (mapGet(counts, name) ?? 0) + 1;
      mapSet(counts, name, count);
      printText(1, `${name}: ${count}`);
    },
    countReset(label) {
      mapDelete(counts, labelOf(label));
    },
    time(label) {
      const name = labelOf(label);
      if (!mapHas(clocks, name)) mapSet(clocks, name, nowMs());
    },
    timeLog(label, ...args) {
      const name = labelOf(label);
      if (!mapHas(clocks, name)) return;
      printText(1, args.length === 0 ? clockText(name) : `${clockText(name)} ${format(args)}`);
    },
    timeEnd(label) {
      const name = labelOf(label);
      if (!mapHas(clocks, name)) return;
      printText(1, clockText(name));
      mapDelete(clocks, name);
    },
    table(data, columns) {
      printTable(data, columns);
    },
  };

  function printTable(data, wanted) {
    if (data === null || typeof data !== "object") return print(1, [data]);
    const rows = newList();
    const kind = kindOf(data);
    if (kind === "Map") mapForEach(data, (value, key) => push(rows, { __proto__: null, index: inspect(key), value }));
    else if (kind === "Set")
      setForEach(data, (value) => push(rows, { __proto__: null, index: `${rows.length}`, value }));
    else {
      const keys = keysOf(data, false);
      for (let i = 0; i < keys.length; i++) {
        if (typeof keys[i] === "string") push(rows, { __proto__: null, index: keys[i], value: data[keys[i]] });
      }
    }
    const heads = newList();
    push(heads, kind === "Map" || kind === "Set" ? "(iteration index)" : "(index)");
    const columnOf = new primordial.Map();
    let hasValues = false;
    const addColumn = (key) => {
      if (mapHas(columnOf, key)) return;
      mapSet(columnOf, key, heads.length);
      push(heads, key);
    };
    if (isArray(wanted)) for (let i = 0; i < wanted.length; i++) addColumn(toText(wanted[i]));
    const lines = newList();
    for (let i = 0; i < rows.length; i++) {
      const cells = newList();
      push(cells, rows[i].index);
      const value = rows[i].value;
      if (value !== null && typeof value === "object") {
        const keys = keysOf(value, false);
        for (let j = 0; j < keys.length; j++) {
          if (typeof keys[j] !== "string") continue;
          if (!isArray(wanted)) addColumn(keys[j]);
          const column = mapGet(columnOf, keys[j]);
          if (column !== undefined) cells[column] = inspect(value[keys[j]], 0);
        }
      } else {
        hasValues = true;
        rows[i].shown = inspect(value, 0);
      }
      push(lines, cells);
    }
    if (hasValues) {
      for (let i = 0; i < rows.length; i++) if (rows[i].shown !== undefined) lines[i][heads.length] = rows[i].shown;
      push(heads, "Values");
    }
    const widths = newList();
    for (let column = 0; column < heads.length; column++) {
      let width = heads[column].length;
      for (let i = 0; i < lines.length; i++) width = max(width, (lines[i][column] ?? "").length);
      push(widths, width + 2);
    }
    const rule = (left, middle, right) => {
      let text = left;
      for (let i = 0; i < widths.length; i++)
        text += repeat("\u2500", widths[i]) + (i < widths.length - 1 ? middle : right);
      return text;
    };
    const row = (cells) => {
      let text = "\u2502";
      for (let i = 0; i < widths.length; i++) text += `${padEnd(` ${cells[i] ?? ""}`, widths[i], " ")}\u2502`;
      return text;
    };
    let text = `${rule("\u250c", "\u252c", "\u2510")}\n${row(heads)}\n${rule("\u251c", "\u253c", "\u2524")}\n`;
    for (let i = 0; i < lines.length; i++) text += `${row(lines[i])}\n`;
    printText(1, text + rule("\u2514", "\u2534", "\u2518"));
  }

  // ----------------------------------------------------------------- timers

  /** Waiting timers by when they are due, then by age. */
  let timers = newList();
  let immediates = newList();
  let timersById = new Map();
  let lastTimerId = 0;
  let lastAge = 0;
  /** The clock as the current turn sees it, like Node's: it stands still while callbacks run. */
  let loopTime = 0;
  /** Immediates that are younger than this wait for the next turn. */
  let turnAge = 0;
  let isFirstTurn = true;

  function fail(name, message) {
    throw new primordial[name](message);
  }

  function addTimer(callback, delay, args, isRepeating) {
    if (typeof callback !== "function")
      fail("TypeError", `The "callback" argument must be of type function. Received ${inspect(callback, 0)}`);
    let wait = toNumber(delay);
    if (!(wait >= 1 && wait <= 2147483647)) wait = 1;
    wait = trunc(wait);
    const timer = {
      __proto__: null,
      id: ++lastTimerId,
      callback,
      args,
      wait,
      isRepeating,
      due: 0,
      age: 0,
      isActive: false,
      isRef: true,
      isImmediate: false,
    };
    mapSet(timersById, timer.id, timer);
    schedule(timer);
    return new Timeout(timer);
  }

  function schedule(timer) {
    timer.due = loopTime + timer.wait;
    timer.age = ++lastAge;
    timer.isActive = true;
    let low = 0;
    let high = timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (timers[middle].due <= timer.due) low = middle + 1;
      else high = middle;
    }
    for (let i = timers.length; i > low; i--) timers[i] = timers[i - 1];
    timers[low] = timer;
  }

  function cancel(timer) {
    mapDelete(timersById, timer.id);
    if (!timer.isActive) {
      timer.isRepeating = false;
      return;
    }
    timer.isActive = false;
    timer.isRepeating = false;
    const queue = timer.isImmediate ? immediates : timers;
    for (let i = 0; i < queue.length; i++) {
      if (queue[i] !== timer) continue;
      for (let j = i; j < queue.length - 1; j++) queue[j] = queue[j + 1];
      queue.length -= 1;
      return;
    }
  }

  function clear(handle) {
    let timer;
    if (handle !== null && typeof handle === "object" && isTimeout(handle)) timer = timerOf(handle);
    else if (typeof handle === "number" || typeof handle === "string") timer = mapGet(timersById, +handle);
    if (timer !== undefined) cancel(timer);
  }

  class Timeout {
    #timer;
    constructor(timer) {
      this.#timer = timer;
    }
    static is(value) {
      return #timer in value;
    }
    static timerOf(value) {
      return value.#timer;
    }
    ref() {
      this.#timer.isRef = true;
      return this;
    }
    unref() {
      this.#timer.isRef = false;
      return this;
    }
    hasRef() {
      return this.#timer.isRef;
    }
    refresh() {
      const timer = this.#timer;
      if (timer.isActive && !timer.isImmediate) {
        cancel(timer);
        mapSet(timersById, timer.id, timer);
        schedule(timer);
      }
      return this;
    }
    close() {
      cancel(this.#timer);
      return this;
    }
    [toPrimitive]() {
      return this.#timer.id;
    }
  }
  const { is: isTimeout, timerOf } = Timeout;
  delete Timeout.is;
  delete Timeout.timerOf;
  // The class itself must not be reached: its constructor takes an internal record.
  delete Timeout.prototype.constructor;

  const timerFunctions = {
    setTimeout(callback, delay, ...args) {
      return addTimer(callback, delay, args, false);
    },
    setInterval(callback, delay, ...args) {
      return addTimer(callback, delay, args, true);
    },
    setImmediate(callback, ...args) {
      if (typeof callback !== "function")
        fail("TypeError", `The "callback" argument must be of type function. Received ${inspect(callback, 0)}`);
      const timer = {
        __proto__: null,
        id: ++lastTimerId,
        callback,
        args,
        wait: 0,
        isRepeating: false,
        due: 0,
        age: ++lastAge,
        isActive: true,
        isRef: true,
        isImmediate: true,
      };
      mapSet(timersById, timer.id, timer);
      push(immediates, timer);
      return new Timeout(timer);
    },
    clearTimeout(handle) {
      clear(handle);
    },
    clearInterval(handle) {
      clear(handle);
    },
    clearImmediate(handle) {
      clear(handle);
    },
    queueMicrotask(callback) {
      if (typeof callback !== "function")
        fail("TypeError", `The "callback" argument must be of type function. Received ${inspect(callback, 0)}`);
      promiseThen(settled, () => {
        try {
          callback();
        } catch (thrown) {
          endWith(thrown);
        }
      });
    },
  };
  const settled = Promise.resolve();

  // ------------------------------------------------------ methods of strings

  /**
   * For texts of megabytes: none copies more than it returns. They are methods of every string, so that an input is a
   * plain one. Offsets and sizes are in UTF-16 units, like `slice`'s; lines count from 1.
   */
  const stringMethods = {
    /** Returns lines `first` to `last` without their ends, `\n` or `\r\n`; what is beyond the text is not there. */
    lines(first = 1, last = Infinity) {
      const text = textOf(this, "take lines");
      assertWhole(first, 1, "take lines: first");
      assertWhole(last, 0, "take lines: last");
      const start = last < first ? -1 : startOfLine(text, first, 1, 0);
      if (start < 0 || start === text.length) return [];
      const next = last === Infinity ? -1 : startOfLine(text, last + 1, first, start);
      const isEnded = next >= 0 || charCodeAt(text, text.length - 1) === 10;
      const part = slice(text, start, (next < 0 ? text.length : next) - (isEnded ? 1 : 0));
      const found = split(part, "\n");
      if (indexOf(part, "\r") < 0) return found;
      for (let i = isEnded ? found.length - 1 : found.length - 2; i >= 0; i--) {
        const line = found[i];
        if (charCodeAt(line, line.length - 1) === 13) found[i] = slice(line, 0, -1);
      }
      return found;
    },
    /**
     * Returns parts of `size` units (the last may be shorter), of which each begins with the last `overlap` of the one
     * before.
     */
    chunks(size, overlap = 0) {
      const text = textOf(this, "take chunks");
      assertWhole(size, 1, "take chunks: size");
      assertWhole(overlap, 0, "take chunks: overlap");
      if (overlap >= size)
        fail("RangeError", `Cannot take chunks: overlap must be less than size, which is ${size}, it is ${overlap}`);
      const found = newList();
      for (let at = 0; at < text.length; at += size - overlap) {
        push(found, slice(text, at, at + size));
        if (at + size >= text.length) break;
      }
      return setPrototypeOf(found, primordial.Array.prototype);
    },
    /** With a limit, returns the first matches instead of the place of the first, whatever `g` and `y` say. */
    search(pattern, limit = undefined) {
      if (limit === undefined) return apply(standardSearch, this, [pattern]);
      const text = textOf(this, "search");
      assertWhole(limit, 0, "search: limit");
      const { regExp, isUnicode } = searcherOf(pattern);
      const found = newList();
      let line = 1;
      let lineEnd = indexOf(text, "\n");
      while (found.length < limit) {
        const match = regExpExec(regExp, text);
        if (match === null) break;
        const start = match.index;
        const end = start + match[0].length;
        for (; lineEnd >= 0 && lineEnd < start; line++) lineEnd = indexOf(text, "\n", lineEnd + 1);
        push(found, { line, start, end, text: match[0] });
        if (end > start) continue;
        // Half a pair would match the whole of it once more.
        const code = isUnicode && end + 1 < text.length ? charCodeAt(text, end) : 0;
        regExp.lastIndex = end + (code >= 0xd800 && code <= 0xdbff ? 2 : 1);
      }
      return setPrototypeOf(found, primordial.Array.prototype);
    },
  };

  /** Where line `wanted` begins if `line` begins at `start`; -1 for one that is not there. */
  function startOfLine(text, wanted, line, start) {
    for (; line < wanted && start >= 0; line++) {
      const end = indexOf(text, "\n", start);
      start = end < 0 ? -1 : end + 1;
    }
    return start;
  }

  function textOf(value, action) {
    if (value === undefined || value === null)
      fail("TypeError", `Cannot ${action}: it must be of a string, this is ${value}`);
    return `${value}`;
  }

  function assertWhole(value, least, action) {
    if (typeof value === "number" && value >= least && trunc(value) === value) return;
    fail(
      typeof value === "number" ? "RangeError" : "TypeError",
      `Cannot ${action} must be a whole number from ${least} on, it is ${inspect(value, 0)}`,
    );
  }

  /** A copy of its own: the program's keeps its place. */
  function searcherOf(pattern) {
    let source = pattern;
    let flags = "g";
    let isUnicode = false;
    if (typeof pattern !== "string") {
      try {
        source = regExpSource(pattern);
        for (let i = 0; i < regExpFlags.length; i++) if (regExpFlags[i](pattern)) flags += "imsuv"[i];
        isUnicode = regExpFlags[3](pattern) || regExpFlags[4](pattern);
      } catch {
        fail(
          "TypeError",
          `Cannot search: pattern must be a regular expression or a string, it is ${inspect(pattern, 0)}`,
        );
      }
    }
    return { __proto__: null, regExp: new primordial.RegExp(source, flags), isUnicode };
  }

  // ------------------------------------------------------- other web globals

  function bytesOf(value) {
    if (value === undefined) return new primordial.Uint8Array(0);
    if (isView(value)) {
      return typedArrayTag(value) === undefined
        ? new primordial.Uint8Array(dataViewBuffer(value), dataViewOffset(value), dataViewByteLength(value))
        : new primordial.Uint8Array(typedArrayBuffer(value), typedArrayOffset(value), typedArrayByteLength(value));
    }
    if (value !== null && typeof value === "object" && kindOf(value) === "ArrayBuffer")
      return new primordial.Uint8Array(value);
    return fail("TypeError", "The input must be an ArrayBuffer or a view of one");
  }

  class TextEncoder {
    get encoding() {
      return "utf-8";
    }
    encode(input = "") {
      const text = `${input}`;
      let size = 0;
      encodeUtf8(text, () => size++);
      const bytes = new primordial.Uint8Array(size);
      let at = 0;
      encodeUtf8(text, (byte) => {
        bytes[at++] = byte;
      });
      return bytes;
    }
    encodeInto(input, target) {
      const text = `${input}`;
      let read = 0;
      let written = 0;
      const room = typedArrayLength(target);
      while (read < text.length) {
        const code = charCodeAt(text, read);
        const next = code >= 0xd800 && code <= 0xdbff && read + 1 < text.length ? charCodeAt(text, read + 1) : 0;
        const step = next >= 0xdc00 && next <= 0xdfff ? 2 : 1;
        const size = code < 0x80 ? 1 : code < 0x800 ? 2 : step === 2 ? 4 : 3;
        if (written + size > room) break;
        encodeUtf8(slice(text, read, read + step), (byte) => {
          target[written++] = byte;
        });
        read += step;
      }
      return { read, written };
    }
  }

  class TextDecoder {
    #fatal = false;
    #keepsMark = false;
    constructor(label = "utf-8", options = undefined) {
      const name = `${label}`;
      if (name !== "utf-8" && name !== "utf8" && name !== "UTF-8" && name !== "UTF8")
        fail("RangeError", `The "${name}" encoding is not supported`);
      if (options !== null && typeof options === "object") {
        this.#fatal = !!options.fatal;
        this.#keepsMark = !!options.ignoreBOM;
      }
    }
    get encoding() {
      return "utf-8";
    }
    get fatal() {
      return this.#fatal;
    }
    get ignoreBOM() {
      return this.#keepsMark;
    }
    decode(input) {
      const bytes = bytesOf(input);
      const text = decodeUtf8(bytes, 0, typedArrayLength(bytes), this.#fatal);
      if (text === null) return fail("TypeError", "The encoded data was not valid for encoding utf-8");
      return !this.#keepsMark && charCodeAt(text, 0) === 0xfeff ? slice(text, 1) : text;
    }
  }

  const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

  const webFunctions = {
    btoa(input) {
      const text = `${input}`;
      let result = "";
      for (let i = 0; i < text.length; i += 3) {
        const first = charCodeAt(text, i);
        const second = i + 1 < text.length ? charCodeAt(text, i + 1) : 0;
        const third = i + 2 < text.length ? charCodeAt(text, i + 2) : 0;
        if (first > 255 || second > 255 || third > 255) fail("RangeError", "Invalid character");
        const bits = (first << 16) | (second << 8) | third;
        result += BASE64[bits >> 18] + BASE64[(bits >> 12) & 63];
        result += i + 1 < text.length ? BASE64[(bits >> 6) & 63] : "=";
        result += i + 2 < text.length ? BASE64[bits & 63] : "=";
      }
      return result;
    },
    atob(input) {
      const text = `${input}`;
      let result = "";
      let bits = 0;
      let count = 0;
      let pads = 0;
      let digits = 0;
      for (let i = 0; i < text.length; i++) {
        const char = text[i];
        if (char === " " || char === "\t" || char === "\n" || char === "\f" || char === "\r") continue;
        if (char === "=") {
          pads++;
          continue;
        }
        const value = indexOf(BASE64, char);
        if (value < 0 || pads > 0) fail("RangeError", "The string to be decoded is not correctly encoded");
        digits++;
        bits = ((bits << 6) | value) & 0xffffff;
        count += 6;
        if (count >= 8) {
          count -= 8;
          result += fromCharCode((bits >> count) & 255);
        }
      }
      if (digits % 4 === 1 || pads > 2 || (pads > 0 && (digits + pads) % 4 !== 0))
        fail("RangeError", "The string to be decoded is not correctly encoded");
      return result;
    },
    structuredClone(value) {
      return clone(value, new primordial.Map());
    },
  };

  function clone(value, done) {
    if (typeof value === "symbol" || typeof value === "function")
      fail("TypeError", `${inspect(value, 0)} could not be cloned`);
    if (value === null || typeof value !== "object") return value;
    const known = mapGet(done, value);
    if (known !== undefined) return known;
    const remember = (copy) => {
      mapSet(done, value, copy);
      return copy;
    };
    const kind = kindOf(value);
    switch (kind) {
      case "Date":
        return remember(new primordial.Date(dateGetTime(value)));
      case "RegExp":
        return remember(new primordial.RegExp(value.source, value.flags));
      case "Number":
      case "String":
      case "Boolean":
      case "BigInt":
        return remember(primordial.Object(value.valueOf()));
      case "ArrayBuffer":
        return remember(bufferSlice(value, 0));
      case "DataView": {
        const buffer = clone(dataViewBuffer(value), done);
        return remember(new primordial.DataView(buffer, dataViewOffset(value), dataViewByteLength(value)));
      }
      case "TypedArray": {
        const buffer = clone(typedArrayBuffer(value), done);
        return remember(
          new typedArrayConstructors[typedArrayTag(value)](buffer, typedArrayOffset(value), typedArrayLength(value)),
        );
      }
      case "Map": {
        const copy = remember(new primordial.Map());
        mapForEach(value, (entry, key) => mapSet(copy, clone(key, done), clone(entry, done)));
        return copy;
      }
      case "Set": {
        const copy = remember(new primordial.Set());
        setForEach(value, (entry) => setAdd(copy, clone(entry, done)));
        return copy;
      }
      case "Error": {
        const name = `${value.name}`;
        const make = errorConstructors[name] ?? primordial.Error;
        const copy = remember(new make(value.message));
        defineHidden(copy, "stack", value.stack);
        if (objectHasOwn(value, "cause")) defineHidden(copy, "cause", clone(value.cause, done));
        return copy;
      }
      case "":
        break;
      default:
        fail("TypeError", `${inspect(value, 0)} could not be cloned`);
    }
    const copy = remember(isArray(value) ? [] : {});
    if (isArray(value)) copy.length = value.length;
    const keys = ownKeys(value);
    for (let i = 0; i < keys.length; i++) {
      if (typeof keys[i] === "string" && objectIsEnumerable(value, keys[i]))
        defineVisible(copy, keys[i], clone(value[keys[i]], done));
    }
    return copy;
  }

  const typedArrayConstructors = { __proto__: null };
  for (const name of typedArrayNames) typedArrayConstructors[name] = global[name];
  const errorConstructors = {
    __proto__: null,
    Error,
    EvalError,
    RangeError,
    ReferenceError,
    SyntaxError,
    TypeError,
    URIError,
  };

  // ------------------------------------------------------------ the globals

  /** What a realm may keep of its own; a name that is not here is removed. */
  const LANGUAGE = {
    __proto__: null,
    globalThis: 1,
    Infinity: 1,
    NaN: 1,
    undefined: 1,
    eval: 1,
    isFinite: 1,
    isNaN: 1,
    parseFloat: 1,
    parseInt: 1,
    decodeURI: 1,
    decodeURIComponent: 1,
    encodeURI: 1,
    encodeURIComponent: 1,
    escape: 1,
    unescape: 1,
    AggregateError: 1,
    Array: 1,
    ArrayBuffer: 1,
    AsyncDisposableStack: 1,
    BigInt: 1,
    BigInt64Array: 1,
    BigUint64Array: 1,
    Boolean: 1,
    DataView: 1,
    Date: 1,
    DisposableStack: 1,
    Error: 1,
    EvalError: 1,
    FinalizationRegistry: 1,
    Float16Array: 1,
    Float32Array: 1,
    Float64Array: 1,
    Function: 1,
    Int8Array: 1,
    Int16Array: 1,
    Int32Array: 1,
    Intl: 1,
    Iterator: 1,
    Map: 1,
    Number: 1,
    Object: 1,
    Promise: 1,
    Proxy: 1,
    RangeError: 1,
    ReferenceError: 1,
    RegExp: 1,
    Set: 1,
    String: 1,
    SuppressedError: 1,
    Symbol: 1,
    SyntaxError: 1,
    TypeError: 1,
    Uint8Array: 1,
    Uint8ClampedArray: 1,
    Uint16Array: 1,
    Uint32Array: 1,
    URIError: 1,
    WeakMap: 1,
    WeakRef: 1,
    WeakSet: 1,
    JSON: 1,
    Math: 1,
    Reflect: 1,
  };
  for (const key of ownKeys(global)) {
    if (typeof key === "string" && LANGUAGE[key] === undefined) delete global[key];
  }
  if (objectHasOwn(Error, "prepareStackTrace")) {
    // QuickJS makes stacks without the error's own line; programs print them as in Node.
    Error.prepareStackTrace = (error, sites) => sites[0];
    const { getFileName, getFunctionName, getLineNumber, getColumnNumber } = getPrototypeOf(new Error().stack);
    const siteFile = uncurry(getFileName);
    const siteFunction = uncurry(getFunctionName);
    const siteLine = uncurry(getLineNumber);
    const siteColumn = uncurry(getColumnNumber);
    Error.prepareStackTrace = (error, sites) => {
      let text = "";
      try {
        text = `${errorToString(error)}`;
        for (let i = 0; i < sites.length; i++) {
          const site = sites[i];
          const file = siteFile(site);
          if (typeof file !== "string" || indexOf(file, PROGRAM) !== 0) continue;
          const name = siteFunction(site);
          const at = `${file}:${siteLine(site)}:${siteColumn(site)}`;
          text +=
            typeof name === "string" && name !== "" && name !== "<eval>" && name !== "<anonymous>"
              ? `\n    at ${name} (${at})`
              : `\n    at ${at}`;
        }
      } catch {
        // At the end of the stack there is no room for its text.
      }
      return text;
    };
  }
  // Hands out call sites, and with them functions of the host and of this file.
  delete Error.prepareStackTrace;
  defineProperty(Error, "prepareStackTrace", {
    __proto__: null,
    get: () => undefined,
    set() {},
    enumerable: false,
    configurable: false,
  });

  const consoleObject = {};
  for (const key of ownKeys(consoleMethods)) defineVisible(consoleObject, key, consoleMethods[key]);
  defineProperty(consoleObject, toStringTag, { __proto__: null, value: "console", configurable: true });
  defineHidden(global, "console", consoleObject);
  for (const key of ownKeys(timerFunctions)) defineHidden(global, key, timerFunctions[key]);
  for (const key of ownKeys(stringMethods)) defineHidden(String.prototype, key, stringMethods[key]);
  for (const key of ownKeys(webFunctions)) defineHidden(global, key, webFunctions[key]);
  defineHidden(global, "TextEncoder", TextEncoder);
  defineHidden(global, "TextDecoder", TextDecoder);
  /** When the first program began. */
  let startedAt = null;
  const performance = {
    now() {
      return nowMs() - startedAt;
    },
  };
  defineHidden(global, "performance", performance);

  // ------------------------------------------------------------- the driver

  let failure = null;
  let resultText = null;
  let isAwaiting = false;
  let areStringsRefused = false;
  let inputs = {};
  let files = {};

  function endWith(thrown) {
    if (failure === null) failure = describe(thrown);
    isSilent = true;
  }

  function keepResult(value) {
    if (value === undefined) return;
    resultText = clip(inspect(value));
  }

  /** Puts away what is left of the last program but what it made. */
  function beginRun() {
    failure = null;
    resultText = null;
    isAwaiting = false;
    isSilent = false;
    groupIndent = "";
    timers.length = 0;
    immediates.length = 0;
    timersById = new primordial.Map();
    isFirstTurn = true;
    loopTime = nowMs();
    // The clock of a realm that is kept goes on: what a program has measured by it stays right.
    startedAt ??= loopTime;
  }

  /**
   * A new object with the fields of `earlier`: a program may have frozen that one. Getters it has put there are not
   * called.
   */
  function copyOf(earlier) {
    const copy = {};
    const keys = ownKeys(earlier);
    for (let i = 0; i < keys.length; i++)
      defineVisible(copy, keys[i], field(getOwnPropertyDescriptor(earlier, keys[i]), "value"));
    return copy;
  }

  /** A variable that a script has declared cannot be made anew, but set. */
  function setGlobal(name, value) {
    if (!defineVisible(global, name, value)) defineProperty(global, name, { __proto__: null, value });
  }

  function setInput(name, value) {
    defineVisible(inputs, name, value);
    // A name such as `undefined` cannot be taken; it is in `inputs` all the same.
    if (name !== "globalThis" && name !== "inputs" && name !== "files") setGlobal(name, value);
  }

  /**
   * Makes the text to compile. One with a top-level await is wrapped, and returns its last expression from the wrapper.
   * `globals` makes globals of what the program declares: parts to put before it, and what to replace in it, in order.
   */
  function compose(name, code, last, isAsync, globals) {
    // A comment that may stand on the first line only, even inside the wrapper.
    const text = slice(code, 0, 2) === "#!" ? `//${slice(code, 2)}` : code;
    program = { __proto__: null, name, text, compiled: "", pieces: newList() };
    const place = programCount++ % MAX_PROGRAMS;
    if (place < programNames.length) mapDelete(programs, programNames[place]);
    programNames[place] = name;
    mapSet(programs, name, program);
    if (!isAsync && (globals === null || globals.edits.length === 0)) {
      program.compiled = text;
      return;
    }
    let at = 0;
    const add = (part, from, isOwn) => {
      push(program.pieces, program.compiled.length);
      push(program.pieces, from);
      push(program.pieces, isOwn);
      program.compiled += part;
    };
    const copyTo = (end) => {
      add(slice(text, at, end), at, true);
      at = end;
    };
    if (globals !== null) {
      for (let i = 0; i < globals.before.length; i++) {
        const part = globals.before[i];
        if (typeof part === "string") add(part, 0, false);
        else add(slice(text, part[0], part[1]), part[0], true);
      }
    }
    if (isAsync) add("(async () => {", 0, false);
    if (globals !== null) {
      for (let i = 0; i < globals.edits.length; i++) {
        const edit = globals.edits[i];
        copyTo(edit[0]);
        add(edit[2], at, false);
        at = edit[1];
      }
    }
    if (isAsync && last !== null) {
      copyTo(last[0]);
      // QuickJS gives a `return` no place of its own: one that fails has that of the statement before.
      add("0;return (", at, false);
      copyTo(last[1]);
      add(")", at, false);
    }
    copyTo(text.length);
    if (isAsync) add("\n})()", at, false);
  }

  /** Makes strings uncompilable where the engine has no switch for it. */
  function refuseStrings() {
    const refuse = () => {
      throw new primordial.EvalError("Code generation from strings disallowed for this context");
    };
    const functionKinds = [function () {}, async function () {}, function* () {}, async function* () {}];
    const names = ["Function", "AsyncFunction", "GeneratorFunction", "AsyncGeneratorFunction"];
    for (let i = 0; i < functionKinds.length; i++) {
      const prototype = getPrototypeOf(functionKinds[i]);
      const replacement = function () {
        return refuse();
      };
      defineProperty(replacement, "name", { __proto__: null, value: names[i], configurable: true });
      defineProperty(replacement, "length", { __proto__: null, value: 1, configurable: true });
      defineProperty(replacement, "prototype", { __proto__: null, value: prototype, writable: false });
      defineProperty(prototype, "constructor", {
        __proto__: null,
        value: replacement,
        writable: i === 0,
        enumerable: false,
        configurable: true,
      });
      if (i === 0) defineHidden(global, "Function", replacement);
    }
    const methods = {
      eval(source) {
        return typeof source === "string" ? refuse() : source;
      },
    };
    defineHidden(global, "eval", methods.eval);
  }

  /** A generator of its own, seeded by the host: an image of a realm holds one seed for all its runs. */
  function seedRandom(seeds) {
    let a = seeds[0] | 0;
    let b = seeds[1] | 0;
    let c = seeds[2] | 0;
    let d = seeds[3] | 0;
    const next = () => {
      const t = (((a + b) | 0) + d) | 0;
      d = (d + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (c << 21) | (c >>> 11);
      c = (c + t) | 0;
      return t >>> 0;
    };
    for (let i = 0; i < 12; i++) next();
    const methods = {
      random() {
        return ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992;
      },
    };
    defineHidden(Math, "random", methods.random);
  }

  return {
    __proto__: null,

    /**
     * Begins with a program. Takes the job without its files, as JSON of {name, code, last, isAsync, globals, inputs,
     * refuseStrings, seeds}; returns the text to compile under that name, `program.js` or that with `#` and a number.
     */
    prepare(json) {
      const job = setPrototypeOf(parse(json), null);
      beginRun();
      compose(job.name, job.code, job.last, job.isAsync, job.globals);
      // Once: a program that is kept may have replaced what these put there.
      if (job.seeds !== undefined && programCount === 1) seedRandom(job.seeds);
      if (job.refuseStrings && !areStringsRefused) refuseStrings();
      areStringsRefused ||= job.refuseStrings;
      inputs = copyOf(inputs);
      files = copyOf(files);
      const names = ownKeys(job.inputs);
      for (let i = 0; i < names.length; i++) setInput(names[i], job.inputs[names[i]]);
      setGlobal("inputs", inputs);
      setGlobal("files", files);
      return program.compiled;
    },

    /** Sets an input that is text: a long one is dear as JSON. */
    addInput(name, text) {
      setInput(name, text);
    },

    /** Gives `import()` another name, for a host that must keep its own from answering. */
    defineImport(name) {
      const functions = {
        async import(specifier) {
          throw new primordial.TypeError(`Cannot import ${quote(toText(specifier))}: a program has no modules`);
        },
      };
      defineHidden(global, name, functions.import);
    },

    addTextFile(name, text) {
      defineVisible(files, name, text);
    },

    /** Reads JSON, for a host whose strings end at a NUL. */
    parse(json) {
      return parse(json);
    },

    /** Returns room for a file's bytes, for a host that shares memory with this realm. */
    newBuffer(size) {
      return new primordial.ArrayBuffer(size);
    },

    addBinaryFile(name, buffer) {
      defineVisible(files, name, new primordial.Uint8Array(buffer));
    },

    /** The script came to its end with `value`. */
    finish(value) {
      keepResult(value);
    },

    /** The script returned the promise of its wrapper. */
    async follow(promise) {
      const followed = program;
      isAwaiting = true;
      try {
        const value = await promise;
        // A later program may settle what an earlier one has waited for in vain.
        if (program !== followed) return;
        isAwaiting = false;
        keepResult(value);
      } catch (thrown) {
        if (program !== followed) return;
        isAwaiting = false;
        endWith(thrown);
      }
    },

    endWith,

    /** Turns a place in the compiled text into one in the program: "line:column". */
    locate(line, column) {
      const place = placeOf(program, line, column);
      return `${place.line}:${place.column}`;
    },

    /** Runs the next timer that is due, waiting for it if need be; false when there is nothing left to run. */
    step() {
      if (failure !== null) return false;
      for (;;) {
        let timer;
        if (timers.length > 0 && timers[0].due <= loopTime) {
          timer = timers[0];
        } else if (immediates.length > 0 && immediates[0].age <= turnAge) {
          timer = immediates[0];
        } else {
          // A new turn: timers first, then the immediates that were set before it.
          let isNeeded = false;
          for (let i = 0; i < timers.length && !isNeeded; i++) isNeeded = timers[i].isRef;
          let hasImmediate = false;
          for (let i = 0; i < immediates.length && !hasImmediate; i++) hasImmediate = immediates[i].isRef;
          if (!isNeeded && !hasImmediate) {
            if (isAwaiting)
              endWith(
                new primordial.Error("The program waits at its top level for a promise that nothing is left to settle"),
              );
            return false;
          }
          if (!hasImmediate) sleepUntil(timers[0].due);
          loopTime = max(loopTime, nowMs());
          // In Node it is chance whether a timeout of 0 comes before an immediate; here it does.
          const isEarly = timers.length > 0 && timers[0].due > loopTime;
          if (isEarly && (!hasImmediate || (isFirstTurn && timers[0].due <= loopTime + 1))) loopTime = timers[0].due;
          isFirstTurn = false;
          turnAge = lastAge;
          continue;
        }
        run(timer);
        return failure === null;
      }
    },

    /** What there is to say of the run, as JSON. */
    report() {
      isSilent = true;
      const names = ["type", "message", "line", "column", "traceback"];
      let error = "null";
      // Value by value: for an object QuickJS keeps a list of its own, which setters on `Array.prototype` see.
      for (let i = 0; failure !== null && i < 5; i++)
        error = `${i === 0 ? "{" : `${error},`}"${names[i]}":${stringify(failure[names[i]])}`;
      return failure === null
        ? `{"error":null,"result":${stringify(resultText)}}`
        : `{"error":${error}},"result":null}`;
    },

    isOver() {
      return failure !== null;
    },
  };

  function run(timer) {
    const queue = timer.isImmediate ? immediates : timers;
    for (let i = 0; i < queue.length - 1; i++) queue[i] = queue[i + 1];
    queue.length -= 1;
    timer.isActive = false;
    try {
      apply(timer.callback, undefined, timer.args);
    } catch (thrown) {
      endWith(thrown);
      return;
    }
    if (timer.isRepeating && !timer.isActive) {
      loopTime = max(loopTime, nowMs());
      schedule(timer);
    } else if (!timer.isActive) {
      mapDelete(timersById, timer.id);
    }
  }
});
