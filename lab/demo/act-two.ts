import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { isStackName } from "../../lib/config/names";
import { loadConfiguration } from "../../lib/config/load";
import { settingsSpecs } from "../../lib/config/stacks";
import { type SecretSpec } from "../../lib/config/settings";
import { repositoryRoot } from "../../lib/root";
import { preview } from "../../planning/preview/preview";
import { type Stage } from "./stage";

const recorded = join(repositoryRoot, "__tests__", "stacks", "parity", "fixtures", "states");

/** Act 2, with an engine: states that the old stacks wrote with the real providers, adopted without touching a resource. */
export async function actTwo(stage: Stage, engine: string): Promise<void> {
  stage.act("Act 2: state of the old stacks, adopted");
  stage.say("These states were written by the old HCL stacks with the real providers. The first plan of ours on each:");
  for (const stack of readdirSync(recorded).filter(isStackName)) {
    const file = readdirSync(join(recorded, stack)).find((name) => name.endsWith(".tfstate"));
    if (file === undefined) continue;
    const stateFile = join(recorded, stack, file);
    const variables = JSON.parse(readFileSync(stateFile.replace(/tfstate$/, "variables.json"), "utf8")) as Readonly<
      Record<string, unknown>
    >;
    const { folder, secrets } = configurationOf(stage, stack, variables);
    const configuration = loadConfiguration(folder);
    const result = await preview({
      configuration,
      stacks: configuration.stacks,
      engine,
      environment: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...secrets },
      priorStates: new Map(configuration.stacks.map(({ id }) => [id, { file: stateFile, name: "the recorded state" }])),
      progress: () => undefined,
    });
    for (const { summary: s, actions } of result.stacks) {
      stage.say(
        `  ${stack.padEnd(18)} ${s.moved} moved, ${s.add} to add, ${s.change} to change, ${s.replace} to replace, ${s.destroy} to destroy`,
      );
      for (const { address } of actions.filter(({ action }) => action === "change")) stage.say(`    ~ ${address}`);
    }
  }
  stage.say("What changes in place are texts that are ours now: scripts, the Caddyfile, and the checksums of them.");
}

/** The configuration that the recorded variables mean here. */
function configurationOf(
  stage: Stage,
  stack: keyof typeof settingsSpecs,
  variables: Readonly<Record<string, unknown>>,
): { folder: string; secrets: Record<string, string> } {
  const folder = join(stage.folder, "act-two", stack);
  const specs: Readonly<Record<string, SecretSpec>> = settingsSpecs[stack].secrets;
  const { cluster_context: context, k8s_config_path: kubeconfig, ingress_domain: domain, ...rest } = variables;
  const settings = Object.entries(rest).filter(([name]) => !(name in specs));
  const secrets = Object.entries(rest).filter(([name, value]) => name in specs && value !== "");
  mkdirSync(join(folder, "environments", "dev"), { recursive: true });
  writeFileSync(
    join(folder, "organization.yaml"),
    stringify({
      organization: { name: "honey" },
      clusters: [
        {
          name: "dev",
          role: "development",
          domain: domain ?? "example.org",
          context,
          ...(kubeconfig === undefined ? {} : { kubeconfig }),
        },
      ],
    }),
  );
  writeFileSync(
    join(folder, "environments", "dev", `${stack}.yaml`),
    stringify({ ...Object.fromEntries(settings), secrets: secrets.map(([name]) => name) }),
  );
  return { folder, secrets: Object.fromEntries(secrets.map(([name, value]) => [`TF_VAR_${name}`, String(value)])) };
}
