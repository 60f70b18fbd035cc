/** The modules that a program asks for, as far as its text tells. They may be files of the project. */

/** A module that a program imports. */
export interface ImportedModule {
  /** Python: dotted, with a dot before it for each level of a relative import. JavaScript: as the program writes it. */
  readonly module: string;
  /** Names that it takes from the module, which may be modules too. `*` stands for all. */
  readonly names: readonly string[];
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
