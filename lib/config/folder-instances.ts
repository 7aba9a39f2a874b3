import { type StackFolder } from "./folders";
import { stackId, type StackKey, stateName } from "./names";
import { type Cluster, type Organization } from "./organization";
import { type Place } from "./refusals";
import { type Source } from "./source";

/** What every stack in an environment has, whoever wrote it. */
export interface AnyInstance extends StackKey {
  /** What operators type: `attic`, `attic-prod`. */
  readonly id: string;
  /** The name of its state: `attic-dev`. */
  readonly stateName: string;
  readonly cluster: Cluster;
  /** The secrets it will be given. */
  readonly secrets: ReadonlySet<string>;
  /** Its settings file; of a folder organization.yaml. */
  readonly source: Source;
}

/** A folder of HCL in an environment: its state is kept as every other one, and its program is its own. */
export interface FolderInstance extends AnyInstance {
  readonly folder: StackFolder;
}

/** Where a folder, or something of it, stands in organization.yaml: for errors. */
export function placeOfFolder({ folder, source }: FolderInstance, ...below: readonly (string | number)[]): Place {
  const path = [...folder.at, ...below];
  return { file: source.file, line: source.lineOf(path), key: path.join(".") };
}

/** The stacks that the folders are, in the order of environments, then as written. */
export function folderInstances({
  state: { folders },
  clusters,
  defaultEnvironment,
  source,
}: Organization): readonly FolderInstance[] {
  return clusters.flatMap((cluster) =>
    Object.entries(folders).flatMap(([stack, { path, environments, var_files }]): readonly FolderInstance[] => {
      const key = { stack, environment: cluster.name };
      if (!environments.includes(cluster.name)) return [];
      const filled = (text: string) => text.replaceAll("{stack}", stack).replaceAll("{env}", cluster.name);
      return [
        {
          ...key,
          id: stackId(key, defaultEnvironment),
          stateName: stateName(key),
          cluster,
          secrets: new Set(),
          source,
          folder: { path: filled(path), varFiles: var_files.map(filled), at: ["state", "folders", stack] },
        },
      ];
    }),
  );
}
