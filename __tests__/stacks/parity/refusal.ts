import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { loadConfiguration } from "../../../lib/config/load";
import { type Problem, UserError } from "../../../lib/errors";
import { withTemporaryFolder } from "../../../lib/files";
import { preview } from "../../../planning/preview/preview";
import { type Deployment, writeConfiguration } from "./configuration";

/** What a deployment was refused for. */
interface Refusal {
  /** Where: when the files were read, or when the plan was made, which is when the values of secrets are looked at. */
  readonly by: "configuration" | "plan";
  readonly problems: readonly LocatedProblem[];
}

interface LocatedProblem extends Problem {
  /** The file from the configuration folder on. */
  readonly in?: string;
  /** The text of the line it names. */
  readonly text?: string;
}

/** The refusal of a deployment, or undefined where it is accepted. `engine`: plan it too, where its configuration is accepted. */
export async function refusalOf(deployment: Deployment, engine?: string): Promise<Refusal | undefined> {
  return withTemporaryFolder(async (folder) => {
    const secrets = writeConfiguration(folder, [deployment]);
    let by: Refusal["by"] = "configuration";
    try {
      const configuration = loadConfiguration(folder);
      by = "plan";
      if (engine !== undefined)
        await preview({
          configuration,
          stacks: configuration.stacks,
          engine,
          environment: { ...process.env, ...secrets },
          progress: () => undefined,
        });
      return undefined;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { by, problems: error.problems.map((problem) => located(folder, problem)) };
    }
  });
}

function located(folder: string, problem: Problem): LocatedProblem {
  if (problem.file === undefined) return problem;
  const text =
    problem.line === undefined ? undefined : readFileSync(problem.file, "utf8").split("\n")[problem.line - 1];
  return { ...problem, in: relative(folder, problem.file), ...(text === undefined ? {} : { text }) };
}

/** Whether a problem is about a setting: by its key, or, where the setting is not there at all, by its words. */
export function isAbout(problem: Problem, name: string): boolean {
  if (problem.key?.split(".")[0] === name) return true;
  const words = [problem.key, problem.what, problem.expected, problem.remedy].join(" ");
  return new RegExp(`(^|[^\\w-])${name}($|[^\\w-])`).test(words);
}
