import { describe, expect, it } from "vitest";
import { readConfig } from "../../../src/config.js";
import { SetupError } from "../../../src/errors.js";
import { RESTRICTED_NAMES, RestrictedNames } from "../../../src/paths/restricted.js";

/** For each entry a file that it catches and no other does. */
const SAMPLES: Readonly<Record<string, string>> = {
  "*.pem": "tls/server.pem",
  "*.key": "tls/server.key",
  "*.p8": "apple/AuthKey_ABC.p8",
  "*.p12": "client.p12",
  "*.pfx": "client.pfx",
  "*.ppk": "putty.ppk",
  "*.jks": "android/upload.jks",
  "*.keystore": "android/debug.keystore",
  "*.kdbx": "team.kdbx",
  "id_*": "id_ed25519",
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
  ".pypirc": ".pypirc",
  ".netrc": ".netrc",
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
  secrets: "config/secrets/db",
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

describe("RestrictedNames.find() catches", () => {
  it.each(RESTRICTED_NAMES.map(({ pattern }) => pattern))("by %s its sample, in any case, and everything below a directory of that name", (pattern) => {
    const sample = SAMPLES[pattern];
    if (sample === undefined) throw new Error(`Cannot test ${pattern}: it needs a sample`);
    for (const spelled of [sample, sample.toUpperCase(), `deep/er/${sample}`, `${sample}/main.py`]) expect([spelled, names.find(spelled)]).toEqual([spelled, pattern]);
  });

  it("nothing by a sample without an entry", () => {
    expect(Object.keys(SAMPLES).sort()).toEqual(RESTRICTED_NAMES.map(({ pattern }) => pattern).sort());
  });

  it.each([
    "id_rsa", "id_rsa.pub", "id_ecdsa_sk", "id_dsa", ".env", ".env.local", ".envrc", "credentials", "credentials.json", "credentials.csv", "credentials.txt", "tokens.json",
    "token_cache.json", ".secrets", ".git", "project/.git", "src/.git/main.py", "credentials/main.py", "id_rsa/main.py", "secrets/main.py", "a/b/.ssh/c/d", "windows\\.ssh\\config", ".bash_history",
    "terraform.tfstate", "id_rsa.py/key",
  ])("%s", (location) => {
    expect(names.find(location)).not.toBeNull();
  });
});

describe("RestrictedNames.find() passes", () => {
  it.each([
    "", "/src/environment.py", "env.ts", "environments/prod.yaml", "credentials_form.tsx", "src/credentials.py", "CREDENTIALS.MD", ".github/workflows/ci.yml", ".gitignore",
    ".gitattributes", ".gitmodules", "id_generator.go", "id_map.csv", "identity.txt", "__pycache__/a.pyc", ".venv/bin/python", "venv/lib/a.py", "env/settings.ini",
    "node_modules/x/index.js", ".pytest_cache/v/cache", "my.git/config", "secrets.py", "secret.txt", "nosecrets/a", "tokenizer.json", "tokenizer_config.json", "token.py",
    "tokens.txt", "pem", "key", "keys/a.txt", "monkey", "public.pem.md", "docker/Dockerfile", "aws/main.tf", "rsa.py", "test_rsa.py", "private_key.rs", "history.txt", "a.envy",
    "dotenv", "kubeconfig.md", "ssh/config", "..environment",
  ])("%s", (location) => {
    expect(names.find(location)).toBeNull();
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
  ])("%s against %s: %s", (pattern, location, isCaught) => {
    expect(new RestrictedNames([pattern]).find(location)).toBe(isCaught ? pattern : null);
  });

  it("take nothing away", () => {
    expect(new RestrictedNames(["x"]).find(".env")).toBe(".env*");
  });

  it("cost little, however many stars they have", () => {
    const slow = new RestrictedNames([`${"*a".repeat(50)}*b`]);
    const started = performance.now();
    expect(slow.find("a".repeat(4_096))).toBeNull();
    expect(performance.now() - started).toBeLessThan(50);
  });
});

describe("RLM_RESTRICTED_NAMES", () => {
  const given = (value: string): readonly string[] => readConfig([], { RLM_RESTRICTED_NAMES: value }).config.restrictedNames;

  it("is a list of names", () => {
    expect(given("")).toEqual([]);
    expect(given("*.sqlite, payroll*")).toEqual(["*.sqlite", "payroll*"]);
    expect(readConfig(["--restricted-names", "a,b"], {}).config.restrictedNames).toEqual(["a", "b"]);
  });

  it.each(["a/b", "a\\b", "*", "a,**", "a,", ",", "a,,b", " ", "a\0"])("stops the start when it is %j", (value) => {
    expect(() => given(value)).toThrow(SetupError);
    expect(() => given(value)).toThrow("it must be names separated by commas");
  });
});
