/**
 * The images that Python guests take in turn, and their renewal.
 *
 * Each image has a hash seed of its own. The build's two images serve the first programs. A running engine replaces
 * them with images of its own, whose seeds are in no file, and renews these while programs run. A boot takes half a
 * second of a processor, so a seed serves several programs if many run within a short time.
 */

import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { MakerMessage, MakerStart } from "./image-maker.js";
import { type PythonImage, withChanges } from "./image-parts.js";
import type { LoadedPython } from "./python-image.js";

/**
 * After its own first images, an engine rests this many times as long as a boot has taken: about 20 seconds. So
 * renewal takes at most a thirtieth of one processor.
 */
const REST_FACTOR = 30;

/** Images that do not come, one after another, before the engine stops trying. */
const MAX_FAILURES = 3;

/** The images of one engine process. */
export class ImageRotation {
  readonly #python: LoadedPython;
  readonly #onChange: (images: readonly PythonImage[]) => void;
  #images: readonly PythonImage[];
  /** Images that this engine has made. */
  #made = 0;
  #failures = 0;
  #isMaking = false;
  /** In the milliseconds of `performance.now()`. */
  #restsUntil = 0;

  /** @param onChange Receives the images when one was replaced. */
  constructor(python: LoadedPython, onChange: (images: readonly PythonImage[]) => void) {
    this.#python = python;
    this.#onChange = onChange;
    this.#images = python.assets.images;
  }

  /** Notes that a program has run. An engine without programs makes no images. */
  noteRun(): void {
    if (!this.#isMaking && this.#failures < MAX_FAILURES && performance.now() >= this.#restsUntil) this.#make();
  }

  /** Makes one image in a thread. A thread that fails leaves the images as they are. */
  #make(): void {
    const { sources, base, fresh, baseImage } = this.#python;
    const { stackStart, stackPointer, entry } = baseImage;
    const data: MakerStart = { sources, base, fresh, facts: { stackStart, stackPointer, entry } };
    const started = performance.now();
    let isDone = false;
    this.#isMaking = true;
    const maker = new Worker(fileURLToPath(new URL("./image-maker.js", import.meta.url)), {
      workerData: data,
      env: {},
    });
    const end = (changes: MakerMessage): void => {
      if (isDone) return;
      isDone = true;
      this.#isMaking = false;
      this.#failures = changes === null ? this.#failures + 1 : 0;
      if (changes !== null) this.#replace(withChanges(baseImage, changes));
      const isComplete = this.#made >= this.#images.length;
      if (isComplete) this.#restsUntil = performance.now() + REST_FACTOR * (performance.now() - started);
      else this.noteRun();
    };
    maker.on("message", end);
    maker.on("error", () => end(null));
    maker.on("exit", () => end(null));
  }

  /**
   * Replaces the images of the build in their order, and later the image that a guest took last: it was used, and its
   * turn comes last.
   */
  #replace(image: PythonImage): void {
    const taken = (Atomics.load(this.#python.assets.turn, 0) - 1) >>> 0;
    const slot = this.#made < this.#images.length ? this.#made : taken % this.#images.length;
    this.#made++;
    this.#images = this.#images.with(slot, image);
    this.#onChange(this.#images);
  }
}
