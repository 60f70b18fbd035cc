/**
 * Lists and properties that are safe from a program.
 *
 * A list has no prototype. Otherwise a setter that a program defines on `Array.prototype` would see each value that is
 * added. A descriptor has none either. Otherwise a field that a program defines on `Object.prototype` would count.
 */

import { defineProperty, indexOf, objectHasOwn, setPrototypeOf, slice } from "./intrinsics.js";

/**
 * @template T
 * @typedef {{ length: number, [index: number]: T }} List
 */

/**
 * An object of a program, whose properties can hold anything.
 *
 * @typedef {{ [key: PropertyKey]: unknown }} AnyObject
 */

/**
 * @template T
 * @returns {List<T>}
 */
export function newList() {
  return setPrototypeOf([], null);
}

/**
 * @template T
 * @param {List<T>} list
 * @param {T} value
 */
export function push(list, value) {
  list[list.length] = value;
}

/**
 * @param {List<string>} list
 * @param {string} separator
 */
export function joinWith(list, separator) {
  let text = "";
  for (let i = 0; i < list.length; i++) text += i === 0 ? list[i] : separator + list[i];
  return text;
}

/**
 * @param {string} text
 * @param {string} separator
 */
export function splitAt(text, separator) {
  /** @type {List<string>} */
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

/**
 * Sorts texts by their code units, in place.
 *
 * @param {List<string>} texts
 */
export function sortTexts(texts) {
  for (let i = 1; i < texts.length; i++) {
    const text = texts[i];
    let at = i;
    for (; at > 0 && texts[at - 1] > text; at--) texts[at] = texts[at - 1];
    texts[at] = text;
  }
}

/**
 * Defines a property as the language defines its own: a loop over the keys does not find it.
 *
 * @param {object} target
 * @param {PropertyKey} name
 * @param {unknown} value
 */
export function defineHidden(target, name, value) {
  defineProperty(target, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true });
}

/**
 * Defines a property as an assignment does, but calls no setter. Returns false if the target refuses it.
 *
 * @param {object} target
 * @param {PropertyKey} name
 * @param {unknown} value
 */
export function defineVisible(target, name, value) {
  return defineProperty(target, name, {
    __proto__: null,
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

/**
 * Removes a property that a program must not find. Only for the boot.
 *
 * @param {object} target
 * @param {PropertyKey} name
 * @throws {Error} If the property cannot be removed.
 */
export function removeProperty(target, name) {
  if (!Reflect.deleteProperty(target, name)) throw new Error(`Cannot remove ${String(name)}`);
}

/**
 * Returns a descriptor's own field. A program may have planted an inherited one.
 *
 * @template {keyof PropertyDescriptor} K
 * @param {PropertyDescriptor} descriptor
 * @param {K} name
 * @returns {PropertyDescriptor[K]}
 */
export function ownField(descriptor, name) {
  return objectHasOwn(descriptor, name) ? descriptor[name] : undefined;
}
