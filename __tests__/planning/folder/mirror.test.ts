import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { mirrorWorktree } from "../../../planning/folder/mirror";
import { temporaryFolder } from "../../lib/config/support";

/** A private copy of what git knows of a worktree. */

const work = "stacks/edge";
let worktree: string;
let mirror: string;

function write(path: string, text = path): void {
  mkdirSync(dirname(join(worktree, path)), { recursive: true });
  writeFileSync(join(worktree, path), text);
}

const mirrored = () => mirrorWorktree(worktree, mirror, work, []);
/** Files and links, as paths from the top. */
const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .filter((file) => !file.startsWith(".git/"))
    .sort();

beforeEach(() => {
  [worktree, mirror] = [temporaryFolder(), join(temporaryFolder(), "mirror")];
  execFileSync("git", ["init", "--quiet", worktree]);
  write("modules/note/main.tf");
  write(`${work}/main.tf`);
  write(".gitignore", "*.secret\n");
  execFileSync("git", ["add", "--all"], { cwd: worktree });
});

it("has what is in git and what is not ignored, for its owner's eyes only", () => {
  write(`${work}/new.tf`);
  write(`${work}/a.secret`);
  write(`${work}/.terraform/modules/modules.json`);
  mirrored();
  expect(filesOf(mirror)).toEqual([".gitignore", "modules/note/main.tf", `${work}/main.tf`, `${work}/new.tf`]);
  expect(statSync(mirror).mode & 0o777).toBe(0o700);
});

it("follows what changed: other bytes, files that went, a file that became a folder", () => {
  write("x");
  mirrored();
  write(`${work}/main.tf`, "changed");
  rmSync(join(worktree, "modules"), { recursive: true });
  rmSync(join(worktree, "x"));
  write("x/y");
  mirrored();
  expect(filesOf(mirror)).toEqual([".gitignore", `${work}/main.tf`, "x/y"]);
  expect(readFileSync(join(mirror, work, "main.tf"), "utf8")).toBe("changed");
});

it("keeps what an engine left where it works, and nothing else that the worktree has not", () => {
  mirrored();
  for (const name of [".terraform/providers/p", "errored.tfstate", "flywheel.plan", "other.tf"]) {
    mkdirSync(dirname(join(mirror, work, name)), { recursive: true });
    writeFileSync(join(mirror, work, name), "left");
  }
  writeFileSync(join(mirror, "stray.tfstate"), "left");
  mirrored();
  expect(filesOf(mirror)).toEqual([
    ".gitignore",
    "modules/note/main.tf",
    `${work}/.terraform/providers/p`,
    `${work}/errored.tfstate`,
    `${work}/main.tf`,
  ]);
});

it("copies links as links: one inside leads inside the mirror, one that leads out to the same place", () => {
  symlinkSync("../../modules/note/main.tf", join(worktree, work, "inside.tf"));
  const outside = join(temporaryFolder(), "outside.tf");
  writeFileSync(outside, "outside");
  symlinkSync(`../../../${outside.split("/").slice(2).join("/")}`, join(worktree, work, "outside.tf"));
  mirrored();
  expect(readlinkSync(join(mirror, work, "inside.tf"))).toBe("../../modules/note/main.tf");
  expect(readFileSync(join(mirror, work, "inside.tf"), "utf8")).toBe("modules/note/main.tf");
  expect(lstatSync(join(mirror, work, "outside.tf")).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(mirror, work, "outside.tf"), "utf8")).toBe("outside");
});

it("writes nothing through a link that the worktree no longer has", () => {
  const outside = temporaryFolder();
  symlinkSync(outside, join(worktree, "linked"));
  mirrored();
  rmSync(join(worktree, "linked"));
  write("linked/file.tf");
  mirrored();
  expect(readdirSync(outside)).toEqual([]);
  expect(readFileSync(join(mirror, "linked/file.tf"), "utf8")).toBe("linked/file.tf");
});

it("never copies itself, and only reads the worktree", () => {
  mirror = join(worktree, "cdktf.out", "folders", "edge");
  mirrored();
  const before = filesOf(mirror);
  mirrored();
  expect(filesOf(mirror)).toEqual(before);
  expect(existsSync(join(mirror, "cdktf.out"))).toBe(false);
});
