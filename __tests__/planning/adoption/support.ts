import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Adoption, adoptionOf } from "../../../planning/adoption/adoption";
import { type PlanDocument } from "../../../planning/preview/plan-document";
import { placeholdersFor } from "../../../planning/preview/placeholders";
import { preview, type StackPreview } from "../../../planning/preview/preview";
import { type Configuration, loadConfiguration, type ProgramInstance } from "../../../lib/config/load";
import { type Problem, UserError } from "../../../lib/errors";
import { withTemporaryFolder } from "../../../lib/files";
import { repositoryRoot } from "../../../lib/root";
import { writeConfiguration } from "../../stacks/parity/configuration";
import { readStates, type RecordedState, type Values } from "../../stacks/parity/facts";

/** A state document, as far as tests change it. */
export interface StateDocument {
  resources: {
    module?: string;
    mode: string;
    type: string;
    name: string;
    provider: string;
    instances: Record<string, unknown>[];
  }[];
}

interface Adopting {
  readonly engine: string;
  readonly recorded: RecordedState;
  /** Changes the state before it is adopted. */
  readonly change?: (state: StateDocument) => void;
  /** Variables in place of the recorded ones; undefined takes one away. */
  readonly variables?: Values;
  readonly release?: readonly string[];
  readonly allowDestroy?: readonly string[];
}

export function recordedState(stack: string, name: string): RecordedState {
  const found = readStates(stack).find((state) => state.name === name);
  if (found === undefined) throw new Error(`no state ${stack}/${name}`);
  return found;
}

/** `flywheel adopt` in this process. */
export async function adopt(adopting: Adopting): Promise<Adoption> {
  return planned(adopting, (stack) =>
    adoptionOf(
      stack.stack,
      JSON.parse(stack.document) as PlanDocument,
      stack.refused,
      stack.allowDestroy,
      placeholdersFor(stack.stack, process.env),
    ),
  );
}

/** The problems that `flywheel preview --state` ends with; none where the plan could be applied. */
export async function previewProblems(adopting: Adopting): Promise<readonly Problem[]> {
  try {
    return await planned(adopting, ({ refused }) => refused);
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
}

export async function planned<T>(
  { engine, recorded, change, variables, release, allowDestroy }: Adopting,
  read: (stack: StackPreview) => T,
): Promise<T> {
  return withTemporaryFolder(async (folder) => {
    const given = Object.fromEntries(
      Object.entries({ ...recorded.variables, ...variables }).filter(([, value]) => value !== undefined),
    );
    const environment = {
      ...process.env,
      ...writeConfiguration(folder, [{ environment: "live", stack: recorded.stack, variables: given }]),
    };
    const state = JSON.parse(readFileSync(recorded.file, "utf8")) as StateDocument;
    change?.(state);
    const stateFile = join(folder, "prior.tfstate");
    writeFileSync(stateFile, JSON.stringify(state));
    const configuration = withLists(
      loadConfiguration(folder),
      `${recorded.stack}-live`,
      release ?? [],
      allowDestroy ?? [],
    );
    const result = await preview({
      configuration,
      stacks: configuration.stacks,
      engine,
      environment,
      priorStates: new Map(configuration.stacks.map(({ id }) => [id, { file: stateFile, name: "the state" }])),
      progress: () => undefined,
    });
    const [stack] = result.stacks;
    if (stack === undefined) throw new Error("nothing was planned");
    return read(stack);
  });
}

function withLists(
  configuration: Configuration,
  id: string,
  release: readonly string[],
  allowDestroy: readonly string[],
): Configuration {
  const { organization } = configuration;
  return {
    ...configuration,
    organization: {
      ...organization,
      state: { ...organization.state, release: { [id]: [...release] }, allow_destroy: { [id]: [...allowDestroy] } },
    },
  };
}

/** A RustFS object store beside what a stack knows: the live attic state may hold one. */
export function addRustfs(state: StateDocument): void {
  const provider = 'provider["registry.terraform.io/hashicorp/kubernetes"]';
  const metadata = [
    {
      name: "rustfs",
      namespace: "nix-cache",
      annotations: null,
      labels: { app: "rustfs" },
      generate_name: "",
      generation: 1,
      resource_version: "1",
      uid: "2f0c",
    },
  ];
  const instance = (id: string) => ({
    schema_version: 1,
    attributes: { id, metadata, spec: [] },
    sensitive_attributes: [],
  });
  state.resources.push(
    {
      mode: "managed",
      type: "kubernetes_stateful_set_v1",
      name: "rustfs",
      provider,
      instances: [instance("nix-cache/rustfs")],
    },
    {
      module: 'module.rustfs["a.b/c"]',
      mode: "managed",
      type: "kubernetes_service_v1",
      name: "main",
      provider,
      instances: [
        { ...instance("nix-cache/rustfs"), index_key: 0 },
        { ...instance("nix-cache/rustfs-2"), index_key: 1 },
      ],
    },
    {
      module: 'module.rustfs["a.b/c"]',
      mode: "managed",
      type: "kubernetes_persistent_volume_claim_v1",
      name: "data",
      provider,
      instances: [{ ...instance("nix-cache/data"), index_key: 'disk "1"', schema_version: 0 }],
    },
    { mode: "data", type: "kubernetes_namespace", name: "asked", provider, instances: [instance("x")] },
  );
}

export const rustfsAddresses = [
  "kubernetes_stateful_set_v1.rustfs",
  'module.rustfs["a.b/c"].kubernetes_service_v1.main[0]',
  'module.rustfs["a.b/c"].kubernetes_service_v1.main[1]',
  'module.rustfs["a.b/c"].kubernetes_persistent_volume_claim_v1.data["disk \\"1\\""]',
] as const;

/** A stack of the configuration that ships, for what asks no engine. */
export function configuredStack(): ProgramInstance {
  const stack = loadConfiguration(join(repositoryRoot, "config")).stacks.find(({ id }) => id === "attic");
  if (stack === undefined) throw new Error("attic is configured");
  return stack;
}
