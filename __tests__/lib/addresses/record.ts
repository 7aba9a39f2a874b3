import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type CataloguedResource } from "../../../lib/addresses/catalogue";
import { type Program, programOf } from "../../../lib/addresses/program";
import { loadConfiguration } from "../../../lib/config/load";
import { authorityStack, type StackName } from "../../../lib/config/names";
import { settingsSpecOf } from "../../../lib/config/stacks";
import { UserError } from "../../../lib/errors";
import { withTemporaryFolder } from "../../../lib/files";
import { repositoryRoot } from "../../../lib/root";
import { synthesize } from "../../../stacks/synth";
import { authorityCases, authorityFolder } from "../../stacks/state-authority/configuration";
import { writeConfiguration } from "../../stacks/parity/configuration";
import { formerStacks, readCases, readVariables, type Values } from "../../stacks/parity/facts";

/** What the program has for these variables; undefined where they are refused. */
export async function programFor(stack: StackName, variables: Values): Promise<Program | undefined> {
  return withTemporaryFolder(async (folder) => {
    await Promise.resolve();
    if (stack !== authorityStack) writeConfiguration(folder, [{ environment: "record", stack, variables }]);
    const source = stack === authorityStack ? authorityFolder({ settings: variables, environment: "record" }) : folder;
    try {
      const configuration = loadConfiguration(source);
      const stacks = configuration.stacks.filter((instance) => instance.stack === stack);
      synthesize({ configuration, stacks, contracts: new Map(), folder: join(folder, "out") });
    } catch (error) {
      if (error instanceof UserError) return undefined;
      throw error;
    }
    return programOf(JSON.parse(readFileSync(join(folder, "out", "stacks", `${stack}-record`, "cdk.tf.json"), "utf8")));
  });
}

/** The settings that a stack's catalogue is held to: its recorded cases, or what its own settings files say. */
export function casesOf(stack: StackName): readonly Values[] {
  if (stack === authorityStack) return authorityCases;
  return formerStacks.includes(stack) ? readCases(stack).map(({ variables }) => variables) : settingsFiles(stack);
}

/** Every case, and each again with one setting or secret changed: switches turned, everything else given or left away. */
export function variants(stack: StackName): readonly Values[] {
  if (stack === authorityStack) return authorityCases;
  if (!formerStacks.includes(stack)) return casesOf(stack).flatMap((given) => [given, ...switched(stack, given)]);
  return readCases(stack).flatMap(({ variables }) => [
    variables,
    // A setting that the recorded program does not have yet.
    ...(stack === "arc-runners" ? [{ ...variables, runner_group_policy: "legacy-default" }] : []),
    ...readVariables(stack).flatMap(({ name, type, default: standard, sensitive }): Values[] => {
      const { [name]: given = standard, ...others } = variables;
      if (type === "bool") return [{ ...others, [name]: given !== true }];
      if (name in variables) return [others];
      return sensitive ? [{ ...others, [name]: "given" }] : [];
    }),
  ]);
}

/** Of a stack that never was HCL: `config/environments/<env>/<stack>.yaml`, of every environment that has it. */
function settingsFiles(stack: StackName): readonly Values[] {
  const environments = join(repositoryRoot, "config", "environments");
  return readdirSync(environments)
    .map((environment) => join(environments, environment, `${stack}.yaml`))
    .filter((file) => existsSync(file))
    .map((file) => ({ cluster_context: "record", ...(parse(readFileSync(file, "utf8")) as Values) })); // a mapping: synth reads it
}

/** The same settings, each time with another switch turned. */
function switched(stack: StackName, given: Values): readonly Values[] {
  return Object.entries(settingsSpecOf(stack).fields).flatMap(([name, field]) => {
    const standard = field.safeParse(undefined).data;
    return typeof standard === "boolean" ? [{ ...given, [name]: !(given[name] ?? standard) }] : [];
  });
}

/** A program's resources as the catalogue has them. */
export function catalogueOf(program: Program): readonly CataloguedResource[] {
  return [...program.own].map(([own, { data }]): CataloguedResource => {
    const moves = program.moves.filter(({ to }) => to === own);
    // Names that settings give are keys at the former address, and a part of the own one.
    const keys = moves.flatMap(({ from }) =>
      [...from.matchAll(/\["((?:[^"\\]|\\.)*)"\]/g)].map(([, key]) => (key ?? "").replace(/[^A-Za-z0-9_-]/g, "_")),
    );
    const named = keys.reduce((text, key) => text.replace(new RegExp(`(?<=_)${key}(?=_|$)`), "*"), own);
    // A policy for each namespace that a setting lists; no state ever had it at another address.
    const address = named.replace(/(?<=\.network_closed_).+/, "*");
    const former = moves.map(({ from }) => from.replace(/\["(?:[^"\\]|\\.)*"\]/g, '["*"]'));
    return { address, ...(data ? { data } : {}), ...(former.length === 0 ? {} : { former: [...new Set(former)] }) };
  });
}

export function merge(lists: readonly (readonly CataloguedResource[])[]): readonly CataloguedResource[] {
  const merged = new Map<string, CataloguedResource>();
  for (const entry of lists.flat()) {
    const before = merged.get(entry.address);
    const former = [...new Set([...(before?.former ?? []), ...(entry.former ?? [])])].sort();
    const data = before?.data === true || entry.data === true;
    merged.set(entry.address, {
      address: entry.address,
      ...(data ? { data } : {}),
      ...(former.length === 0 ? {} : { former }),
    });
  }
  return [...merged.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}
