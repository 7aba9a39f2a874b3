"use strict";
// What `make preview-changes` runs.
require("./load.cjs").load("lab/ci/preview-changes.ts").run();
