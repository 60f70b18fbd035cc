import { describe, expect, it } from "vitest";
import { readConfig } from "../../../src/config.js";
import { SetupError } from "../../../src/errors.js";
import { RestrictedNames } from "../../../src/paths/restricted.js";
import { RESTRICTED_NAMES } from "../../../src/paths/restricted-table.js";
import { startProcessorClock } from "../../support/processor-time.js";

/** For each entry a file that it matches and no other entry does. */
const SAMPLES: Readonly<Record<string, string>> = {
  "*.pem": "tls/server.pem",
  "*.pem.*": "tls/server.pem.bak",
  "*.key": "tls/server.key",
  "*.key.*": "tls/server.key.old",
  "*.p8": "apple/AuthKey_ABC.p8",
  "*.p12": "client.p12",
  "*.pfx": "client.pfx",
  "*.ppk": "putty.ppk",
  "*.jks": "android/upload.jks",
  "*.keystore": "android/debug.keystore",
  "*.kdbx": "team.kdbx",
  "id_*": "id_github",
  "id_rsa*": "id_rsa.txt",
  "id_dsa*": "id_dsa.json",
  "id_ecdsa*": "id_ecdsa.csv",
  "id_ed25519*": "keys/id_ed25519.yaml",
  "deploy_rsa*": "ci/deploy_rsa.pub",
  "deploy_dsa*": "ci/deploy_dsa.txt",
  "deploy_ecdsa*": "ci/deploy_ecdsa.2024",
  "deploy_ed25519*": "ci/deploy_ed25519.pub",
  "*_rsa": "github_rsa",
  "*_dsa": "old_dsa",
  "*_ecdsa": "backup_ecdsa",
  "*_ed25519": "ci/github_ed25519",
  "deploy_key*": "deploy_key.pub",
  "deploy-key*": "ci/deploy-key",
  "ssh_host_*_key": "etc/ssh_host_ecdsa_key",
  "private_key*": "private_key.txt",
  "private-key*": "private-key.json",
  ".ssh": ".ssh/config",
  ".gnupg": ".gnupg/pubring.kbx",
  ".aws": ".aws/config",
  ".azure": ".azure/accessTokens.json",
  ".kube": ".kube/config",
  "kubeconfig*": "deploy/kubeconfig.prod",
  "*kubeconfig": "deploy/prod.kubeconfig",
  "*kubeconfig.y*ml": "deploy/prod-kubeconfig.yaml",
  ".docker": ".docker/config.json",
  ".dockercfg*": ".dockercfg",
  ".dockerconfigjson*": "k8s/.dockerconfigjson",
  ".npmrc*": "web/.npmrc",
  ".pypirc*": ".pypirc",
  ".netrc*": ".netrc-work",
  "_netrc*": "_netrc",
  ".pgpass*": ".pgpass",
  "pgpass.conf": "postgresql/pgpass.conf",
  ".my.cnf*": ".my.cnf",
  ".htpasswd*": "site/.htpasswd",
  ".vault-token*": ".vault-token",
  ".terraformrc*": ".terraformrc",
  "*.tfvars": "infra/terraform.tfvars",
  "*.tfvars.json": "infra/prod.auto.tfvars.json",
  "*.tfstate*": "infra/terraform.tfstate.backup",
  ".*_history": ".psql_history",
  ".git": ".git/config",
  ".git-credentials*": ".git-credentials.store",
  ".env*": ".env.production",
  "*.env": "deploy/prod.env",
  ".secret*": ".secret_key_base",
  secrets: "config/secrets",
  "secrets.json": "secrets.json",
  "secrets.yml": "config/secrets.yml",
  "secrets.yaml": "secrets.yaml",
  "secrets.toml": ".streamlit/secrets.toml",
  "credentials*": "config/credentials.yml.enc",
  "*credentials.json": ".config/gcloud/application_default_credentials.json",
  "client_secret*.json": "client_secret_123.apps.json",
  "*service-account*.json*": "gcp-service-account-prod.json",
  "*service_account*.json*": "service_account.json5",
  "*serviceaccount*.json*": "myServiceAccountKey.json",
  "*firebase-adminsdk*.json*": "shop-firebase-adminsdk-x1y2.json",
  ".s3cfg*": ".s3cfg",
  ".boto*": ".boto",
  "rclone.conf*": ".config/rclone/rclone.conf",
  "*.ovpn": "office.ovpn",
  "token*.json": "token.json",
};

