"use strict";
// Cutovers under faults, by seed: node bin/faults.cjs --runs 100 --seed 1
require("./load.cjs").load("lab/faults/main.ts");
