import { type Configuration, type StackInstance } from "./load";
import { unknownStacks } from "./refusals";

/**
 * The stacks with these ids, in the order of the configuration; all of them where no id is given. The name of a stack's state
 * (`attic-dev`) is as good as its id (`attic`). @throws UserError for an unknown id.
 */
export function selectStacks(configuration: Configuration, ids: readonly string[]): readonly StackInstance[] {
  const known = configuration.stacks.map(({ id }) => id);
  const byName = new Map(configuration.stacks.map(({ id, stateName }) => [stateName, id]));
  const asked = ids.map((id) => (known.includes(id) ? id : (byName.get(id) ?? id)));
  const unknown = asked.filter((id) => !known.includes(id));
  if (unknown.length > 0) throw unknownStacks(unknown, configuration.folder, known);
  return asked.length === 0 ? configuration.stacks : configuration.stacks.filter(({ id }) => asked.includes(id));
}
