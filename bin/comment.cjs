"use strict";
// What `make comment` runs.
require("./load.cjs").load("lab/ci/comment-main.ts");
