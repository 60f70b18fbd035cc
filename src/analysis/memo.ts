/**
 * Computes a value for each node of a program once. The work is bounded, so that no program can make the analysis slow
 * or exhaust its stack.
 */

export interface MemoOptions<Node, Value> {
  readonly compute: (node: Node) => Value;
  /** The value of a node that depends on itself, and of every node beyond a limit. */
  readonly unknown: Value;
  /** Most computations inside each other. */
  readonly maxDepth: number;
  /** Most computations for one program; without a limit if absent. */
  readonly maxSteps?: number;
  /**
   * The node that a long expression begins with, such as the left side of a sum. Such chains are computed from their
   * beginning and count as one level, whatever their length.
   */
  readonly innerOf?: (node: Node) => Node | undefined;
}

export class Memo<Node, Value> {
  readonly #options: MemoOptions<Node, Value>;
  readonly #known = new Map<Node, Value>();
  #depth = 0;
  #steps = 0;
  #hasGivenUp = false;

  constructor(options: MemoOptions<Node, Value>) {
    this.#options = options;
  }

  /** True once a node was beyond a limit. */
  get hasGivenUp(): boolean {
    return this.#hasGivenUp;
  }

  of(node: Node): Value {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    const { unknown, maxDepth, maxSteps = Number.POSITIVE_INFINITY } = this.#options;
    if (this.#depth > maxDepth || this.#steps > maxSteps) {
      this.#hasGivenUp = true;
      return unknown;
    }
    this.#depth++;
    const value = this.#computeChain(node);
    this.#depth--;
    return value;
  }

  #computeChain(node: Node): Value {
    const { compute, unknown, innerOf } = this.#options;
    const chain: Node[] = [];
    for (let at: Node | undefined = node; at !== undefined && !this.#known.has(at); at = innerOf?.(at)) {
      chain.push(at);
      // If the computation comes back to this node, the node depends on itself.
      this.#known.set(at, unknown);
    }
    let value = unknown;
    for (const link of chain.reverse()) {
      this.#steps++;
      value = compute(link);
      this.#known.set(link, value);
    }
    return value;
  }
}
