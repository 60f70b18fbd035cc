/** Stands between the product and the Docker engine's socket, so that a test can take the engine away. */

import { type Server, type Socket, connect, createServer } from "node:net";

export class DockerProxy implements AsyncDisposable {
  readonly #target: string;
  readonly #path: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #isFrozen = false;

  constructor(target: string, path: string) {
    this.#target = target;
    this.#path = path;
  }

  get dockerHost(): string {
    return `unix://${this.#path}`;
  }

  async listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (client) => this.#serve(client));
    await new Promise<void>((resolve) => server.listen(this.#path, resolve));
    this.#server = server;
  }

  /** The engine is gone: every connection breaks and no new one is accepted. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    for (const socket of this.#sockets) socket.destroy();
    if (server !== null) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** The engine accepts connections and says nothing on them, nor on those that are there. */
  freeze(): void {
    this.#isFrozen = true;
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  thaw(): void {
    this.#isFrozen = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cut();
  }

  #serve(client: Socket): void {
    this.#keep(client);
    if (this.#isFrozen) return;
    const engine = connect({ path: this.#target, allowHalfOpen: true });
    this.#keep(engine);
    client.pipe(engine);
    engine.pipe(client);
    client.on("close", () => engine.destroy());
    engine.on("close", () => client.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }
}
