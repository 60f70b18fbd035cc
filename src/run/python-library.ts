/** Where modules are: on every engine, in containers only, or in the data-science image. */

import { LIBRARY_NAMES } from "../analysis/library-names.js";
import { parseWords } from "../analysis/word-list.js";

/** Modules of the library that no engine has. */
const NOWHERE: ReadonlySet<string> = new Set(
  parseWords("ctypes ensurepip lib2to3 mmap msilib msvcrt nt tkinter turtle turtledemo winreg winsound"),
);

/** Modules of the library that containers have and the embedded engine has not. */
const CONTAINERS_ONLY: ReadonlySet<string> = new Set(
  parseWords(`
  asynchat asyncore curses distutils fcntl grp lzma multiprocessing nis ossaudiodev pty pwd pydoc_data readline resource
  rlcompleter smtpd spwd ssl syslog termios tty uu venv webbrowser xdrlib
`),
);

/** Top-level modules of the packages in the data-science image. */
const DATA_SCIENCE: ReadonlySet<string> = new Set(
  parseWords(`
  numpy pandas matplotlib mpl_toolkits pylab scipy sklearn seaborn statsmodels patsy joblib sympy mpmath networkx
  openpyxl PIL bs4 lxml dateutil pytz faker pytest yaml six packaging pyparsing cycler kiwisolver contourpy fontTools
`),
);

/** The place where a module can be found: every engine, the containers, the data-science image, or none of them. */
export type ModuleHome = "everywhere" | "containers" | "data-science" | "nowhere" | "unknown";

/** Returns the home of a module, a dotted name. A name that nobody knows may be a module of the caller's own. */
export function homeOf(module: string): ModuleHome {
  const top = module.split(".", 1)[0] ?? module;
  if (DATA_SCIENCE.has(top)) return "data-science";
  if (NOWHERE.has(top)) return "nowhere";
  if (CONTAINERS_ONLY.has(top)) return "containers";
  return LIBRARY_NAMES.has(top) || top.startsWith("_") ? "everywhere" : "unknown";
}
