import { location } from "../../lib/backend/contract";
import { findContracts } from "../../lib/backend/resolve";
import { type Configuration, everyStack } from "../../lib/config/load";
import { UserError } from "../../lib/errors";
import { isMovable } from "../state/movable";
import { openBesideState } from "./beside-state";
import { refuseFrozen } from "./freeze";

/**
 * For a state that has nothing beside it, since it is a Secret: whether the others are all frozen, by one look at each bucket or server of theirs.
 * One that cannot be asked is told and holds nobody off: the stack with that state is what makes it, and what mends it.
 * @throws UserError `frozen`, with who and why.
 */
export async function refuseWhileAllIsFrozen(
  configuration: Configuration,
  environment: NodeJS.ProcessEnv,
  tell: (line: string) => void,
): Promise<void> {
  const stacks = everyStack(configuration).filter((stack) => isMovable(configuration, stack));
  const { contracts } = await findContracts(configuration, stacks, environment);
  const asked = new Set<string>();
  for (const stack of stacks) {
    const contract = contracts.get(stack.id);
    if (contract === undefined) continue;
    const place = location(contract).split("/").slice(0, 3).join("/");
    if (asked.has(place)) continue;
    asked.add(place);
    try {
      const beside = await openBesideState(configuration, stack, contract, environment);
      try {
        await refuseFrozen([beside.freezeAll], new Date());
      } finally {
        beside.close();
      }
    } catch (error) {
      if (!(error instanceof UserError) || error.problems.some(({ code }) => code === "frozen")) throw error;
      tell(`whether all is frozen at ${place} is not told: ${error.problems.map(({ what }) => what).join("; ")}`);
    }
  }
}
