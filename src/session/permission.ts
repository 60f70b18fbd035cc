/**
 * Asks the person at a client to open directories, and stops asking after a number of refusals. Otherwise a model could
 * repeat the question until the person gives in.
 *
 * The question shows the whole real path of each directory. Characters that could reorder or hide a part of a path on a
 * screen are escaped.
 */

import type { Caller } from "../caller.js";
import { Refusal } from "../errors.js";

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
   * Resolves to true only if the person allows all of the directories. No answer counts as a no. An answer to a
   * cancelled call opens nothing and does not count as a refusal. A path that is longer than `MAX_SHOWN_LENGTH` is
   * refused without a question.
   *
   * @param directories Real paths.
   */
  ask(directories: readonly string[]): Promise<boolean>;
}

/** The questions of one connection. */
export class Permission {
  /** Never goes down: a yes does not make up for a no. */
  #declined = 0;
  /** Set by `claim`; cleared when the question is disposed of. */
  #isClaimed = false;

  /**
   * Claims the only question that may be open. Returns null if the person cannot be asked about `count` directories.
   * Call it before any look at the disk: a caller that cannot ask must not learn which directories exist.
   *
   * @throws {Refusal} `busy` while another question of this connection is open. Questions side by side would get round
   * the limit on refusals.
   */
  claim(caller: Caller, count: number): Question | null {
    const { confirm } = caller;
    if (confirm === null || this.#declined >= MAX_DECLINED || count > MAX_DIRECTORIES) return null;
    if (this.#isClaimed) {
      throw new Refusal(
        "busy",
        "Cannot ask for further roots: only one question to the person may be open, and one is open now; " +
          "try again when it is answered",
        { stage: "paths", retryable: true },
      );
    }
    this.#isClaimed = true;
    return {
      ask: async (directories) => {
        const paths = directories.map(escapePath);
        if (paths.some(({ length }) => length > MAX_SHOWN_LENGTH)) return false;
        const isAllowed = await confirm(questionAbout(paths));
        if (isAllowed === false) this.#declined++;
        return isAllowed === true;
      },
      [Symbol.dispose]: () => {
        this.#isClaimed = false;
      },
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
