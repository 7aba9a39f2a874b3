import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { repositoryRoot } from "../../lib/root";
import { errorSites } from "./codes";
import { errorsPage } from "./page";

writeFileSync(join(repositoryRoot, "docs", "errors.md"), errorsPage(errorSites()));
process.stderr.write("wrote docs/errors.md\n");
