import { existsSync } from "node:fs";
import { findEngine } from "../lib/engine/find";
import { UserError } from "../lib/errors";
import { buildTool } from "./build-tool";
import { openTofu } from "./catalogue";
import { pathOf, type Progress } from "./tool";

/**
 * The engine that operators have (lib/engine/find.ts), else the OpenTofu that `make engine` built. Nothing is built.
 * @throws UserError where there is neither, or FLYWHEEL_ENGINE names none.
 */
export function builtEngine(): string {
  return operatorsEngine() ?? (existsSync(pathOf(openTofu)) ? pathOf(openTofu) : findEngine());
}

/** The engine that operators have, else OpenTofu, built once. @throws UserError where it can't be built either. */
export async function engineOrBuild(progress: Progress): Promise<string> {
  return operatorsEngine() ?? (await buildTool(openTofu, progress));
}

/** Undefined where there is none. @throws UserError: an engine that was asked for by name is not replaced by another one. */
function operatorsEngine(): string | undefined {
  try {
    return findEngine();
  } catch (error) {
    if (!(error instanceof UserError) || process.env["FLYWHEEL_ENGINE"]) throw error;
    return undefined;
  }
}
