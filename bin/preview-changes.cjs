"use strict";
// What `make preview-changes` runs.
require("./load.cjs").load("ci/preview-changes.ts");
