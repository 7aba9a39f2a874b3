"use strict";
// What `make successor` runs.
require("./load.cjs").load("lab/successor/main.ts");
