import { UserError } from "../../lib/errors";

/** The code of the first problem that a run is refused with; undefined where it is not refused. */
export async function codeOf(run: Promise<unknown>): Promise<string | undefined> {
  try {
    await run;
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.problems[0]?.code;
    throw error;
  }
}
