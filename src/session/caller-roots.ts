/**
 * Decides which directories are open to one connection: what the operator gave, what the client names as its own roots,
 * and what the person said yes to. Where the operator gave nothing and the client has never named a root, the working
 * directory.
 *
 * What is not known is closed. A change that the client reports closes all of its roots in the same moment, until it
 * has been asked again; an answer to a question from before the change counts for nothing.
 *
 * Not promised: that an open directory stays where it was. Each is resolved when it is first named, and readers take
 * the resolved path without following links (paths/held.ts).
 */

import path from "node:path";
import type { Caller } from "../caller.js";
import { quote, Refusal } from "../errors.js";
import type { Log } from "../log.js";
import { isInside, PathValidator, type Root } from "../paths/path-validator.js";
import type { RestrictedNames } from "../paths/restricted.js";
import { assertUsableRoot } from "../paths/root.js";
import { hostPath } from "../paths/spelling.js";
import type { OperatorRoots } from "./operator-roots.js";
import { Permission } from "./permission.js";

/** Roots of a session, and roots that a client may name. */
export const MAX_ROOTS = 64;

/** How often a client is asked in one call, if it reports a change each time. */
const MAX_ATTEMPTS = 3;

export class CallerRoots {
  /** What may not be read in any root. */
  readonly restricted: RestrictedNames;
  readonly #operator: OperatorRoots;
  readonly #log: Log;
  readonly #permission = new Permission();
  /** By URI, as resolved when first named; null for one that is left out. Replaced by each answer. */
  #named: ReadonlyMap<string, Root | null> = new Map();
  /** False until the client has answered, and from a change on until it has answered again. */
  #isKnown = false;
  /** Once a client has said where it works, the working directory is no guess any more that could stand in for it. */
  #hasNamedRoots = false;
  /** What the person said yes to. */
  #granted: readonly Root[] = [];
  /** The youngest question to the client, and the youngest whose answer counts; a change makes them one. */
  #asked = 0;
  #counted = 0;

  constructor(operator: OperatorRoots, restricted: RestrictedNames, log: Log) {
    this.#operator = operator;
    this.restricted = restricted;
    this.#log = log;
  }

  /** What is open now. */
  get roots(): readonly Root[] {
    const isOperatorOpen = this.#operator.isGiven || (this.#isKnown && !this.#hasNamedRoots);
    const operator = isOperatorOpen
      ? this.#operator.roots.map((root) => (this.#operator.isGiven ? { ...root, isNamed: true as const } : root))
      : [];
    const named = this.#isKnown ? [...this.#named.values()].filter((root) => root !== null) : [];
    return [...operator, ...named, ...this.#granted];
  }

  /** Real paths of what is open now. */
  get directories(): readonly string[] {
    return [...new Set(this.roots.map(({ real }) => real))];
  }

  contains(real: string): boolean {
    return this.roots.some((root) => isInside(real, root.real));
  }

  /** Closes the client's roots until it has been asked again. */
  clientRootsChanged(): void {
    this.#isKnown = false;
    this.#counted = this.#asked;
  }

  /** Asks the client for its roots. Afterwards they are open, or closed if it gave no answer. */
  async refresh(caller: Caller): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const question = ++this.#asked;
      const uris = await caller.roots();
      const named = uris === null ? null : await this.#resolve(uris);
      if (question > this.#counted) {
        this.#counted = question;
        this.#isKnown = named !== null;
        if (named !== null) this.#named = named;
        this.#hasNamedRoots ||= (uris?.length ?? 0) > 0;
        return;
      }
      // A younger question was answered meanwhile: that is as good.
      if (this.#isKnown) return;
    }
  }

