/**
 * Decides which names inside a root no call may read: those that by custom hold keys, passwords or tokens.
 *
 * A name is compared as a whole, segment by segment of the path below the root, in lower case: `environment.py` is not
 * `.env`, and a project that lies below a directory named `secrets` can be a root.
 *
 * Below a directory with such a name nothing is read, unless projects have directories of that name too: then programs
 * in it are, and each file counts by itself. Such a directory is never named as a whole, for it could become a root,
 * and the names in it would be looked at without its own.
 *
 * Not promised: that a file with another name holds no secret. Names are all that is looked at.
 */

import { quote, Refusal } from "../errors.js";

export interface RestrictedName {
  /** In lower case; `*` stands for any characters, or none. */
  readonly pattern: string;
  /** What is in such files. */
  readonly why: string;
  /** Names of files that the pattern does not mean. */
  readonly except?: readonly string[];
  /**
   * Nothing below a directory of that name is read, unless it is `sorted`: then what `except` names, however deep; or
   * `open`: then it is like any other.
   */
  readonly directory?: "sorted" | "open";
}

export type Kind = "file" | "directory";

/** Programs: what is about keys, and holds none. */
const PROGRAMS: readonly string[] = [
  "*.py",
  "*.pyi",
  "*.ts",
  "*.tsx",
  "*.mts",
  "*.cts",
  "*.js",
  "*.jsx",
  "*.mjs",
  "*.cjs",
  "*.vue",
  "*.svelte",
  "*.java",
  "*.kt",
  "*.scala",
  "*.go",
  "*.rs",
  "*.rb",
  "*.php",
  "*.c",
  "*.h",
  "*.cc",
  "*.cpp",
  "*.hpp",
  "*.cs",
  "*.swift",
  "*.dart",
  "*.ex",
  "*.lua",
  "*.r",
  "*.jl",
  "*.graphql",
  "*.proto",
];

/** And the texts beside them. */
const SOURCES: readonly string[] = [
  ...PROGRAMS,
  "*.ipynb",
  "*.sql",
  "*.html",
  "*.css",
  "*.scss",
  "*.md",
  "*.mdx",
  "*.rst",
  "*.adoc",
  "*.snap",
];

/** Tables, pictures and models of things that have an id. */
const RECORDS: readonly string[] = [
  "*.csv",
  "*.tsv",
  "*.txt",
  "*.json",
  "*.yaml",
  "*.yml",
  "*.xml",
  "*.xlsx",
  "*.parquet",
  "*.arrow",
  "*.feather",
  "*.pkl",
  "*.npy",
  "*.npz",
  "*.gz",
  "*.png",
  "*.jpg",
  "*.svg",
];

export const RESTRICTED_NAMES: readonly RestrictedName[] = [
  { pattern: "*.pem", why: "private keys and certificates" },
  { pattern: "*.pem.*", why: "copies of private keys", except: SOURCES },
  { pattern: "*.key", why: "private keys" },
  { pattern: "*.key.*", why: "copies of private keys", except: SOURCES },
  { pattern: "*.p8", why: "private keys" },
  { pattern: "*.p12", why: "private keys with certificates" },
  { pattern: "*.pfx", why: "private keys with certificates" },
  { pattern: "*.ppk", why: "PuTTY's private keys" },
  { pattern: "*.jks", why: "Java's key stores" },
  { pattern: "*.keystore", why: "Java's key stores" },
  { pattern: "*.kdbx", why: "KeePass's passwords" },
  { pattern: "id_*", why: "SSH's private keys", except: [...SOURCES, ...RECORDS], directory: "open" },
  { pattern: "*_rsa", why: "SSH's private keys" },
  { pattern: "*_ed25519", why: "SSH's private keys" },
  { pattern: "ssh_host_*_key", why: "SSH's private keys" },
  { pattern: "private_key*", why: "private keys", except: SOURCES, directory: "sorted" },
  { pattern: "private-key*", why: "private keys", except: SOURCES, directory: "sorted" },
  { pattern: ".ssh", why: "SSH's keys and hosts" },
  { pattern: ".gnupg", why: "GnuPG's keys" },
  { pattern: ".aws", why: "credentials of AWS" },
  { pattern: ".azure", why: "credentials of Azure" },
  { pattern: ".kube", why: "credentials of Kubernetes" },
  { pattern: "kubeconfig", why: "credentials of Kubernetes" },
  { pattern: ".docker", why: "credentials of registries" },
  { pattern: ".dockercfg", why: "credentials of registries" },
  { pattern: ".npmrc", why: "tokens of registries" },
  { pattern: ".npmrc.*", why: "tokens of registries" },
  { pattern: ".pypirc", why: "tokens of registries" },
  { pattern: ".netrc", why: "passwords of hosts" },
  { pattern: ".netrc.*", why: "passwords of hosts" },
  { pattern: "_netrc", why: "passwords of hosts" },
  { pattern: ".pgpass", why: "passwords of databases" },
  { pattern: ".my.cnf", why: "passwords of databases" },
  { pattern: ".htpasswd", why: "passwords of users" },
  { pattern: ".vault-token", why: "a token of Vault" },
  { pattern: ".terraformrc", why: "tokens of Terraform" },
  { pattern: "*.tfstate*", why: "Terraform's state, secrets included" },
  { pattern: ".*_history", why: "commands, passwords included" },
  {
    pattern: ".git",
    why: "a repository's settings, with addresses that may hold tokens, and all that was ever committed",
  },
  { pattern: ".git-credentials", why: "passwords of Git's hosts" },
  {
    pattern: ".env*",
    why: "environments, passwords included",
    except: [".env.example", ".env.sample", ".env.template", ".env.dist"],
  },
  { pattern: "*.env", why: "environments, passwords included" },
  { pattern: ".secret*", why: "secrets" },
  // Not the texts: who has a directory of that name has notes in it.
  { pattern: "secrets", why: "secrets", except: PROGRAMS, directory: "sorted" },
  { pattern: "secrets.json", why: "secrets" },
  { pattern: "secrets.yml", why: "secrets" },
  { pattern: "secrets.yaml", why: "secrets" },
  { pattern: "secrets.toml", why: "secrets" },
  { pattern: "credentials*", why: "credentials", except: SOURCES, directory: "sorted" },
  { pattern: "*credentials.json", why: "credentials, such as gcloud's" },
  { pattern: "client_secret*.json", why: "secrets of OAuth clients" },
  { pattern: "service-account*.json", why: "private keys of service accounts" },
  { pattern: "service_account*.json", why: "private keys of service accounts" },
  // A tokenizer's tokens are words.
  { pattern: "token*.json", why: "tokens", except: ["tokenizer*.json"] },
];

