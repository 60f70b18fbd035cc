import { describe, expect, it } from "vitest";
import { file, REALMS } from "./javascript-realms.js";

describe.each(REALMS)("A text in %s", (_, run) => {
  async function valueOf(expression: string, context = ""): Promise<unknown> {
    const { result, error, stdout } = await run(`console.log(JSON.stringify(${expression})); 1`, {
      inputs: { context },
    });
    expect(error).toBeNull();
    expect(result).toBe("1");
    return JSON.parse(stdout);
  }

  const LINES = "one\r\ntwo\n\nfour \u00e9\u{1F600}\n";

  it.each<[string, string, unknown]>([
    ["context.lines()", LINES, ["one", "two", "", "four \u00e9\u{1F600}"]],
    ["context.lines(2)", LINES, ["two", "", "four \u00e9\u{1F600}"]],
    ["context.lines(1, 2)", LINES, ["one", "two"]],
    ["context.lines(3, 3)", LINES, [""]],
    ["context.lines(4, 4)", LINES, ["four \u00e9\u{1F600}"]],
    ["context.lines(4, 99)", LINES, ["four \u00e9\u{1F600}"]],
    ["context.lines(2, Infinity)", "a\nb", ["b"]],
    ["context.lines(5)", LINES, []],
    ["context.lines(99)", LINES, []],
    ["context.lines(3, 2)", LINES, []],
    ["context.lines(1, 0)", LINES, []],
    ["context.lines()", "", []],
    ["context.lines()", "\n", [""]],
    ["context.lines()", "a\r", ["a\r"]],
    ["context.lines()", "a\rb\r\n\r\nc", ["a\rb", "", "c"]],
    ["context.lines(1, 2)", "a\r\nb\r", ["a", "b\r"]],
    ["context.chunks(3)", "abcdefgh", ["abc", "def", "gh"]],
    ["context.chunks(3, 1)", "abcdefg", ["abc", "cde", "efg"]],
    ["context.chunks(4, 3)", "abcdef", ["abcd", "bcde", "cdef"]],
    ["context.chunks(8)", "abcdefgh", ["abcdefgh"]],
    ["context.chunks(Infinity)", "abc", ["abc"]],
    ["context.chunks(5, 2)", "", []],
    [
      "context.search(/o\\w*/, 2)",
      LINES,
      [
        { line: 1, start: 0, end: 3, text: "one" },
        { line: 2, start: 7, end: 8, text: "o" },
      ],
    ],
    ["context.search('[a-z]+ .', 9)", LINES, [{ line: 4, start: 10, end: 16, text: "four \u00e9" }]],
    ["context.search(/\\u{1F600}/u, Infinity)", LINES, [{ line: 4, start: 16, end: 18, text: "\u{1F600}" }]],
    [
      "context.search(/^/gm, 9).map((m) => [m.line, m.start])",
      "a\nb\n\nc",
      [
        [1, 0],
        [2, 2],
        [3, 4],
        [4, 5],
      ],
    ],
    ["context.search(/(?:)/u, 9).map((m) => m.start)", "\u{1F600}x", [0, 2, 3]],
    ["context.search(/(?:)/, 9).map((m) => m.start)", "\u{1F600}x", [0, 1, 2, 3]],
    ["context.search(/B/iy, 9).map((m) => m.start)", "abcb", [1, 3]],
    ["context.search(/a.b/s, 9).map((m) => m.line)", "x\na\nb", [2]],
    ["context.search(/x/, 0)", "x", []],
    ["context.search(/nothing/, 5)", LINES, []],
    [
      "[context.search(/two/), context.search('\\\\d'), context.search(), " +
        "context.search({ [Symbol.search]: () => 'own' })]",
      LINES,
      [5, -1, 0, "own"],
    ],
    [
      "[String.prototype.search.length, Object.keys(Object.getPrototypeOf(context)), typeof context, 'lines' in {}]",
      "x",
      [1, [], "string", false],
    ],
    [
      "[new String('a\\nb').lines(), [1, 2].join === undefined, context.lines().map((l) => l.length), " +
        "Array.isArray(context.chunks(1))]",
      "ab",
      [["a", "b"], false, [2], true],
    ],
  ])("%s of %j", async (expression, context, expected) => {
    expect(await valueOf(expression, context)).toEqual(expected);
  });

  it.each([
    ["lines(0)", "RangeError", "Cannot take lines: first must be a whole number from 1 on, it is 0"],
    ["lines(-1)", "RangeError", "Cannot take lines: first must be a whole number from 1 on, it is -1"],
    ["lines(1, 2.5)", "RangeError", "Cannot take lines: last must be a whole number from 0 on, it is 2.5"],
    ["lines('2')", "TypeError", "Cannot take lines: first must be a whole number from 1 on, it is '2'"],
    ["chunks()", "TypeError", "Cannot take chunks: size must be a whole number from 1 on, it is undefined"],
    ["chunks(0)", "RangeError", "Cannot take chunks: size must be a whole number from 1 on, it is 0"],
    ["chunks(NaN)", "RangeError", "Cannot take chunks: size must be a whole number from 1 on, it is NaN"],
    ["chunks(5, 5)", "RangeError", "Cannot take chunks: overlap must be less than size, which is 5, it is 5"],
    ["chunks(5, -1)", "RangeError", "Cannot take chunks: overlap must be a whole number from 0 on, it is -1"],
    ["search('a', 'b')", "TypeError", "Cannot search: limit must be a whole number from 0 on, it is 'b'"],
    ["search(5, 1)", "TypeError", "Cannot search: pattern must be a regular expression or a string, it is 5"],
    ["search({}, 1)", "TypeError", "Cannot search: pattern must be a regular expression or a string, it is {}"],
    ["search('(', 1)", "SyntaxError", expect.any(String)],
    ["lines.call(null)", "TypeError", "Cannot take lines: it must be of a string, this is null"],
  ])("refuses %s", async (call, type, message) => {
    expect((await run(`"abc".${call}`)).error).toMatchObject({ type, message });
  });

  it("can be searched after a program overwrote the built-ins, and the pattern keeps its place", async () => {
    const { result, error } = await run(
      `
      const pattern = /b/g; pattern.lastIndex = 7;
      RegExp.prototype.exec = Array.prototype.push = null;
      String.prototype.slice = String.prototype.split = String.prototype.indexOf = null;
      Object.defineProperty(Array.prototype, "0", { __proto__: null, set() { throw 1 } });
      Object.defineProperty(RegExp.prototype, "flags", { get() { throw 1 } });
      [context.search(pattern, 2).length, pattern.lastIndex, context.lines(2)[0], context.chunks(2)[1]]`,
      { inputs: { context: "ab\nb" } },
    );
    expect(error).toBeNull();
    expect(result).toBe("[ 2, 7, 'b', '\\nb' ]");
  });

  it.each([
    ["plain letters", "some, line; of text\n"],
    ["quotes, backslashes and letters of all lengths", 'a "quote" \\back \u00e9 \u20ac \u{1F600}\r\n\t'],
    ["a NUL", "\0 and \0 here\n"],
    ["half a pair", "and \ud800 here\n"],
  ])("of a mebibyte arrives as it was sent: %s", async (__, part) => {
    const text = part.repeat(Math.ceil(1_048_576 / part.length));
    const hash = (of: string): number => {
      let sum = 0;
      for (let i = 0; i < of.length; i += 7) sum = (Math.imul(sum, 31) + of.charCodeAt(i)) | 0;
      return sum;
    };
    const isText = part.isWellFormed();
    const { result, error } = await run(
      `const hash = (of) => {
         let sum = 0;
         for (let i = 0; i < of.length; i += 7) sum = (Math.imul(sum, 31) + of.charCodeAt(i)) | 0;
         return sum;
       };
       [typeof context, context.length, hash(context), inputs.context === context, Object.keys(inputs).join(),
        files.f?.length, hash(nested.context)].join()`,
      { inputs: { first: 1, context: text, nested: { context: text } }, files: isText ? [file("f", text)] : [] },
    );
    expect(error).toBeNull();
    expect(result).toBe(
      `'string,${text.length},${hash(text)},true,first,context,nested,${isText ? text.length : ""},${hash(text)}'`,
    );
  });
});
