"use strict";
// Prints the path of the engine; builds OpenTofu where there is none.
require("./load.cjs").load("tools/engine-path.ts");