const names = new RestrictedNames();

describe("RestrictedNames.findPattern() finds", () => {
  it.each(RESTRICTED_NAMES.map(({ pattern, readableBelow }) => [pattern, readableBelow] as const))(
    "the sample of %s, in any case, and files below a directory of that name",
    (pattern, readableBelow) => {
      const sample = SAMPLES[pattern];
      if (sample === undefined) throw new Error(`Cannot test ${pattern}: it needs a sample`);
      for (const spelled of [sample, sample.toUpperCase(), `deep/er/${sample}`])
        expect([spelled, names.findPattern(spelled)]).toEqual([spelled, pattern]);
      // Programs are restricted too, unless projects have directories of that name.
      expect(names.findPattern(`${sample}/main.py`)).toBe(readableBelow === undefined ? pattern : null);
      expect(names.findPattern(`${sample}/deep/er.bin`)).toBe(readableBelow === "all" ? null : pattern);
      expect(names.findPattern(`${sample}/deep.py`, "directory")).toBe(readableBelow === "all" ? null : pattern);
      expect(names.isClosed(`a/${sample}/deep`)).toBe(readableBelow === undefined);
    },
  );

  it("each sample by an entry of the table, and has a sample for each entry", () => {
    expect(Object.keys(SAMPLES).sort()).toEqual(RESTRICTED_NAMES.map(({ pattern }) => pattern).sort());
  });

  it.each([
    "id_rsa",
    "id_rsa.pub",
    "id_ecdsa_sk",
    "id_dsa",
    ".env",
    ".env.local",
    ".envrc",
    "credentials",
    "credentials.json",
    "credentials.csv",
    "credentials.txt",
    "tokens.json",
    "token_cache.json",
    ".secrets",
    ".git",
    "project/.git",
    "src/.git/main.py",
    "id_rsa/main.py",
    "a/b/.ssh/c/d",
    "windows\\.ssh\\config",
    ".bash_history",
    "terraform.tfstate",
    "credentials/prod.json",
    "credentials/README",
    "config/credentials/production.yml.enc",
    "credentials.py/key",
    "private_keys/deploy",
    "secrets/prod.yaml",
    "secrets/db_password",
    "secrets/notes.md",
    "secrets/dump.sql",
    "secrets/prod/main.yaml",
    "src/secrets/.env.py",
    ".ssh/id_rsa.py",
    ".aws/credentials.ts",
    ".env/lib/main.py",
    ".env.example/key",
    ".env.example.local",
    "my.env.example.env",
    "design/tokens.json",
    "id_rsa~",
    "x.pem.1",
    "a.b.key.txt",
    ".npmrc.orig",
    ".netrc.gpg",
  ])("%s", (location) => {
    expect(names.findPattern(location)).not.toBeNull();
  });
});

