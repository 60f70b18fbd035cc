/**
 * Turns Java text into a plain tree; with python.ts the only user of tree-sitter. The grammar runs as WebAssembly, so
 * untrusted text never meets a C parser in the server's own memory. It is compiled when the first program comes: most
 * servers never see one.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Language, Parser, type Tree } from "web-tree-sitter";
import { translateEscapes } from "./escapes.js";
import type { JavaScope } from "./scope.js";
import type { Range } from "../report.js";
import { ERROR_TYPE_ID, readTree, walkTree } from "../syntax-tree.js";
import { parseWordSet } from "../word-list.js";

/**
 * How often tree-sitter may report progress on one program before it is stopped; ordinary ones of 10 KB need 100. A
 * count, not a time, so that the same program always gets the same answer.
 */
const MAX_PROGRESS_REPORTS = 300;

/** Nodes in which there is nothing to see; asking for their children costs a call into WebAssembly. */
const LEAVES: ReadonlySet<string> = parseWordSet(
  `identifier type_identifier decimal_integer_literal hex_integer_literal octal_integer_literal binary_integer_literal
  decimal_floating_point_literal hex_floating_point_literal true false null_literal character_literal string_fragment multiline_string_fragment
  escape_sequence this super void_type boolean_type integral_type floating_point_type asterisk underscore_pattern`,
);

/** Nodes whose keywords and operators say what they are. */
const KEEPS_TOKENS: ReadonlySet<string> = new Set([
  "binary_expression",
  "unary_expression",
  "assignment_expression",
  "modifiers",
  "import_declaration",
  "method_reference",
]);

/** One letter or one escape; the grammar takes any number of them. */
const CHARACTER = /^'(?:[^'\\\r\n]|\\(?:[btnfrs"'\\]|[0-7]{1,3}|u+[\da-f]{4}))'$/i;

/** A named node of the syntax tree, comments aside. Offsets are UTF-16 units of the program as it was sent. */
export interface JavaNode {
  readonly type: string;
  /** Name of the field it fills in its parent. */
  readonly field: string | null;
  readonly start: number;
  readonly end: number;
  /** What it says, Unicode escapes read. */
  readonly text: string;
  readonly parent: JavaNode | null;
  readonly children: JavaNode[];
  /** Keywords and operators of nodes that are told apart by them. */
  readonly tokens: string[];
  /** Set by the first pass of the check. */
  scope?: JavaScope;
}

export interface JavaTree {
  /** All nodes, parents before children, in order of place. */
  readonly nodes: readonly JavaNode[];
  readonly comments: readonly Range[];
  /** Where the first piece that is not Java lies. */
  readonly errorAt: Range | null;
}

/** What is parsed for a program, and where a place in it lies in the program. */
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

  private constructor() {}

  /** Of all attempts at one program. */
  #reports = 0;

  /** Loads tree-sitter itself, which it shares with Python; the grammar follows in the first `parse`. */
  static async load(): Promise<JavaParser> {
    await Parser.init();
    return new JavaParser();
  }

  /**
   * Returns null when the parser gives up or the tree is deeper than `MAX_NESTING`. What is no program by itself may be
   * the members of a class, or an expression.
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
      () => ++this.#reports > MAX_PROGRESS_REPORTS,
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

/** The text as a statement: `System.exit(1)` has lost its semicolon. */
function terminated({ text, origin }: Source): Source {
  return { text: `${text}\n;`, origin: (offset) => origin(Math.min(offset, text.length)) };
}

/** What comes after the imports as the members of a class. */
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
  /** Where the package and import declarations end in what was parsed. */
  readonly headEnd: number;
}

/** Copies the tree out of the parser's memory; null if it is too deep. */
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
    const said = text.slice(from, to);
    if (
      errorAt === null &&
      (isMalformed(type, said) || (hasError && (typeId === ERROR_TYPE_ID || cursor.nodeIsMissing)))
    )
      errorAt = range;
    if (type === "line_comment" || type === "block_comment") {
      comments.push(range);
      return null;
    }
    const node: JavaNode = {
      type,
      field: cursor.currentFieldName,
      ...range,
      text: said,
      parent,
      children: [],
      tokens: [],
    };
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

/** What the grammar lets pass and Java does not: a string over two lines, two letters in one character. */
function isMalformed(type: string, text: string): boolean {
  return type === "string_fragment" ? text.includes("\n") : type === "character_literal" && !CHARACTER.test(text);
}
