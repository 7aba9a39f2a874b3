"use strict";
// What `make test-browser` runs.
const { projects, reporters } = require("./jest.config.js");

module.exports = {
  ...projects[0],
  displayName: "browser",
  testMatch: ["<rootDir>/__tests__/browser/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 120_000,
  reporters,
};
