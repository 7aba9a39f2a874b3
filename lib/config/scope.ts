import { reportTo } from "./report";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Problem, refuseIfAny } from "../errors";
import { findingsOf } from "./issue";
import { type Configuration, everyStack } from "./load";
import { readSource } from "./source";
import { scopeOfNoStack } from "./refusals";

/** What a plan may only do where it is admitted. Adding and changing always is. */
const scopedActions = ["destroy", "replace", "drift", "move", "import", "forget"] as const;

export type ScopedAction = (typeof scopedActions)[number];

const schema = z.strictObject(
  {
    admit: z
      .array(
        z.strictObject(
          {
            address: z.string().min(1, "an address, or a glob of addresses"),
            actions: z.array(z.enum(scopedActions)).min(1, `some of ${scopedActions.join(", ")}`),
          },
          "only `address` and `actions`",
        ),
      )
      .default([]),
  },
  "only `admit`",
);

/** What plans of one stack may do beyond the default. */
export type Scope = z.output<typeof schema>;

/** The folder of scopes in a configuration. */
export const scopesFolder = "scopes";

export function scopeFile({ folder }: Pick<Configuration, "folder">, id: string): string {
  return join(folder, scopesFolder, `${id}.yaml`);
}

/** The scope of a stack; without a file nothing is admitted beyond the default. @throws UserError with every problem of the folder. */
export function readScope(configuration: Configuration, id: string): Scope {
  const file = scopeFile(configuration, id);
  refuseIfAny(strangers(configuration));
  if (!existsSync(file)) return { admit: [] };
  const { source, problems } = readSource(file);
  refuseIfAny(problems);
  const result = schema.safeParse(source.value ?? {});
  if (result.success) return result.data;
  const found: Problem[] = [];
  const report = reportTo(found, source);
  for (const { path, ...finding } of findingsOf(schema, result.error.issues, source.value)) report(path, finding);
  refuseIfAny(found);
  return { admit: [] };
}

/** A file that means nothing would be a scope that nobody reads. */
function strangers(configuration: Configuration): readonly Problem[] {
  const folder = join(configuration.folder, scopesFolder);
  if (!existsSync(folder)) return [];
  const ids = everyStack(configuration).map(({ id }) => id);
  return readdirSync(folder)
    .filter((name) => !name.startsWith(".") && !ids.some((id) => name === `${id}.yaml`))
    .map((name) => scopeOfNoStack(folder, name, ids));
}
