import { existsSync, realpathSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { repositoryRoot } from "../../lib/root";
import { changedFiles, commitOf, commitsMissing, repositoryOf } from "./git";
import { type ComputedBy, configurationOnly } from "./trust";
import { noConfiguration, configurationInNoRepository, programBaseOfOwn, programInNoRepository } from "./refusals";

/** A repository at a commit. */
interface At {
  readonly repository: string;
  readonly commit: string;
}

/** What a comparison checks out and runs. */
export interface ComparisonPlan {
  /** The base's commit, of the configuration's repository. */
  readonly commit: string;
  readonly worktrees: {
    /** The base's configuration, where it is in another repository than the program. */
    readonly configuration?: At;
    /** The base's program; `path` leads from its repository's top to it, `checkout` is the one that runs now. */
    readonly program?: At & { readonly path: string; readonly checkout: string };
  };
  /** The program that runs now. */
  readonly checkout: string;
  /** The configuration's folder, from the top of its repository. */
  readonly configuration: string;
  readonly computedBy: ComputedBy;
  readonly remarks: readonly string[];
}

interface ComparisonRequest {
  readonly base: string;
  readonly programBase?: string;
  readonly folder: string;
}

/**
 * Decides what runs for each side. The base's program runs for both where the change touches configuration only, so that its answer
 * doesn't depend on code of the change.
 */
export function planComparison(
  { base, programBase, folder }: ComparisonRequest,
  checkout: string = runningCheckout(),
): ComparisonPlan {
  if (!existsSync(folder)) throw noConfiguration(folder);
  const repository = repositoryOf(folder);
  if (repository === undefined) throw configurationInNoRepository(folder);
  const configuration = relative(repository, realpathSync(folder));
  const commit = commitOf(repository, base);
  const program = repositoryOf(checkout);
  const remarks = behind(repository, base, commit);
  const shared = { commit, checkout, configuration, remarks };

  if (program === repository) {
    if (programBase !== undefined) throw programBaseOfOwn();
    const path = relative(repository, checkout);
    const onlyConfiguration =
      configurationOnly(changedFiles(repository, commit), configuration) && !`${path}/`.startsWith(`${configuration}/`);
    return {
      ...shared,
      worktrees: { program: { repository, commit, path, checkout } },
      computedBy: onlyConfiguration ? { by: "base", ref: base } : { by: "change" },
    };
  }
  const worktrees = { configuration: { repository, commit } };
  if (programBase === undefined)
    return { ...shared, worktrees, computedBy: { by: "program", commit: describe(program) } };
  if (program === undefined) throw programInNoRepository(checkout);
  const programCommit = commitOf(program, programBase);
  const same = changedFiles(program, programCommit).length === 0;
  return {
    ...shared,
    worktrees: {
      ...worktrees,
      program: { repository: program, commit: programCommit, path: relative(program, checkout), checkout },
    },
    computedBy: same ? { by: "base", ref: programBase } : { by: "change" },
  };
}

/** The checkout whose bin/flywheel runs. Where node_modules is a link into another checkout, the bundle would take that one for its own. */
function runningCheckout(): string {
  const script = process.argv[1];
  const started = script === undefined || !existsSync(script) ? undefined : realpathSync(script);
  return started !== undefined && started.endsWith(join("bin", "flywheel"))
    ? dirname(dirname(started))
    : realpathSync(repositoryRoot);
}

function describe(repository: string | undefined): string {
  if (repository === undefined) return "no repository";
  const commit = commitOf(repository, "HEAD");
  return `${commit.slice(0, 12)}${changedFiles(repository, commit).length === 0 ? "" : " with changes that are not committed"}`;
}

/** A base that went on: what it has and this checkout lacks would show as its opposite. */
function behind(repository: string, base: string, commit: string): readonly string[] {
  const missing = commitsMissing(repository, commit);
  if (missing === 0) return [];
  return [
    `${base} has ${missing} ${missing === 1 ? "commit" : "commits"} that this checkout lacks: they show as undone. Rebase, or compare with: git merge-base ${base} HEAD`,
  ];
}
