import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { preview, type StackPreview } from "../../../planning/preview/preview";
import { type PlanDocument } from "../../../planning/preview/plan-document";
import { loadConfiguration } from "../../../lib/config/load";
import { withTemporaryFolder } from "../../../lib/files";
import { type Deployment, writeConfiguration } from "./configuration";
import { type FactCase } from "./facts";

/** The part of `show -json` that parity is about. */
export interface ShownPlan extends PlanDocument {
  readonly planned_values?: PlanDocument["planned_values"] & {
    readonly outputs?: Readonly<Record<string, { readonly sensitive?: boolean; readonly value?: unknown }>>;
  };
  readonly output_changes?: Readonly<Record<string, { readonly after_unknown?: unknown }>>;
}

export interface Plan extends StackPreview {
  readonly shown: ShownPlan;
}

/** The deployments' plans by replay, in one run and in the same order. All from no state, or one from a state. */
export async function plan(
  engine: string,
  deployments: readonly Deployment[],
  stateFile?: string,
): Promise<readonly Plan[]> {
  return withTemporaryFolder(async (folder) => {
    const environment = { ...process.env, ...writeConfiguration(folder, deployments) };
    const configuration = loadConfiguration(folder);
    const result = await preview({
      configuration,
      stacks: configuration.stacks,
      engine,
      environment,
      priorStates: new Map(
        stateFile === undefined
          ? []
          : configuration.stacks.map(({ id }) => [id, { file: stateFile, name: "the state" }]),
      ),
      progress: () => undefined,
    });
    return deployments.map((deployment): Plan => {
      const found = result.stacks.find(
        ({ stack }) => stack.stack === deployment.stack && stack.environment === deployment.environment,
      );
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

/** What the provider says of a password where its configuration says nothing. */
const passwordDefaults = {
  ...{
    id: "none",
    bcrypt_hash: "x",
    keepers: null,
    override_special: null,
    special: true,
    lower: true,
    upper: true,
    numeric: true,
    number: true,
  },
  ...{ min_lower: 0, min_upper: 0, min_numeric: 0, min_special: 0 },
};

/** A state that holds a case's generated passwords and nothing else, as the HCL stack configures them and at its addresses. */
export function passwordState(facts: FactCase): string {
  const resources = Object.entries(facts.with_fixed_passwords?.passwords ?? {}).map(([address, result]) => {
    const match = /^(?:(module\..*?)\.)?(random_password)\.(\w+)(?:\[(\d+)\])?$/.exec(address);
    const fact = facts.resources.find((resource) => resource.address === address);
    if (match === null || fact === undefined) throw new Error(`not the address of a random_password: ${address}`);
    const [, module, type, name, index] = match;
    const instance = {
      schema_version: 3,
      attributes: { ...passwordDefaults, ...fact.values, result },
      sensitive_attributes: [],
      ...(index === undefined ? {} : { index_key: Number(index) }),
    };
    return {
      ...(module === undefined ? {} : { module }),
      mode: "managed",
      type,
      name,
      provider: 'provider["registry.terraform.io/hashicorp/random"]',
      instances: [instance],
    };
  });
  return JSON.stringify({
    version: 4,
    terraform_version: "1.11.4",
    serial: 1,
    lineage: "passwords",
    outputs: {},
    resources,
    check_results: null,
  });
}
