/** Random bytes for `crypto`, from a secret that the engine gives to each run. */

import { builtIns, floor } from "./intrinsics.js";

/** Bytes of a digest. */
const BLOCK = 32;
/** The secret, and behind it the number of the block. */
const state = new Uint8Array(40);
let blocks = 0;

/**
 * Mixes a secret of the engine in. A realm that is kept gets one with each program.
 *
 * @param {number[]} words Eight numbers of 32 bits.
 */
export function addSecret(words) {
  for (let i = 0; i < 32; i++) state[i] ^= words[i >> 2] >>> ((i & 3) * 8);
}

/**
 * Fills the bytes with random ones.
 *
 * @param {Uint8Array} bytes
 * @param {(data: Uint8Array) => Uint8Array} digest SHA-256.
 */
export function fillRandom(bytes, digest) {
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const number = blocks++;
    for (let i = 0; i < 8; i++) state[32 + i] = floor(number / 2 ** (8 * i));
    const block = digest(new builtIns.Uint8Array(state));
    for (let i = 0; i < BLOCK && at + i < bytes.length; i++) bytes[at + i] = block[i];
  }
  return bytes;
}
