"use strict";
// Which test files are end-to-end: those that start programs, by themselves or through a helper of the tests, and those that explore
// the simulation, which is a quarter of all unit tests' time for code that few changes touch.
const { existsSync, readdirSync, readFileSync } = require("node:fs");
const { dirname, join, relative } = require("node:path");

// What starts one: processes, engines, S3 servers, built tools.
const starters = [
  /^node:child_process$/,
  /\/support\/engines$/,
  /\/lab\/(?:s3|faults|soak|demo|fault-proxy|cluster)\//,
  /\/ci\/workflow-lint\//,
  /\/tools\/tool$/,
  // Thousands of schedules.
  /\/lab\/simulation\/explore$/,
];

/** The test files below `root` that start programs, as sorted paths from `root`. The imports alone decide: nothing is to be kept in step. */
function endToEndTests(root) {
  const known = new Map();
  return readdirSync(join(root, "__tests__"), { recursive: true })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join(root, "__tests__", name))
    .filter((file) => starts(file, join(root, "__tests__"), known))
    .map((file) => relative(root, file))
    .sort();
}

function starts(file, tests, known) {
  const before = known.get(file);
  if (before !== undefined) return before;
  // A circle adds nothing.
  known.set(file, false);
  const imports = [...readFileSync(file, "utf8").matchAll(/^(?!import type ).*(?:from |import |import\()"([^"]+)"/gm)];
  const isStarter = imports.some(([, name]) => {
    if (starters.some((pattern) => pattern.test(name))) return true;
    if (!name.startsWith(".")) return false;
    const target = [`${name}.ts`, `${name}/index.ts`].map((end) => join(dirname(file), end)).find(existsSync);
    return target !== undefined && target.startsWith(tests) && starts(target, tests, known);
  });
  known.set(file, isStarter);
  return isStarter;
}

module.exports = { endToEndTests };
