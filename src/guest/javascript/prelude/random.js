/** `Math.random` for a realm that is put back to an image: the image holds one seed for all its programs. */

import { defineHidden } from "./lists.js";

/**
 * Replaces the generator by one of the family sfc32, seeded with four numbers of 32 bits.
 *
 * @param {number[]} seeds
 */
export function seedRandom(seeds) {
  let a = seeds[0] | 0;
  let b = seeds[1] | 0;
  let c = seeds[2] | 0;
  let d = seeds[3] | 0;
  const next = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  const methods = {
    random() {
      return ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992;
    },
  };
  defineHidden(Math, "random", methods.random);
}
