/**
 * Decides which directories are open to one connection: the operator's roots, the roots that the client names, and the
 * directories that the person allowed. The working directory is open only if the operator gave no roots and the client
 * has never named one.
 *
 * What is not known is closed. A change that the client reports closes all of its roots at once, until the client has
 * answered again. An answer to a question from before the change does not count.
 *
 * Not promised: that an open directory stays where it was. Each is resolved when it is first named, and the readers
 * open the resolved path without following links (paths/open-beneath.ts).
 */

import path from "node:path";
import type { Caller } from "../caller.js";
import { quote, Refusal } from "../errors.js";
import type { Log } from "../log.js";
import { describeForeignRoots, isInside, PathValidator, type Root } from "../paths/path-validator.js";
import type { RestrictedNames } from "../paths/restricted.js";
import { assertUsableRoot } from "../paths/root.js";
import { parseHostPath } from "../paths/spelling.js";
import type { OperatorRoots } from "./operator-roots.js";
import { Permission } from "./permission.js";
import { Questions } from "./questions.js";

/** Most roots of a session, and most roots that a client may name. */
export const MAX_ROOTS = 64;

/** How often one call asks a client that reports a change each time. */
const MAX_ATTEMPTS = 3;

/** The directories that are open to one caller. */
export class CallerRoots {
  /** Names that no call may read in any root. */
  readonly restricted: RestrictedNames;
  readonly #operator: OperatorRoots;
  readonly #log: Log;
  /** All questions of the connection to the person, those about policies too. */
  readonly questions: Questions = new Questions();
  readonly #permission = new Permission(this.questions);
  /** By URI, as resolved when first named; null for a root that is left out. Each answer replaces the map. */
  #clientRoots: ReadonlyMap<string, Root | null> = new Map();
  /** True from the client's answer until the client reports a change. */
  #isClientKnown = false;
  /** True once the client has named a root. From then on the working directory is no guess for its place of work. */
  #hasClientNamedRoots = false;
  /** Directories that the person allowed. Never closed again. */
  #allowedRoots: readonly Root[] = [];
  /** Number of the last question to the client, and of the last one that counts. A change makes them equal. */
  #lastQuestion = 0;
  #lastCounted = 0;

  constructor(operator: OperatorRoots, restricted: RestrictedNames, log: Log) {
    this.#operator = operator;
    this.restricted = restricted;
    this.#log = log;
  }

