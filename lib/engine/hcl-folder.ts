import { existsSync, lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { type FolderInstance, placeOfFolder } from "../config/folder-instances";
import { refuseIfAny } from "../errors";
import { homeFolder } from "../home";
import { folderAmbiguous, folderMissing, folderNotInGit, varFileMissing } from "./refusals";

/** Where a folder of HCL is on this machine, links resolved. */
export interface HclFolder {
  readonly path: string;
  /** The top folder of the git worktree that it belongs to: what it may refer to. */
  readonly worktree: string;
  /** The files of variables that it is planned with, in their order. */
  readonly varFiles: readonly string[];
}

/**
 * Finds a folder of HCL: as seen from organization.yaml, or from where the command was typed.
 * @throws UserError where it is at neither or at both, is in no git worktree, or lacks a file of variables.
 */
export function findHclFolder(stack: FolderInstance): HclFolder {
  const { path, worktree } = locate(stack);
  const varFiles = stack.folder.varFiles.map((file) => resolve(path, expandHome(file)));
  refuseIfAny(
    varFiles.flatMap((file, index) =>
      existsSync(file) ? [] : [varFileMissing(placeOfFolder(stack, "var_files", index), file)],
    ),
  );
  return { path, worktree, varFiles };
}

function locate(stack: FolderInstance): Omit<HclFolder, "varFiles"> {
  const { folder, source } = stack;
  const named = expandHome(folder.path);
  const candidates = [...new Set([resolve(dirname(source.file), named), resolve(named)])];
  const found = [...new Set(candidates.filter(isFolder).map((path) => realpathSync(path)))];
  const place = placeOfFolder(stack, "path");
  const [path] = found;
  if (path === undefined) throw folderMissing(place, candidates);
  if (found.length > 1) throw folderAmbiguous(place, found);
  const worktree = worktreeOf(path);
  if (worktree === undefined) throw folderNotInGit(place, path);
  return { path, worktree };
}

/** Every folder in which an engine of this stack can have run, by hand or for us, also where the folder has moved since. */
export function foldersOfRuns(stack: FolderInstance): readonly string[] {
  const mirrored = foldersIn(mirrorOf(stack.id));
  try {
    return [locate(stack).path, ...mirrored];
  } catch {
    return mirrored;
  }
}

/** Where its engine runs: the folder's place in a private mirror of its worktree, in the operator's own folder. */
export function mirroredFolder(stack: FolderInstance): string {
  const mirror = mirrorOf(stack.id);
  try {
    const { path, worktree } = locate(stack);
    return join(mirror, relative(worktree, path));
  } catch {
    // Nothing runs where it is not there.
    return mirror;
  }
}

/** The private mirror of a stack's worktree. */
export function mirrorOf(id: string): string {
  return join("cdktf.out", "folders", id);
}

function foldersIn(mirror: string): readonly string[] {
  if (!existsSync(mirror)) return [];
  const below = readdirSync(mirror, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && entry.name !== ".terraform",
  );
  return [mirror, ...below.flatMap(({ name }) => foldersIn(join(mirror, name)))];
}

/** Files in a folder that an engine reads without being told: configuration, and values of variables. */
export function readByItself(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /\.(tf|tofu)(\.json)?$/.test(name) || /(^terraform|\.auto)\.tfvars(\.json)?$/.test(name))
    .sort();
}

function expandHome(path: string): string {
  const home = homeFolder();
  return path.startsWith("~/") && home !== undefined ? join(home, path.slice(2)) : path;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** As git finds it: the nearest folder upwards with a `.git`, which is a file in a linked worktree. */
function worktreeOf(path: string): string | undefined {
  for (let folder = path; ; folder = dirname(folder)) {
    if (lstatSync(join(folder, ".git"), { throwIfNoEntry: false }) !== undefined) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}
