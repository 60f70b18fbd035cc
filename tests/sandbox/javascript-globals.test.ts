/** A JavaScript program finds the same globals, with the same behaviour, on every engine. */

import { describe, expect, it } from "vitest";
import { forEachEngine, type Ran } from "../support/engines.js";
import { sharedGuest } from "../support/shared-guest.js";

/** Where a global is: on every engine, or only where Node has it. */
type Where = "every engine" | "Node";

/** All globals that are no part of ECMAScript 2023, and those of it that an engine lacks. */
const TABLE: Readonly<Record<string, Where>> = {
  AbortController: "every engine",
  AbortSignal: "every engine",
  AsyncDisposableStack: "Node",
  Buffer: "every engine",
  CustomEvent: "every engine",
  DOMException: "every engine",
  DisposableStack: "Node",
  Event: "every engine",
  EventTarget: "every engine",
  Float16Array: "every engine",
  Intl: "Node",
  Iterator: "every engine",
  SuppressedError: "Node",
  TextDecoder: "every engine",
  TextEncoder: "every engine",
  URL: "every engine",
  URLSearchParams: "every engine",
  atob: "every engine",
  btoa: "every engine",
  clearImmediate: "every engine",
  clearInterval: "every engine",
  clearTimeout: "every engine",
  console: "every engine",
  crypto: "every engine",
  exports: "every engine",
  files: "every engine",
  global: "every engine",
  inputs: "every engine",
  module: "every engine",
  performance: "every engine",
  process: "every engine",
  queueMicrotask: "every engine",
  require: "every engine",
  setImmediate: "every engine",
  setInterval: "every engine",
  setTimeout: "every engine",
  structuredClone: "every engine",
};

const ECMASCRIPT = [
  "AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date Error EvalError",
  "FinalizationRegistry Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array JSON Map Math NaN",
  "Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError TypeError",
  "URIError",
  "Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet decodeURI decodeURIComponent encodeURI",
  "encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt undefined unescape",
]
  .join(" ")
  .split(" ");

