import { rmSync } from "node:fs";
import { isRunning } from "../../lib/processes";
import { git } from "./git";
import { noWorktree } from "./refusals";

/** Why a worktree is locked: whose it is. */
const reason = "flywheel, process ";

/**
 * Runs `work` with the repository as it is at `commit`, in `folder`, which must not exist yet. The worktree is gone afterwards, from
 * the folder and from the repository's list, also after an interrupt. No hook runs.
 */
export async function withWorktree<T>(
  repository: string,
  commit: string,
  folder: string,
  work: () => Promise<T>,
): Promise<T> {
  const remove = () => {
    // Twice --force: also one that an interrupted `add` has left locked.
    if (!git(repository, "worktree", "remove", "--force", "--force", folder).ok)
      rmSync(folder, { recursive: true, force: true });
    git(repository, "worktree", "prune");
  };
  removeLeftWorktrees(repository);
  // It runs before the listener that removes the folder around it.
  process.prependListener("exit", remove);
  try {
    const mark = ["--lock", "--reason", `${reason}${process.pid}`];
    const { ok, error } = git(repository, "worktree", "add", ...mark, "--detach", "--quiet", folder, commit);
    if (!ok) throw noWorktree(commit, repository, error);
    return await work();
  } finally {
    remove();
    process.off("exit", remove);
  }
}

/** What a run left that was killed (-9): its worktree is locked in the name of a process that is no more. */
function removeLeftWorktrees(repository: string): void {
  for (const block of git(repository, "worktree", "list", "--porcelain").stdout.split("\n\n")) {
    const folder = /^worktree (.+)$/m.exec(block)?.[1];
    const owner = new RegExp(`^locked ${reason}(\\d+)$`, "m").exec(block)?.[1];
    if (folder === undefined || owner === undefined || isRunning(Number(owner))) continue;
    if (!git(repository, "worktree", "remove", "--force", "--force", folder).ok)
      git(repository, "worktree", "unlock", folder);
    git(repository, "worktree", "prune");
  }
}
