"use strict";
// What `make successor` runs.
require("./load.cjs").load("ci/successor/main.ts");
