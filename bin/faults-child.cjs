"use strict";
// One cutover or abort as a process of its own, that bin/faults.cjs kills: the order comes on stdin.
require("./load.cjs").load("lab/faults/child.ts");
