"use strict";
// What `make tools` runs: makes the tools of the tests, or those named.
require("./load.cjs").load("tools/main.ts");
