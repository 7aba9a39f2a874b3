"use strict";
// Jest's order (the longest first, the largest where nothing is known), but end-to-end tests before unit tests: where no earlier run tells
// how long a file takes, as in CI, none of minutes is left for the end.
const { default: Sequencer } = require("@jest/test-sequencer");

const isEndToEnd = ({ context }) => context.config.displayName?.name === "end-to-end";

module.exports = class EndToEndFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    return [...sorted.filter(isEndToEnd), ...sorted.filter((test) => !isEndToEnd(test))];
  }
};
