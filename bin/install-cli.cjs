"use strict";
// Puts this clone's flywheel on PATH: `make install-cli`.
require("./load.cjs").load("cli/install-cli.ts");
