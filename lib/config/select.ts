import { UserError } from "../errors";
import { expectOneOf } from "./nearest";
import { type Configuration, type StackInstance } from "./load";

/** The stacks with these ids, in the order of the configuration; all of them where no id is given. @throws UserError for an unknown id. */
export function selectStacks(configuration: Configuration, ids: readonly string[]): readonly StackInstance[] {
  const known = configuration.stacks.map(({ id }) => id);
  const unknown = ids.filter((id) => !known.includes(id));
  if (unknown.length > 0) {
    throw new UserError(
      unknown.map((id) => ({
        code: "unknown-stack",
        what: `there is no stack "${id}" in ${configuration.folder}`,
        expected: expectOneOf(
          known.length === 0 ? "a settings file in environments/<env>/" : `one of ${known.join(", ")}`,
          id,
          known,
        ),
      })),
    );
  }
  return ids.length === 0 ? configuration.stacks : configuration.stacks.filter(({ id }) => ids.includes(id));
}
