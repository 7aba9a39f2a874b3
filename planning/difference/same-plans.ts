import { findContracts } from "../../lib/backend/resolve";
import { location } from "../../lib/backend/contract";
import { type Configuration, loadConfiguration, type StackInstance } from "../../lib/config/load";
import { UserError } from "../../lib/errors";
import { type Side, type SideStack, type StatePlace } from "./side";

/** Which of the base's stacks one program plans exactly as it plans the head's. */
export interface SamePlans {
  /** The ids, at the base, of the stacks that it does not: these have to be planned. */
  readonly others: readonly string[];
  /** The base's side: `others` as planned, and the rest as the head's, with the base's place of its state. */
  completed(others: Side, head: Side): Side;
}

/**
 * Compares what a plan depends on in two configurations that one program reads: settings, listed secrets, cluster, and what may be
 * destroyed or is forgotten. Undefined where one of them can't be read: then the program is to say so itself.
 */
export async function samePlans(
  base: string,
  head: string,
  environment: NodeJS.ProcessEnv,
): Promise<SamePlans | undefined> {
  try {
    const [before, after] = [loadConfiguration(base), loadConfiguration(head)];
    const inputsOfHead = new Set(after.stacks.map((stack) => inputs(after, stack)));
    const same = before.stacks.filter((stack) => inputsOfHead.has(inputs(before, stack)));
    const { contracts, problems } = await findContracts(before, before.stacks, environment);
    if (problems.some(({ code }) => code !== "no-address" && code !== "one-address-for-many")) return undefined;
    const places = new Map<string, StatePlace | undefined>(
      same.map(({ id }) => {
        const contract = contracts.get(id);
        return [id, contract === undefined ? undefined : { backend: contract.type, location: location(contract) }];
      }),
    );
    const others = before.stacks.filter(({ id }) => !places.has(id)).map(({ id }) => id);
    return {
      others,
      completed: (planned, whole) => ({
        ...planned,
        stacks: [
          ...planned.stacks,
          ...whole.stacks.filter(({ id }) => places.has(id)).map((stack) => placed(stack, places.get(stack.id))),
        ],
      }),
    };
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function placed({ state: _state, ...stack }: SideStack, state: StatePlace | undefined): SideStack {
  return state === undefined ? stack : { ...stack, state };
}

/** Everything that synth makes a stack's resources of, as one text. */
function inputs({ organization }: Configuration, stack: StackInstance): string {
  const { allow_destroy, release } = organization.state;
  return JSON.stringify([
    stack.id,
    stack.stack,
    stack.environment,
    stack.cluster,
    stack.settings,
    [...stack.secrets].sort(),
    allow_destroy[stack.id],
    release[stack.id],
  ]);
}
