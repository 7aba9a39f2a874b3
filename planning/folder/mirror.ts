import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  type Stats,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { git } from "../difference/git";
import { gitFailed } from "../difference/refusals";

/** Files of a worktree, as paths from its top. */
type Listing = ReadonlySet<string>;

/**
 * Makes `mirror` a copy of what git knows of a worktree, and of what it does not ignore; `also` are files besides, as paths from its top.
 * What an engine left in the folder `work` of the mirror, its data and a state that it could not save elsewhere, stays; all else that
 * the worktree does not have goes. The worktree itself is only read.
 */
export function mirrorWorktree(worktree: string, mirror: string, work: string, also: readonly string[]): Listing {
  const own = resolve(mirror);
  const files = new Set([...listed(worktree), ...also].filter((file) => !join(worktree, file).startsWith(`${own}/`)));
  mkdirSync(mirror, { recursive: true, mode: 0o700 });
  chmodSync(mirror, 0o700);
  prune(mirror, "", { files, folders: foldersOf(files), work });
  for (const file of files) copy(join(worktree, file), join(mirror, file), worktree);
  mkdirSync(join(mirror, work), { recursive: true });
  return files;
}

/** What git lists of a worktree and what is there, those of its submodules too; never an engine's own data. */
function listed(worktree: string): readonly string[] {
  const { ok, stdout, error } = git(worktree, "ls-files", "-z", "--cached", "--others", "--exclude-standard");
  if (!ok) throw gitFailed(["ls-files"], worktree, error);
  return [...new Set(stdout.split("\0"))].flatMap((name) => {
    const file = name.replace(/\/$/, "");
    const found = file === "" ? undefined : lstatSync(join(worktree, file), { throwIfNoEntry: false });
    if (found === undefined || file.split("/").includes(".terraform")) return [];
    // A submodule or a repository inside: what belongs to it is asked of its own git.
    if (!found.isDirectory()) return [file];
    return existsSync(join(worktree, file, ".git"))
      ? listed(join(worktree, file)).map((below) => join(file, below))
      : [];
  });
}

function foldersOf(files: Listing): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const file of files)
    for (let folder = dirname(file); folder !== "."; folder = dirname(folder)) folders.add(folder);
  return folders;
}

interface Kept {
  readonly files: Listing;
  readonly folders: ReadonlySet<string>;
  readonly work: string;
}

/** An engine's own: providers it installed, and states that it, or `recover`, left. */
function isEngines(name: string): boolean {
  return name === ".terraform" || name.endsWith(".tfstate");
}

function prune(mirror: string, below: string, kept: Kept): void {
  for (const entry of readdirSync(join(mirror, below), { withFileTypes: true })) {
    const path = join(below, entry.name);
    const isHere = (below === "" ? "" : below) === kept.work;
    if (isHere && isEngines(entry.name) && !kept.files.has(path)) continue;
    const leadsToWork = kept.work === path || kept.work.startsWith(`${path}/`);
    if (entry.isDirectory() && (kept.folders.has(path) || leadsToWork)) prune(mirror, path, kept);
    else if (entry.isDirectory() || !kept.files.has(path)) rmSync(join(mirror, path), { recursive: true, force: true });
  }
}

function copy(from: string, to: string, worktree: string): void {
  const source = lstatSync(from, { throwIfNoEntry: false });
  if (source === undefined) return;
  const there = lstatSync(to, { throwIfNoEntry: false });
  if (source.isSymbolicLink()) {
    const target = linkTarget(from, worktree);
    if (there?.isSymbolicLink() === true && readlinkSync(to) === target) return;
    rmSync(to, { recursive: true, force: true });
    mkdirSync(dirname(to), { recursive: true });
    symlinkSync(target, to);
    return;
  }
  if (!source.isFile() || isSame(source, there)) return;
  rmSync(to, { recursive: true, force: true });
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
  chmodSync(to, source.mode & 0o777);
  utimesSync(to, source.atime, source.mtime);
}

/** A link that leads out of the worktree leads to the same place from the mirror. */
function linkTarget(link: string, worktree: string): string {
  const target = readlinkSync(link);
  if (isAbsolute(target)) return target;
  const leadsOut = relative(worktree, resolve(dirname(link), target)).startsWith("..");
  return leadsOut ? resolve(dirname(link), target) : target;
}

function isSame(source: Stats, there: Stats | undefined): boolean {
  return (
    there?.isFile() === true &&
    there.size === source.size &&
    Math.floor(there.mtimeMs) === Math.floor(source.mtimeMs) &&
    (there.mode & 0o777) === (source.mode & 0o777)
  );
}
