/** What a build of the image removes from the engine, and what stays. */

import type Docker from "dockerode";
import { describe, expect, it } from "vitest";
import { removeStages, removeSuperseded } from "../../../src/sandbox/docker/image-build.js";

interface Stored {
  readonly id: string;
  readonly labels: readonly string[];
  /** The image that it is made from. The engine does not list that one while this one is there. */
  readonly from?: string;
  readonly isNamed?: boolean;
  readonly hasContainer?: boolean;
}

/** An engine with these images. */
function engineWith(images: readonly Stored[]): { docker: Docker; left: () => string[] } {
  const stored = new Map(images.map((image) => [image.id, image]));
  const isParent = (id: string): boolean => [...stored.values()].some(({ from }) => from === id);
  const listImages = ({ filters }: { filters: { label: string[] } }): Promise<{ Id: string }[]> =>
    Promise.resolve(
      [...stored.values()]
        .filter(
          ({ id, isNamed, labels }) => isNamed !== true && !isParent(id) && labels.includes(filters.label[0] ?? ""),
        )
        .map(({ id }) => ({ Id: id })),
    );
  const getImage = (id: string): { remove: () => Promise<void> } => ({
    remove: () => {
      if (stored.get(id)?.hasContainer === true)
        return Promise.reject(Object.assign(new Error("in use"), { statusCode: 409 }));
      stored.delete(id);
      return Promise.resolve();
    },
  });
  return { docker: { listImages, getImage } as unknown as Docker, left: () => [...stored.keys()] };
}

describe("the end of a build", () => {
  it("removes the stages of this build, and those of no other", async () => {
    const { docker, left } = engineWith([
      { id: "python", labels: ["rlm-mcp.build=one"] },
      { id: "files", labels: ["rlm-mcp.build=one"], from: "python" },
      { id: "other", labels: ["rlm-mcp.build=two"] },
      { id: "foreign", labels: [] },
    ]);
    await removeStages(docker, "one");
    expect(left()).toEqual(["other", "foreign"]);
  });

  it("removes older images that have lost their name, and their roots, but none that a container uses", async () => {
    const { docker, left } = engineWith([
      { id: "root", labels: ["rlm-mcp.root"], isNamed: true },
      { id: "image", labels: ["rlm-mcp.target", "rlm-mcp.root"], from: "root", isNamed: true },
      { id: "old root", labels: ["rlm-mcp.root"] },
      { id: "old image", labels: ["rlm-mcp.target", "rlm-mcp.root"], from: "old root" },
      { id: "served", labels: ["rlm-mcp.target", "rlm-mcp.root"], from: "root", hasContainer: true },
      { id: "foreign", labels: [] },
    ]);
    const { removed, used } = await removeSuperseded(docker);
    expect(removed).toEqual(["old image", "old root"]);
    expect(used).toEqual(["served"]);
    expect(left()).toEqual(["root", "image", "served", "foreign"]);
  });
});
