import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Problem, refuseIfAny, refusal } from "../errors";
import { type Ledger, readLedger } from "./ledger";
import { isStackName, stackId, type StackKey, type StackName, stackNames, stateName } from "./names";
import { type Organization, parseOrganization } from "./organization";
import { parseSettings } from "./settings";
import { type AnyInstance, type FolderInstance, folderInstances } from "./folder-instances";
import { readSource } from "./source";
import { type SettingsByStack, settingsSpecOf } from "./stacks";
import {
  folderAmongSettings,
  noConfiguration,
  settingsOfNoStack,
  settingsOutsideEnvironment,
  unknownEnvironment,
  wrongFileName,
} from "./refusals";

/** A stack of this program in an environment with everything it was configured to. */
export interface InstanceOf<S extends StackName> extends AnyInstance {
  readonly stack: S;
  readonly settings: SettingsByStack[S];
  readonly folder?: undefined;
}

/** One configured stack of this program; `stack` tells which settings it has. */
export type ProgramInstance = { [S in StackName]: InstanceOf<S> }[StackName];

/** One configured stack; `folder` tells the ones of HCL. */
export type StackInstance = ProgramInstance | FolderInstance;

/** All configuration of a run, checked. */
export interface Configuration {
  /** The folder it was read from, as given. */
  readonly folder: string;
  readonly organization: Organization;
  readonly ledger: Ledger;
  /** Every stack of this program that has settings, in the order of environments, then of stacks. */
  readonly stacks: readonly ProgramInstance[];
  /** The folders of HCL whose state is kept as theirs. */
  readonly folders: readonly FolderInstance[];
}

/** All that has a state of its own: where it lives, who locks it, and what is kept of it is the same for all. */
export function everyStack({ stacks, folders }: Pick<Configuration, "stacks" | "folders">): readonly StackInstance[] {
  return [...stacks, ...folders];
}

/** The folder configuration comes from: FLYWHEEL_CONFIG_DIR, or `config`. */
export function configurationFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return environment["FLYWHEEL_CONFIG_DIR"] || "config";
}

/**
 * Reads organization.yaml, every settings file and the ledger from `folder`.
 * @throws UserError with every problem of every file, not only the first.
 */
export function loadConfiguration(folder: string): Configuration {
  const organizationFile = join(folder, "organization.yaml");
  if (!existsSync(organizationFile)) refuseIfAny([noConfiguration(organizationFile)]);
  const problems: Problem[] = [];
  const { source, problems: syntax } = readSource(organizationFile);
  problems.push(...syntax);
  const parsed = syntax.length > 0 ? undefined : parseOrganization(source);
  problems.push(...(parsed?.problems ?? []));

  const { ledger, problems: ledgerProblems } = readLedger(
    join(folder, "state-ledger.yaml"),
    parsed?.organization?.defaultEnvironment,
  );
  problems.push(...ledgerProblems);

  const { files, problems: misplaced } = findSettingsFiles(folder, parsed?.organization);
  problems.push(...misplaced);
  const stacks: ProgramInstance[] = [];
  for (const { stack, environment, file } of files) {
    const { source: settingsSource, problems: settingsSyntax } = readSource(file);
    problems.push(...settingsSyntax);
    if (settingsSyntax.length > 0) continue;
    const result = parseSettings(settingsSpecOf(stack), stack, settingsSource);
    problems.push(...result.problems);
    const cluster = parsed?.organization?.clusters.find(({ name }) => name === environment);
    if (result.parsed === undefined || cluster === undefined || parsed?.organization === undefined) continue;
    const key = { stack, environment };
    const instance = {
      ...key,
      id: stackId(key, parsed.organization.defaultEnvironment),
      stateName: stateName(key),
      cluster,
      settings: result.parsed.values,
      secrets: result.parsed.secrets,
      source: settingsSource,
    };
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the row of the table and the stack's name are of one stack
    stacks.push(instance as ProgramInstance);
  }
  const organization = parsed?.organization;
  if (organization === undefined || problems.length > 0) throw refusal(problems);
  return { folder, organization, ledger, stacks, folders: folderInstances(organization) };
}

interface SettingsFile extends StackKey {
  readonly stack: StackName;
  readonly file: string;
}

/** Every `environments/<env>/<stack>.yaml`, and a problem for each file or folder there that means nothing. */
function findSettingsFiles(
  folder: string,
  organization: Organization | undefined,
): { files: readonly SettingsFile[]; problems: readonly Problem[] } {
  const root = join(folder, "environments");
  const problems: Problem[] = [];
  const files: SettingsFile[] = [];
  if (!existsSync(root)) return { files, problems };
  const order = organization?.clusters.map(({ name }) => name);
  const inRoot = visibleIn(root);
  for (const { name } of inRoot.filter((entry) => !entry.isFolder && isYaml(entry.name))) {
    problems.push(settingsOutsideEnvironment(join(root, name)));
  }
  const environments = inRoot
    .filter((entry) => entry.isFolder)
    .map((entry) => entry.name)
    .sort((a, b) => (order === undefined ? 0 : order.indexOf(a) - order.indexOf(b)) || a.localeCompare(b, "en"));
  for (const environment of environments) {
    const path = join(root, environment);
    if (order !== undefined && !order.includes(environment)) {
      problems.push(unknownEnvironment(path, environment, order));
    }
    for (const { name, isFolder } of visibleIn(path)) {
      if (isFolder) problems.push(folderAmongSettings(join(path, name), environment));
      if (isFolder || !isYaml(name)) continue;
      const stack = name.replace(/\.ya?ml$/i, "");
      if (!isStackName(stack)) {
        problems.push(settingsOfNoStack(join(path, name), stack, stackNames));
      } else if (!name.endsWith(".yaml")) {
        problems.push(wrongFileName(join(path, name), stack));
      } else files.push({ stack, environment, file: join(path, name) });
    }
  }
  const rank = (file: SettingsFile) =>
    environments.indexOf(file.environment) * stackNames.length + stackNames.indexOf(file.stack);
  return { files: files.sort((a, b) => rank(a) - rank(b)), problems };
}

/** What is in a folder, links followed; names that start with a dot are nobody's settings. */
function visibleIn(folder: string): { name: string; isFolder: boolean }[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .map((name) => ({
      name,
      isFolder: statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() === true,
    }));
}

function isYaml(name: string): boolean {
  return /\.ya?ml$/i.test(name);
}
