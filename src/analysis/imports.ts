/** The modules that a program asks for, as far as its text tells. They may be files of the project. */

import type { Range } from "./report.js";

/** Where an import stands that runs whenever its program does. */
export interface SureImport {
  readonly range: Range;
  /** End of the whole statement that it is in, at the top of the program. */
  readonly until: number;
  /** True if it runs only in a program that is run itself, and not in a module. */
  readonly isMain: boolean;
}

/** A module that a program imports. */
export interface ImportedModule {
  /** Python: dotted, with a dot before it for each level of a relative import. JavaScript: as the program writes it. */
  readonly module: string;
  /** Names that it takes from the module, which may be modules too. `*` stands for all. */
  readonly names: readonly string[];
  /** Absent if a condition, a handler or a function decides whether the import runs. */
  readonly sure?: SureImport;
}

/** Everything that a program asks for. */
export interface Imports {
  readonly modules: readonly ImportedModule[];
  /** True if it looks for the tests of the project, and imports the files that it finds. */
  readonly findsTests: boolean;
  /** True if that search imports every package on its way. */
  readonly findsPackages: boolean;
  /** Directories in which it looks for modules besides, as it writes them. */
  readonly directories: readonly string[];
}