  /** The roots that are open now. One directory may be in it under several names. */
  get roots(): readonly Root[] {
    const client = this.#isClientKnown ? [...this.#clientRoots.values()].filter((root) => root !== null) : [];
    return [...this.#operatorRoots(), ...client, ...this.#allowedRoots];
  }

  /** Real paths of the directories that are open now, each once. */
  get directories(): readonly string[] {
    return [...new Set(this.roots.map(({ real }) => real))];
  }

  /** Roots of the client that no path of this host leads to, such as `vscode-remote:`, as URIs. */
  get foreignRoots(): readonly string[] {
    return [...this.#clientRoots.keys()].filter((uri) => !/^file:/i.test(uri) && /^[a-z][a-z0-9+.-]*:/i.test(uri));
  }

  /** Returns true if a real path lies in a directory that is open now. */
  contains(real: string): boolean {
    return this.roots.some((root) => isInside(real, root.real));
  }

  /** Closes the client's roots until the client has answered again. */
  clientRootsChanged(): void {
    this.#isClientKnown = false;
    this.#lastCounted = this.#lastQuestion;
  }

  /** Asks the client for its roots. Afterwards they are open, or closed if the client gave no answer. */
  async refresh(caller: Caller): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const question = ++this.#lastQuestion;
      const uris = await caller.roots();
      const roots = uris === null ? null : await this.#resolveClientRoots(uris);
      if (question > this.#lastCounted) {
        this.#lastCounted = question;
        this.#isClientKnown = roots !== null;
        if (roots !== null) this.#clientRoots = roots;
        this.#hasClientNamedRoots ||= (uris?.length ?? 0) > 0;
        return;
      }
      // The client has answered a later question meanwhile. That answer serves this call too.
      if (this.#isClientKnown) return;
    }
  }

  /**
   * Returns the directories as roots if all of them are open, or if the person opens them now. A relative path is tried
   * against the open directories. One directory may come back under several names.
   *
   * @throws {Refusal} `root-denied`, with the same words for a directory that is missing, outside or restricted;
   * `bad-input`; `busy` while the person is being asked something else.
   */
  async admit(requested: readonly string[], caller: Caller): Promise<readonly Root[]> {
    await this.refresh(caller);
    const outside = await this.#filterOutside(requested);
    const allowed = outside.length === 0 ? [] : await this.#askPerson(outside, caller);
    // The client's roots may have changed while the person read the question.
    if (outside.length > 0) await this.refresh(caller);
    const open = [...this.roots, ...allowed];
    const found = await Promise.all(requested.map((directory) => this.#assertOpen(directory, open)));
    this.#allowedRoots = [...this.#allowedRoots, ...allowed];
    return found.flat();
  }

  #operatorRoots(): readonly Root[] {
    const { roots, isGiven } = this.#operator;
    if (isGiven) return roots.map((root) => ({ ...root, isGivenByOperator: true as const }));
    return this.#isClientKnown && !this.#hasClientNamedRoots ? roots : [];
  }

  async #filterOutside(requested: readonly string[]): Promise<readonly string[]> {
    const open = this.roots;
    const found = await Promise.all(requested.map((directory) => this.#findOpen(directory, open)));
    return requested.filter((_, at) => found[at] === null);
  }

  async #assertOpen(requested: string, open: readonly Root[]): Promise<readonly Root[]> {
    const found = await this.#findOpen(requested, open);
    if (found === null) throw this.#refuseRoot(requested);
    return found;
  }

  /**
   * Returns a directory under each name that leads to it: the name that the caller wrote, and one through each open
   * root around it. Returns null if the directory is not open.
   */
  async #findOpen(requested: string, open: readonly Root[]): Promise<readonly Root[] | null> {
    try {
      const { real } = await new PathValidator(open, this.restricted).resolve(requested);
      if ((await assertUsableRoot(real)) !== real) return null;
      const wanted = parseHostPath(requested);
      const throughRoots = open
        .filter((root) => isInside(real, root.real))
        .map((root) => path.join(root.spelled, path.relative(root.real, real)));
      const names = new Set([...(path.isAbsolute(wanted) ? [path.normalize(wanted)] : []), ...throughRoots]);
      return [...names].map((spelled) => ({ spelled, real }));
    } catch (error) {
      if (error instanceof Refusal && error.reason !== "bad-input") return null;
      throw error;
    }
  }

  /**
   * Returns the directories as roots if the person allows all of them. They are not open yet.
   *
   * @throws {Refusal} If the person cannot be asked, or does not allow all of them.
   */
  async #askPerson(outside: readonly string[], caller: Caller): Promise<readonly Root[]> {
    const [first = ""] = outside;
    // Before any look at the disk: a caller that cannot ask must not learn which directories exist.
    using question = this.#permission.claim(caller, outside.length);
    if (question === null) throw this.#refuseRoot(first);
    const roots = await Promise.all(
      outside.map(async (directory) => {
        const spelled = path.normalize(parseHostPath(directory));
        const real = await this.#assertUsable(spelled).catch((cause: unknown) => {
          // The words of that refusal may name a path that the caller does not know.
          throw cause instanceof Refusal ? this.#refuseRoot(directory, cause) : cause;
        });
        return { spelled, real };
      }),
    );
    // A yes must not be in vain: an open root around a directory may restrict a name on the way to it.
    await Promise.all(outside.map((directory) => this.#assertOpen(directory, [...this.roots, ...roots])));
    const answer = await question.ask([...new Set(roots.map(({ real }) => real))]);
    if (answer !== "yes") throw this.#refuseRoot(first, undefined, answer === "no");
    return roots;
  }

  /**
   * Has the same words for a missing directory and one outside: the model must not learn which directories exist. Only
   * if the person was asked, and said no, does it say so.
   */
  #refuseRoot(requested: string, cause?: unknown, isDeclined = false): Refusal {
    return new Refusal(
      "root-denied",
      `Cannot use root ${quote(requested)}: it must be an open directory or a directory inside one. ` +
        "The operator opens a directory with --allow-root DIR or RLM_ALLOWED_ROOTS, " +
        `the person by opening the folder in the client${describeForeignRoots(this.foreignRoots)}` +
        (isDeclined ? ". The person was asked to open it and said no, and is not asked about it again" : ""),
      { stage: "paths", resource: requested, alternatives: this.directories, retryable: false },
      { cause },
    );
  }

  async #resolveClientRoots(uris: readonly string[]): Promise<ReadonlyMap<string, Root | null>> {
    if (uris.length > MAX_ROOTS)
      this.#log.warn(
        { named: uris.length, most: MAX_ROOTS },
        "the client names too many roots; the last ones are left out",
      );
    const entries = uris
      .slice(0, MAX_ROOTS)
      .map(async (uri) => [uri, this.#clientRoots.get(uri) ?? (await this.#resolveClientRoot(uri))] as const);
    return new Map(await Promise.all(entries));
  }

  async #resolveClientRoot(uri: string): Promise<Root | null> {
    try {
      if (/^file:\//i.test(uri)) {
        const spelled = parseHostPath(uri);
        return { spelled: path.normalize(spelled), real: await this.#assertUsable(spelled) };
      }
      this.#logLeftOut(uri);
    } catch (error) {
      // A disk error leaves out this root alone: one dead mount must not take the other roots with it.
      this.#logLeftOut(uri, error);
    }
    return null;
  }

  /** Returns the real path of a directory that may be a root although the operator did not give it: no key store. */
  async #assertUsable(root: string): Promise<string> {
    const real = await assertUsableRoot(root);
    this.restricted.assertUsableAsRoot(real, root);
    return real;
  }

  /** Writes one line for as long as the client names the root. */
  #logLeftOut(uri: string, error?: unknown): void {
    if (!this.#clientRoots.has(uri))
      this.#log.warn(
        { root: uri, err: error },
        "a root of the client is left out: it must be the file URI of a project directory",
      );
  }
}
