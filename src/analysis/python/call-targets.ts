/** Tables for the check of a call's arguments: the functions that take paths and commands, and the dangerous texts. */

import { parseWordSet } from "../word-list.js";

/** An expression for any of these. */
export function anyOf(parts: readonly RegExp[]): string {
  return `(?:${parts.map(({ source }) => source).join("|")})`;
}

/** Paths that hold secrets, or the state of the system instead of data for the program. */
export const SENSITIVE_PATH: RegExp = new RegExp(
  anyOf([
    /^(?:file:\/\/)?\/(?:etc|proc|sys|root|boot|run|s?bin|var\/(?:log|run|spool|lib|mail))(?:\/|$)/,
    /^(?:file:\/\/)?(?:\/dev\/(?!null$)|\/usr\/s?bin|[a-z]:[\\/]+windows)/,
    /(?:^|[\\/])\.(?:ssh|aws|gnupg|kube|docker|netrc|npmrc|pypirc|git-credentials|env)(?:[\\/.]|$)/,
    /(?:^|[\\/])\.(?:bash_history|zsh_history)(?:[\\/.]|$)/,
    /(?:^|[\\/])id_(?:rsa|dsa|ecdsa|ed25519)$/,
    /^~[\\/]\./,
  ]),
  "i",
);

// Each repetition before something else has a bound. Without it the time would grow with the square of a long text.
const DESTRUCTIVE_COMMAND = anyOf([
  /rm\s+(?:-\S+\s+){0,20}-\w*[rf]|rm\s+(?:-\S+\s+){0,20}[/~*]|rmdir\s+\/s|del\s+(?:\/\w\s*)+|rd\s+\/s/,
  /format\s+(?:\/\w\s+)*[a-z]:|mkfs(?:\.\w+)?\b|dd\s[^;|]{0,200}of=\/dev\/|shred\s|wipefs\b|fdisk\b/,
  /shutdown\b|reboot\b|halt\b|poweroff\b|init\s+[06]\b|killall\b/,
  /chmod\s+(?:-\S+\s+){0,20}0?(?:777|000)\s+\/|chown\s+-R\b|mv\s+\S+\s+\/dev\/null/,
]);

/** Shell text that destroys data or stops the machine. */
export const DESTRUCTIVE: RegExp = new RegExp(
  anyOf([
    new RegExp(`(?:^|[\\s;&|("'\`/])${DESTRUCTIVE_COMMAND}`),
    // A function that starts itself twice, without end.
    /:\(\)\s*\{.{0,200}\}\s*;\s*:/,
    />\s*\/dev\/(?:sd|hd|nvme|vd|mem)/,
    /\brm\b.{0,200}--no-preserve-root/,
  ]),
  "i",
);

/** Functions that take a command, or the words of one. */
export const TAKES_COMMAND: RegExp = new RegExp(
  `^${anyOf([
    /os\.(?:system|popen|exec\w+|spawn\w+|posix_spawnp?)|subprocess\.\w+|pty\.spawn|commands\.\w+/,
    /asyncio\.(?:subprocess\.)?create_subprocess_\w+|pexpect\.\w+/,
  ])}$`,
);

/** Functions whose first argument is a path. Those that only take a text apart, or put one together, use no path. */
export const TAKES_PATH: RegExp = new RegExp(
  `^${anyOf([
    /os\.(?!system|popen|exec|spawn|kill)\w+|shutil\.\w+|glob\.\w+/,
    /os\.path\.(?!join|split|basename|dirname|isabs|norm|rel|common)\w+/,
    /pathlib\.(?:Posix|Windows)?Path|linecache\.\w+|sqlite3\.connect|pandas\.read_\w+/,
    /xml\.etree\.ElementTree\.parse|numpy\.(?:load|loadtxt|genfromtxt|fromfile)/,
  ])}$`,
);

/** Functions that open a file. The second argument, or `mode`, decides whether they write to it. */
export const OPENS: ReadonlySet<string> = parseWordSet(`
  builtins.open gzip.open bz2.open lzma.open gzip.GzipFile bz2.BZ2File lzma.LZMAFile
  zipfile.ZipFile tarfile.open tarfile.TarFile tarfile.TarFile.open io.FileIO wave.open h5py.File
`);

/** Methods of any object that write a file if their first argument is a path. */
export const WRITING_METHODS: ReadonlySet<string> = parseWordSet(`
  to_csv to_excel to_parquet to_feather to_hdf to_pickle to_stata to_sql to_json to_html to_xml to_latex to_markdown
  savefig imsave tofile extractall
`);

/** Names of the path argument of these methods. */
export const WRITTEN_ARGUMENTS: readonly string[] = ["path", "path_or_buf", "fname", "buf"];
