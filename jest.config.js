"use strict";
const { availableParallelism } = require("node:os");
const { endToEndTests } = require("./__tests__/support/end-to-end.cjs");

// ES modules only: Node 20.19 loads them with require, jest before Node 24.9 does not.
const esmPackages = "/node_modules/(?:age-encryption|@noble|@scure)/.+\\.js$";

const shared = {
  testEnvironment: "node",
  testMatch: ["<rootDir>/__tests__/**/*.test.ts"],
  // The long profiles of `make test-cluster` and `make test-browser`, which have configurations of their own.
  testPathIgnorePatterns: ["/node_modules/", "<rootDir>/__tests__/cluster/", "<rootDir>/__tests__/browser/"],
  transform: {
    "^.+\\.ts$": "<rootDir>/__tests__/support/transform.cjs",
    [esmPackages]: "<rootDir>/__tests__/support/transform.cjs",
  },
  moduleFileExtensions: ["ts", "js", "cjs", "json", "node"],
  // Provider bindings are generated JavaScript: never transform or watch them.
  transformIgnorePatterns: ["/node_modules/(?!(?:age-encryption|@noble|@scure)/)"],
};
const exactly = (file) => `<rootDir>/${file.replace(/[.+]/g, "\\$&")}$`;
const endToEnd = endToEndTests(__dirname);

module.exports = {
  // `make check` runs the first, `make test` both.
  projects: [
    {
      ...shared,
      displayName: "unit",
      testPathIgnorePatterns: [...shared.testPathIgnorePatterns, ...endToEnd.map(exactly)],
    },
    { ...shared, displayName: "end-to-end", testMatch: endToEnd.map((file) => `<rootDir>/${file}`) },
  ],
  testTimeout: 120_000,
  // End-to-end tests wait: for servers that hang, locks that are held, commands that are killed. stores/s3-faults takes 48 s, 6 of them on a
  // processor. Unit tests wait for nothing: `make check` runs one a core.
  maxWorkers: Math.max(4, availableParallelism()),
  testSequencer: "<rootDir>/__tests__/support/sequencer.cjs",
  reporters: ["default", "<rootDir>/__tests__/support/summary.cjs"],
};
