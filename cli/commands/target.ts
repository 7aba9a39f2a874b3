import { type DeploySettings } from "../../lib/config/deploy";
import { configurationFolder, loadConfiguration, type StackInstance } from "../../lib/config/load";
import { noDeployTarget } from "../../lib/config/refusals";
import { selectStacks } from "../../lib/config/select";
import { noTargets, wrongOption } from "../refusals";
import { note, print, printJson } from "../terminal";

type Target = Pick<DeploySettings, "environment" | "runner">;

/**
 * `flywheel target`: where a stack is deployed, or a pull request's plan of it is made, by the configuration alone: in the lines that
 * `$GITHUB_OUTPUT` takes. Without an id, every stack that has such a place, as a workflow's matrix; the others are told.
 */
export function targetCommand(id: string | undefined, options: { readonly for: string; readonly json?: true }): void {
  const purpose = options.for;
  if (purpose !== "deploy" && purpose !== "plan") throw wrongOption(`--for is "${purpose}"`, "deploy or plan");
  const configuration = loadConfiguration(configurationFolder());
  const file = configuration.organization.source.file;
  const targetOf = ({ cluster: { deploy } }: StackInstance): Target | undefined =>
    purpose === "deploy" ? deploy : deploy?.plan;
  const key = purpose === "deploy" ? "deploy" : "deploy.plan";
  const stacks = selectStacks(configuration, id === undefined ? [] : [id]);
  const rows = stacks.flatMap((stack) => {
    const target = targetOf(stack);
    if (target !== undefined) return [{ id: stack.id, environment: target.environment, runner: target.runner }];
    if (id !== undefined) throw noDeployTarget(file, stack.id, stack.environment, key);
    note(`${stack.id}: left out, since ${stack.environment} has no ${key} in ${file}`);
    return [];
  });
  const [row] = rows;
  if (row === undefined) throw noTargets(file, key);
  if (id === undefined) {
    if (options.json === true) printJson({ ok: true, purpose, stacks: rows });
    else print(`stacks=${JSON.stringify(rows)}`);
  } else if (options.json === true) printJson({ ok: true, purpose, ...row });
  else print(`id=${row.id}\nenvironment=${row.environment}\nrunner=${row.runner}`);
}
