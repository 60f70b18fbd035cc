/** Suggestions for programs that import a module which the policy denies. */

const FILES = 'Name the files in the `files` argument and read files["..."]';
const NETWORK = "There is no network: fetch the data outside and pass it in `inputs` or `files`";
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
  socket: NETWORK,
  ssl: NETWORK,
  requests: NETWORK,
  httpx: NETWORK,
  aiohttp: NETWORK,
  urllib3: NETWORK,
  http: NETWORK,
  "urllib.request": NETWORK,
  ftplib: NETWORK,
  smtplib: NETWORK,
  paramiko: NETWORK,
  websockets: NETWORK,
  selenium: NETWORK,
  playwright: NETWORK,
  scrapy: NETWORK,
  boto3: NETWORK,
  openai: NETWORK,
  anthropic: NETWORK,
  pymongo: NETWORK,
  redis: NETWORK,
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
  getpass: "Use `inputs`",
  logging: "Use print",
};

/**
 * Returns a suggestion of one sentence for `module`, a dotted name. It does not list the modules that can be imported:
 * a program with several violations would repeat the list.
 */
export function moduleHint(module: string, importable: readonly string[] | "all"): string {
  const top = module.split(".", 1)[0] ?? module;
  if (module.startsWith("."))
    return (
      "Name the file of this module in the `files` argument. The program itself is no part of a package: " +
      "there leave out the dots, as in from slug import slugify"
    );
  // The suggestion for an allowed package does not help with a module below it.
  const hint = lookup(module) ?? (importable !== "all" && importable.includes(top) ? undefined : lookup(top));
  return hint ?? "Use another module, or write the code that you need into the program";
}

function lookup(name: string): string | undefined {
  return Object.hasOwn(HINTS, name) ? HINTS[name] : undefined;
}
