import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../lib/root";
import { type Stage } from "./stage";

/** The comment that a pull request gets: one line of the settings changed, in a configuration repository of the demo's own. */
export async function showPullRequest(stage: Stage, engine: string): Promise<void> {
  const repository = join(stage.folder, "configuration");
  cpSync(join(repositoryRoot, "config"), repository, { recursive: true });
  const git = (...args: readonly string[]) =>
    execFileSync(
      "git",
      ["-c", "user.name=demo", "-c", "user.email=demo@localhost", "-c", "commit.gpgsign=false", ...args],
      { cwd: repository, stdio: "ignore" },
    );
  git("init", "--quiet");
  git("add", ".");
  git("commit", "--quiet", "--message", "The configuration");
  const file = join(repository, "environments", "dev", "arc-runners.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace(/^nix_max_runners: .*$/m, "nix_max_runners: 7"));

  stage.say("\nA pull request sets nix_max_runners to 7. Its comment, made without a credential:");
  await stage.run(
    "flywheel preview --base HEAD --markdown arc-runners",
    process.execPath,
    [join(repositoryRoot, "bin", "flywheel"), "preview", "--base", "HEAD", "--markdown", "arc-runners"],
    {
      env: { FLYWHEEL_CONFIG_DIR: repository, FLYWHEEL_ENGINE: engine },
      show: /^(?!.*: planning)./,
    },
  );
}