/** How editors, package managers, desktops and people name the copy of a file. */
const COPIES: readonly ((name: string) => string)[] = [
  (name) => `${name}~`,
  (name) => `${name}.~3~`,
  (name) => `#${name}#`,
  (name) => `.#${name}`,
  (name) => `.${name}.swp`,
  (name) => `.${name}.swo`,
  (name) => `${name}.swp`,
  (name) => `.${name}.un~`,
  (name) => `.${name}.kate-swp`,
  (name) => `.${name}.Xa83hd`,
  (name) => `.~lock.${name}#`,
  (name) => `._${name}`,
  (name) => `%home%ann%${name}.swp`,
  (name) => `#!home!ann!${name}#`,
  (name) => `${name}___jb_tmp___`,
  (name) => `${name}.bak`,
  (name) => `${name}.bak2`,
  (name) => `${name}.BAK~`,
  (name) => `${name}-backup`,
  (name) => `${name}_bak`,
  (name) => `${name}.old`,
  (name) => `${name}.orig`,
  (name) => `${name}.save.1`,
  (name) => `${name}.tmp`,
  (name) => `${name}.txt`,
  (name) => `${name}.1`,
  (name) => `${name}.2026-11-27`,
  (name) => `${name}-20261127T1000`,
  (name) => `${name}.rpmsave`,
  (name) => `${name}.dpkg-old`,
  (name) => `${name}.disabled`,
  (name) => `${name}.gz`,
  (name) => `${name}.tar.gz`,
  (name) => `${name} copy`,
  (name) => `${name} copy 2`,
  (name) => `${name} (1)`,
  (name) => `${name} - Copy`,
  (name) => `${name} - Kopie (2)`,
  (name) => `Copy of ${name}`,
  (name) => `Copy (2) of ${name}`,
  (name) => `${name} (Ann's conflicted copy 2026-11-27)`,
  (name) => `${name}.sync-conflict-20261127-101500-ABCDEF`,
  (name) => `backup-${name}`,
  (name) => `old_${name}`,
  (name) => `${name}.old.bak.1~`,
];

describe("RestrictedNames.findPattern() finds the copies of", () => {
  it.each([
    ".netrc",
    "x.pem",
    "x.p12",
    "app.jks",
    ".env",
    "prod.env",
    "id_rsa",
    "id_ed25519",
    "deploy_rsa",
    "github_rsa",
    "secrets",
    "secrets.json",
    "terraform.tfvars",
    ".dockerconfigjson",
    ".pgpass",
    ".git-credentials",
    ".vault-token",
    ".bash_history",
    "ssh_host_rsa_key",
    "client_secret_1.json",
    "service-account-prod.json",
    "kubeconfig",
    "team.kdbx",
  ])("%s, and reads nothing below a directory that is named so", (name) => {
    const missed = COPIES.map((copy) => copy(name)).filter(
      (copy) => names.findPattern(`deep/${copy}`) === null || names.findPattern(`${copy}/deep/a.bin`) === null,
    );
    expect(missed).toEqual([]);
  });

  it.each([
    "secrets-old.json",
    "secrets (1).yaml",
    "secrets.bak.yml",
    "secrets copy.json",
    "old.netrc",
    "backup.pgpass",
    "prod_credentials-old.json",
    ".my-old.cnf",
    ".ssh~/config",
    ".ssh.bak/known_hosts",
    ".aws-old/config",
    ".git.bak/config",
    "secrets.old/a.json",
  ])("a name, at %s", (location) => {
    expect(names.findPattern(location)).not.toBeNull();
  });

  it("a directory, which no call may enter or make a root", () => {
    for (const copy of [".ssh~", ".aws.bak", ".git.old", "id_rsa.d.bak"])
      expect([copy, names.isClosed(`a/${copy}/b`)]).toEqual([copy, true]);
    expect(() => names.assertUsableAsRoot("/home/ann/.ssh.bak", "asked")).toThrow("restricted name");
    expect(() => names.assertUsableAsRoot("/srv/secrets~", "asked")).toThrow("restricted name");
  });

  it("a name that the operator added", () => {
    const own = new RestrictedNames(["*.sqlite", "payroll"]);
    for (const copy of ["a.sqlite.bak", "a.sqlite~", ".payroll.swp", "payroll (1)"])
      expect([copy, own.findPattern(copy)]).not.toEqual([copy, null]);
  });

  it("a long name in little time", () => {
    const elapsedMs = startProcessorClock();
    for (const part of [".bak", "~", "-1", " copy", "(", "old-", ".", "_", "#", "%a", ".~1", "- "])
      names.findPattern(part.repeat(4_096 / part.length));
    expect(elapsedMs()).toBeLessThan(500);
  });
});

