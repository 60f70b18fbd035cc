/** The verdict of a guest on a program that went well, as it sends it. */
export const VERDICT = {
  ending: "ok",
  exit_code: 0,
  signal: null,
  error: null,
  result: "'r'",
  cpu_ms: 3,
  peak_memory_bytes: 4,
  run_ms: 5,
};
