/**
 * An image that is one test's own: the guests of others, on an engine that may be shared, are not touched by what the
 * test does to it.
 */

import type Docker from "dockerode";
import { randomBytes } from "node:crypto";
import { CONFIG } from "./engines.js";
import * as product from "./built-modules.js";

const LABEL = "rlm-mcp.test";

export class PrivateImage implements AsyncDisposable {
  readonly #docker: Docker;
  readonly #id = randomBytes(6).toString("hex");
  readonly name: string = `rlm-mcp-test-${this.#id}:core`;

  private constructor(docker: Docker) {
    this.#docker = docker;
  }

  static async create(docker: Docker): Promise<PrivateImage> {
    const image = new PrivateImage(docker);
    await image.make();
    return image;
  }

  /** Makes the image, anew if it was there: each time it has another id. */
  async make(labels: Readonly<Record<string, string>> = {}): Promise<void> {
    const container = await this.#docker.createContainer({ Image: CONFIG.dockerImage });
    try {
      const changes = Object.entries({ [LABEL]: this.#id, "rlm-mcp.made": randomBytes(6).toString("hex"), ...labels });
      const [repo = "", tag = ""] = this.name.split(":");
      await container.commit({
        repo,
        tag,
        changes: changes.map(([name, value]) => `LABEL ${name}=${value}`).join("\n"),
      });
    } finally {
      await container.remove({ force: true });
    }
  }

  /** The facts that an engine of the product is made with. */
  async inspect(): Promise<{ readonly imageId: string; readonly guestDigest: string }> {
    const image = await product.image.inspectImage(this.#docker, this.name);
    return { imageId: image?.id ?? "", guestDigest: image?.guestDigest ?? "" };
  }

  async remove(): Promise<void> {
    await this.#docker.getImage(this.name).remove({ force: true });
  }

  /** The containers of guests from this image, in whatever state. */
  containers(): Promise<Docker.ContainerInfo[]> {
    return this.#with([product.ownership.LABEL.sandbox]);
  }

  /** The containers of servers' heartbeats from this image. */
  heartbeats(): Promise<Docker.ContainerInfo[]> {
    return this.#with([product.ownership.LABEL.heartbeat]);
  }

  #with(labels: readonly string[]): Promise<Docker.ContainerInfo[]> {
    return this.#docker.listContainers({ all: true, filters: { label: [`${LABEL}=${this.#id}`, ...labels] } });
  }

  /** A client that sees no containers but those of this image. */
  scopedClient(): Docker {
    const all = this.#docker.listContainers.bind(this.#docker) as (options: {
      filters: { label: string[] };
    }) => Promise<Docker.ContainerInfo[]>;
    const listContainers = (options: { filters: { label: string[] } }): Promise<Docker.ContainerInfo[]> =>
      all({ ...options, filters: { ...options.filters, label: [...options.filters.label, `${LABEL}=${this.#id}`] } });
    return Object.assign(Object.create(this.#docker) as Docker, { listContainers });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { Id } of await this.#with([]))
      await this.#docker
        .getContainer(Id)
        .remove({ force: true })
        .catch(() => undefined);
    await this.remove().catch(() => undefined);
  }
}
