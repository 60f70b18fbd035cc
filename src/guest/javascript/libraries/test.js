/**
 * The module `node:test`: runs the tests that a program registers, prints a report in the form of TAP, and ends the
 * program with an error if one of them failed.
 */

import { notHere } from "./not-here.js";
import { argumentsOf, newSuite, print, TestContext } from "./test-context.js";
import { MockTracker } from "./test-mock.js";

const PENDING = "Promise resolution is still pending but the event loop has already resolved";
const MOST_NAMED = 5;
const mock = new MockTracker();

/** The tests of the present call of a session. */
let root = null;
/** The suite whose body runs. */
let open = null;

function present() {
  if (root?.run === realm.runCount()) return root;
  const suite = newSuite("", null, {});
  root = { run: realm.runCount(), suite, queue: null, waiting: null, isReported: false };
  Object.assign(root, { counts: { tests: 0, suites: 0, pass: 0, fail: 0, skipped: 0, todo: 0 }, failures: [] });
  root.startedAt = realm.now();
  open = suite;
  return root;
}

/** Adds a test to a suite. Returns a promise of its end. */
function addTest(suite, args, more) {
  const { name, fn, options } = argumentsOf(args, more);
  const entry = { name, fn, options, isSuite: false };
  return enqueue(suite, entry);
}

function addSuite(parent, args, more) {
  const { name, fn, options } = argumentsOf(args, more);
  const suite = newSuite(name, parent, options);
  const entry = { name, suite, options, isSuite: true };
  const before = open;
  open = suite;
  try {
    if (!options.skip) entry.body = fn({ name });
  } catch (error) {
    entry.error = { error };
  } finally {
    open = before;
  }
  return enqueue(parent, entry);
}

function enqueue(suite, entry) {
  const done = new Promise((resolve) => (entry.resolve = resolve));
  suite.entries.push(entry);
  const all = present();
  if (suite === all.suite) {
    all.queue ??= new Promise((resolve) => setImmediate(resolve));
    all.queue = all.queue.then(() => runNext(suite));
  }
  return done;
}

async function runNext(suite) {
  const entry = suite.entries.shift();
  if (entry === undefined) return;
  if (suite.hasBegun === false) {
    suite.hasBegun = true;
    await runHooks(suite, "before", suite.name);
  }
  await runEntry(suite, entry);
  entry.resolve();
}

async function runEntry(suite, entry) {
  const { counts } = root;
  const { skip, todo } = entry.options;
  const startedAt = realm.now();
  let failure = entry.error ?? null;
  if (entry.isSuite) counts.suites++;
  else counts.tests++;
  if (!skip && failure === null) failure = await (entry.isSuite ? runSuite(entry) : runTest(suite, entry));
  const time = `(${(realm.now() - startedAt).toFixed(1)} ms)`;
  const isSkipped = skip !== undefined && skip !== false;
  const isTodo = todo !== undefined && todo !== false;
  const note = isSkipped ? ` # SKIP${reason(skip)}` : isTodo ? ` # TODO${reason(todo)}` : "";
  print(suite.depth, `${failure === null ? "ok" : "not ok"} ${++suite.printed} - ${entry.name} ${time}${note}`);
  if (failure !== null && !failure.isOfSubtests) print(suite.depth + 1, textOf(failure.error));
  count(suite, entry, { failure, isSkipped, isTodo });
}

function reason(value) {
  return typeof value === "string" ? ` ${value}` : "";
}

function textOf(error) {
  return error instanceof Error ? realm.inspect(error) : `thrown: ${realm.inspect(error)}`;
}

function count(suite, entry, { failure, isSkipped, isTodo }) {
  const { counts, failures } = root;
  if (failure !== null && !isTodo) {
    suite.failed++;
    if (!failure.isOfSubtests) failures.push(entry.name);
  }
  if (entry.isSuite) return;
  if (isSkipped) counts.skipped++;
  else if (isTodo) counts.todo++;
  else if (failure === null) counts.pass++;
  else counts.fail++;
}

/** Runs the tests of a suite. Returns what failed, or null. */
async function runSuite(entry) {
  const { suite } = entry;
  print(suite.depth - 1, `# Subtest: ${entry.name}`);
  try {
    await until(entry.body, entry.options);
    await runHooks(suite, "before", suite.name);
  } catch (error) {
    return { error };
  }
  suite.hasBegun = true;
  while (suite.entries.length > 0) await runNext(suite);
  try {
    await runHooks(suite, "after", suite.name);
  } catch (error) {
    return { error };
  }
  return suite.failed > 0 ? { error: null, isOfSubtests: true } : null;
}

