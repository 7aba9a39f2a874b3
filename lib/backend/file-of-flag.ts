import { type BackendType } from "../config/backends";
import { type Configuration, type StackInstance } from "../config/load";
import { type Problem, refuseIfAny } from "../errors";
import { type BackendFile, readBackendFile } from "./backend-file";
import { type PlaceRequest } from "./family";
import { flagPath } from "./flag";
import { fileNotOfFlag } from "./refusals";

/** Reads a backend file of today for a stack on `backend`. @throws UserError where it is for another one, or cannot be read. */
export async function readFileOf(
  { configuration, stack }: PlaceRequest,
  backend: BackendType,
  file: string,
): Promise<BackendFile> {
  const read = await readBackendFile(file);
  refuseIfAny(notOfFlag(configuration, stack, backend, read));
  return read;
}

/** The problem of a backend file that is for another backend than `backend`. */
export function notOfFlag(
  configuration: Configuration,
  stack: StackInstance,
  backend: BackendType,
  { file, kind }: BackendFile,
): readonly Problem[] {
  if (kind === undefined || kind === backend) return [];
  const { source } = configuration.organization;
  const flag = flagPath(configuration, stack);
  const line = { file: source.file, line: source.lineOf(flag), key: flag.join(".") };
  return [fileNotOfFlag(line, stack.id, backend, { file, kind })];
}
