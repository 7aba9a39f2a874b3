import { rmSync } from "node:fs";
import { UserError } from "../../lib/errors";
import { git } from "./git";

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
  // Before whoever removes the folder around it.
  process.prependListener("exit", remove);
  try {
    const { ok, error } = git(repository, "worktree", "add", "--detach", "--quiet", folder, commit);
    if (!ok)
      throw new UserError({
        code: "no-worktree",
        what: `git cannot check ${commit} out beside ${repository}: ${error}`,
        expected: "a worktree of the base, to plan it from",
      });
    return await work();
  } finally {
    remove();
    process.off("exit", remove);
  }
}
