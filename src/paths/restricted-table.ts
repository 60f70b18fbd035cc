/** The names of files and directories that usually hold keys, passwords or tokens. restricted.ts decides by them. */

/** One name, with its exceptions. */
export interface RestrictedName {
  /** In lower case; `*` stands for any characters, or none. */
  readonly pattern: string;
  /** The content of such files, for the refusal. */
  readonly why: string;
  /** Patterns of file names that `pattern` matches and that are not restricted. */
  readonly except?: readonly string[];
  /**
   * The files below a directory of this name that may be read: those that `except` matches, however deep, or all. Left
   * out: none.
   */
  readonly readableBelow?: "exceptions" | "all";
}

/** Files of programs. A program about keys has their name and holds none. */
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

/** Files of programs, and the texts and queries that belong to them. */
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

/** Files of data. Tables, pictures and models often have "id" in their names. */
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

/** The types of keys that `ssh-keygen` makes, as its files are named. */
const KEY_TYPES = ["rsa", "dsa", "ecdsa", "ed25519"] as const;

function sshKey(pattern: string): RestrictedName {
  return { pattern, why: "SSH's private keys", except: SOURCES };
}

/** The names that are restricted in every root. The operator can only add to them. */
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
  { pattern: "id_*", why: "SSH's private keys", except: [...SOURCES, ...RECORDS], readableBelow: "all" },
  // These are data as little as `id_rsa` is: `id_rsa.txt` is a key.
  ...KEY_TYPES.flatMap((type) => [`id_${type}*`, `deploy_${type}*`]).map(sshKey),
  ...KEY_TYPES.map((type) => sshKey(`*_${type}`)),
  sshKey("deploy_key*"),
  sshKey("deploy-key*"),
  { pattern: "ssh_host_*_key", why: "SSH's private keys" },
  { pattern: "private_key*", why: "private keys", except: SOURCES, readableBelow: "exceptions" },
  { pattern: "private-key*", why: "private keys", except: SOURCES, readableBelow: "exceptions" },
  { pattern: ".ssh", why: "SSH's keys and hosts" },
  { pattern: ".gnupg", why: "GnuPG's keys" },
  { pattern: ".aws", why: "credentials of AWS" },
  { pattern: ".azure", why: "credentials of Azure" },
  { pattern: ".kube", why: "credentials of Kubernetes" },
  { pattern: "kubeconfig*", why: "credentials of Kubernetes", except: SOURCES, readableBelow: "exceptions" },
  { pattern: "*kubeconfig", why: "credentials of Kubernetes", except: SOURCES, readableBelow: "exceptions" },
  { pattern: "*kubeconfig.y*ml", why: "credentials of Kubernetes" },
  { pattern: ".docker", why: "credentials of registries" },
  { pattern: ".dockercfg*", why: "credentials of registries" },
  { pattern: ".dockerconfigjson*", why: "credentials of registries" },
  { pattern: ".npmrc*", why: "tokens of registries" },
  { pattern: ".pypirc*", why: "tokens of registries" },
  { pattern: ".netrc*", why: "passwords of hosts" },
  { pattern: "_netrc*", why: "passwords of hosts", except: PROGRAMS },
  { pattern: ".pgpass*", why: "passwords of databases" },
  { pattern: "pgpass.conf", why: "passwords of databases" },
  { pattern: ".my.cnf*", why: "passwords of databases" },
  { pattern: ".htpasswd*", why: "passwords of users" },
  { pattern: ".vault-token*", why: "a token of Vault" },
  { pattern: ".terraformrc*", why: "tokens of Terraform" },
  { pattern: "*.tfstate*", why: "Terraform's state, secrets included" },
  { pattern: "*.tfvars", why: "values for Terraform, passwords included" },
  { pattern: "*.tfvars.json", why: "values for Terraform, passwords included" },
  { pattern: ".*_history", why: "commands, passwords included" },
  {
    pattern: ".git",
    why: "a repository's settings, with addresses that may hold tokens, and all that was ever committed",
  },
  { pattern: ".git-credentials*", why: "passwords of Git's hosts" },
  {
    pattern: ".env*",
    why: "environments, passwords included",
    except: [".env.example", ".env.sample", ".env.template", ".env.dist"],
  },
  { pattern: "*.env", why: "environments, passwords included" },
  { pattern: ".secret*", why: "secrets" },
  // Texts are not excepted: in a directory of this name they may be notes with secrets.
  { pattern: "secrets", why: "secrets", except: PROGRAMS, readableBelow: "exceptions" },
  { pattern: "secrets.json", why: "secrets" },
  { pattern: "secrets.yml", why: "secrets" },
  { pattern: "secrets.yaml", why: "secrets" },
  { pattern: "secrets.toml", why: "secrets" },
  { pattern: "credentials*", why: "credentials", except: SOURCES, readableBelow: "exceptions" },
  { pattern: "*credentials.json", why: "credentials, such as gcloud's" },
  { pattern: "client_secret*.json", why: "secrets of OAuth clients" },
  { pattern: "*service-account*.json*", why: "private keys of service accounts", except: SOURCES },
  { pattern: "*service_account*.json*", why: "private keys of service accounts", except: SOURCES },
  { pattern: "*serviceaccount*.json*", why: "private keys of service accounts", except: SOURCES },
  { pattern: "*firebase-adminsdk*.json*", why: "private keys of service accounts" },
  { pattern: ".s3cfg*", why: "credentials of S3" },
  { pattern: ".boto*", why: "credentials of cloud storage" },
  { pattern: "rclone.conf*", why: "credentials of cloud storage" },
  { pattern: "*.ovpn", why: "private keys of a VPN" },
  // The tokens of a tokenizer are words.
  { pattern: "token*.json", why: "tokens", except: ["tokenizer*.json"] },
];
