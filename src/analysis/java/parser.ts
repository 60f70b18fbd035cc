/**
 * Parses Java text with tree-sitter and copies the tree. The grammar runs as WebAssembly, so untrusted text never meets
 * a C parser in the server's own memory. The grammar is compiled when the first program comes, because most servers
 * never read Java.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Language, Parser, type Tree } from "web-tree-sitter";
import { translateEscapes } from "./escapes.js";
import type { JavaNode } from "./node.js";
import type { Range } from "../report.js";
import { ERROR_TYPE_ID, readTree, walkTree } from "../syntax-tree.js";
import { boundFor } from "../size-bound.js";
import { parseWordSet } from "../word-list.js";

/**
 * Most progress reports of tree-sitter for one program; then the parser is stopped. An ordinary program of 10 KB needs
 * 100. The limit is a count and not a time, so that the same program always gets the same answer.
 */
const MAX_PROGRESS_REPORTS = 300;

/** Nodes whose children are not copied. To ask for children costs a call into WebAssembly. */
const LEAVES: ReadonlySet<string> = parseWordSet(`
  identifier type_identifier decimal_integer_literal hex_integer_literal octal_integer_literal binary_integer_literal
  decimal_floating_point_literal hex_floating_point_literal true false null_literal character_literal string_fragment
  multiline_string_fragment escape_sequence this super void_type boolean_type integral_type floating_point_type asterisk
  underscore_pattern
`);

/** Nodes whose keywords and operators are copied. */
const KEEPS_TOKENS: ReadonlySet<string> = new Set([
  "binary_expression",
  "unary_expression",
  "assignment_expression",
  "modifiers",
  "import_declaration",
  "method_reference",
]);

/** One letter or one escape. The grammar accepts any number of them. */
const CHARACTER = /^'(?:[^'\\\r\n]|\\(?:[btnfrs"'\\]|[0-7]{1,3}|u+[\da-f]{4}))'$/i;

export interface JavaTree {
  /** All nodes in the order of the program, parents before children. */
  readonly nodes: readonly JavaNode[];
  readonly comments: readonly Range[];
  /** The first piece that is not Java. */
  readonly errorAt: Range | null;
}

/** A text to parse in place of the program, and the way back from its offsets to those of the program. */
interface Source {
  readonly text: string;
  readonly origin: (offset: number) => number;
}

interface Grammar {
  readonly parser: Parser;
  readonly kinds: readonly (string | null)[];
  readonly tokens: readonly string[];
}

export class JavaParser {
  /** Set when the first program is parsed. */
  #grammar: Grammar | null = null;
  /** Progress reports of all attempts at one program. */
  #reports = 0;

  private constructor() {}

  /** Loads tree-sitter itself. The first `parse` loads the grammar. */
  static async load(): Promise<JavaParser> {
    await Parser.init();
    return new JavaParser();
  }

  /**
   * Returns null if the parser gives up or the tree is deeper than `MAX_NESTING`. A text that is no program may be a
   * statement without its semicolon, or the members of a class.
   */
  parse(code: string): JavaTree | null {
    const translated = translateEscapes(code);
    if (translated === null) return null;
    this.#reports = 0;
    const plain = this.#read(translated);
    if (plain === null || plain.tree.errorAt === null) return plain?.tree ?? null;
    for (const source of [terminated(translated), wrapped(translated, plain.headEnd)]) {
      const other = this.#read(source);
      if (other !== null && other.tree.errorAt === null) return other.tree;
    }
    return plain.tree;
  }

  #read(source: Source): Copied | null {
    const { parser, kinds, tokens } = (this.#grammar ??= loadGrammar());
    return readTree(
      parser,
      source.text,
      () => ++this.#reports > boundFor(source.text, MAX_PROGRESS_REPORTS),
      (tree) => copy(tree, source, kinds, tokens),
    );
  }
}

function loadGrammar(): Grammar {
  const file = createRequire(import.meta.url).resolve("tree-sitter-java/tree-sitter-java.wasm");
  const language = Language.loadSync(new WebAssembly.Module(readFileSync(file)));
  const parser = new Parser();
  parser.setLanguage(language);
  return {
    parser,
    kinds: language.types.map((type, id) => (language.nodeTypeIsNamed(id) ? type : null)),
    tokens: language.types,
  };
}

/** The text with a semicolon added: `System.exit(1)` becomes a statement. */
function terminated({ text, origin }: Source): Source {
  return { text: `${text}\n;`, origin: (offset) => origin(Math.min(offset, text.length)) };
}

/** The text after the imports, wrapped in a class. */
function wrapped({ text, origin }: Source, headEnd: number): Source {
  const opening = "\nclass $ {";
  return {
    text: `${text.slice(0, headEnd)}${opening}${text.slice(headEnd)}\n}`,
    origin: (offset) =>
      origin(Math.min(offset <= headEnd ? offset : Math.max(headEnd, offset - opening.length), text.length)),
  };
}

interface Copied {
  readonly tree: JavaTree;
  /** End of the package and import declarations in the parsed text. */
  readonly headEnd: number;
}

/** Copies the tree out of the parser's memory. Returns null if the tree is too deep. */
function copy(
  tree: Tree,
  { text, origin }: Source,
  kinds: readonly (string | null)[],
  tokens: readonly string[],
): Copied | null {
  const hasError = tree.rootNode.hasError;
  const cursor = tree.walk();
  const nodes: JavaNode[] = [];
  const comments: Range[] = [];
  let errorAt = null as JavaTree["errorAt"];
  let headEnd = 0;
  const isWhole = walkTree<JavaNode>(cursor, (parent) => {
    const typeId = cursor.nodeTypeId;
    const type = typeId === ERROR_TYPE_ID ? "ERROR" : (kinds[typeId] ?? null);
    if (type === null) {
      if (parent !== null && KEEPS_TOKENS.has(parent.type)) parent.tokens.push(tokens[typeId] ?? "");
      if (hasError && errorAt === null && cursor.nodeIsMissing)
        errorAt = { start: origin(cursor.startIndex), end: origin(cursor.endIndex) };
      return null;
    }
    const [from, to] = [cursor.startIndex, cursor.endIndex];
    const range = { start: origin(from), end: origin(to) };
    const content = text.slice(from, to);
    if (
      errorAt === null &&
      (isMalformed(type, content) || (hasError && (typeId === ERROR_TYPE_ID || cursor.nodeIsMissing)))
    )
      errorAt = range;
    if (type === "line_comment" || type === "block_comment") {
      comments.push(range);
      return null;
    }
    const field = cursor.currentFieldName;
    const node: JavaNode = { type, field, ...range, text: content, parent, children: [], tokens: [] };
    nodes.push(node);
    parent?.children.push(node);
    if (type === "import_declaration" || type === "package_declaration") headEnd = to;
    return LEAVES.has(type) ? null : node;
  });
  if (!isWhole) return null;
  const [root] = nodes;
  if (hasError) errorAt ??= { start: root?.start ?? 0, end: root?.end ?? 0 };
  return { tree: { nodes, comments, errorAt }, headEnd };
}

/** Finds errors that the grammar accepts: a string over two lines, two letters in one character literal. */
function isMalformed(type: string, text: string): boolean {
  return type === "string_fragment" ? text.includes("\n") : type === "character_literal" && !CHARACTER.test(text);
}
