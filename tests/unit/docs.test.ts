/** The documents agree with the code: their generated tables, and the files that they name. */

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import "../support/built-modules.js";

const ROOT = path.resolve(import.meta.dirname, "../..");

const DOCUMENTS = [ROOT, path.join(ROOT, "docs")].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".md"))
    .map((name) => path.relative(ROOT, path.join(folder, name))),
);

const SOURCE_FOLDERS = readdirSync(path.join(ROOT, "src"));

describe("the documents", () => {
  it("have the tables that the code makes", () => {
    const { status, stderr } = spawnSync(process.execPath, [path.join(ROOT, "scripts/update-docs.mjs"), "--check"], {
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it.each(DOCUMENTS)("name only files that exist: %s", (document) => {
    const text = readFileSync(path.join(ROOT, document), "utf8");
    const inCode = [...text.matchAll(/`((?:src|tests|scripts|docs|examples)\/[\w./-]+)`/g)].map(
      ([, file = ""]) => file,
    );
    const inSource = [...text.matchAll(/`([\w-]+\/[\w./-]+\.(?:ts|py|js|mjs))`/g)]
      .map(([, file = ""]) => file)
      .filter((file) => SOURCE_FOLDERS.includes(file.split("/", 1)[0] ?? ""))
      .map((file) => `src/${file}`);
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = ""]) =>
      path.join(path.dirname(document), target),
    );
    expect([...inCode, ...inSource, ...links].filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
  });

  it("say why there is each package that the product needs, and name no package that is gone", () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
      readonly dependencies: Readonly<Record<string, string>>;
      readonly devDependencies: Readonly<Record<string, string>>;
    };
    const [, table = ""] = readFileSync(path.join(ROOT, "docs/architecture.md"), "utf8").split("## Dependencies");
    const rows = [...table.matchAll(/^\| (.*?) \|/gm)].map(([, cell = ""]) => cell);
    const named = rows.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));
    expect(named).toEqual(expect.arrayContaining(Object.keys(dependencies)));
    expect(named.filter((name) => !(name in dependencies) && !(name in devDependencies))).toEqual([]);
  });
});