  /**
   * Returns the real places of directories that are open, or that the person opens now: all of them or none. A relative
   * one is looked for in what is open. One directory may come under several names.
   *
   * @throws {Refusal} `root-denied`, in the same words for what is missing, outside, restricted, and not wanted by the
   * person; `bad-input`; `busy` while the person is being asked something else.
   */
  async admit(asked: readonly string[], caller: Caller): Promise<readonly Root[]> {
    await this.refresh(caller);
    const outside = await this.#outside(asked, this.roots);
    const granted = outside.length === 0 ? [] : await this.#askFor(outside, caller);
    // The answer may have taken long enough for everything to be different.
    if (outside.length > 0) await this.refresh(caller);
    const found = await Promise.all(asked.map((root) => this.#assertFound(root, [...this.roots, ...granted])));
    this.#granted = [...this.#granted, ...granted];
    return found.flat();
  }

  async #outside(asked: readonly string[], open: readonly Root[]): Promise<readonly string[]> {
    const found = await Promise.all(asked.map((root) => this.#find(root, open)));
    return asked.filter((_, at) => found[at] === null);
  }

  async #assertFound(asked: string, open: readonly Root[]): Promise<readonly Root[]> {
    const found = await this.#find(asked, open);
    if (found === null) throw this.#denied(asked);
    return found;
  }

  /**
   * Returns a directory under each name that leads to it, as it was asked for and through what is open around it; null
   * if it is not open.
   */
  async #find(asked: string, open: readonly Root[]): Promise<readonly Root[] | null> {
    try {
      const { real } = await new PathValidator(open, this.restricted).resolve(asked);
      if ((await assertUsableRoot(real)) !== real) return null;
      const wanted = hostPath(asked);
      const around = open
        .filter((root) => isInside(real, root.real))
        .map((root) => path.join(root.spelled, path.relative(root.real, real)));
      const names = new Set([...(path.isAbsolute(wanted) ? [path.normalize(wanted)] : []), ...around]);
      return [...names].map((spelled) => ({ spelled, real }));
    } catch (error) {
      if (error instanceof Refusal && error.reason !== "bad-input") return null;
      throw error;
    }
  }

  /**
   * Returns what the person opens; it is not open yet.
   *
   * @throws {Refusal} Unless the person opens all of it.
   */
  async #askFor(outside: readonly string[], caller: Caller): Promise<readonly Root[]> {
    const [first = ""] = outside;
    // Before any look at the disk: without a question nobody is to learn what is there.
    using question = this.#permission.claim(caller, outside.length);
    if (question === null) throw this.#denied(first);
    const roots = await Promise.all(
      outside.map(async (root) => {
        const spelled = path.normalize(hostPath(root));
        const real = await this.#assertUsable(spelled).catch((cause: unknown) => {
          // Not their words: they may name a path that the caller does not know.
          throw cause instanceof Refusal ? this.#denied(root, cause) : cause;
        });
        return { spelled, real };
      }),
    );
    // Nobody is asked about what would stay closed: what is open around it restricts a name on the way to it.
    await Promise.all(outside.map((root) => this.#assertFound(root, [...this.roots, ...roots])));
    if (!(await question.ask([...new Set(roots.map(({ real }) => real))]))) throw this.#denied(first);
    return roots;
  }

  /** Missing and outside read the same: the model must not learn what else is on the disk. */
  #denied(root: string, cause?: unknown): Refusal {
    return new Refusal(
      "root-denied",
      `Cannot use root ${quote(root)}: it must be a directory inside what is open, which the operator widens with --allow-root DIR or RLM_ALLOWED_ROOTS, and the person by opening the folder in the client`,
      { stage: "paths", resource: root, alternatives: this.directories, retryable: false },
      { cause },
    );
  }

  async #resolve(uris: readonly string[]): Promise<ReadonlyMap<string, Root | null>> {
    if (uris.length > MAX_ROOTS)
      this.#log.warn(
        { named: uris.length, most: MAX_ROOTS },
        "the client names too many roots; the last ones are left out",
      );
    const entries = uris
      .slice(0, MAX_ROOTS)
      .map(async (uri) => [uri, this.#named.get(uri) ?? (await this.#look(uri))] as const);
    return new Map(await Promise.all(entries));
  }

  async #look(uri: string): Promise<Root | null> {
    try {
      if (/^file:\//i.test(uri)) {
        const spelled = hostPath(uri);
        return { spelled: path.normalize(spelled), real: await this.#assertUsable(spelled) };
      }
      this.#leaveOut(uri);
    } catch (error) {
      // A disk that fails is left out as well: one dead mount must not take the other roots with it.
      this.#leaveOut(uri, error);
    }
    return null;
  }

  /**
   * Returns the real path of a directory that may be a root without the operator's word: a directory of keys never is.
   */
  async #assertUsable(root: string): Promise<string> {
    const real = await assertUsableRoot(root);
    this.restricted.assertUsableAsRoot(real, root);
    return real;
  }

  /** Says it once for as long as the client names it. */
  #leaveOut(uri: string, error?: unknown): void {
    if (!this.#named.has(uri))
      this.#log.warn(
        { root: uri, err: error },
        "a root of the client is left out: it must be the file URI of a project directory",
      );
  }
}
