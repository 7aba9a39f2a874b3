"use strict";
// What `make test-cluster` runs.
const { projects, reporters } = require("./jest.config.js");

module.exports = {
  ...projects[0],
  displayName: "cluster",
  testMatch: ["<rootDir>/__tests__/cluster/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 300_000,
  reporters,
};
