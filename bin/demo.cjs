"use strict";
// What `make demo` runs.
require("./load.cjs").load("lab/demo/main.ts");
