import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/{unit,orchestration,contract,integration}/**/*.test.ts"],
    // Most tests wait: for a pace that is kept, for processes that start.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    allowOnly: false,
  },
});
