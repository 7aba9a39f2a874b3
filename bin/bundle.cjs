"use strict";
// What `make plan-bundle`, `make find-bundle`, `make deploy-plan` and `make deploy-apply` run.
require("./load.cjs").load("ci/bundle/main.ts");
