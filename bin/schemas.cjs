"use strict";
// What `make schemas` runs.
require("./load.cjs").load("ci/schemas/main.ts");