describe("RestrictedNames.findPattern() passes", () => {
  it.each([
    "notes.txt~",
    "main.py.bak",
    ".main.py.swp",
    "#README.md#",
    "report (1).csv",
    "Copy of budget.xlsx",
    "data-2026-11-27.csv",
    "old/main.py",
    "backup.sh",
    "backup/data.csv",
    "copy.ts",
    "tmp.txt",
    "env.bak",
    "pem.txt",
    "id_list-2026.csv",
    "id_map (1).json",
    "terraform.tf",
    "terraform.tfvars.example",
    "variables.tf",
    "kubeconfig.go",
    "kubeconfig_test.go",
    "pkg/kubeconfig/load.go",
    "service-account.ts",
    "service-accounts.md",
    "service-account.yaml",
    "docker-compose.yml",
    "pgpass.py",
    "netrc.py",
    "netrc_parser.py.bak",
    "deploy.txt",
    "deploy_rsa.py",
    "git-credentials.md",
  ])("%s, which is the copy of no restricted name", (location) => {
    expect(names.findPattern(location)).toBeNull();
  });

  it.each([
    "",
    "/src/environment.py",
    "env.ts",
    "environments/prod.yaml",
    "credentials_form.tsx",
    "src/credentials.py",
    "CREDENTIALS.MD",
    ".github/workflows/ci.yml",
    ".gitignore",
    ".gitattributes",
    ".gitmodules",
    "id_generator.go",
    "id_map.csv",
    "identity.txt",
    "__pycache__/a.pyc",
    ".venv/bin/python",
    "venv/lib/a.py",
    "env/settings.ini",
    "node_modules/x/index.js",
    ".pytest_cache/v/cache",
    "my.git/config",
    "secrets.py",
    "secret.txt",
    "nosecrets/a",
    "tokenizer.json",
    "tokenizer_config.json",
    "token.py",
    "tokens.txt",
    "pem",
    "key",
    "keys/a.txt",
    "monkey",
    "public.pem.md",
    "docker/Dockerfile",
    "aws/main.tf",
    "rsa.py",
    "test_rsa.py",
    "private_key.rs",
    "history.txt",
    "a.envy",
    "dotenv",
    "kubeconfig.md",
    "ssh/config",
    "..environment",
    "app/credentials/views.py",
    "com/x/credentials/Foo.java",
    "src/credentials/mod.rs",
    "app/api/credentials/route.ts",
    "app/credentials/migrations/0001_initial.py",
    "src/secrets/index.ts",
    "services/credentials-svc/src/main.go",
    "private_keys/parse.go",
    "id_service/Makefile",
    "data/id_mapping/m.bin",
    "data/raw/id_list.txt",
    "id_map.json",
    "id_map.yaml",
    "id_map.yml",
    "id_map.xml",
    "id_model.pkl",
    "id_vectors.npy",
    "id_vectors.npz",
    "id_dump.gz",
    "id_map.feather",
    "id_map.parquet",
    "id_map.arrow",
    "id_page.html",
    ".env.example",
    "web/.env.sample",
    ".env.template",
    ".ENV.dist",
    "server.key.ts",
    "public.pem.rst",
  ])("%s", (location) => {
    expect(names.findPattern(location)).toBeNull();
  });
});

