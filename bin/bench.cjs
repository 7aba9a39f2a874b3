"use strict";
// What `make bench` runs.
require("./load.cjs").load("bench/main.ts");
