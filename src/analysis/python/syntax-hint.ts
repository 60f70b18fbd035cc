/** Says of a text that is no Python program what it probably is, and what to send instead. */

const INSTALLING =
  "nothing can be installed here; there are Python's library and, in the Docker image data-science, numpy, pandas, " +
  "matplotlib, scipy, sklearn and more";

const JAVASCRIPT = 'this is JavaScript: set `language` to "javascript"';

/** The beginnings of lines, the most special first. */
const HINTS: readonly (readonly [line: RegExp, hint: string])[] = [
  [/^\s*[%!$]*\s*(?:python3? -m )?(?:pip3?|conda|mamba|uv|apt|apt-get) (?:install|add)\b/, INSTALLING],
  [/^\s*[%!]\s*(?:pip3?|conda|mamba|uv|apt|apt-get)\b/, INSTALLING],
  [
    /^\s*(?:>>>|In \[\d*\]:)/,
    "this is a transcript of a session; send the statements alone, without the prompts and the results",
  ],
  [/^\s*%%?[a-z]/, "a line that begins with % is a command of a notebook; write Python"],
  [/^\s*(?:[\w, ]+=\s*)?!\s*[\w./]/, "there are no other programs here, so ! runs none; do the work in Python"],
  [/^\s*\$ \w/, "this is a command of a shell, and there is none here; do the work in Python"],
  [/^\s*(?:export\s+)?(?:const|let|var)\s+[\w{[$]/, JAVASCRIPT],
  [/^\s*(?:export\s+)?(?:async\s+)?function\b[\s*\w]*\(/, JAVASCRIPT],
  [/^\s*import\b.*\bfrom\s*['"]/, JAVASCRIPT],
  [/^\s*(?:class\s+\w+.*|(?:if|for|while)\s*\(.*\)\s*)\{\s*$|^\s*\/\/\s|=>\s*[{(]/, JAVASCRIPT],
  [/^\s*(?:```|~~~)/, "send the program alone, or in one Markdown fence"],
];

/** Returns the rest of a sentence about the syntax error at `offset`; undefined for most errors. */
export function syntaxHint(code: string, offset: number): string | undefined {
  const start = Math.max(code.lastIndexOf("\n", offset - 1), code.lastIndexOf("\r", offset - 1)) + 1;
  // The parser may find the error behind the first prompt or mark.
  const lines = [lineAt(code, start), lineAt(code, code.search(/\S/))];
  return HINTS.find(([pattern]) => lines.some((line) => pattern.test(line)))?.[1];
}

function lineAt(code: string, start: number): string {
  return code.slice(Math.max(0, start), start + 200).split(/[\r\n]/, 1)[0] ?? "";
}
