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
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = ""]) =>
      path.join(path.dirname(document), target),
    );
    expect([...inCode, ...links].filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
  });
});