async function runHooks(suite, kind, name) {
  for (const hook of suite.hooks[kind]) await until(called(hook, { name }), {});
}

/** The hooks of a suite and of those around it, the outermost first. */
function around(suite, kind) {
  const outer = suite.parent === null ? [] : around(suite.parent, kind);
  return [...outer, ...suite.hooks[kind]];
}

/** Calls a function of the program, which may take a callback as its second argument. */
function called(fn, context) {
  if (fn.length < 2) return fn(context);
  return new Promise((resolve, reject) => {
    const done = (error) => (error === undefined || error === null ? resolve() : reject(error));
    fn(context, done);
  });
}

/** Waits for a value of the program, until nothing is left to run or its time is over. */
async function until(value, { timeout }) {
  if (value === undefined || value === null || typeof value.then !== "function") return value;
  let timer;
  try {
    return await new Promise((resolve, reject) => {
      root.waiting = reject;
      if (Number.isFinite(timeout))
        timer = setTimeout(() => reject(realm.newError("Error", `test timed out after ${timeout}ms`)), timeout);
      value.then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
    root.waiting = null;
  }
}

async function runTest(suite, entry) {
  const context = new TestContext(suite, entry, runEntry);
  let failure = null;
  const attempt = async (work) => {
    try {
      await until(work(), entry.options);
    } catch (error) {
      failure ??= { error };
    }
  };
  for (const hook of around(suite, "beforeEach")) if (failure === null) await attempt(() => called(hook, context));
  if (failure === null) await attempt(() => called(entry.fn, context));
  if (failure === null) await attempt(() => context.finishSubtests());
  if (failure === null) await attempt(() => context.assertPlan());
  for (const hook of around(suite, "afterEach")) await attempt(() => called(hook, context));
  for (const hook of context.suite.hooks.after) await attempt(() => called(hook, context));
  context.mock.reset();
  if (failure === null && context.suite.failed > 0) failure = { error: null, isOfSubtests: true };
  return failure;
}

async function runAfter(all, hooks) {
  try {
    for (const hook of hooks) await until(called(hook, { name: "" }), {});
  } catch (error) {
    print(0, textOf(error));
    all.failures.push("after");
  }
}

/** Runs when nothing is left to run. Returns true if the tests go on. */
realm.addEndHook(() => {
  const all = root;
  if (all === null || all.run !== realm.runCount() || all.queue === null || all.isReported) return false;
  if (all.waiting !== null) {
    all.waiting(realm.newError("Error", PENDING));
    return true;
  }
  if (all.suite.hooks.after.length > 0) {
    const hooks = all.suite.hooks.after.splice(0);
    all.queue = runAfter(all, hooks);
    return true;
  }
  all.isReported = true;
  const { counts, failures } = all;
  for (const [name, number] of Object.entries(counts)) print(0, `# ${name} ${number}`);
  print(0, `# duration ${(realm.now() - all.startedAt).toFixed(0)} ms`);
  if (failures.length === 0) return false;
  const names = failures.slice(0, MOST_NAMED).map((name) => realm.quote(name));
  const more = failures.length > MOST_NAMED ? `, and ${failures.length - MOST_NAMED} more` : "";
  throw realm.newError("Error", `${failures.length} of ${counts.tests} tests failed: ${names.join(", ")}${more}`);
});

function withVariants(add) {
  const make =
    (more) =>
    (...args) =>
      add(currentSuite(), args, more);
  const plain = make();
  return Object.assign(plain, {
    skip: make({ skip: true }),
    todo: make({ todo: true }),
    only: make({ only: true }),
  });
}

function currentSuite() {
  const { suite } = present();
  return open ?? suite;
}

const test = withVariants(addTest);
const describe = withVariants(addSuite);
for (const kind of ["before", "after", "beforeEach", "afterEach"])
  test[kind] = (hook) => void currentSuite().hooks[kind].push(hook);

export default Object.assign(test, {
  test,
  it: test,
  describe,
  suite: describe,
  mock,
  MockTracker,
  run: notHere("test.run", "the tests of a program run by themselves"),
});
