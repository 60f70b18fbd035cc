/** Suggestions for programs that import a module which the policy denies. */

import { NO_NETWORK, packageHint } from "./package-hint.js";

const FILES = 'Name the files in the `files` argument and read files["..."]';
const NUMBERS = "Use math, statistics, fractions and plain lists";
const PROCESS =
  "There are no other programs to run: do the work in Python, " +
  "or run the command outside and pass its output in `inputs`";
const LOG_TO_STREAM = "Use logging.basicConfig and logging.StreamHandler";
const ONE_THREAD = "The program has one CPU and one job: call the functions one after the other";

/** By full name of the module. */
const HINTS: Readonly<Record<string, string>> = {
  os: `For paths write \`import os.path\`. ${FILES}; pass settings in \`inputs\``,
  "os.path": `Split and join paths as strings; ${FILES.charAt(0).toLowerCase()}${FILES.slice(1)}`,
  pathlib: FILES,
  shutil: FILES,
  glob: FILES,
  tempfile: FILES,
  fileinput: FILES,
  zipfile: FILES,
  tarfile: FILES,
  sqlite3: FILES,
  sys:
    'Use a large int or float("inf") for sys.maxsize, `inputs` for sys.argv and sys.stdin, ' +
    "print for sys.stdout, and raise SystemExit to stop",
  socket: NO_NETWORK,
  ssl: NO_NETWORK,
  requests: NO_NETWORK,
  httpx: NO_NETWORK,
  aiohttp: NO_NETWORK,
  urllib3: NO_NETWORK,
  http: NO_NETWORK,
  "urllib.request": NO_NETWORK,
  ftplib: NO_NETWORK,
  smtplib: NO_NETWORK,
  paramiko: NO_NETWORK,
  websockets: NO_NETWORK,
  selenium: NO_NETWORK,
  playwright: NO_NETWORK,
  scrapy: NO_NETWORK,
  boto3: NO_NETWORK,
  openai: NO_NETWORK,
  anthropic: NO_NETWORK,
  pymongo: NO_NETWORK,
  redis: NO_NETWORK,
  subprocess: PROCESS,
  pty: PROCESS,
  signal: PROCESS,
  psutil: PROCESS,
  platform: PROCESS,
  threading: ONE_THREAD,
  multiprocessing: ONE_THREAD,
  concurrent: ONE_THREAD,
  asyncio: ONE_THREAD,
  queue: "Use collections.deque",
  pickle: "Use json",
  marshal: "Use json",
  shelve: "Use json",
  dill: "Use json",
  yaml: "Use json",
  numpy: NUMBERS,
  scipy: NUMBERS,
  sympy: NUMBERS,
  pandas: "Use csv with io.StringIO, and collections",
  types: "Use type(x) and isinstance",
  inspect: "Use type(x), dir(x) and vars(x)",
  importlib: "Write the import statement out",
  builtins:
    "Use the builtins by their plain names. A test replaces one in the program's own names: " +
    'patch("__main__.print", create=True)',
  "logging.handlers": LOG_TO_STREAM,
  "logging.config": LOG_TO_STREAM,
  unittest: "Use assert",
  pytest: "Use assert",
  doctest: "Use assert",
  argparse: "Use `inputs`",
  trace: "Print what you want to follow",
  pdb: "Nobody can type here: print what you want to see",
  bdb: "Nobody can type here: print what you want to see",
  code: "Nobody can type here: print what you want to see",
  pydoc: "Print the docstring: inspect.getdoc(x)",
  pkgutil: "Write the import statements out, and catch ImportError where a module may be missing",
  runpy: "Import the module, or put its code into the program",
  zipimport: "Import the module from a file among `files`",
  codeop: "Use ast.parse to check the syntax of a text",
  cffi: "Write the functions in Python",
  nt: "Use os",
  posix: "Use os",
  gc: "Leave it out: the interpreter frees memory by itself",
  imp: "Write the import statement out",
  _thread: "Use threading",
  webbrowser: "There is no browser: print the address",
  pip: "Nothing can be installed here: use the standard library and the packages of the image",
  ensurepip: "Nothing can be installed here: use the standard library and the packages of the image",
  venv: "Nothing can be installed here: use the standard library and the packages of the image",
  ctypes: "Use struct, array and memoryview for bytes",
  mmap: "Read the file, or seek in it: the files here are small",
  getpass: "Use `inputs`",
  logging: "Use print",
};

/**
 * Returns a suggestion of one sentence for `module`, a dotted name. It does not list the modules that can be imported:
 * a program with several violations would repeat the list.
 */
export function moduleHint(module: string, importable: readonly string[] | "all"): string {
  if (module.startsWith("."))
    return (
      "Name the file of this module in the `files` argument. The program itself is no part of a package: " +
      "there leave out the dots, as in from slug import slugify"
    );
  return findHint(module, importable) ?? "Use another module, or write the code that you need into the program";
}

/** Returns the suggestion for `module`, a dotted name; undefined if none is known. */
export function findHint(module: string, importable: readonly string[] | "all"): string | undefined {
  const top = module.split(".", 1)[0] ?? module;
  // The suggestion for an allowed package does not help with a module below it.
  const hint = lookup(module) ?? (importable !== "all" && importable.includes(top) ? undefined : lookup(top));
  return hint ?? packageHint(top, importable);
}

function lookup(name: string): string | undefined {
  return Object.hasOwn(HINTS, name) ? HINTS[name] : undefined;
}
