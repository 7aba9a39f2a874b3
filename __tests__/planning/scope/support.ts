import { type Problem, UserError } from "../../../lib/errors";

export { configFolder, leastSettings, organization, writeFiles } from "../../lib/config/support";

/** The problems that something is refused with. */
export function problemsOf(work: () => unknown): readonly Problem[] {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
  return [];
}
