import { defineConfig } from "vitest/config";

/** What needs Debian's programs (unzip, 7z, Java, …): `npm run test:system`. */
export default defineConfig({
  test: {
    include: ["tests/{system,browser}/**/*.test.ts"],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    allowOnly: false,
  },
});
