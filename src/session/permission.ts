/**
 * Asks the person in front of a client to open directories, and stops asking one who keeps saying no: a model that may
 * ask for ever gets its yes from a tired hand.
 *
 * The question shows each directory whole and as it really is. Whatever could reorder or hide a part of a name on a
 * screen is escaped.
 */

import type { Caller } from "../caller.js";
import { Refusal } from "../errors.js";

/** Questions without a yes after which a connection gets none any more. */
export const MAX_DECLINED = 3;

/** Directories in one question; nobody reads more. */
export const MAX_DIRECTORIES = 10;

/** Longest path that is asked about, as it is shown; a longer one hides its end, or says more than a path does. */
export const MAX_SHOWN_LENGTH = 300;

/** The right to ask the person one question: from when it is claimed until it is disposed of, nobody else has it. */
export interface Question extends Disposable {
  /**
   * Resolves to true only if the person said yes to all of them. No answer is a no, but one to a call that was
   * cancelled is none: it opens nothing, and does not count against the person's patience. Nobody is asked about a path
   * that is too long.
   *
   * @param directories Real paths.
   */
  ask(directories: readonly string[]): Promise<boolean>;
}

export class Permission {
  /** Counts up only; a yes does not make up for a no. */
  #declined = 0;
  /** Set by `claim`; cleared when the question is disposed of. */
  #isClaimed = false;

  /**
   * Claims the one question that may be open, or returns null if none about so many directories would reach the person.
   * To be called before any look at the disk: who is refused here learns nothing of what is there.
   *
   * @throws {Refusal} `busy` while another question of this connection is open: several at once would get round the
   * count.
   */
  claim(caller: Caller, count: number): Question | null {
    const { confirm } = caller;
    if (confirm === null || this.#declined >= MAX_DECLINED || count > MAX_DIRECTORIES) return null;
    if (this.#isClaimed) {
      throw new Refusal(
        "busy",
        "Cannot ask for further roots: there may be one open question to the person, there is one",
        {
          stage: "paths",
          retryable: true,
        },
      );
    }
    this.#isClaimed = true;
    return {
      ask: async (directories) => {
        const paths = directories.map(shown);
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
  const [them, they] =
    paths.length === 1 ? ["this directory, which is", "it"] : ["these directories, which are", "them"];
  return [
    `An agent asks to open ${them} outside what you and your editor have opened to it:`,
    ...paths,
    `Programs that the agent writes could then read the files in ${they}, until this connection ends.`,
  ].join("\n");
}

/**
 * Quotes a path whole. Control, format and unassigned characters and all spaces but the plain one are escaped, and so
 * is what HTML would take for a tag or a character, or a client for a link. Markdown is kept from the rest by
 * backticks, for a path full of escapes is one that nobody reads.
 */
function shown(directory: string): string {
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
