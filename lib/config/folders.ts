import { z } from "zod";
import { type Problem } from "../errors";
import { stackId, stackNames, stateName } from "./names";
import {
  environmentTwice,
  nameOfProgram,
  nameTaken,
  notAStackName,
  unknownEnvironmentName,
} from "./organization-refusals";
import { type Path } from "./document";

const folderSchema = z.strictObject(
  {
    path: z.string().min(1, "the path of a folder"),
    environments: z.array(z.string()).min(1, "the environments that it is deployed to"),
    var_files: z.array(z.string().min(1, "a file of variables, as seen from the folder")).default([]),
  },
  "one of path, environments, var_files",
);

/** `state.folders`: folders of plain HCL whose state is kept as that of every other stack, by the names of their stacks. */
export const foldersSchema = z.record(z.string(), folderSchema);

type Folders = z.output<typeof foldersSchema>;

/** A folder of HCL, as configuration names it: nothing was looked at on the disk. `{stack}` and `{env}` are filled in. */
export interface StackFolder {
  readonly path: string;
  /** Files of variables, in their order, as seen from the folder. */
  readonly varFiles: readonly string[];
  /** Where it stands in organization.yaml, for errors: `state`, `folders`, its name. */
  readonly at: Path;
}

/** Names that mean one stack each, and environments that are there. */
export function checkFolders(
  folders: Folders,
  environments: readonly string[],
  defaultEnvironment: string,
  report: (path: Path, problem: Problem) => void,
): void {
  const owners = new Map<string, string>();
  const own = (key: { readonly stack: string; readonly environment: string }) => [
    `the id ${stackId(key, defaultEnvironment)}`,
    `the state ${stateName(key)}`,
  ];
  for (const stack of stackNames)
    for (const environment of environments)
      for (const name of own({ stack, environment })) owners.set(name, `${stack} in ${environment}`);
  for (const [stack, { environments: chosen }] of Object.entries(folders)) {
    const path = ["state", "folders", stack];
    if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(stack)) {
      report(path, notAStackName(stack));
      continue;
    }
    if (stackNames.some((name) => name === stack)) {
      report(path, nameOfProgram(stack));
      continue;
    }
    chosen.forEach((environment, index) => {
      const place = [...path, "environments", index];
      if (!environments.includes(environment)) return report(place, unknownEnvironmentName(environment, environments));
      if (chosen.indexOf(environment) !== index) return report(place, environmentTwice(environment));
      for (const name of own({ stack, environment })) {
        const owner = owners.get(name);
        if (owner !== undefined) report(path, nameTaken(name, owner));
        owners.set(name, `${stack} in ${environment}`);
      }
    });
  }
}
