"use strict";
// What `make comment` runs.
require("./load.cjs").load("ci/comment/main.ts");
