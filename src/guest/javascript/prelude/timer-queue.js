/**
 * The timers and immediates that wait, and the turns in which they run.
 *
 * A turn is one round of Node's event loop: first the timeouts that are due, then the immediates that were set before
 * the turn. The clock of the loop stands still during a turn.
 */

import { apply, mapDelete, mapSet, max, builtIns } from "./intrinsics.js";
import { nowMs, sleepUntil } from "./callbacks.js";
import { newList, push } from "./lists.js";
import { endIfAwaiting, endWith, isOver } from "./result.js";
import { addToHeap, clearHeap, firstOfHeap, hasRef, newTimerHeap, noteLeft, removeFirst } from "./timer-heap.js";

/** @import { List } from "./lists.js" */

/**
 * A timeout, an interval or an immediate. Times are in milliseconds.
 *
 * @typedef {object} Timer
 * @property {null} __proto__
 * @property {number} id
 * @property {Function} callback
 * @property {unknown[]} args
 * @property {number} wait
 * @property {boolean} isRepeating
 * @property {number} due
 * @property {number} age A timer that was set earlier has a smaller one.
 * @property {boolean} isActive True while the timer waits in a queue.
 * @property {boolean} isRef False for a timer that the program does not wait for.
 * @property {boolean} isImmediate
 */

const timeouts = newTimerHeap();
const immediates = newTimerHeap();
/** @type {Map<number, Timer>} */
export let timersById = new Map();
let lastTimerId = 0;
let lastAge = 0;
/** The clock of the loop. */
let loopTime = 0;
/** Younger immediates wait for the next turn. */
let turnAge = 0;
let isFirstTurn = true;
/**
 * What runs when nothing else is left, for the libraries.
 *
 * @type {List<() => unknown>}
 */
const endHooks = newList();

/**
 * Adds a function that runs at the end of each program, when nothing is left to run. If it returns true, the program
 * goes on.
 *
 * @param {() => unknown} hook
 */
export function addEndHook(hook) {
  push(endHooks, hook);
}

/** True if the program waits for a timer. */
export function hasTimers() {
  return hasRef(immediates) || hasRef(timeouts);
}

/** Forgets the timers of an earlier program, and returns the present time. */
export function beginLoop() {
  clearHeap(timeouts);
  clearHeap(immediates);
  timersById = new builtIns.Map();
  isFirstTurn = true;
  loopTime = nowMs();
  return loopTime;
}

/**
 * @param {Function} callback
 * @param {unknown[]} args
 * @param {{ wait: number, isRepeating: boolean, isImmediate: boolean }} kind
 */
export function addTimer(callback, args, kind) {
  const { wait, isRepeating, isImmediate } = kind;
  /** @type {Timer} */
  const timer = {
    __proto__: null,
    id: ++lastTimerId,
    callback,
    args,
    wait,
    isRepeating,
    due: 0,
    age: 0,
    isActive: false,
    isRef: true,
    isImmediate,
  };
  schedule(timer);
  return timer;
}

/** @param {Timer} timer */
function schedule(timer) {
  mapSet(timersById, timer.id, timer);
  timer.age = ++lastAge;
  timer.isActive = true;
  if (!timer.isImmediate) timer.due = loopTime + timer.wait;
  addToHeap(queueOf(timer), timer);
}

/** @param {Timer} timer */
function queueOf({ isImmediate }) {
  return isImmediate ? immediates : timeouts;
}

/** @param {Timer} timer */
export function cancelTimer(timer) {
  mapDelete(timersById, timer.id);
  timer.isRepeating = false;
  if (!timer.isActive) return;
  timer.isActive = false;
  noteLeft(queueOf(timer));
}

/**
 * Starts the wait of a timeout again. An interval becomes a timeout that runs once.
 *
 * @param {Timer} timer
 */
export function restartTimer(timer) {
  if (!timer.isActive || timer.isImmediate) return;
  cancelTimer(timer);
  schedule(timer);
}

/** Runs the next timer, after a wait if none is due. Returns false when nothing is left to run. */
export function runNextTimer() {
  if (isOver()) return false;
  let timer = nextTimer();
  while (timer === null) {
    if (!beginTurn()) {
      if (goesOn()) return !isOver();
      endIfAwaiting();
      return false;
    }
    timer = nextTimer();
  }
  runTimer(timer);
  return !isOver();
}

function goesOn() {
  try {
    for (let i = 0; i < endHooks.length && !isOver(); i++) {
      const hook = endHooks[i];
      if (hook() === true) return true;
    }
  } catch (thrown) {
    endWith(thrown);
  }
  return false;
}

/** Returns the next timer of this turn, or null if the turn is over. */
function nextTimer() {
  const timeout = firstOfHeap(timeouts);
  if (timeout !== null && timeout.due <= loopTime) return timeout;
  const immediate = firstOfHeap(immediates);
  return immediate !== null && immediate.age <= turnAge ? immediate : null;
}

/** Begins the next turn, after a wait if nothing is due. Returns false if the program waits for no timer. */
function beginTurn() {
  const hasImmediate = hasRef(immediates);
  if (!hasImmediate && !hasRef(timeouts)) return false;
  const first = firstOfHeap(timeouts);
  if (!hasImmediate && first !== null) sleepUntil(first.due);
  loopTime = max(loopTime, nowMs());
  // In Node, chance decides whether a timeout of 0 comes before an immediate. Here it comes first.
  const isEarly = first !== null && first.due > loopTime;
  if (isEarly && (!hasImmediate || (isFirstTurn && first.due <= loopTime + 1))) loopTime = first.due;
  isFirstTurn = false;
  turnAge = lastAge;
  return true;
}

/** @param {Timer} timer */
function runTimer(timer) {
  timer.isActive = false;
  removeFirst(queueOf(timer));
  try {
    apply(timer.callback, undefined, timer.args);
  } catch (thrown) {
    endWith(thrown);
    return;
  }
  if (timer.isActive) return;
  if (timer.isRepeating) {
    loopTime = max(loopTime, nowMs());
    schedule(timer);
  } else {
    mapDelete(timersById, timer.id);
  }
}
