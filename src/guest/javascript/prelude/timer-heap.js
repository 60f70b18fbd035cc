/**
 * A queue of timers by the time when they are due, then by age. A program may have ten thousand of them, so no usual
 * operation looks at all others.
 *
 * A timer that is cancelled leaves its place behind, which is passed over later. The places that are left are removed
 * before they are the most.
 */

import { newList, push } from "./lists.js";

/** @import { List } from "./lists.js" */
/** @import { Timer } from "./timer-queue.js" */

/** The place of a timer, which counts no more once the timer has left it: it was cancelled, or has a new place. */
/** @typedef {{ __proto__: null, timer: Timer, due: number, age: number }} Place */

/** A binary heap. `left` is the number of places that count no more. */
/** @typedef {{ __proto__: null, places: List<Place>, left: number }} TimerHeap */

/** So few left places are never removed. */
const FEW = 64;

/** @returns {TimerHeap} */
export function newTimerHeap() {
  return { __proto__: null, places: newList(), left: 0 };
}

/** @param {TimerHeap} heap */
export function clearHeap(heap) {
  heap.places.length = 0;
  heap.left = 0;
}

/**
 * Adds a timer with its present time and age.
 *
 * @param {TimerHeap} heap
 * @param {Timer} timer
 */
export function addToHeap({ places }, timer) {
  const { due, age } = timer;
  push(places, { __proto__: null, timer, due, age });
  siftUp(places, places.length - 1);
}

/**
 * Notes that a timer has left its place.
 *
 * @param {TimerHeap} heap
 */
export function noteLeft(heap) {
  heap.left++;
  if (heap.left <= FEW || heap.left * 2 <= heap.places.length) return;
  const old = heap.places;
  heap.places = newList();
  heap.left = 0;
  for (let i = 0; i < old.length; i++) {
    if (!isPresent(old[i])) continue;
    push(heap.places, old[i]);
    siftUp(heap.places, heap.places.length - 1);
  }
}

/**
 * Returns the timer that comes first, or null.
 *
 * @param {TimerHeap} heap
 */
export function firstOfHeap(heap) {
  while (heap.places.length > 0) {
    if (isPresent(heap.places[0])) return heap.places[0].timer;
    removeFirst(heap);
    heap.left--;
  }
  return null;
}

/**
 * Removes the place of the timer that comes first.
 *
 * @param {TimerHeap} heap
 */
export function removeFirst({ places }) {
  const last = places[places.length - 1];
  places.length -= 1;
  if (places.length === 0) return;
  places[0] = last;
  siftDown(places);
}

/**
 * Is there a timer that the program waits for?
 *
 * @param {TimerHeap} heap
 */
export function hasRef({ places }) {
  for (let i = 0; i < places.length; i++) if (isPresent(places[i]) && places[i].timer.isRef) return true;
  return false;
}

/** @param {Place} place */
function isPresent({ timer, age }) {
  return timer.isActive && timer.age === age;
}

/**
 * @param {Place} one
 * @param {Place} other
 */
function isBefore(one, other) {
  return one.due < other.due || (one.due === other.due && one.age < other.age);
}

/**
 * @param {List<Place>} places
 * @param {number} start
 */
function siftUp(places, start) {
  const moved = places[start];
  let at = start;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(moved, places[parent])) break;
    places[at] = places[parent];
    at = parent;
  }
  places[at] = moved;
}

/** @param {List<Place>} places */
function siftDown(places) {
  const moved = places[0];
  let at = 0;
  for (let child = 1; child < places.length; child = 2 * at + 1) {
    if (child + 1 < places.length && isBefore(places[child + 1], places[child])) child++;
    if (!isBefore(places[child], moved)) break;
    places[at] = places[child];
    at = child;
  }
  places[at] = moved;
}
