import { accessSync, constants, realpathSync } from "node:fs";
import { basename, delimiter, join, resolve } from "node:path";
import { openTofu } from "../../tools/catalogue";
import { pathOf } from "../../tools/tool";

/** An engine that tests run with. */
interface Engine {
  /** What reports call it: `tofu`, `terraform`. */
  readonly name: string;
  readonly path: string;
}

/**
 * Every engine of this machine, each once, and one of a kind: FLYWHEEL_ENGINE, tofu and terraform on PATH, the OpenTofu that `make engine`
 * built. @throws where there is none: these tests prove nothing without one.
 */
export function findEngines(environment: NodeJS.ProcessEnv = process.env): readonly Engine[] {
  const folders = (environment["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const onPath = (name: string) => folders.map((folder) => join(folder, name));
  const named = environment["FLYWHEEL_ENGINE"];
  const candidates = [
    ...(named === undefined || named === "" ? [] : named.includes("/") ? [resolve(named)] : onPath(named)),
    ...onPath("tofu"),
    pathOf(openTofu),
    ...onPath("terraform"),
  ];
  const engines = new Map<string, Engine>();
  for (const path of candidates.filter(isExecutable)) {
    const name = basename(realpathSync(path));
    if (!engines.has(name)) engines.set(name, { name, path });
  }
  if (engines.size === 0)
    throw new Error("no engine: set FLYWHEEL_ENGINE, or put tofu or terraform on PATH, or run `make engine`");
  return [...engines.values()];
}

/** The first of findEngines(). */
export function findEngine(environment: NodeJS.ProcessEnv = process.env): Engine {
  const [engine] = findEngines(environment);
  if (engine === undefined) throw new Error("unreachable: findEngines throws where there is none");
  return engine;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
