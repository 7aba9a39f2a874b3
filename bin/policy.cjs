"use strict";
// What `make policy` runs.
require("./load.cjs").load("lab/policy/main.ts");
