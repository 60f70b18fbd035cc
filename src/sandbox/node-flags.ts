/**
 * How Node is started to run a program. V8 may use all the memory there is: the container's limit and the supervisor's
 * watch decide, not V8's own abort. The runner refuses to start where strings can be compiled.
 */
export const NODE_FLAGS: readonly string[] = [
  "--max-old-space-size=4096",
  "--disallow-code-generation-from-strings",
  "--no-addons",
  "--no-deprecation",
  "--no-warnings",
];
