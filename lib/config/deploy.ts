import { z } from "zod";
import { type Path } from "./source";
import { type Report } from "./report";
import { sharedDeployEnvironment, planSharesDeploy } from "./organization-refusals";

// Names that GitHub accepts, without the characters that would break a line of a workflow's output.
const environment = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/, "the name of a GitHub environment: letters, digits, `.`, `_` and -");
const runner = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/, "the label of a runner: letters, digits, `.`, `_` and -");

/**
 * `deploy` of a cluster: the GitHub environment whose reviewers are asked and whose secrets are given, and the runner that reaches the
 * place. `plan`: the same for runs of a pull request's own code, which are given credentials that read.
 */
export const deploySchema = z.strictObject(
  {
    environment,
    runner,
    plan: z.strictObject({ environment, runner }, "one of environment, runner").optional(),
  },
  "one of environment, runner, plan",
);

export type DeploySettings = z.output<typeof deploySchema>;

/**
 * No environment of GitHub stands for two clusters: dev's reviewers would be asked for prod. And what runs a pull request's code shares
 * neither secrets nor a machine with what deploys. GitHub takes no notice of upper and lower case, in both.
 */
export function checkDeploy(
  clusters: readonly { readonly name: string; readonly deploy?: DeploySettings | undefined }[],
  report: Report,
): void {
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const deploys = clusters.flatMap(({ name, deploy }) => (deploy === undefined ? [] : [{ name, deploy }]));
  clusters.forEach(({ name, deploy }, index) => {
    if (deploy === undefined) return;
    const path: Path = ["clusters", index, "deploy"];
    const other = deploys.find((one) => one.name !== name && same(one.deploy.environment, deploy.environment));
    if (other !== undefined)
      report([...path, "environment"], sharedDeployEnvironment(name, other.name, deploy.environment));
    for (const key of ["environment", "runner"] as const) {
      const value = deploy.plan?.[key];
      const taken = deploys.find((one) => value !== undefined && same(one.deploy[key], value));
      if (taken === undefined) continue;
      report([...path, "plan", key], planSharesDeploy(key, value, taken.name));
    }
  });
}