describe("RestrictedNames on a FAT or NTFS disk, which opens one file by several names,", () => {
  it.each([
    "secrets.json.",
    "secrets.json ",
    "secrets.json. .",
    "secrets.json::$DATA",
    "SECRETS.JSON:$DATA",
    "secrets.json:stream",
    "secrets.json:a:$DATA",
    ".env.",
    ".env::$data",
    ".ssh./config",
    ".git::$INDEX_ALLOCATION/config",
    ".git:$I30:$INDEX_ALLOCATION/config",
    "server.pem.",
    "id_rsa. ",
    "GIT~1/config",
    "git~1",
    "GIT~2./config",
    "SSH~1/known_hosts",
    "ENV~1",
    "SECRET~1.JSO",
    "secret~12.yam",
    "SERVER~1.PEM",
    "NPMRC~1",
    "NETRC~1",
    "GI7EBA~1/config",
    "CREDEN~1",
  ])("restricts %s", (location) => {
    expect(names.findPattern(location)).not.toBeNull();
  });

  it("restricts the names of an operator", () => {
    const own = new RestrictedNames(["*.sqlite", "payroll.ledger"]);
    for (const name of ["a.sqlite.", "payroll.ledger::$DATA", "PAYROL~1.LED"])
      expect([name, own.findPattern(name)]).not.toEqual([name, null]);
  });

  it.each([
    "main.py",
    "src/a:b.txt",
    "readme~1.md",
    "secretary~notes.txt",
    "report~1.txt",
    "a.b.c",
    "index.ts",
    "gitlab~1.yml",
  ])("lets %s pass", (location) => {
    expect(names.findPattern(location)).toBeNull();
  });
});

describe("RestrictedNames.findPattern() for a directory", () => {
  it.each(["id_service", "data/id_mapping", "src"])("does not restrict %s", (location) => {
    expect(names.findPattern(location, "directory")).toBeNull();
  });

  it.each([
    "credentials",
    "src/credentials",
    "credentials/sub",
    "credentials/models.py",
    "secrets",
    "secrets/x",
    "private_keys",
    ".git",
    ".env.example",
    "a.pem",
    ".ssh/x",
  ])("restricts %s, because it could become a root", (location) => {
    expect(names.findPattern(location, "directory")).not.toBeNull();
  });
});

describe("RestrictedNames.findPattern() matches an accent", () => {
  it.each(["NFC", "NFD"] as const)("of a pattern in %s in either form of a file name", (form) => {
    const own = new RestrictedNames(["payé*.csv".normalize(form)]);
    for (const location of ["payé-2026.csv", "PAYÉ.CSV"]) {
      expect(own.findPattern(location.normalize("NFC"))).not.toBeNull();
      expect(own.findPattern(location.normalize("NFD"))).not.toBeNull();
    }
    expect(own.findPattern("paye.csv")).toBeNull();
  });
});

describe("RestrictedNames.assertUsableAsRoot() refuses", () => {
  it.each([
    "/home/ann/.ssh",
    "/home/ann/.aws",
    "/home/ann/.gnupg",
    "/home/ann/.azure",
    "/home/ann/.kube",
    "/home/ann/.docker",
    "/srv/app/.git",
    "/srv/app/.git/hooks",
    "/home/ann/.ssh/project",
    "/home/ann/.cache/.ssh/project",
    "/srv/.env",
    "/srv/.secrets",
    "/srv/app/secrets",
    "/srv/app/SECRETS",
  ])("%s", (real) => {
    expect(() => names.assertUsableAsRoot(real, "asked")).toThrow(
      expect.objectContaining({
        reason: "path-restricted",
        message: expect.stringContaining('Cannot use path "asked"'),
      }),
    );
  });

  it("a name that the operator added", () => {
    const own = new RestrictedNames(["payroll*"]);
    expect(() => own.assertUsableAsRoot("/srv/payroll-2026", "asked")).toThrow("restricted by the operator");
    expect(() => own.assertUsableAsRoot("/srv/payroll-2026/app", "asked")).not.toThrow();
  });
});

describe("RestrictedNames.assertUsableAsRoot() passes", () => {
  it.each([
    "/srv/id_service",
    "/srv/credentials-svc",
    "/srv/app.env",
    "/srv/credentials",
    "/srv/token.json",
    "/srv/x.key",
    "/srv/secrets/app",
    "/srv/id_rsa/app",
    "/home/ann/.cache/app",
    "/home/ann/.config",
    "/srv/app",
  ])("%s", (real) => {
    expect(() => names.assertUsableAsRoot(real, "asked")).not.toThrow();
  });
});

