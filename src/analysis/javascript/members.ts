/**
 * Finds the members of the global object, of the objects of the language, of functions and of modules, all by full
 * name. A name that begins with `@` means some value of a kind, and not one certain value.
 */

import { isGlobalOfInterest, isInherited, kindOfBuiltin, METHODS } from "./builtins.js";
import { GLOBAL_OBJECTS, moduleNamed } from "./targets.js";

export const GLOBAL = "globalThis";
/** The program's own process. The module of that name is the same object. */
export const PROCESS = "process";
/** Some function. */
export const FUNCTION = "@function";
/** Some object or primitive. */
export const OBJECT = "@object";
/** The constructor of a value that is known not to be a function. */
export const CLASS = "@class";
/** The constructor of an unknown value. */
export const CONSTRUCTOR = "@constructor";
/** The constructor of functions, which makes functions from text. */
export const MAKER = "Function";
/** The prototype of functions. Its member `constructor` is `Function`. */
export const PROTOTYPE = "Function.prototype";
export const DESCRIPTOR = "@descriptor:";
export const DESCRIPTORS = "@descriptors:";
/** The getter of `__proto__`, which returns the prototype of its `this`. */
export const GETS_PROTOTYPE = "@prototype";
export const LOOKS_UP_GETTER = "Object.prototype.__lookupGetter__";

const NONE: readonly string[] = [];

/** Methods of promises. The promise of a module has the same full name as the module. */
const PROMISE_METHODS: ReadonlySet<string> = new Set(["then", "catch", "finally"]);

/** Full names of a member of the value with the full name `owner`. */
export function memberOf(owner: string, name: string): readonly string[] {
  if (owner === GLOBAL) return memberOfGlobal(name);
  if (owner.startsWith(DESCRIPTORS))
    return memberOf(owner.slice(DESCRIPTORS.length), name).map((full) => DESCRIPTOR + full);
  if (owner.startsWith(DESCRIPTOR)) return memberOfDescriptor(owner, name);
  if (owner.startsWith("node:")) return memberOfModule(owner, name);
  if (owner === PROCESS && name === "default") return [owner];
  const isCallable = isCallableName(owner);
  if (name === "constructor") return constructorOf(owner, isCallable);
  if (name === "__proto__") return protoOf(owner);
  if (name === "__lookupGetter__") return [LOOKS_UP_GETTER];
  if (name === "prototype" && isCallable)
    return owner === MAKER ? [PROTOTYPE] : owner.startsWith("@") ? [OBJECT] : [`${owner}.prototype`];
  if (owner === OBJECT || (isCallable && owner.startsWith("@"))) return METHODS.has(name) ? [FUNCTION] : NONE;
  return [`${owner}.${name}`];
}

function memberOfGlobal(name: string): readonly string[] {
  if (GLOBAL_OBJECTS.has(name)) return [GLOBAL];
  if (name === "__proto__") return [OBJECT];
  if (name === "constructor") return ["Object"];
  return isInherited(name) ? [FUNCTION] : isGlobalOfInterest(name) ? [name] : NONE;
}

function memberOfDescriptor(owner: string, name: string): readonly string[] {
  if (name === "value") return [owner.slice(DESCRIPTOR.length)];
  if (name !== "get") return NONE;
  return owner === `${DESCRIPTOR}${GETS_PROTOTYPE}` ? [GETS_PROTOTYPE] : [FUNCTION];
}

function memberOfModule(owner: string, name: string): readonly string[] {
  if (PROMISE_METHODS.has(name)) return NONE;
  if (name === "default") return [owner];
  return name === "constructor" ? [CONSTRUCTOR] : [moduleNamed(`${owner}.${name}`)];
}

function constructorOf(owner: string, isCallable: boolean): readonly string[] {
  if (isCallable || owner === PROTOTYPE) return [MAKER];
  return owner === OBJECT || kindOfBuiltin(owner) !== null ? [CLASS] : [`${owner}.constructor`, CONSTRUCTOR];
}

/** Full names of a member of an unknown value. */
export function unknownMember(name: string): readonly string[] {
  if (name === "constructor") return [CONSTRUCTOR];
  if (name === "__lookupGetter__") return [LOOKS_UP_GETTER];
  return METHODS.has(name) || name === "callee" ? [FUNCTION] : NONE;
}

export function isCallableName(full: string): boolean {
  return (
    full === FUNCTION || full === CLASS || full === CONSTRUCTOR || full === MAKER || kindOfBuiltin(full) === "function"
  );
}

/** Full names of the prototype of a value. */
export function protoOf(full: string): readonly string[] {
  // The prototype of async functions inherits from that of functions.
  if (full === PROTOTYPE) return [PROTOTYPE, OBJECT];
  if (full === GLOBAL) return [OBJECT];
  return isCallableName(full) ? [PROTOTYPE] : full === OBJECT ? [OBJECT] : NONE;
}
