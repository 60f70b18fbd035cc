/** The conversions of arguments that `whatwg-url` uses, in place of a package for all types of the web. */

function text(value) {
  if (typeof value === "symbol") throw new TypeError("Cannot convert a Symbol value to a string");
  return `${value}`;
}

module.exports = {
  any: (value) => value,
  undefined: () => undefined,
  boolean: (value) => !!value,
  DOMString: text,
  USVString: (value) => text(value).toWellFormed(),
};
