"use strict";
// What `make policy` runs.
require("./load.cjs").load("ci/policy/main.ts");
