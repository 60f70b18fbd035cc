import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    reporters: ["default", "./tests/support/summary-reporter.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    // Of the tests that a file lets run side by side. More would slow each other on a machine with two processors.
    maxConcurrency: 3,
    // Only tests in this process count. The product's tests run dist/ in processes of their own.
    coverage: {
      include: ["src/{analysis,paths,policy,session}/**/*.ts"],
      reporter: ["text"],
      reportsDirectory: ".cache/coverage",
    },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["tests/unit/**/*.test.ts"],
          // Some of these tests run programs against their time limits, so one file runs at a time.
          fileParallelism: false,
          // A worker loads each module once and not once a file.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "product",
          // Node loads the built product itself. Vite would transform each of its files again for each test file.
          server: { deps: { external: [/\/dist\//] } },
          globalSetup: "tests/support/probe-gvisor.ts",
          include: ["tests/{attack,mcp,sandbox}/**/*.test.ts"],
          // These tests check time limits by the clock. The limits mean nothing on a machine with too much work, so one
          // file runs at a time.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
