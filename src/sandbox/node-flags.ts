/**
 * The flags of the Node that runs programs. V8's own heap limit is far above every job's limit: the container and the
 * supervisor enforce memory, because V8 would abort without a verdict. The runner refuses to start if strings can be
 * compiled to code.
 */
export const NODE_FLAGS: readonly string[] = [
  "--max-old-space-size=6144",
  "--disallow-code-generation-from-strings",
  "--no-addons",
  "--no-deprecation",
  "--no-warnings",
];