it.each("csv tsv txt json yaml yml xml xlsx parquet arrow feather pkl npy npz gz png jpg svg py md".split(" "))(
  "a file of data whose name begins with id_ is no key: id_map.%s",
  (extension) => {
    expect(names.findPattern(`id_map.${extension}`)).toBeNull();
    expect(names.findPattern(`id_rsa.${extension}`) === null).toBe(["py", "md"].includes(extension));
  },
);

it("a refusal tells for each restricted name why", () => {
  for (const { pattern, why } of RESTRICTED_NAMES) expect(why, pattern).toMatch(/^\w[^]{4,}$/);
});

describe("a directory that holds secrets or is a program about them", () => {
  const programs =
    "py pyi ts tsx mts cts js jsx mjs cjs vue svelte java kt scala go rs rb php c h cc cpp hpp cs swift dart ex lua " +
    "r jl graphql proto";
  const texts = "ipynb sql html css scss md mdx rst adoc snap";

  it.each(`${programs} ${texts}`.split(" "))("gives out files of programs and their texts: *.%s", (extension) => {
    expect(names.findPattern(`credentials/form.${extension}`)).toBeNull();
  });

  it.each(["json", "txt", "yaml", "env", "pem", "csv", "pyc", "xml", "ini", ""])(
    "gives out no file of data: *.%s",
    (extension) => {
      expect(names.findPattern(`credentials/form.${extension}`)).toBe("credentials*");
    },
  );
});

describe("the operator's additions", () => {
  it.each([
    ["*.sqlite", "data/A.SQLite", true],
    ["*.sqlite", "data/a.sqlite3", false],
    ["payroll*", "payroll", true],
    ["payroll*", "Payroll 2026.xlsx", true],
    ["payroll*", "old-payroll", false],
    ["exact", "a/exact/b", true],
    ["exact", "a/exactly/b", false],
    ["A*b*C", "axxbxxc", true],
    ["a*b*c", "abc", true],
    ["a*b*c", "acb", false],
    ["a*a", "a", false],
    ["*mid*", "amidst", true],
    ["*mid*", "midst", true],
    ["*ab*ab*", "xab", false],
    ["*ab*ab*", "xabab", true],
    ["a**b", "ab", true],
    ["a.c", "abc", false],
    ["[ab]", "a", false],
  ])("%s against %s: %s", (pattern, location, isMatch) => {
    expect(new RestrictedNames([pattern]).findPattern(location)).toBe(isMatch ? pattern : null);
  });

  it("remove no name of the table", () => {
    expect(new RestrictedNames(["x"]).findPattern(".env")).toBe(".env*");
  });

  it("take little time, even with many stars", () => {
    const slow = new RestrictedNames([`${"*a".repeat(50)}*b`]);
    const elapsedMs = startProcessorClock();
    expect(slow.findPattern("a".repeat(4_096))).toBeNull();
    expect(elapsedMs()).toBeLessThan(50);
  });
});

describe("RLM_RESTRICTED_NAMES", () => {
  const parse = (value: string): readonly string[] =>
    readConfig([], { RLM_RESTRICTED_NAMES: value }).config.restrictedNames;

  it("is a list of names", () => {
    expect(parse("")).toEqual([]);
    expect(parse("*.sqlite, payroll*")).toEqual(["*.sqlite", "payroll*"]);
    expect(readConfig(["--restricted-names", "a,b"], {}).config.restrictedNames).toEqual(["a", "b"]);
  });

  it.each(["a/b", "a\\b", "*", "a,**", "a,", ",", "a,,b", " ", "a\0"])("stops the start when it is %j", (value) => {
    expect(() => parse(value)).toThrow(SetupError);
    expect(() => parse(value)).toThrow("it must be names separated by commas");
  });
});
