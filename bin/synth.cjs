"use strict";
// What cdktf.json runs: main.ts, compiled from the sources as they are now.
require("./load.cjs").load("main.ts");
