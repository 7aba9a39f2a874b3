"use strict";
// What `make workflows-lint` runs.
require("./load.cjs").load("lab/ci/lint-main.ts");
