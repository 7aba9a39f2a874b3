import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withWorktree } from "../../../planning/difference/worktree";

const folder = mkdtempSync(join(tmpdir(), "flywheel-worktree-"));
const repository = join(folder, "repository");
const git = (...args: readonly string[]) =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
    cwd: repository,
    encoding: "utf8",
  });
const worktrees = () => git("worktree", "list", "--porcelain").match(/^worktree .*/gm)?.length;

beforeAll(() => {
  execFileSync("git", ["init", "--quiet", repository]);
  git("commit", "--quiet", "--allow-empty", "-m", "first");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("what a killed run left is removed by the next one; what a run at work has stays", async () => {
  const sleeper = spawn("sleep", ["100"]);
  const [left, used] = [join(folder, "left"), join(folder, "used")];
  const add = (place: string, pid: number) =>
    git("worktree", "add", "--quiet", "--detach", "--lock", "--reason", `flywheel, process ${pid}`, place, "HEAD");
  const dead = spawn("true");
  await once(dead, "exit");
  add(left, dead.pid ?? 0);
  add(used, sleeper.pid ?? 0);
  try {
    await withWorktree(repository, "HEAD", join(folder, "own"), () => {
      expect([existsSync(left), existsSync(used), worktrees()]).toEqual([false, true, 3]);
      return Promise.resolve();
    });
    expect(worktrees()).toBe(2);
  } finally {
    sleeper.kill();
  }
});
