import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { preview, type StackPreview } from "../../lab/preview/preview";
import { type PlanDocument } from "../../lab/preview/plan-document";
import { loadConfiguration } from "../../lib/config/load";
import { withTemporaryFolder } from "../../lib/files";
import { type Deployment, writeConfiguration } from "./configuration";

/** The part of `show -json` that parity is about. */
export interface ShownPlan extends PlanDocument {
  readonly planned_values?: PlanDocument["planned_values"] & { readonly outputs?: Readonly<Record<string, { readonly sensitive?: boolean; readonly value?: unknown }>> };
  readonly output_changes?: Readonly<Record<string, { readonly after_unknown?: unknown }>>;
}

export interface Plan extends StackPreview {
  readonly shown: ShownPlan;
}

/** A deployment and the state it is planned on; the state's text, or none. */
export interface Planning extends Deployment {
  readonly state?: string;
}

/** The deployments' plans by replay, in one run and in the same order. All from no state, or one from a state. */
export async function plan(engine: string, deployments: readonly Deployment[], stateFile?: string): Promise<readonly Plan[]> {
  return withTemporaryFolder(async (folder) => {
    const environment = { ...process.env, ...writeConfiguration(folder, deployments) };
    const configuration = loadConfiguration(folder);
    const result = await preview({ configuration, stacks: configuration.stacks, engine, environment, ...(stateFile === undefined ? {} : { stateFile }), progress: () => undefined });
    return deployments.map((deployment): Plan => {
      const found = result.stacks.find(({ stack }) => stack.stack === deployment.stack && stack.environment === deployment.environment);
      if (found === undefined) throw new Error(`no plan of ${deployment.stack} in ${deployment.environment}`);
      return { ...found, shown: JSON.parse(found.document) as ShownPlan }; // the engine's documented format
    });
  });
}

/** As `plan`, for one deployment on a state given as text. */
export async function planOn(engine: string, deployment: Deployment, state: string): Promise<Plan> {
  return withTemporaryFolder(async (folder) => {
    const file = join(folder, "prior.tfstate");
    writeFileSync(file, state);
    const [planned] = await plan(engine, [deployment], file);
    if (planned === undefined) throw new Error(`no plan of ${deployment.stack}`);
    return planned;
  });
}

/** A state that holds generated passwords and nothing else, at the addresses they have in the HCL stacks. */
export function passwordState(passwords: Readonly<Record<string, string>>): string {
  const resources = Object.entries(passwords).map(([address, result]) => {
    const match = /^(?:(module\..*?)\.)?(random_password)\.(\w+)(?:\[(\d+)\])?$/.exec(address);
    if (match === null) throw new Error(`not the address of a random_password: ${address}`);
    const [, module, type, name, index] = match;
    const attributes = {
      ...{ id: "none", result, length: result.length, bcrypt_hash: "x", keepers: null, override_special: null },
      ...{ special: false, lower: true, upper: true, numeric: true, number: true, min_lower: 0, min_upper: 0, min_numeric: 0, min_special: 0 },
    };
    const instance = { schema_version: 3, attributes, sensitive_attributes: [], ...(index === undefined ? {} : { index_key: Number(index) }) };
    return { ...(module === undefined ? {} : { module }), mode: "managed", type, name, provider: 'provider["registry.terraform.io/hashicorp/random"]', instances: [instance] };
  });
  return JSON.stringify({ version: 4, terraform_version: "1.11.4", serial: 1, lineage: "passwords", outputs: {}, resources, check_results: null });
}
