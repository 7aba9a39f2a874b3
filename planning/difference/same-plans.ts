import { findContracts, ledgerProblems, sharedPlaces } from "../../lib/backend/resolve";
import { type Configuration, loadConfiguration, type ProgramInstance } from "../../lib/config/load";
import { UserError } from "../../lib/errors";
import { placeholdersFor } from "../preview/placeholders";
import { type SideStack, unplannedSide } from "./side";

/** Which of the base's stacks one program plans exactly as it plans the head's. */
interface SamePlans {
  /** The ids, at the base, of the stacks that it does not: these have to be planned. */
  readonly others: readonly string[];
  /** The ids, at the head, of those that have to be planned there. */
  readonly othersOfHead: readonly string[];
  /** The rest, as each side has it: with the place of its state, and without a plan, since there is no difference. */
  readonly base: readonly SideStack[];
  readonly head: readonly SideStack[];
}

/**
 * Compares what a plan depends on in two configurations that one program reads: settings, listed secrets, cluster, and what may be
 * destroyed, is forgotten or imported. Undefined where one of them can't be read: then the program is to say so itself.
 */
export async function samePlans(
  base: string,
  head: string,
  environment: NodeJS.ProcessEnv,
): Promise<SamePlans | undefined> {
  try {
    const [before, after] = [loadConfiguration(base), loadConfiguration(head)];
    const inputsOfBase = new Set(before.stacks.map((stack) => inputs(before, stack)));
    const inputsOfHead = new Set(after.stacks.map((stack) => inputs(after, stack)));
    const isSame = (configuration: Configuration, stack: ProgramInstance) =>
      inputsOfBase.has(inputs(configuration, stack)) && inputsOfHead.has(inputs(configuration, stack));
    const others = (configuration: Configuration) =>
      configuration.stacks.filter((stack) => !isSame(configuration, stack)).map(({ id }) => id);
    const same = (configuration: Configuration) =>
      unplanned(
        configuration,
        configuration.stacks.filter((stack) => isSame(configuration, stack)),
        environment,
      );
    const [one, other] = [await same(before), await same(after)];
    if (one === undefined || other === undefined) return undefined;
    return { others: others(before), othersOfHead: others(after), base: one, head: other };
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

async function unplanned(
  configuration: Configuration,
  stacks: readonly ProgramInstance[],
  environment: NodeJS.ProcessEnv,
): Promise<readonly SideStack[] | undefined> {
  const { contracts, problems } = await findContracts(configuration, configuration.stacks, environment);
  const refused = [
    ...problems.filter(({ code }) => code !== "no-address" && code !== "one-address-for-many"),
    ...sharedPlaces(configuration.stacks, contracts),
    ...ledgerProblems(configuration, configuration.stacks, contracts),
  ];
  if (refused.length > 0) return undefined;
  return stacks.map((stack) =>
    unplannedSide({
      stack,
      contract: contracts.get(stack.id),
      placeholders: [...placeholdersFor(stack, environment).keys()],
      allowDestroy: configuration.organization.state.allow_destroy[stack.id] ?? [],
      releases: [...(configuration.organization.state.release[stack.id] ?? [])].sort(),
    }),
  );
}

/** Everything that synth makes a stack's resources of, as one text. */
function inputs({ organization }: Configuration, stack: ProgramInstance): string {
  const { allow_destroy, release, import: imports } = organization.state;
  return JSON.stringify([
    stack.id,
    stack.stack,
    stack.environment,
    stack.cluster,
    stack.settings,
    [...stack.secrets].sort(),
    allow_destroy[stack.id],
    release[stack.id],
    imports[stack.id],
  ]);
}
