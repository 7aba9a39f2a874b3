"use strict";
// Simulates the state authority under random schedules; docs/simulation.md.
require("./load.cjs").load("lab/simulation/main.ts");
