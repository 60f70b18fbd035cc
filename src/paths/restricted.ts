/**
 * Decides which names inside a root no call may read: those that by custom hold
 * keys, passwords or tokens.
 *
 * A name is compared as a whole, segment by segment of the path below the root,
 * in lower case: `environment.py` is not `.env`, and a project that lies below a
 * directory named `secrets` can be a root.
 *
 * Not promised: that a file with another name holds no secret. Names are all
 * that is looked at.
 */

import { quote, Refusal } from "../errors.js";

export interface RestrictedName {
  /** In lower case; `*` stands for any characters, or none. */
  readonly pattern: string;
  /** What is in such files. */
  readonly why: string;
  /** Names of files that the pattern does not mean. They except no directory. */
  readonly except?: readonly string[];
}

/** Programs and texts: what is about keys, and holds none. */
const SOURCES: readonly string[] = [
  "*.py", "*.pyi", "*.ipynb", "*.ts", "*.tsx", "*.mts", "*.cts", "*.js", "*.jsx", "*.mjs", "*.cjs", "*.vue", "*.svelte", "*.java", "*.kt", "*.scala", "*.go",
  "*.rs", "*.rb", "*.php", "*.c", "*.h", "*.cc", "*.cpp", "*.hpp", "*.cs", "*.swift", "*.dart", "*.ex", "*.lua", "*.r", "*.jl", "*.sql", "*.graphql",
  "*.proto", "*.html", "*.css", "*.scss", "*.md", "*.mdx", "*.rst", "*.adoc", "*.snap",
];

/** Tables and pictures of things that have an id. */
const RECORDS: readonly string[] = ["*.csv", "*.tsv", "*.parquet", "*.xlsx", "*.png", "*.jpg", "*.svg"];

export const RESTRICTED_NAMES: readonly RestrictedName[] = [
  { pattern: "*.pem", why: "private keys and certificates" },
  { pattern: "*.key", why: "private keys" },
  { pattern: "*.p8", why: "private keys" },
  { pattern: "*.p12", why: "private keys with certificates" },
  { pattern: "*.pfx", why: "private keys with certificates" },
  { pattern: "*.ppk", why: "PuTTY's private keys" },
  { pattern: "*.jks", why: "Java's key stores" },
  { pattern: "*.keystore", why: "Java's key stores" },
  { pattern: "*.kdbx", why: "KeePass's passwords" },
  { pattern: "id_*", why: "SSH's private keys", except: [...SOURCES, ...RECORDS] },
  { pattern: "*_rsa", why: "SSH's private keys" },
  { pattern: "*_ed25519", why: "SSH's private keys" },
  { pattern: "ssh_host_*_key", why: "SSH's private keys" },
  { pattern: "private_key*", why: "private keys", except: SOURCES },
  { pattern: "private-key*", why: "private keys", except: SOURCES },
  { pattern: ".ssh", why: "SSH's keys and hosts" },
  { pattern: ".gnupg", why: "GnuPG's keys" },
  { pattern: ".aws", why: "credentials of AWS" },
  { pattern: ".azure", why: "credentials of Azure" },
  { pattern: ".kube", why: "credentials of Kubernetes" },
  { pattern: "kubeconfig", why: "credentials of Kubernetes" },
  { pattern: ".docker", why: "credentials of registries" },
  { pattern: ".dockercfg", why: "credentials of registries" },
  { pattern: ".npmrc", why: "tokens of registries" },
  { pattern: ".pypirc", why: "tokens of registries" },
  { pattern: ".netrc", why: "passwords of hosts" },
  { pattern: "_netrc", why: "passwords of hosts" },
  { pattern: ".pgpass", why: "passwords of databases" },
  { pattern: ".my.cnf", why: "passwords of databases" },
  { pattern: ".htpasswd", why: "passwords of users" },
  { pattern: ".vault-token", why: "a token of Vault" },
  { pattern: ".terraformrc", why: "tokens of Terraform" },
  { pattern: "*.tfstate*", why: "Terraform's state, secrets included" },
  { pattern: ".*_history", why: "commands, passwords included" },
  { pattern: ".git", why: "a repository's settings, with addresses that may hold tokens, and all that was ever committed" },
  { pattern: ".git-credentials", why: "passwords of Git's hosts" },
  { pattern: ".env*", why: "environments, passwords included" },
  { pattern: "*.env", why: "environments, passwords included" },
  { pattern: ".secret*", why: "secrets" },
  { pattern: "secrets", why: "secrets" },
  { pattern: "secrets.json", why: "secrets" },
  { pattern: "secrets.yml", why: "secrets" },
  { pattern: "secrets.yaml", why: "secrets" },
  { pattern: "secrets.toml", why: "secrets" },
  { pattern: "credentials*", why: "credentials", except: SOURCES },
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

  /** Takes the patterns that the operator adds to RESTRICTED_NAMES. */
  constructor(additions: readonly string[] = []) {
    const added = additions.map((pattern) => ({ pattern, why: "restricted by the operator" }));
    this.#names = [...RESTRICTED_NAMES, ...added].map(compile);
  }

  /** Returns the pattern that restricts a path, or null. The path is taken as given: pass it relative to its root, or whole for a root itself. */
  find(location: string): string | null {
    return this.#find(location)?.pattern ?? null;
  }

  /**
   * Does nothing unless a path below a root is restricted.
   *
   * @throws {Refusal} `path-restricted`, with only `asked` repeated.
   */
  assertAllowed(relative: string, asked: string): void {
    const found = this.#find(relative);
    if (found === undefined) return;
    throw new Refusal(
      "path-restricted",
      `Cannot use path ${quote(asked)}: it must not lead to a restricted name, and leads to one like ${quote(found.pattern)} (${found.why}); which names are restricted is for the operator to decide`,
      { stage: "paths", resource: asked, retryable: false },
    );
  }

  #find(location: string): RestrictedName | undefined {
    const segments = location.toLowerCase().split(/[\\/]/);
    for (const [at, segment] of segments.entries()) {
      const isLast = at === segments.length - 1;
      const found = this.#names.find(({ parts, except }) => matches(segment, parts) && !(isLast && except.some((other) => matches(segment, other))));
      if (found !== undefined) return found.name;
    }
    return undefined;
  }
}

function compile(name: RestrictedName): Compiled {
  return { name, parts: partsOf(name.pattern), except: (name.except ?? []).map(partsOf) };
}

function partsOf(pattern: string): Parts {
  return pattern.toLowerCase().split("*");
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
