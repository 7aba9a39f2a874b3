import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { resolveContracts } from "../../../lib/backend/resolve";
import { loadConfiguration } from "../../../lib/config/load";
import { type Problem } from "../../../lib/errors";
import { synthesize } from "../../../stacks/synth";
import {
  configFolder,
  leastSettings,
  organization,
  problemsOf,
  temporaryFolder,
  movableStacks,
} from "../config/support";

/** A configuration of every stack in dev and prod, with this `state:` (from line 5 of organization.yaml on). */
export function everyStack(state: string, files: Readonly<Record<string, string>> = {}): string {
  const settings = Object.fromEntries(
    movableStacks.flatMap((stack) =>
      ["dev", "prod"].map((environment) => [`environments/${environment}/${stack}.yaml`, leastSettings[stack] ?? ""]),
    ),
  );
  // Each environment has a cluster of its own: no object has two owners.
  const clusters = organization(state).replace(/(name: prod.*context: )honey/, "$1other");
  return configFolder({ "organization.yaml": clusters, ...settings, ...files });
}

/** A configuration of arc-runners in dev alone. */
export function oneStack(state: string, files: Readonly<Record<string, string>> = {}): string {
  return configFolder({
    "organization.yaml": organization(state),
    "environments/dev/arc-runners.yaml": leastSettings["arc-runners"] ?? "",
    ...files,
  });
}

/** A ledger that says where each of these states is. */
export function ledgerOf(places: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const blocks = Object.entries(places).map(([name, place]) => {
    const [, stack = "", environment = ""] = /^(.*)-([a-z]+)$/.exec(name) ?? [];
    const backend = place.startsWith("s3:") ? "s3" : "http";
    return `  - {stack: ${stack}, environment: ${environment}, backend: ${backend}, location: "${place}", lineage: l, serial: 1, sha256: new, at: "2026-04-16", generation: 1}\n`;
  });
  return { "state-ledger.yaml": `states:\n${blocks.join("")}` };
}

/** The `terraform.backend` of every stack that main.ts would write for this folder and environment, by stack id. */
export async function backendsOf(
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const out = temporaryFolder();
  await synthFolder(folder, environment, out);
  const ids = readdirSync(join(out, "stacks"));
  return Object.fromEntries(
    ids.map((id) => {
      const json = JSON.parse(readFileSync(join(out, "stacks", id, "cdk.tf.json"), "utf8")) as {
        terraform: { backend: unknown };
      };
      return [id, json.terraform.backend];
    }),
  );
}

/** What synth of this folder is refused with. Fails where it is not refused, or has written something. */
export async function refusalOf(
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<readonly Problem[]> {
  const out = join(temporaryFolder(), "out");
  const problems = await synthFolder(folder, environment, out).then(
    () => [],
    (error: unknown) => problemsOf(folder, error),
  );
  // What only the finished program can tell is told after cdktf has made its folder.
  expect(
    existsSync(out) ? readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()) : [],
  ).toEqual([]);
  return problems;
}

/** As main.ts, with an environment and a folder of the test's own. */
async function synthFolder(folder: string, environment: Readonly<Record<string, string>>, out: string): Promise<void> {
  const configuration = loadConfiguration(folder);
  const { stacks } = configuration;
  synthesize({
    configuration,
    stacks,
    contracts: await resolveContracts(configuration, stacks, environment),
    folder: out,
  });
}