/** A pattern cut at its stars; one part is a whole name. */
type Parts = readonly string[];

interface Compiled {
  readonly name: RestrictedName;
  readonly parts: Parts;
  readonly except: readonly Parts[];
}

export class RestrictedNames {
  readonly #names: readonly Compiled[];
  /** Of those, the ones that the directory of a root may not have. */
  readonly #stores: readonly Compiled[];

  /** Takes the patterns that the operator adds to RESTRICTED_NAMES. */
  constructor(additions: readonly string[] = []) {
    const added = additions.map((pattern): Compiled => compile({ pattern, why: "restricted by the operator" }));
    this.#names = [...RESTRICTED_NAMES.map(compile), ...added];
    this.#stores = [...RESTRICTED_NAMES.filter(isStore).map(compile), ...added];
  }

  /**
   * Returns the pattern that restricts a path, or null.
   *
   * @param location From its root.
   * @param kind What the path leads to; a directory is asked about as a whole.
   */
  find(location: string, kind: Kind = "file"): string | null {
    return this.#find(location, kind)?.pattern ?? null;
  }

  /** Says whether there is nothing to be read below a directory, so that nobody need look. */
  isClosed(location: string): boolean {
    return segmentsOf(location).some((segment) =>
      this.#names.some(({ name, parts }) => name.directory === undefined && matches(segment, parts)),
    );
  }

  /**
   * Does nothing unless a path below a root is restricted.
   *
   * @throws {Refusal} `path-restricted`, with only `asked` repeated.
   */
  assertAllowed(relative: string, asked: string, kind: Kind = "file"): void {
    const found = this.#find(relative, kind);
    if (found !== undefined) throw restricted(found, asked);
  }

  /**
   * Does nothing unless a directory is one of keys or passwords, which is a root only by the operator's word. Of what
   * lies above it only hidden names count: a project may well be below a directory named `secrets`, and be named
   * `id_service` itself.
   *
   * @param real Absolute.
   * @throws {Refusal} `path-restricted`, with only `asked` repeated.
   */
  assertUsableAsRoot(real: string, asked: string): void {
    const segments = segmentsOf(real);
    const telling = segments.filter((segment, at) => segment.startsWith(".") || at === segments.length - 1);
    const found = this.#stores.find(({ parts }) => telling.some((segment) => matches(segment, parts)));
    if (found !== undefined) throw restricted(found.name, asked);
  }

  #find(location: string, kind: Kind): RestrictedName | undefined {
    const segments = segmentsOf(location);
    const last = segments.at(-1) ?? "";
    for (const [at, segment] of segments.entries()) {
      const isFile = kind === "file" && at === segments.length - 1;
      const found = this.#names.find(
        (name) => matches(segment, name.parts) && !(isFile ? isExcepted(last, name) : isPassed(name, kind, last)),
      );
      if (found !== undefined) return found.name;
    }
    return undefined;
  }
}

/** Hidden names, and the one that nobody gives to a project. */
function isStore({ pattern }: RestrictedName): boolean {
  return pattern.startsWith(".") || pattern === "secrets";
}

function restricted({ pattern, why }: RestrictedName, asked: string): Refusal {
  return new Refusal(
    "path-restricted",
    `Cannot use path ${quote(asked)}: it must not lead to a restricted name, and leads to one like ${quote(pattern)} (${why}); which names are restricted is for the operator to decide`,
    { stage: "paths", resource: asked, retryable: false },
  );
}

function isExcepted(file: string, { except }: Compiled): boolean {
  return except.some((parts) => matches(file, parts));
}

/**
 * Says whether a directory of such a name lets through what is asked about: the directory, one below it, or a file
 * below it.
 */
function isPassed(compiled: Compiled, kind: Kind, last: string): boolean {
  const { directory } = compiled.name;
  return directory === "open" || (directory === "sorted" && kind === "file" && isExcepted(last, compiled));
}

function compile(name: RestrictedName): Compiled {
  return { name, parts: partsOf(name.pattern), except: (name.except ?? []).map(partsOf) };
}

function partsOf(pattern: string): Parts {
  return comparable(pattern).split("*");
}

function segmentsOf(location: string): readonly string[] {
  return comparable(location).split(/[\\/]/);
}

/** An accent may be a part of its letter or a character behind it; one disk gives the first, another the second. */
function comparable(name: string): string {
  return name.toLowerCase().normalize("NFC");
}

/** Not a regular expression: an operator's `*a*a*a*b` would cost a power of the name's length. */
function matches(name: string, parts: Parts): boolean {
  const [first = "", ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
