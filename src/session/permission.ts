/**
 * Asks the person at a client to open directories. A directory that the person refused is not asked about again, and
 * after a number of questions without a yes none is. Otherwise a model could repeat the question until the person gives
 * in.
 *
 * The question shows the whole real path of each directory. Characters that could reorder or hide a part of a path on a
 * screen are escaped.
 */

import type { Answer, Caller } from "../caller.js";
import { Refusal } from "../errors.js";
import type { Questions } from "./questions.js";

/** A connection gets no more questions after this many without a yes. */
export const MAX_DECLINED = 3;

/** Most directories in one question: a person does not read a longer list. */
export const MAX_DIRECTORIES = 10;

/**
 * Longest path in a question, in UTF-16 units after escaping. A dialog can cut off the end of a longer path, and a
 * longer path has room for text that addresses the person.
 */
export const MAX_SHOWN_LENGTH = 300;

/** The right to ask the person one question. No other call has it until it is disposed of. */
export interface Question extends Disposable {
  /**
   * Asks about all of the directories together. Only a yes opens them. The answer to a cancelled call, and one that no
   * person gave, do not count as a refusal; no answer does. A directory that the person refused before has the answer
   * "no" without a question. A path that is longer than `MAX_SHOWN_LENGTH` is not asked about: null.
   *
   * @param directories Real paths.
   */
  ask(directories: readonly string[]): Promise<Answer | null>;
}

/** The questions of one connection about directories. */
export class Permission {
  readonly #questions: Questions;
  /** Never goes down: a yes does not make up for a no. */
  #declined = 0;
  /** Real paths of the directories in a question that the person answered with no. */
  readonly #refused = new Set<string>();

  constructor(questions: Questions) {
    this.#questions = questions;
  }

  /**
   * Claims the only question that may be open. Returns null if the person cannot be asked about `count` directories.
   * Call it before any look at the disk: a caller that cannot ask must not learn which directories exist.
   *
   * @throws {Refusal} `busy` while another question of this connection is open. Questions side by side would get round
   * the limit on refusals.
   */
  claim(caller: Caller, count: number): Question | null {
    if (!this.#questions.canAsk(caller) || this.#declined >= MAX_DECLINED || count > MAX_DIRECTORIES) return null;
    const question = this.#questions.claim(caller);
    if (question === null) {
      throw new Refusal(
        "busy",
        "Cannot ask for further roots: only one question to the person may be open, and one is open now; " +
          "try again when it is answered",
        { stage: "paths", retryable: true },
      );
    }
    return {
      ask: async (directories) => {
        if (directories.some((directory) => this.#refused.has(directory))) return "no";
        const paths = directories.map(escapePath);
        if (paths.some(({ length }) => length > MAX_SHOWN_LENGTH)) return null;
        const answer = await question.put(questionAbout(paths));
        if (answer === "no") for (const directory of directories) this.#refused.add(directory);
        if (answer !== "yes" && answer !== "cancelled" && answer !== "too-fast") this.#declined++;
        return answer;
      },
      [Symbol.dispose]: () => question[Symbol.dispose](),
    };
  }
}

function questionAbout(paths: readonly string[]): string {
  const isOne = paths.length === 1;
  return [
    `An agent asks to open ${isOne ? "this directory" : "these directories"}. Neither you nor your editor has opened ` +
      `${isOne ? "it" : "them"} so far:`,
    ...paths,
    `If you allow it, programs that the agent writes can read the files in ${isOne ? "it" : "them"} until this ` +
      "connection ends.",
  ].join("\n");
}

/**
 * Quotes a whole path. Escapes all control, format and unassigned characters and all spaces except the plain one. Also
 * escapes characters that HTML would take for a tag, or a client for a link. Backticks keep Markdown from the other
 * characters: escaping those too would make the path unreadable.
 */
function escapePath(directory: string): string {
  const escaped = JSON.stringify(directory).replace(
    /(?! )[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}<>&`[\]]|(?<=[wW]{3})\./gu,
    (character) =>
      Array.from(
        { length: character.length },
        (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
      ).join(""),
  );
  return `\`${escaped}\``;
}
