"use strict";
// What `make errors` runs.
require("./load.cjs").load("ci/errors/main.ts");
