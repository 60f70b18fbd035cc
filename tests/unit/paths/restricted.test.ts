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
  "id_*": "id_ecdsa_sk",
  "*_rsa": "deploy_rsa",
  "*_ed25519": "ci/deploy_ed25519",
  "ssh_host_*_key": "etc/ssh_host_ecdsa_key",
  "private_key*": "private_key.txt",
  "private-key*": "private-key.json",
  ".ssh": ".ssh/config",
  ".gnupg": ".gnupg/pubring.kbx",
  ".aws": ".aws/config",
  ".azure": ".azure/accessTokens.json",
  ".kube": ".kube/config",
  kubeconfig: "deploy/kubeconfig",
  ".docker": ".docker/config.json",
  ".dockercfg": ".dockercfg",
  ".npmrc": "web/.npmrc",
  ".npmrc.*": ".npmrc.bak",
  ".pypirc": ".pypirc",
  ".netrc": ".netrc",
  ".netrc.*": ".netrc.old",
  _netrc: "_netrc",
  ".pgpass": ".pgpass",
  ".my.cnf": ".my.cnf",
  ".htpasswd": "site/.htpasswd",
  ".vault-token": ".vault-token",
  ".terraformrc": ".terraformrc",
  "*.tfstate*": "infra/terraform.tfstate.backup",
  ".*_history": ".psql_history",
  ".git": ".git/config",
  ".git-credentials": ".git-credentials",
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
  "service-account*.json": "service-account-prod.json",
  "service_account*.json": "service_account.json",
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

describe("RestrictedNames.findPattern() passes", () => {
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
