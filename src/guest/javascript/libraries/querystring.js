/** The module `node:querystring`, which `url.parse` uses too. */

const unescape = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  }
};
const escape = (text) => encodeURIComponent(text);

function primitive(value) {
  if (typeof value === "string") return value;
  if (typeof value === "number" && isFinite(value)) return `${value}`;
  return typeof value === "bigint" || typeof value === "boolean" ? `${value}` : "";
}

function parse(text, separator, equals, options) {
  const result = Object.create(null);
  if (typeof text !== "string" || text === "") return result;
  const decode = options?.decodeURIComponent ?? unescape;
  const limit = options?.maxKeys ?? 1000;
  let pairs = text.split(separator || "&");
  if (limit > 0) pairs = pairs.slice(0, limit);
  for (const pair of pairs) {
    if (pair === "") continue;
    const whole = pair.replace(/\+/g, "%20");
    const sign = equals || "=";
    const at = whole.indexOf(sign);
    const key = decode(at < 0 ? whole : whole.slice(0, at));
    const value = at < 0 ? "" : decode(whole.slice(at + sign.length));
    if (!Object.hasOwn(result, key)) result[key] = value;
    else if (Array.isArray(result[key])) result[key].push(value);
    else result[key] = [result[key], value];
  }
  return result;
}

function stringify(object, separator, equals, options) {
  if (object === null || typeof object !== "object") return "";
  const encode = options?.encodeURIComponent ?? escape;
  const pairs = [];
  for (const key of Object.keys(object)) {
    const values = Array.isArray(object[key]) ? object[key] : [object[key]];
    for (const value of values) pairs.push(`${encode(primitive(key))}${equals || "="}${encode(primitive(value))}`);
  }
  return pairs.join(separator || "&");
}

export default { parse, stringify, escape, unescape, decode: parse, encode: stringify };
export { parse, stringify };
