/** The tables of README.md and docs/policy.md are the code's. */

import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, it } from "vitest";
import "../support/built-modules.js";

const ROOT = path.resolve(import.meta.dirname, "../..");

it("the tables in the documents are those that the code makes", () => {
  const { status, stderr } = spawnSync(process.execPath, [path.join(ROOT, "scripts/update-docs.mjs"), "--check"], {
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});
