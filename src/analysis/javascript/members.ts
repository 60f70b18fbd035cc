/**
 * What has which name: the members of the global object, of the language's own objects, of functions and modules, as
 * full names. Names that begin with `@` are kinds of things rather than things.
 */

import { GLOBAL_OBJECTS, isGlobalOfInterest, isInherited, kindOfBuiltin, METHODS, moduleNamed } from "./targets.js";

export const GLOBAL = "globalThis";
/**
 * Some function; some object or primitive; a constructor, of something known to be no function; a constructor, of
 * whatever.
 */
export const FUNCTION = "@function";
export const OBJECT = "@object";
export const CLASS = "@class";
export const CONSTRUCTOR = "@constructor";
/** What text is made a function by, and the prototype of functions, which leads to it. */
export const MAKER = "Function";
export const PROTOTYPE = "Function.prototype";
export const DESCRIPTOR = "@descriptor:";
export const DESCRIPTORS = "@descriptors:";
/** What gives the prototype of its `this`. */
export const GETS_PROTOTYPE = "@prototype";
export const LOOKS_UP_GETTER = "Object.prototype.__lookupGetter__";

const NONE: readonly string[] = [];

/** An imported module and the promise of it go by one name here. */
const PROMISE_METHODS: ReadonlySet<string> = new Set(["then", "catch", "finally"]);

/** A member of what has this full name. */
export function memberOf(owner: string, name: string): readonly string[] {
  if (owner === GLOBAL) {
    if (GLOBAL_OBJECTS.has(name)) return [GLOBAL];
    if (name === "__proto__") return [OBJECT];
    if (name === "constructor") return ["Object"];
    return isInherited(name) ? [FUNCTION] : isGlobalOfInterest(name) ? [name] : NONE;
  }
  if (owner.startsWith(DESCRIPTORS))
    return memberOf(owner.slice(DESCRIPTORS.length), name).map((full) => DESCRIPTOR + full);
  if (owner.startsWith(DESCRIPTOR))
    return name === "value"
      ? [owner.slice(DESCRIPTOR.length)]
      : name === "get"
        ? [owner === `${DESCRIPTOR}${GETS_PROTOTYPE}` ? GETS_PROTOTYPE : FUNCTION]
        : NONE;
  if (owner.startsWith("node:"))
    return PROMISE_METHODS.has(name)
      ? NONE
      : name === "default"
        ? [owner]
        : name === "constructor"
          ? [CONSTRUCTOR]
          : [moduleNamed(`${owner}.${name}`)];
  const isCallable = isCallableName(owner);
  if (name === "constructor")
    return isCallable || owner === PROTOTYPE
      ? [MAKER]
      : owner === OBJECT || kindOfBuiltin(owner) !== null
        ? [CLASS]
        : [`${owner}.constructor`, CONSTRUCTOR];
  if (name === "__proto__") return protoOf(owner);
  if (name === "__lookupGetter__") return [LOOKS_UP_GETTER];
  if (name === "prototype" && isCallable)
    return owner === MAKER ? [PROTOTYPE] : owner.startsWith("@") ? [OBJECT] : [`${owner}.prototype`];
  if (owner === OBJECT || (isCallable && owner.startsWith("@"))) return METHODS.has(name) ? [FUNCTION] : NONE;
  return [`${owner}.${name}`];
}

/** A member of what nothing is known of. */
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

export function protoOf(full: string): readonly string[] {
  // That of asynchronous functions has that of all functions as its own.
  if (full === PROTOTYPE) return [PROTOTYPE, OBJECT];
  if (full === GLOBAL) return [OBJECT];
  return isCallableName(full) ? [PROTOTYPE] : full === OBJECT ? [OBJECT] : NONE;
}
