/** What a test gets as its argument, and the parts of the report that it prints itself. */

import { MockTracker } from "./test-mock.js";

const INDENT = "    ";

/** A suite, or a test as the suite of those in it. */
export function newSuite(name, parent, options) {
  const hooks = { before: [], after: [], beforeEach: [], afterEach: [] };
  const depth = parent === null ? 0 : parent.depth + 1;
  return { name, parent, depth, options, entries: [], hooks, printed: 0, failed: 0, hasBegun: false };
}

/** Prints lines at a depth of suites. */
export function print(depth, text) {
  const indent = INDENT.repeat(depth);
  realm.write(1, `${indent}${text.replaceAll("\n", `\n${indent}`)}\n`);
}

/** The arguments of `test(name, options, fn)`, of which each may be left out. */
export function argumentsOf(args, more) {
  const fn = args.find((one) => typeof one === "function") ?? (() => undefined);
  const options = args.find((one) => one !== null && typeof one === "object") ?? {};
  const name = typeof args[0] === "string" ? args[0] : fn.name || "<anonymous>";
  return { name, fn, options: { ...options, ...more } };
}

export class TestContext {
  #entry;
  #suite;
  #queue = null;
  #plan = null;
  #assertions = 0;
  mock = new MockTracker();

  #run;

  /** @param run Runs a test of a suite. */
  constructor(parent, entry, run) {
    this.#run = run;
    this.#entry = entry;
    this.#suite = newSuite(entry.name, parent, entry.options);
    this.#suite.hasBegun = true;
  }
  get suite() {
    return this.#suite;
  }
  get name() {
    return this.#entry.name;
  }
  get fullName() {
    return this.#entry.name;
  }
  get signal() {
    return (this.abort ??= new AbortController()).signal;
  }
  get assert() {
    const counting = {};
    for (const [name, check] of Object.entries(realm.load("assert")))
      if (typeof check === "function")
        counting[name] = (...args) => {
          this.#assertions++;
          return check(...args);
        };
    return counting;
  }
  test(...args) {
    this.#assertions++;
    if (this.#queue === null) print(this.#suite.depth - 1, `# Subtest: ${this.name}`);
    const entry = { ...argumentsOf(args), isSuite: false };
    this.#queue = (this.#queue ?? Promise.resolve()).then(() => this.#run(this.#suite, entry));
    return this.#queue;
  }
  finishSubtests() {
    return this.#queue;
  }
  plan(count) {
    this.#plan = count;
  }
  assertPlan() {
    if (this.#plan !== null && this.#plan !== this.#assertions)
      throw realm.newError("Error", `plan expected ${String(this.#plan)} assertions but received ${this.#assertions}`);
  }
  diagnostic(text) {
    print(this.#suite.depth - 1, `# ${text}`);
  }
  skip(why) {
    this.#entry.options.skip = why ?? true;
  }
  todo(why) {
    this.#entry.options.todo = why ?? true;
  }
  before(hook) {
    hook(this);
  }
  after(hook) {
    this.#suite.hooks.after.push(hook);
  }
  beforeEach(hook) {
    this.#suite.hooks.beforeEach.push(hook);
  }
  afterEach(hook) {
    this.#suite.hooks.afterEach.push(hook);
  }
}
