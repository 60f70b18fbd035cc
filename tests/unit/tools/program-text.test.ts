import { describe, expect, it } from "vitest";
import { findTextProblem, readProgram } from "../../../src/tools/program-text.js";

const CODE = "def f():\n    return 1\nf()";

describe("readProgram() takes a program out of one fence:", () => {
  it.each([
    ["with a language", `\`\`\`python\n${CODE}\n\`\`\``],
    ["with another name of it", `\`\`\`python3\n${CODE}\n\`\`\`\n`],
    ["without a language", `\`\`\`\n${CODE}\n\`\`\``],
    ["with more words", `\`\`\`python title="a b"\n${CODE}\n\`\`\``],
    ["with attributes", `\`\`\`{.python .numberLines}\n${CODE}\n\`\`\``],
    ["between blank lines", `\n  \n\n\`\`\` python\n${CODE}\n\`\`\`  \n \n`],
    ["of tildes", `~~~py\n${CODE}\n~~~`],
    ["of more marks", `\`\`\`\`\`python\n${CODE}\n\`\`\`\`\``],
    ["with a longer end", `\`\`\`python\n${CODE}\n\`\`\`\`\``],
    ["that is indented", `  \`\`\`python\n  ${CODE.replaceAll("\n", "\n  ")}\n  \`\`\``],
    ["that is indented far", `\t\`\`\`python\n\t${CODE.replaceAll("\n", "\n\t")}\n\t\`\`\``],
    ["without an end", `\`\`\`python\n${CODE}\n`],
    ["behind a byte order mark", `\ufeff\`\`\`python\n${CODE}\n\`\`\``],
    ["around a byte order mark", `\`\`\`python\n\ufeff${CODE}\n\`\`\``],
  ])("%s", (_, text) => {
    const { code, note } = readProgram(text, "python");
    expect(code).toBe(CODE);
    expect(note).toBe("The program was taken out of its Markdown fence: line 1 is the first line inside.");
  });

  it("with the line ends of Windows", () => {
    const text = `\`\`\`python\r\n${CODE.replaceAll("\n", "\r\n")}\r\n\`\`\`\r\n`;
    expect(readProgram(text, "python").code).toBe(CODE.replaceAll("\n", "\r\n"));
  });

  it("and keeps a fence of fewer marks that is inside", () => {
    const code = 'text = """\n```\nx\n```\n"""';
    expect(readProgram(`\`\`\`\`python\n${code}\n\`\`\`\``, "python").code).toBe(code);
    const indented = 'def f():\n    """\n    ```\n    x\n    ```\n    """';
    expect(readProgram(`\`\`\`python\n${indented}\n\`\`\``, "python").code).toBe(indented);
  });

  it("and says that the fence names another language", () => {
    expect(readProgram("```js\n1\n```", "python").note).toMatch(
      / The fence says javascript, and the call says python\.$/,
    );
    expect(readProgram("```js\n1\n```", "javascript").note).not.toContain("says");
    expect(readProgram("```console\n1\n```", "javascript").note).not.toContain("says");
  });
});

describe("readProgram() leaves as it is", () => {
  it.each([
    ["a program", CODE],
    ["several blocks", "```python\na\n```\n```python\nb\n```"],
    ["blocks with prose between them", "```python\na\n```\nThen:\n\n```python\nb\n```"],
    ["prose before the fence", "Here:\n```python\na\n```"],
    ["prose behind the fence", "```python\na\n```\nThat is all."],
    ["an empty fence", "```python\n```"],
    ["one line", "```python print(1)```"],
    ["a fence inside a text", 'print("""\n```\nx\n```\n""")'],
    ["three tildes that are operators", "~~~5"],
  ])("%s", (_, text) => {
    expect(readProgram(text, "python")).toEqual({ code: text, note: null });
  });

  it("and takes one byte order mark off", () => {
    expect(readProgram(`\ufeff${CODE}`, "python")).toEqual({ code: CODE, note: null });
  });
});

describe("findTextProblem() counts the program alone", () => {
  it.each([
    ["in a fence", `\`\`\`python\n${"x".repeat(10_240)}\n\`\`\``],
    ["behind a byte order mark", `\ufeff${"x".repeat(10_240)}`],
  ])("%s", (_, text) => {
    expect(findTextProblem(text)).toBeNull();
    expect(findTextProblem(text.replace("x", "xx"))).toBe("10241 bytes long");
  });
});
