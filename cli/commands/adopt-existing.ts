import { existing } from "../../authority/cluster/existing";
import { hasPart } from "../../authority/stores/bucket-parts";
import { contractOn } from "../../lib/backend/resolve";
import { type Configuration, configurationFolder, loadConfiguration, type StackInstance } from "../../lib/config/load";
import { writeImports } from "../../lib/config/import-file";
import { authorityStack } from "../../lib/config/names";
import { findEngine } from "../../lib/engine/find";
import { type Importable, importables } from "../../planning/adoption/importable";
import { preview, type StackPreview } from "../../planning/preview/preview";
import { wrongOption } from "../refusals";
import { note, print, printJson } from "../terminal";

/**
 * `flywheel adopt state-authority --from-cluster`: looks for every object that the stack would make, in its cluster and its bucket, and writes
 * `state.import` for what is there. Nothing is changed but organization.yaml; a look that fails writes nothing.
 */
export async function adoptExisting(
  configuration: Configuration,
  stack: StackInstance,
  options: { readonly json?: true },
): Promise<void> {
  if (stack.stack !== authorityStack)
    throw wrongOption(
      `--from-cluster makes a state of what exists, and ${stack.id} has one to be adopted`,
      `it for ${authorityStack} alone; for another stack its state: flywheel adopt ${stack.id} --state FILE`,
    );
  const { plan } = await previewOf(configuration, stack);
  const found: Importable[] = [];
  const missing: Importable[] = [];
  for (const [resource, isThere] of await look(configuration, stack, importables(plan)))
    (isThere ? found : missing).push(resource);
  const { organization } = configuration;
  writeImports(organization, stack.id, Object.fromEntries(found.map(({ address, id }) => [address, id])));
  const after = await previewOf(loadConfiguration(configurationFolder()), stack);
  const { import: imported, add } = after.summary;
  if (options.json === true)
    return printJson({
      ok: true,
      id: stack.id,
      replay: true,
      file: organization.source.file,
      found: found.map(({ address, id }) => ({ address, id })),
      missing: missing.map(({ address }) => address),
      plan: { import: imported, add },
    });
  for (const { address, id } of found) print(`found    ${address}  ${id}`);
  for (const { address } of missing) print(`missing  ${address}`);
  print(
    `${stack.id}: ${found.length} found, written to state.import in ${organization.source.file}; ${missing.length} missing`,
  );
  print(
    `The next plan, by replay: ${imported} to import, ${add} to add. Replay does not know what the cluster has in these objects: the engine's own plan shows it: flywheel plan ${stack.id}`,
  );
}

/** Each with whether it is there. @throws UserError where that cannot be told of one. */
async function look(
  configuration: Configuration,
  stack: StackInstance,
  resources: readonly Importable[],
): Promise<readonly (readonly [Importable, boolean])[]> {
  const objects = resources.flatMap((resource) => (resource.object === undefined ? [] : [resource.object]));
  note(`asking context ${stack.cluster.context} for ${objects.length} objects`);
  const there = await existing(stack.cluster, configuration.organization.source.file, objects, process.env);
  const result: (readonly [Importable, boolean])[] = [];
  let next = 0;
  for (const resource of resources) {
    if (resource.object !== undefined) result.push([resource, there[next++] === true]);
    else {
      const place = await contractOn("s3", configuration, stack, process.env);
      const isThere = await hasPart({ ...place, bucket: resource.id }, resource.type, process.env);
      result.push([resource, isThere === true]);
    }
  }
  return result;
}

async function previewOf(configuration: Configuration, { id }: StackInstance): Promise<StackPreview> {
  const [planned] = (
    await preview({
      configuration,
      stacks: configuration.stacks.filter((stack) => stack.id === id),
      engine: findEngine(),
      environment: process.env,
      priorStates: new Map(),
      progress: note,
    })
  ).stacks;
  if (planned === undefined) throw new Error(`no plan of ${id}`);
  return planned;
}
