import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { namedEngineMissing, noEngine } from "./refusals";

/**
 * The program that plans and applies: FLYWHEEL_ENGINE, else `tofu`, else `terraform` on PATH; as an absolute path.
 * @throws UserError where there is none.
 */
export function findEngine(environment: NodeJS.ProcessEnv = process.env): string {
  const named = environment["FLYWHEEL_ENGINE"];
  if (named !== undefined && named !== "") {
    const path = named.includes("/") ? executable(resolve(named)) : onPath(named, environment);
    if (path !== undefined) return path;
    throw namedEngineMissing(named);
  }
  const found = onPath("tofu", environment) ?? onPath("terraform", environment);
  if (found !== undefined) return found;
  throw noEngine();
}

function onPath(name: string, environment: NodeJS.ProcessEnv): string | undefined {
  const folders = (environment["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const folder of folders) {
    const path = executable(resolve(join(folder, name)));
    if (path !== undefined) return path;
  }
  return undefined;
}

function executable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}
