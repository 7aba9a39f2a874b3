"use strict";

module.exports = {
  testEnvironment: "node",
  testMatch: ["<rootDir>/__tests__/**/*.test.ts"],
  transform: { "^.+\\.ts$": "<rootDir>/__tests__/support/transform.cjs" },
  moduleFileExtensions: ["ts", "js", "cjs", "json", "node"],
  // Provider bindings are generated JavaScript: never transform or watch them.
  transformIgnorePatterns: ["/node_modules/"],
  testTimeout: 60_000,
  reporters: ["default", "<rootDir>/__tests__/support/summary.cjs"],
};
