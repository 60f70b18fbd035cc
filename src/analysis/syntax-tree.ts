/**
 * Walks a tree of tree-sitter, for any grammar. It declares the few methods of tree-sitter that it calls, so that only
 * the parsers of the languages import tree-sitter.
 */

/** Deepest tree that is analysed. CPython accepts at most 200 nested brackets, and about as many nested blocks. */
const MAX_NESTING = 500;

/** Type number of a piece of text that is not of the language. The tables of a grammar do not list it. */
export const ERROR_TYPE_ID = 65_535;

interface TreeParser<Tree> {
  parse(text: string, oldTree: null, options: { readonly progressCallback: () => boolean }): Tree | null;
  reset(): unknown;
}

/**
 * Parses `text` and returns the result of `copy` for the tree. Returns null if the parser gives up or `copy` returns
 * null.
 *
 * @param isTooLong The parser calls it from time to time. The parser stops if it returns true.
 */
export function readTree<Tree extends { delete(): void }, Copied>(
  parser: TreeParser<Tree>,
  text: string,
  isTooLong: () => boolean,
  copy: (tree: Tree) => Copied | null,
): Copied | null {
  let tree: Tree | null = null;
  try {
    tree = parser.parse(text, null, { progressCallback: isTooLong });
    return tree === null ? null : copy(tree);
  } catch {
    // A trap in WebAssembly. The program is unknown.
    return null;
  } finally {
    tree?.delete();
    parser.reset();
  }
}

interface TreeCursor {
  gotoFirstChild(): boolean;
  gotoNextSibling(): boolean;
  gotoParent(): boolean;
  delete(): void;
}

/**
 * Walks through a tree, parents before children, without recursion. Returns false if it is deeper than `MAX_NESTING`.
 * Each question to the cursor is a call into WebAssembly, so there are as few as possible.
 *
 * @param enter Copies the node at the cursor, a child of `parent`. Returns the copy if the children are needed.
 */
export function walkTree<Node extends { readonly parent: Node | null }>(
  cursor: TreeCursor,
  enter: (parent: Node | null) => Node | null,
): boolean {
  try {
    let parent = null as Node | null;
    for (let depth = 0; ;) {
      const node = enter(parent);
      if (node !== null && cursor.gotoFirstChild()) {
        if (++depth > MAX_NESTING) return false;
        parent = node;
        continue;
      }
      while (!cursor.gotoNextSibling()) {
        if (!cursor.gotoParent()) return true;
        depth--;
        parent = parent?.parent ?? null;
      }
    }
  } finally {
    cursor.delete();
  }
}
