import { type Configuration, everyStack, type ProgramInstance, type StackInstance } from "./load";
import { placeOfFolder } from "./folder-instances";
import { folderHasNone, unknownStacks } from "./refusals";

/**
 * The stacks with these ids, in the order of the configuration; all of them where no id is given. The name of a stack's state
 * (`attic-dev`) is as good as its id (`attic`). @throws UserError for an unknown id.
 */
export function selectStacks(configuration: Configuration, ids: readonly string[]): readonly StackInstance[] {
  const every = everyStack(configuration);
  const known = every.map(({ id }) => id);
  const byName = new Map(every.map(({ id, stateName }) => [stateName, id]));
  const asked = ids.map((id) => (known.includes(id) ? id : (byName.get(id) ?? id)));
  const unknown = asked.filter((id) => !known.includes(id));
  if (unknown.length > 0) throw unknownStacks(unknown, configuration.folder, known);
  return asked.length === 0 ? every : every.filter(({ id }) => asked.includes(id));
}

/**
 * As selectStacks, of the stacks of this program alone. `wanted` is what only they have: `preview`.
 * @throws UserError for the id of a folder, too.
 */
export function selectPrograms(
  configuration: Configuration,
  ids: readonly string[],
  wanted: string,
): readonly ProgramInstance[] {
  if (ids.length === 0) return configuration.stacks;
  const selected = selectStacks(configuration, ids);
  const programs = selected.filter((stack): stack is ProgramInstance => stack.folder === undefined);
  const folder = selected.find((stack) => stack.folder !== undefined);
  if (folder !== undefined) throw folderHasNone(placeOfFolder(folder), folder.id, wanted);
  return programs;
}
