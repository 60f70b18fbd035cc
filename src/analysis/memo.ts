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
   * The node that a long expression begins with, for example the left side of a sum. Chains of such nodes are computed
   * from their beginning. A chain of any length counts as one level.
   */
  readonly innerOf?: (node: Node) => Node | undefined;
}

export class Memo<Node, Value> {
  readonly #compute: (node: Node) => Value;
  readonly #innerOf: ((node: Node) => Node | undefined) | undefined;
  readonly #unknown: Value;
  readonly #maxDepth: number;
  readonly #maxSteps: number;
  readonly #known = new Map<Node, Value>();
  #depth = 0;
  #steps = 0;
  #hasGivenUp = false;

  constructor({ compute, innerOf, unknown, maxDepth, maxSteps }: MemoOptions<Node, Value>) {
    this.#compute = compute;
    this.#innerOf = innerOf;
    this.#unknown = unknown;
    this.#maxDepth = maxDepth;
    this.#maxSteps = maxSteps ?? Number.POSITIVE_INFINITY;
  }

  /** True once a node was beyond a limit. */
  get hasGivenUp(): boolean {
    return this.#hasGivenUp;
  }

  of(node: Node): Value {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    if (this.#depth > this.#maxDepth || this.#steps > this.#maxSteps) {
      this.#hasGivenUp = true;
      return this.#unknown;
    }
    this.#depth++;
    // If the computation comes back to the node, the node depends on itself.
    this.#known.set(node, this.#unknown);
    if (this.#innerOf !== undefined) this.#computeInner(node, this.#innerOf);
    const value = this.#step(node);
    this.#depth--;
    return value;
  }

  #step(node: Node): Value {
    this.#steps++;
    const value = this.#compute(node);
    this.#known.set(node, value);
    return value;
  }

  /** Computes the chain that a node begins with, from its beginning. */
  #computeInner(node: Node, innerOf: (node: Node) => Node | undefined): void {
    const chain: Node[] = [];
    for (let at = innerOf(node); at !== undefined && !this.#known.has(at); at = innerOf(at)) {
      chain.push(at);
      this.#known.set(at, this.#unknown);
    }
    for (const link of chain.reverse()) this.#step(link);
  }
}
