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

/**
 * Timeouts by the time when they are due, then by age.
 *
 * @type {List<Timer>}
 */
const timeouts = newList();
/** @type {List<Timer>} */
const immediates = newList();
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
  timeouts.length = 0;
  immediates.length = 0;
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
  if (timer.isImmediate) {
    push(immediates, timer);
    return;
  }
  timer.due = loopTime + timer.wait;
  let low = 0;
  let high = timeouts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeouts[middle].due <= timer.due) low = middle + 1;
    else high = middle;
  }
  for (let i = timeouts.length; i > low; i--) timeouts[i] = timeouts[i - 1];
  timeouts[low] = timer;
}

/** @param {Timer} timer */
export function cancelTimer(timer) {
  mapDelete(timersById, timer.id);
  timer.isRepeating = false;
  if (timer.isActive) removeFromQueue(timer);
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

/** @param {Timer} timer */
function removeFromQueue(timer) {
  timer.isActive = false;
  const queue = timer.isImmediate ? immediates : timeouts;
  let index = 0;
  while (index < queue.length && queue[index] !== timer) index++;
  if (index === queue.length) return;
  for (; index < queue.length - 1; index++) queue[index] = queue[index + 1];
  queue.length -= 1;
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
  if (timeouts.length > 0 && timeouts[0].due <= loopTime) return timeouts[0];
  return immediates.length > 0 && immediates[0].age <= turnAge ? immediates[0] : null;
}

/** Begins the next turn, after a wait if nothing is due. Returns false if the program waits for no timer. */
function beginTurn() {
  const hasImmediate = hasRef(immediates);
  if (!hasImmediate && !hasRef(timeouts)) return false;
  if (!hasImmediate) sleepUntil(timeouts[0].due);
  loopTime = max(loopTime, nowMs());
  // In Node, chance decides whether a timeout of 0 comes before an immediate. Here it comes first.
  const isEarly = timeouts.length > 0 && timeouts[0].due > loopTime;
  if (isEarly && (!hasImmediate || (isFirstTurn && timeouts[0].due <= loopTime + 1))) loopTime = timeouts[0].due;
  isFirstTurn = false;
  turnAge = lastAge;
  return true;
}

/** @param {List<Timer>} queue */
function hasRef(queue) {
  for (let i = 0; i < queue.length; i++) if (queue[i].isRef) return true;
  return false;
}

/** @param {Timer} timer */
function runTimer(timer) {
  removeFromQueue(timer);
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