/** Programs, and the text that they print on every engine. */
const PROGRAMS: readonly (readonly [what: string, code: string, printed: string])[] = [
  [
    "URL",
    "const u = new URL('../x?a=1&b=%20#h', 'https://u:p@Example.com:8080/a/b/'); u.searchParams.append('c', 'd e');" +
      "console.log(u.href, u.host, u.origin, u.searchParams.get('b') === ' ', URL.canParse('nope'));" +
      "console.log(new URL('http://b\\u00fccher.de/\\u00e4').href, JSON.stringify(new URL('a:b')))",
    "https://u:p@example.com:8080/a/x?a=1&b=+&c=d+e#h example.com:8080 https://example.com:8080 true false\n" +
      'http://xn--bcher-kva.de/%C3%A4 "a:b"\n',
  ],
  [
    "an invalid URL",
    "try { new URL('nope') } catch (e) { console.log(e instanceof TypeError, e.code, e.input, e.message) }",
    "true ERR_INVALID_URL nope Invalid URL\n",
  ],
  [
    "URL and URLSearchParams as they are shown",
    "console.log(new URL('http://a/?x=1'), new URLSearchParams('a=1&b=2&a=3'))",
    "URL {\n  href: 'http://a/?x=1',\n  origin: 'http://a',\n  protocol: 'http:',\n  username: '',\n" +
      "  password: '',\n  host: 'a',\n  hostname: 'a',\n  port: '',\n  pathname: '/',\n  search: '?x=1',\n" +
      "  searchParams: URLSearchParams { 'x' => '1' },\n  hash: ''\n" +
      "} URLSearchParams { 'a' => '1', 'b' => '2', 'a' => '3' }\n",
  ],
  [
    "URLSearchParams",
    "const p = new URLSearchParams({ b: 'x y', a: 1 }); p.append('b', '2'); p.sort();" +
      "console.log(`${p}`, p.size, p.getAll('b'), Object.fromEntries(p), [...p.keys()])",
    "a=1&b=x+y&b=2 3 [ 'x y', '2' ] { a: '1', b: '2' } [ 'a', 'b', 'b' ]\n",
  ],
  [
    "TextEncoder, TextDecoder, atob and btoa",
    "const b = new TextEncoder().encode('h\\u00e9');" +
      "console.log(b.length, new TextDecoder().decode(b), atob(btoa('x\\xff')))",
    "3 h\u00e9 x\u00ff\n",
  ],
  [
    "structuredClone",
    "const o = { m: new Map([[1, new Date(0)]]), s: new Set(['a']) }; o.o = o; const c = structuredClone(o);" +
      "console.log(c.o === c, c.m.get(1).getTime(), c.s.has('a'), c.m !== o.m)",
    "true 0 true true\n",
  ],
  [
    "TextDecoder of UTF-16 and latin1, in parts, and the error for bytes and for labels",
    "const d = (label, ...bytes) => new TextDecoder(label).decode(new Uint8Array(bytes));" +
      "console.log(d('utf-16le', 0x41, 0, 0x3d, 0xd8, 0, 0xde), d('UTF-16BE', 0, 0x42), d(' latin1 ', 0xe9, 0x80)," +
      "new TextDecoder('ascii').encoding, d('utf-16le', 0x41, 0, 0x42));" +
      "const parts = [[0xef, 0xbb], [0xbf, 0x61, 0xe2, 0x82], [0xac, 0xf0], [0x9f, 0x98, 0x80], [0xc3]];" +
      "const p = new TextDecoder(); const texts = parts.map((x) => p.decode(new Uint8Array(x), { stream: true }));" +
      "console.log(texts, p.decode());" +
      "const q = new TextDecoder('utf-16le'); console.log([[0x3d], [0xd8, 0], [0xde, 0x41]].map((x) =>" +
      "q.decode(new Uint8Array(x), { stream: true })), q.decode(new Uint8Array([0])));" +
      "try { new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255])) } catch (e) {" +
      "console.log(e.name, e.code, e.message) }" +
      "try { new TextDecoder('shift_jis') } catch (e) { console.log(e.name, e.code, /Python/.test(e.message)) }",
    "A\u{1f600} B \u00e9\u20ac windows-1252 A\ufffd\n" +
      "[ '', 'a', '\u20ac', '\u{1f600}', '' ] \ufffd\n[ '', '', '\u{1f600}' ] A\n" +
      "TypeError ERR_ENCODING_INVALID_ENCODED_DATA The encoded data was not valid for encoding utf-8\n" +
      "RangeError ERR_ENCODING_NOT_SUPPORTED true\n",
  ],
  [
    "the errors of the web, by name, code and class",
    "const t = (f) => { try { f() } catch (e) {" +
      "console.log(e.name, e.code, e.message, e instanceof DOMException) } };" +
      "t(() => structuredClone(() => 1));" +
      "t(() => structuredClone({ f() {} })); t(() => structuredClone([Symbol('q')]));" +
      "t(() => structuredClone(new WeakMap())); t(() => structuredClone(Promise.resolve()));" +
      "t(() => structuredClone({}, { transfer: [{}] })); t(() => btoa('\u20ac')); t(() => atob('%%'));" +
      "t(() => atob('a'));" +
      "class E extends Error {}; console.log(structuredClone(new E('x')).constructor.name);" +
      "console.log(`${AbortSignal.abort().reason.stack}`.split('\\n')[0])",
    [
      "DataCloneError 25 () => 1 could not be cloned. true",
      "DataCloneError 25 f() {} could not be cloned. true",
      "DataCloneError 25 Symbol(q) could not be cloned. true",
      "DataCloneError 25 #<WeakMap> could not be cloned. true",
      "DataCloneError 25 #<Promise> could not be cloned. true",
      "DataCloneError 25 A program can transfer an ArrayBuffer only true",
      "InvalidCharacterError 5 Invalid character true",
      "InvalidCharacterError 5 Invalid character true",
      "InvalidCharacterError 5 The string to be decoded is not correctly encoded. true",
      "Error",
      "AbortError: This operation was aborted\n",
    ].join("\n"),
  ],
  [
    "an error of the web as it is shown",
    "const show = (x) => require('util').inspect(x).split('\\n')[0];" +
      "console.log(show(AbortSignal.abort().reason), " +
      "show(new DOMException('m', 'DataError')), show(new DOMException('m')))",
    "DOMException [AbortError]: This operation was aborted DOMException [DataError]: m DOMException [Error]: m\n",
  ],
  [
    "the errors that Promise.any collects",
    "class P extends Promise {} const all = [Promise.reject(new Error('a')), Promise.reject(2)];" +
      "try { await Promise.any(all) } catch (e) { console.log(e.name, e.message, e.errors.length," +
      "e instanceof AggregateError, Object.keys(e)) }" +
      "console.log(await Promise.any([...all, 5]), P.any([1]) instanceof P, Promise.any.name, Promise.any.length);" +
      "await Promise.any([]).catch((e) => console.log(e.message)); Promise.any(5).catch((e) => console.log(e.name))",
    "AggregateError All promises were rejected 2 true []\n5 true any 1\nAll promises were rejected\nTypeError\n",
  ],
  [
    "a date as a text",
    "const d = new Date(0); console.log(`${d}`, d.toTimeString(), d + '', new Date(NaN).toString())",
    "Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time) 00:00:00 GMT+0000 (Coordinated Universal Time) " +
      "Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time) Invalid Date\n",
  ],
  [
    "an iterator as it is shown, with the way to see its items",
    "console.log(new Map([[1, 2]]).keys(), new Set([1]).values())",
    "[Map Iterator] { <items unknown: print [...iterator]> } [Set Iterator] { <items unknown: print [...iterator]> }\n",
  ],
  [
    "the clock",
    "const t = performance.timeOrigin; console.log(Math.abs(t + performance.now() - Date.now()) < 1000," +
      "t === performance.timeOrigin)",
    "true true\n",
  ],
  [
    "global, as the global object of Node",
    "global.a = 1; console.log(a, global === globalThis, typeof global, Object.keys(globalThis).includes('global'))",
    "1 true object false\n",
  ],
  [
    "Buffer",
    "const b = Buffer.from('h\\u00e9llo');" +
      "console.log(b, b.toString('base64url'), Buffer.concat([b, Buffer.alloc(2)]).length," +
      "Buffer.from('aGk', 'base64url').toString(), JSON.stringify(Buffer.from([1]))," +
      "b.readUInt16BE(0), Object.keys(b).length)",
    '<Buffer 68 c3 a9 6c 6c 6f> aMOpbGxv 8 hi {"type":"Buffer","data":[1]} 26819 6\n',
  ],
  [
    "crypto's random values",
    "const u = new Set(); for (let i = 0; i < 50; i++) u.add(crypto.randomUUID());" +
      "const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;" +
      "console.log(u.size, [...u].every((x) => shape.test(x)));" +
      "const v = crypto.getRandomValues(new Uint8Array(100)); console.log(v.length, new Set(v).size > 20)",
    "50 true\n100 true\n",
  ],
  [
    "crypto's digests",
    "for (const name of ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']) {" +
      "const d = await crypto.subtle.digest(name, new TextEncoder().encode('abc'));" +
      "console.log(Buffer.from(d).toString('hex').slice(0, 16), d.byteLength) }",
    "a9993e364706816a 20\nba7816bf8f01cfea 32\ncb00753f45a35e8b 48\nddaf35a193617aba 64\n",
  ],
  [
    "AbortController and AbortSignal",
    "const c = new AbortController(); c.signal.addEventListener('abort', () => console.log(c.signal.reason.name));" +
      "c.abort(); c.abort(); try { c.signal.throwIfAborted() } catch (e) {" +
      "console.log(e.name, e.code, e instanceof DOMException, e instanceof Error) }" +
      "const t = AbortSignal.timeout(5); await new Promise((r) => setTimeout(r, 30)); console.log(t.reason.name);" +
      "console.log(AbortSignal.any([t]).aborted, AbortSignal.abort(1).reason)",
    "AbortError\nAbortError 20 true true\nTimeoutError\ntrue 1\n",
  ],
  [
    "EventTarget, Event and CustomEvent",
    "const t = new EventTarget();" +
      "t.addEventListener('x', (e) => console.log(e.type, e.detail, e.target === t), { once: true });" +
      "t.dispatchEvent(new CustomEvent('x', { detail: 5 })); console.log(t.dispatchEvent(new Event('x')))",
    "x 5 true\ntrue\n",
  ],
  [
    "timers and microtasks in their order",
    "setTimeout(() => console.log('timeout'), 10); setImmediate(() => console.log('immediate'));" +
      "queueMicrotask(() => console.log('micro'));" +
      "const i = setInterval(() => { console.log('interval'); clearInterval(i) }, 40);" +
      "console.log(typeof performance.now())",
    "number\nmicro\nimmediate\ntimeout\ninterval\n",
  ],
  [
    "console.table of objects, of a Map and of a Set",
    "console.table([{ a: { x: 1, y: 2, z: 3 }, b: 'q' }]);" +
      "console.table(new Map([['k', [1]]])); console.table(new Set([1]))",
    [
      "┌─────────┬──────────┬─────┐\n│ (index) │ a        │ b   │\n├─────────┼──────────┼─────┤",
      "│ 0       │ [Object] │ 'q' │\n└─────────┴──────────┴─────┘",
      "┌───────────────────┬─────┬────────┐\n│ (iteration index) │ Key │ Values │",
      "├───────────────────┼─────┼────────┤\n│ 0                 │ 'k' │ [ 1 ]  │",
      "└───────────────────┴─────┴────────┘",
      "┌───────────────────┬────────┐\n│ (iteration index) │ Values │\n├───────────────────┼────────┤",
      "│ 0                 │ 1      │\n└───────────────────┴────────┘\n",
    ].join("\n"),
  ],
  [
    "console.assert, dir and time",
    "console.assert(true, 'x'); console.dir({ a: { b: { c: {} } } }, { depth: 0 }); console.time('t');" +
      "console.log(typeof console.timeEnd); console.assert(false, 'to %s', 'stderr')",
    "{ a: [Object] }\nfunction\n",
  ],
  [
    "module, exports and require.main of a script of Node",
    "if (require.main === module) console.log('main'); module.exports = { a: 1 }; exports.b = 2",
    "main\n",
  ],
  [
    "globals that a program declares or sets itself",
    "function URL() { return 1 } var Buffer = 2; crypto = 3; class Event {} let require = 4;" +
      "console.log(URL(), Buffer, crypto, new Event() instanceof Event, require)",
    "1 2 3 true 4\n",
  ],
];

