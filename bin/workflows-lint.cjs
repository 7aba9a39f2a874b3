"use strict";
// What `make workflows-lint` runs.
require("./load.cjs").load("ci/workflow-lint/main.ts");
