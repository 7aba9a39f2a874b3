"use strict";
// What `make drift`, `make drift-issue` and `make drift-runners` run.
require("./load.cjs").load("ci/drift/main.ts");