forEachEngine("The globals of JavaScript:", (engine) => {
  const run = (code: string): Promise<Ran> => engine.run({ language: "javascript", code });
  const runShared = sharedGuest(engine);

  it("are those of the table and no others", async () => {
    const { result } = await run("Object.getOwnPropertyNames(globalThis).sort().join(' ')");
    const names = (result ?? "").slice(1, -1).split(" ");
    const optional = new Set(
      Object.keys(TABLE).filter(
        (name) =>
          // The local engine has the Node of the host, which may be older than that of the image.
          (TABLE[name] === "Node" && engine.name === "wasm") ||
          (engine.name === "local" && /^(?:AsyncD|D)isposableStack$|^Suppressed|^Float16|^Iterator/.test(name)),
      ),
    );
    const expected = [...ECMASCRIPT, ...Object.keys(TABLE)].filter((name) => !optional.has(name));
    expect(names.filter((name) => !optional.has(name))).toEqual(expected.sort());
    if (engine.name === "wasm") expect(names.filter((name) => optional.has(name))).toEqual([]);
  });

  describe("work alike:", () => {
    it.each(PROGRAMS)("%s", async (_, code, printed) => {
      const ran = await runShared({ language: "javascript", code });
      expect({ error: ran.error, printed: ran.stdout.text }).toEqual({ error: null, printed });
    });
  });

  it("crypto gives other values in each run", async () => {
    const code = "crypto.randomUUID() + Math.random()";
    expect((await run(code)).result).not.toBe((await run(code)).result);
  });

  it("a host name that cannot be converted is refused with a sentence", async () => {
    const { error } = await run("new URL('http://\\u0645\\u062b\\u0627\\u0644.com')");
    expect(error?.message).toMatch(/^Cannot convert the host name .* give the name in its form with xn--$/);
  });
});
