"use strict";
// Simulates the state authority under random schedules; --bench is the long run with its report. docs/simulation.md.
require("./load.cjs").load(process.argv.includes("--bench") ? "bench/simulation.ts" : "lab/simulation/main.ts");
