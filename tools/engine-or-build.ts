import { findEngine } from "../lib/engine/find";
import { UserError } from "../lib/errors";
import { buildTool, openTofu } from "./build-tool";

/** The engine that operators have (lib/engine/find.ts), else OpenTofu, built once. @throws UserError where it can't be built either. */
export async function engineOrBuild(progress: (line: string) => void): Promise<string> {
  try {
    return findEngine();
  } catch (error) {
    // An engine that was asked for by name is not replaced by another one.
    if (!(error instanceof UserError) || process.env["FLYWHEEL_ENGINE"]) throw error;
    return buildTool(openTofu, progress);
  }
}
