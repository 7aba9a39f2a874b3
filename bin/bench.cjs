"use strict";
// What `make bench` runs: synth and preview; with `authority` as its first argument the state server and check.
const [what] = process.argv.slice(2);
require("./load.cjs").load(what === "authority" ? "bench/authority.ts" : "bench/main.ts");
