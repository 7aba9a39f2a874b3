import { type Configuration, loadConfiguration } from "../../lib/config/load";
import { refuseIfAny, UserError } from "../../lib/errors";
import { type Side } from "./side";
import { noSuchStack } from "./refusals";

/** The ids to plan on each side; none is none. */
interface Choice {
  readonly base: readonly string[];
  readonly head: readonly string[];
}

interface Asked {
  readonly ids: readonly string[];
  /** Head's configuration. */
  readonly folder: string;
}

/**
 * What each side has to plan for the ids that were asked for, by both configurations; undefined for everything, also where one can't be
 * read: then its program is to say so. `base` is absent where there is no configuration.
 */
export function chooseStacks({ ids, folder }: Asked, base: string | undefined): Choice | undefined {
  if (ids.length === 0) return undefined;
  try {
    const before = base === undefined ? [] : loadConfiguration(base).stacks;
    const head = loadConfiguration(folder).stacks;
    const wanted = chosenKeys(ids, before, head, folder);
    const idsOf = (stacks: Configuration["stacks"]) =>
      stacks.filter((stack) => wanted.has(key(stack))).map(({ id }) => id);
    return { base: idsOf(before), head: idsOf(head) };
  } catch (error) {
    if (error instanceof UserError && error.problems.every(({ code }) => code !== "no-such-stack")) return undefined;
    throw error;
  }
}

/** Only the stacks that were asked for. @throws UserError for an id that neither side has. */
export function onlyChosen({ ids, folder }: Asked, [base, head]: readonly [Side, Side]): (side: Side) => Side {
  if (ids.length === 0) return (side) => side;
  const wanted = chosenKeys(ids, base.stacks, head.stacks, folder);
  return (side) => ({ ...side, stacks: side.stacks.filter((stack) => wanted.has(key(stack))) });
}

interface Named {
  readonly id: string;
  readonly stack: string;
  readonly environment: string;
}

/** An id means head's stack; the base's only where head has none of that name. */
function chosenKeys(
  ids: readonly string[],
  base: readonly Named[],
  head: readonly Named[],
  folder: string,
): ReadonlySet<string> {
  const found = ids.map((id) => ({
    id,
    stack: head.find((stack) => stack.id === id) ?? base.find((stack) => stack.id === id),
  }));
  const known = [...new Set([...head, ...base].map(({ id }) => id))];
  refuseIfAny(found.flatMap(({ id, stack }) => (stack === undefined ? [noSuchStack(id, folder, known)] : [])));
  return new Set(found.flatMap(({ stack }) => (stack === undefined ? [] : [key(stack)])));
}

function key({ stack, environment }: Named): string {
  return `${environment}/${stack}`;
}
