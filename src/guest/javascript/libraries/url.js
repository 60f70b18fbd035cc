/** `URL`, `URLSearchParams` and the module `node:url`. */

import legacy from "url";
import { URL, URLSearchParams } from "whatwg-url";
import { toASCII, toUnicode } from "./names.js";

const custom = Symbol.for("nodejs.util.inspect.custom");
const PARTS = "href origin protocol username password host hostname port pathname search searchParams hash".split(" ");

function hide(target, name, value) {
  Object.defineProperty(target, name, { value, writable: true, enumerable: false, configurable: true });
}

hide(URL.prototype, custom, function (depth, options, inspect) {
  if (this === null || typeof this !== "object" || Object.getPrototypeOf(this) === null) return this;
  const name = this.constructor?.name ?? "URL";
  if (depth < 0) return `[${name}]`;
  const parts = {};
  for (const part of PARTS) parts[part] = this[part];
  return `${name} ${inspect(parts, options)}`;
});
hide(URLSearchParams.prototype, custom, function (depth, options, inspect) {
  const name = this.constructor?.name ?? "URLSearchParams";
  if (depth < 0) return `[${name}]`;
  const pairs = [];
  for (const [key, value] of this) pairs.push(`${inspect(key)} => ${inspect(value)}`);
  if (pairs.length === 0) return `${name} {}`;
  const line = `${name} { ${pairs.join(", ")} }`;
  return line.length <= 72 ? line : `${name} {\n  ${pairs.join(",\n  ")}\n}`;
});

function fileURLToPath(value) {
  const url = typeof value === "string" ? new URL(value) : value;
  if (url.protocol !== "file:")
    throw realm.newCodeError("TypeError", "ERR_INVALID_URL_SCHEME", "The URL must be of scheme file");
  if (url.hostname !== "")
    throw realm.newCodeError(
      "TypeError",
      "ERR_INVALID_FILE_URL_HOST",
      'File URL host must be "localhost" or empty on linux',
    );
  if (/%2f/i.test(url.pathname))
    throw realm.newCodeError(
      "TypeError",
      "ERR_INVALID_FILE_URL_PATH",
      "File URL path must not include encoded / characters",
    );
  return decodeURIComponent(url.pathname);
}

function pathToFileURL(path) {
  let resolved = realm.load("path").resolve(path);
  if (path.endsWith("/") && !resolved.endsWith("/")) resolved += "/";
  const url = new URL("file://");
  url.pathname = resolved
    .replace(/%/g, "%25")
    .replace(/\\/g, "%5C")
    .replace(/\n/g, "%0A")
    .replace(/\r/g, "%0D")
    .replace(/\t/g, "%09")
    .replace(/\?/g, "%3F")
    .replace(/#/g, "%23");
  return url;
}

function urlToHttpOptions(url) {
  const { hostname, pathname, port, username, password, search } = url;
  const options = {
    __proto__: null,
    ...url,
    protocol: url.protocol,
    hostname: hostname.startsWith("[") ? hostname.slice(1, -1) : hostname,
    hash: url.hash,
    search,
    pathname,
    path: `${pathname}${search}`,
    href: url.href,
  };
  if (port !== "") options.port = Number(port);
  if (username || password) options.auth = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return options;
}

function format(value, options) {
  if (!(value instanceof URL)) return legacy.format(value);
  const { auth = true, fragment = true, search = true, unicode = false } = options ?? {};
  const copy = new URL(value.href);
  if (!fragment) copy.hash = "";
  if (!search) copy.search = "";
  if (!auth) copy.username = copy.password = "";
  return unicode ? copy.href.replace(copy.hostname, toUnicode(copy.hostname).domain) : copy.href;
}

const domainToASCII = (domain) => {
  try {
    return new URL(`ws://${domain}`).hostname;
  } catch {
    return "";
  }
};

export default {
  Url: legacy.Url,
  parse: legacy.parse,
  resolve: legacy.resolve,
  resolveObject: legacy.resolveObject,
  format,
  URL,
  URLSearchParams,
  domainToASCII,
  domainToUnicode: (domain) => toUnicode(domainToASCII(domain)).domain,
  pathToFileURL,
  fileURLToPath,
  urlToHttpOptions,
};

export { toASCII };
