import { symlink } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { SetupError } from "../../../src/errors.js";
import { resolveOperatorRoots } from "../../../src/session/operator-roots.js";
import { tempDir } from "../../support/temp-dir.js";

async function world() {
  const dir = await tempDir(["home/project/", "data/", "file"]);
  await symlink(dir.at("data"), dir.at("link"));
  return { ...dir, home: dir.at("home") };
}

const itself = (real: string) => ({ spelled: real, real });

describe("resolveOperatorRoots() returns", () => {
  it("the operator's roots, as they were written and with their real paths", async () => {
    await using w = await world();
    const allowedRoots = [w.at("link"), w.at("data"), w.at("home", "project")];
    expect(await resolveOperatorRoots({ allowedRoots, cwd: "/", home: w.home })).toEqual({
      roots: [{ spelled: w.at("link"), real: w.at("data") }, itself(w.at("data")), itself(w.at("home", "project"))],
      isGiven: true,
    });
  });

  it("relative roots below the working directory", async () => {
    await using w = await world();
    expect(await resolveOperatorRoots({ allowedRoots: [".", "../data"], cwd: w.at("data"), home: w.home })).toEqual({
      roots: [itself(w.at("data")), itself(w.at("data"))],
      isGiven: true,
    });
  });

  it("the working directory if the operator gave no roots", async () => {
    await using w = await world();
    for (const allowedRoots of [undefined, []]) {
      expect(await resolveOperatorRoots({ allowedRoots, cwd: w.at("home", "project"), home: w.home })).toEqual({
        roots: [itself(w.at("home", "project"))],
        isGiven: false,
      });
    }
  });

  it("no root if the working directory can never be one", async () => {
    await using w = await world();
    for (const cwd of ["/", "/etc", "/usr/bin", w.home, w.at(), w.at("gone")]) {
      expect(await resolveOperatorRoots({ cwd, home: w.home })).toEqual({ roots: [], isGiven: false });
    }
  });
});

describe("resolveOperatorRoots() stops the start for", () => {
  it.each(["gone", "file", "home", "."])("%s", async (name) => {
    await using w = await world();
    const answer = resolveOperatorRoots({ allowedRoots: [w.at("data"), w.at(name)], cwd: w.at("data"), home: w.home });
    await expect(answer).rejects.toThrow(SetupError);
    await expect(answer).rejects.toThrow(/^Cannot allow root "/);
    await expect(answer).rejects.toMatchObject({ cause: { reason: "root-denied" } });
  });

  it("the top of the disk", async () => {
    await expect(resolveOperatorRoots({ allowedRoots: ["/"], cwd: "/", home: "/home/ann" })).rejects.toThrow(
      SetupError,
    );
  });
});
