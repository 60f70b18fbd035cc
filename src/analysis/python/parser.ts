/**
 * Parses Python text into a plain tree. Only this file uses tree-sitter for Python. The grammar runs as WebAssembly, so
 * no C code reads untrusted text in the server's own memory.
 */

import { createRequire } from "node:module";
import { Language, Parser, type Tree } from "web-tree-sitter";
import type { PythonNode, PythonTree } from "./node.js";
import type { Range } from "../report.js";
import { boundFor } from "../size-bound.js";
import { ERROR_TYPE_ID, readTree, walkTree } from "../syntax-tree.js";

/**
 * Progress reports of tree-sitter after which it is stopped. This is a count and not a time, so that the same program
 * always gets the same answer. Ordinary programs of 10 KB need a fraction of it.
 */
const MAX_PROGRESS_REPORTS = 5_000;

/**
 * Most lines in a row that hold only a comment or a line continuation. At each of them the grammar's scanner reads all
 * that follow: 5 000 lines would take it a second.
 */
const MAX_EMPTY_LINES = 1_000;

/** Nodes whose children no rule needs. Each question about children is a call into WebAssembly. */
const LEAVES: ReadonlySet<string> = new Set([
  "identifier",
  "integer",
  "float",
  "string_start",
  "string_content",
  "string_end",
  "true",
  "false",
  "none",
  "pass_statement",
  "type_conversion",
]);

/** Nodes that may stand between any two others. The tree leaves them out, so that a rule can rely on neighbours. */
const COMMENT = "comment";
const CONTINUATION = "line_continuation";

export class PythonParser {
  readonly #parser: Parser;
  readonly #kinds: readonly (string | null)[];

  private constructor(language: Language) {
    this.#parser = new Parser();
    this.#parser.setLanguage(language);
    this.#kinds = namedKinds(language);
  }

  static async load(): Promise<PythonParser> {
    await Parser.init();
    const grammar = createRequire(import.meta.url).resolve("tree-sitter-python/tree-sitter-python.wasm");
    return new PythonParser(await Language.load(grammar));
  }

  /** Returns null if the parser gives up or the tree is deeper than `MAX_NESTING`. */
  parse(code: string): PythonTree | null {
    if (hasLongEmptyRun(code)) return null;
    const maxReports = boundFor(code, MAX_PROGRESS_REPORTS);
    let reports = 0;
    return readTree(
      this.#parser,
      code,
      () => ++reports > maxReports,
      (tree) => copy(tree, this.#kinds),
    );
  }
}

function hasLongEmptyRun(code: string): boolean {
  let run = 0;
  for (const line of code.split("\n")) {
    run = /^\s*(?:#|\\\s*$|$)/.test(line) ? run + 1 : 0;
    if (run > MAX_EMPTY_LINES) return true;
  }
  return false;
}

/** Copies the tree out of the parser's memory. Returns null if it is too deep. */
function copy(tree: Tree, kinds: readonly (string | null)[]): PythonTree | null {
  const hasError = tree.rootNode.hasError;
  const cursor = tree.walk();
  const nodes: PythonNode[] = [];
  const comments: Range[] = [];
  let errorAt = null as PythonTree["errorAt"];
  const isWhole = walkTree<PythonNode>(cursor, (parent) => {
    const typeId = cursor.nodeTypeId;
    if (hasError && errorAt === null && (typeId === ERROR_TYPE_ID || cursor.nodeIsMissing)) {
      errorAt = { start: cursor.startIndex, end: cursor.endIndex };
    }
    const type = typeId === ERROR_TYPE_ID ? "ERROR" : (kinds[typeId] ?? null);
    if (type === COMMENT) comments.push({ start: cursor.startIndex, end: cursor.endIndex });
    if (type === COMMENT || type === null) return null;
    const node: PythonNode = {
      type,
      field: cursor.currentFieldName,
      start: cursor.startIndex,
      end: cursor.endIndex,
      parent,
      children: [],
    };
    nodes.push(node);
    parent?.children.push(node);
    return LEAVES.has(type) ? null : node;
  });
  if (!isWhole) return null;
  const [root] = nodes;
  if (hasError) errorAt ??= { start: root?.start ?? 0, end: root?.end ?? 0 };
  return { nodes, comments, errorAt };
}

/** The names of the grammar's node types by number. Null for types that no rule needs. */
function namedKinds(language: Language): readonly (string | null)[] {
  return language.types.map((type, id) => (language.nodeTypeIsNamed(id) && type !== CONTINUATION ? type : null));
}
