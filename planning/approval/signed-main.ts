import { join } from "node:path";
import { tmpdir } from "node:os";
import { mkdtempSync, rmSync } from "node:fs";
import { writeFileAtomically } from "../../lib/files";
import { git, gitWith } from "../difference/git";
import { allowedSigners } from "./approval";
import { notSignedMain } from "./refusals";

/**
 * Returns the commit where the configuration's checkout is the newest commit of the remote's main branch, signed by a key that this branch
 * lists (or that gpg trusts), with nothing changed beside it: neither what git was told to overlook nor what it ignores in the configuration.
 * @throws UserError `not-signed-main`, `main-unknown`, `no-allowed-signers`.
 */
export function refuseUnlessSignedMain(configuration: string): string {
  const { main, text } = allowedSigners(configuration);
  const { repository, branch, commit, below } = main;
  const head = git(repository, "rev-parse", "HEAD").stdout.trim();
  if (head !== commit)
    throw notSignedMain(
      repository,
      `HEAD is ${head.slice(0, 12)}, and the remote's ${branch} is ${commit.slice(0, 12)}`,
    );
  const folder = mkdtempSync(join(tmpdir(), "flywheel-main-"));
  try {
    // An index of its own compares contents, whatever the repository's was told to assume.
    const index = { GIT_INDEX_FILE: join(folder, "index") };
    const read = gitWith(index, repository, "read-tree", "HEAD");
    const lines = (...more: readonly string[]) =>
      gitWith(index, repository, "status", "--porcelain", "--untracked-files=all", ...more);
    const [all, ignored] = [lines(), lines("--ignored", "--", below || ".")];
    if (!read.ok || !all.ok || !ignored.ok)
      throw notSignedMain(repository, `git cannot tell what was changed: ${all.error}`);
    const changed = [...all.stdout.split("\n"), ...(below === "" ? [] : ignored.stdout.split("\n"))].find(
      (line) => line !== "",
    );
    if (changed !== undefined) throw notSignedMain(repository, `${changed.slice(3)} is not as committed`);
    const allowed = join(folder, "allowed_signers");
    writeFileAtomically(allowed, text, 0o600);
    const verified = git(repository, "-c", `gpg.ssh.allowedSignersFile=${allowed}`, "verify-commit", "HEAD");
    if (!verified.ok)
      throw notSignedMain(
        repository,
        `the commit ${head.slice(0, 12)} has no signature that holds${verified.error === "" ? "" : `: ${verified.error}`}`,
      );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return head;
}
