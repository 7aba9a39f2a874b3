import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { backendBlock, engineVariables, location, type StateContract } from "../../lib/backend/contract";
import { type FolderInstance, placeOfFolder } from "../../lib/config/folder-instances";
import { isRecord } from "../../lib/config/kind";
import { findHclFolder, type HclFolder, mirrorOf, readByItself } from "../../lib/engine/hcl-folder";
import { erroredStateLeft, ignoredInput, otherBackend, overrideTaken } from "../../lib/engine/refusals";
import { refusal } from "../../lib/errors";
import { erroredStateOf } from "../../lib/engine/errored-state";
import { writeFileAtomically } from "../../lib/files";
import { ignoredIn } from "../difference/git";
import { mirrorWorktree } from "./mirror";

/** The last word on where the state is: an override file, in the mirror alone. */
const overrideFile = "flywheel_override.tf.json";
const lockFile = ".terraform.lock.hcl";

/** A folder of HCL, mirrored for a run of its engine. */
export interface PreparedFolder {
  /** Where the engine runs. */
  readonly folder: string;
  /** What was written beside the folder's own files. */
  readonly written: Buffer;
  readonly env: Readonly<Record<string, string>>;
  readonly initArguments: readonly string[];
  readonly planArguments: readonly string[];
}

/**
 * Mirrors the worktree of a folder and writes the backend of `contract` beside its HCL. The folder itself is only read.
 * @throws UserError where it is not there, or the engine would read there what git ignores.
 */
export function prepareFolder(stack: FolderInstance, contract: StateContract): PreparedFolder {
  const found = findHclFolder(stack);
  refuseIgnored(stack, found);
  const work = relative(found.worktree, found.path);
  const mirror = mirrorOf(stack.id);
  const folder = join(mirror, work);
  const lock = join(work, lockFile);
  // Where the folder has moved in its worktree, the mirror follows; what an engine could not save stays where it was.
  const left = erroredStateOf(stack);
  if (left !== undefined && dirname(left) !== folder) throw refusal(erroredStateLeft(stack.id, left));
  const hasLock = existsSync(join(found.path, lockFile));
  const files = mirrorWorktree(found.worktree, mirror, work, hasLock ? [lock] : []);
  const override = join(folder, overrideFile);
  if (files.has(join(work, overrideFile))) throw overrideTaken(placeOfFolder(stack), overrideFile);
  const text = `${JSON.stringify({ terraform: { backend: { [contract.type]: backendBlock(contract) } } }, undefined, 2)}\n`;
  writeFileAtomically(override, text, 0o600);
  return {
    folder,
    written: Buffer.from(text),
    env: engineVariables(contract, {}),
    initArguments: hasLock ? ["-lockfile=readonly"] : [],
    planArguments: found.varFiles.map((file) => `-var-file=${file}`),
  };
}

/** What keeps a folder from being planned, before anything is mirrored. @throws as prepareFolder. */
export function refuseIgnored(stack: FolderInstance, { path, varFiles }: HclFolder): void {
  const ignored = ignoredIn(path, readByItself(path)).filter((name) => !varFiles.includes(join(path, name)));
  if (ignored.length > 0) throw ignoredInput(placeOfFolder(stack), stack.id, ignored);
}

/**
 * After init: the backend that the engine has taken is the contract's, whatever other override files the folder has.
 * @throws UserError where it is another one, or cannot be told.
 */
export function refuseOtherBackend(stack: FolderInstance, contract: StateContract, folder: string): void {
  const backend = backendIn(join(folder, ".terraform", "terraform.tfstate"));
  const config = isRecord(backend) && isRecord(backend["config"]) ? backend["config"] : {};
  const isOurs = Object.entries(backendBlock(contract)).every(([key, value]) =>
    isRecord(value) ? isRecord(config[key]) : config[key] === value,
  );
  if (isRecord(backend) && backend["type"] === contract.type && isOurs) return;
  const type = isRecord(backend) && typeof backend["type"] === "string" ? backend["type"] : "none";
  const expected = `${contract.type}, at ${location(contract)}`;
  throw otherBackend(placeOfFolder(stack), stack.id, type === contract.type ? `${type}, elsewhere` : type, expected);
}

function backendIn(file: string): unknown {
  if (!existsSync(file)) return undefined;
  const document: unknown = JSON.parse(readFileSync(file, "utf8"));
  return isRecord(document) ? document["backend"] : undefined;
}
