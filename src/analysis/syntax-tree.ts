/**
 * Reads what tree-sitter has parsed, whatever the grammar. Knows the parser by the few methods that it calls, so that
 * tree-sitter stays with its users.
 */

/** Deepest tree that is analysed. CPython itself stops at 200 nested brackets and about as many nested blocks. */
export const MAX_NESTING = 500;

/** What the type number of a piece that is not of the language is; it is in no table. */
export const ERROR_TYPE_ID = 65_535;

interface TreeParser<Tree> {
  parse(text: string, oldTree: null, options: { readonly progressCallback: () => boolean }): Tree | null;
  reset(): unknown;
}

/**
 * Parses `text` and returns what `copy` makes of the tree; null when the parser gives up, or `copy` does.
 *
 * @param isTooLong Asked now and then while the parser works: true stops it.
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
    // A trap in WebAssembly: nothing was learnt of the program.
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
 * Goes through a tree, parents before children, without recursion; false if it is deeper than `MAX_NESTING`. Each
 * question to the cursor is a call into WebAssembly, so it asks as few as it can.
 *
 * @param enter Copies what the cursor is at, which belongs to `parent`. Returns the copy if its children are to be
 * seen.
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
