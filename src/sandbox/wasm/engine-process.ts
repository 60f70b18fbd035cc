/**
 * The embedded engine's process, from its start.
 *
 * The server starts this file as a child process. A program that destroys the memory or the process that it runs in
 * then cannot destroy the server. The process exits when its channel to the server closes.
 *
 * Arguments: the directory of the built interpreter, and the file of JavaScript's prelude.
 */

import { readFile } from "node:fs/promises";
import type { FromEngineProcess, ToEngineProcess } from "./engine-messages.js";
import { GuestAllocator } from "./guest-allocator.js";
import { ImageRotation } from "./python/image-rotation.js";
import { loadPython } from "./python/python-image.js";
import { quickjsDigest } from "./quickjs/quickjs-binary.js";

function send(message: FromEngineProcess): void {
  process.send?.(message);
}

async function start(embeddedDirectory: string, preludeFile: string): Promise<void> {
  process.on("disconnect", () => process.exit(0));
  const prelude = await readFile(preludeFile, "utf8");
  const python = await loadPython(embeddedDirectory);
  const rotation = new ImageRotation(python, (images) => allocator.offer(images));
  const allocator = new GuestAllocator({ python: python.assets, prelude }, send, () => rotation.noteRun());
  process.on("message", (message: ToEngineProcess) => allocator.take(message));
  send({ type: "up", digest: { python: python.digest, javascript: quickjsDigest(prelude) } });
}

const [embeddedDirectory = "", preludeFile = ""] = process.argv.slice(2);
await start(embeddedDirectory, preludeFile);
