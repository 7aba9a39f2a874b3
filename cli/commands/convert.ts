import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { configurationFolder } from "../../lib/config/load";
import { isStackName, stackId, stateName } from "../../lib/config/names";
import { type Organization, parseOrganization } from "../../lib/config/organization";
import { parseSettings } from "../../lib/config/settings";
import { parseSource, readSource } from "../../lib/config/source";
import { settingsSpecOf } from "../../lib/config/stacks";
import { readText } from "../../lib/config/text-file";
import { refuseIfAny, refusal } from "../../lib/errors";
import { writeFileAtomically } from "../../lib/files";
import { readPlace, withPlace } from "../convert/place";
import { settingsExist } from "../convert/refusals";
import { convertSettings, type ConvertedSettings, type NotTaken } from "../convert/settings";
import { readVariables } from "../convert/variables";
import { note, print, printJson } from "../terminal";
import { unknownStack, unknownEnvironment } from "./refusals";

interface ConvertOptions {
  readonly env: string;
  readonly varFile: readonly string[];
  readonly backendConfig?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `flywheel convert`: a settings file, and the state part of organization.yaml, from what an operator of the HCL stack has. */
export async function convertCommand(stack: string, options: ConvertOptions): Promise<void> {
  if (!isStackName(stack)) throw unknownStack(stack);
  const folder = configurationFolder();
  const organization = readOrganization(join(folder, "organization.yaml"));
  const names = organization.clusters.map(({ name }) => name);
  const cluster = organization.clusters.find(({ name }) => name === options.env);
  if (cluster === undefined) throw unknownEnvironment(options.env, names);
  const file = join(folder, "environments", options.env, `${stack}.yaml`);
  if (existsSync(file) && options.dryRun !== true) throw settingsExist(file);

  const key = { stack, environment: options.env };
  const spec = settingsSpecOf(stack);
  const variables = await readVariables(options.varFile);
  const converted = convertSettings(spec, stack, variables, cluster);
  const text = settingsText(stack, converted);
  // What the next command would refuse is refused here, at the lines that the file would have.
  const { source, problems } = parseSource(file, text, (located) => located.valueProblems(file));
  const refused = [...problems, ...(problems.length > 0 ? [] : parseSettings(spec, stack, source).problems)];
  if (refused.length > 0) note(`nothing was written; this is the file that would have been:\n# ${file}\n${text}`);
  refuseIfAny(refused);

  const before = readText(organization.source.file).text;
  const place = options.backendConfig === undefined ? undefined : await readPlace(options.backendConfig, key);
  const after = place === undefined ? before : withPlace(before, organization, key, place);
  const changed = parseSource(organization.source.file, after);
  refuseIfAny([...changed.problems, ...parseOrganization(changed.source).problems]);

  if (options.dryRun !== true) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileAtomically(file, text);
    if (after !== before) writeFileAtomically(organization.source.file, after);
  }
  const id = stackId(key, organization.defaultEnvironment);
  const next = place?.backend === "s3" ? `flywheel register ${id}` : `flywheel preview ${id}`;
  const notTaken = [...converted.notTaken, ...(place?.notTaken ?? [])];
  if (options.json === true) {
    printJson({
      ok: true,
      written: options.dryRun !== true,
      settings: { file, taken: Object.keys(converted.values), secrets: converted.secrets },
      organization: { file: organization.source.file, changed: after !== before },
      not_taken: notTaken,
      next,
    });
    return;
  }
  tell(options.dryRun === true, file, text, converted, notTaken);
  if (after !== before) {
    if (options.dryRun === true) print(`# ${organization.source.file}\n${after}`);
    else note(`wrote the state of ${stateName(key)} into ${organization.source.file}`);
  }
  note(`next: ${next}`);
}

function readOrganization(file: string): Organization {
  const { source, problems } = readSource(file);
  refuseIfAny(problems);
  const parsed = parseOrganization(source);
  if (parsed.organization === undefined || parsed.problems.length > 0) throw refusal(parsed.problems);
  return parsed.organization;
}

function settingsText(stack: string, { values, secrets }: ConvertedSettings): string {
  const listed = secrets.length === 0 ? {} : { secrets };
  const content = { ...values, ...listed };
  const head = `# ${stack}, converted from variable files. What is not here has its default: flywheel settings ${stack}\n`;
  return Object.keys(content).length === 0 ? head : head + stringify(content, { lineWidth: 0 });
}

function tell(
  isDryRun: boolean,
  file: string,
  text: string,
  { values, secrets }: ConvertedSettings,
  notTaken: readonly NotTaken[],
): void {
  if (isDryRun) print(`# ${file}\n${text}`);
  else
    note(
      `wrote ${file}: ${counted(Object.keys(values).length, "setting")}, ${counted(secrets.length, "secret")} by name`,
    );
  if (notTaken.length === 0) return;
  const width = Math.max(...notTaken.map(({ name }) => name.length));
  note(["not taken:", ...notTaken.map(({ name, why }) => `  ${name.padEnd(width)}  ${why}`)].join("\n"));
}

function counted(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
