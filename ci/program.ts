import { reportOf, UsageError } from "../lib/errors";
import { GitHub, gitHubApi } from "../planning/github/github";
import { type Workflow, notSet, unknownWork } from "./refusals";

/**
 * Runs what a workflow asks for. The exit code is what it resolves with, 0 for nothing, 1 where it refused or failed, and 2 where it was
 * asked wrongly; the reason is on stderr.
 */
export function runProgram(work: () => unknown): void {
  Promise.resolve()
    .then(work)
    .then(
      (exitCode) => {
        if (typeof exitCode === "number") process.exitCode = exitCode;
      },
      (error: unknown) => {
        process.stderr.write(`${reportOf(error)}\n`);
        process.exitCode = error instanceof UsageError ? 2 : 1;
      },
    );
}

/** What one word of the command line stands for. @throws UsageError for another word, or none. */
export function chosen<T>(works: Readonly<Record<string, T>>, word: string | undefined): T {
  const work = Object.entries(works).find(([name]) => name === word)?.[1];
  if (work === undefined) throw unknownWork(word, Object.keys(works));
  return work;
}

/** A variable that the workflow sets. @throws UsageError where it is not there, or empty. */
type Required = (environment: NodeJS.ProcessEnv, name: string) => string;

/** Reads what a workflow must set. */
export function requiredBy(workflow: Workflow): Required {
  return (environment, name) => {
    const value = environment[name];
    if (value) return value;
    throw notSet(name, workflow);
  };
}

/** GitHub as the variables of a workflow name it. @throws UsageError as `required`. */
export function gitHubOf(environment: NodeJS.ProcessEnv, required: Required): GitHub {
  return new GitHub(
    gitHubApi(environment),
    required(environment, "GITHUB_REPOSITORY"),
    required(environment, "GITHUB_TOKEN"),
  );
}
