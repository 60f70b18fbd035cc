/** Finds what a path of a program stands for in its file tree (file-tree.ts). */

import { type DirectoryNode, MAY, type Node } from "./file-node.js";
import { ERRNO } from "./wasi-abi.js";

/** Most links on the way to one entry, as on Linux. */
const MAX_LINKS = 40;

/**
 * Returns the path that a text names from the directory `base`, without `.`, `..` and links. Follows the links on the
 * way, and one at its end if `follows`. Returns an error number if the path or a link climbs above the root, or a
 * directory may not be entered.
 */
export function resolvePath(root: DirectoryNode, base: string, text: string, follows: boolean): string | number {
  const left = `${text.startsWith("/") ? "" : base}/${text}`.split("/").reverse();
  const names: string[] = [];
  const nodes: (Node | undefined)[] = [root];
  for (let links = 0; left.length > 0;) {
    const name = left.pop() ?? "";
    if (name === "" || name === ".") continue;
    if (name === "..") {
      if (names.pop() === undefined) return ERRNO.notcapable;
      nodes.pop();
      continue;
    }
    const here = nodes.at(-1);
    if (here?.kind === "directory" && (here.mode & MAY.enter) === 0) return ERRNO.acces;
    const node = here?.kind === "directory" ? here.entries.get(name) : undefined;
    if (node?.kind !== "link" || (!follows && left.length === 0)) {
      names.push(name);
      nodes.push(node);
      continue;
    }
    if (++links > MAX_LINKS) return ERRNO.loop;
    if (node.target.startsWith("/")) {
      names.length = 0;
      nodes.length = 1;
    }
    left.push(...node.target.split("/").reverse());
  }
  return names.join("/");
}
