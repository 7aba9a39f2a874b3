import { configurationFolder, loadConfiguration } from "../../lib/config/load";
import { noDeployTarget } from "../../lib/config/refusals";
import { selectStacks } from "../../lib/config/select";
import { wrongOption } from "../refusals";
import { print, printJson } from "../terminal";

/** `flywheel target`: where a stack is deployed, by the configuration alone, in the lines that `$GITHUB_OUTPUT` takes. */
export function targetCommand(id: string, options: { readonly for: string; readonly json?: true }): void {
  const purpose = options.for;
  if (purpose !== "deploy" && purpose !== "plan") throw wrongOption(`--for is "${purpose}"`, "deploy or plan");
  const configuration = loadConfiguration(configurationFolder());
  const file = configuration.organization.source.file;
  for (const stack of selectStacks(configuration, [id])) {
    const { deploy } = stack.cluster;
    if (deploy === undefined) throw noDeployTarget(file, stack.id, stack.environment, "deploy");
    const target = purpose === "deploy" ? deploy : deploy.plan;
    if (target === undefined) throw noDeployTarget(file, stack.id, stack.environment, "deploy.plan");
    const { environment, runner } = target;
    if (options.json === true) printJson({ ok: true, id: stack.id, purpose, environment, runner });
    else print(`id=${stack.id}\nenvironment=${environment}\nrunner=${runner}`);
  }
}
