/** Settings of the mutation tester. `npm run mutate` (scripts/mutate.mjs) runs it. */

/**
 * Leaves out sentences for a person: a test of their words would only repeat them. A text with fewer than two spaces is
 * a name, a path, a pattern or a key. It decides something, so it is changed.
 */
const sentences = {
  shouldIgnore(path) {
    let whole = path;
    while (whole.parentPath?.isBinaryExpression({ operator: "+" })) whole = whole.parentPath;
    return textOf(whole.node).split(" ").length > 2 ? "a sentence for a person" : undefined;
  },
};

/** Returns the text of a literal, or of several that `+` joins; empty for anything else. */
function textOf({ type, value, quasis, left, right }) {
  if (type === "StringLiteral") return value;
  if (type === "TemplateLiteral") return quasis.map((part) => part.value.raw).join("x");
  return type === "BinaryExpression" ? textOf(left) + textOf(right) : "";
}

export const strykerPlugins = [{ kind: "Ignore", name: "sentences", value: sentences }];

export default {
  testRunner: "vitest",
  vitest: { configFile: "vitest.mutate.config.ts" },
  coverageAnalysis: "perTest",
  plugins: ["@stryker-mutator/vitest-runner", "./stryker.config.mjs"],
  ignorers: ["sentences"],
  // Some tests compare times, and they would fail for that alone on a machine with too much work.
  concurrency: 1,
  // A change that ends no test in time counts as noticed. So a machine with too much work must get more time.
  timeoutMS: 20_000,
  // It would rewrite tsconfig.json by an interface that TypeScript 7 does not have. Vitest needs no such file.
  tsconfigFile: "none.json",
  // Not incremental: it keeps the old result of a change to a table although a new test notices that change.
  incremental: false,
  ignorePatterns: [".cache", "dist/embedded"],
  tempDirName: ".cache/stryker",
  reporters: ["clear-text"],
  clearTextReporter: { reportTests: false, logTests: false, allowColor: false, allowEmojis: false },
  thresholds: { high: 95, low: 90, break: 90 },
};
