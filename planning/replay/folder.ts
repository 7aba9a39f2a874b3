import { join } from "node:path";
import { repositoryRoot } from "../../lib/root";

/** Where the recorded schemas lie. */
export const schemasFolder: string = join(repositoryRoot, "planning", "schemas");
