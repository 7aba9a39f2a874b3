import { type BackendType, backendTypes, isMovableBackend, otherBackend } from "../config/backends";
import { type Configuration, type StackInstance } from "../config/load";
import { ledgerEntry } from "../config/ledger";
import { type Problem, refuseIfAny, UserError } from "../errors";
import { fileOfOtherKind } from "./backend-file";
import { notOfFlag } from "./file-of-flag";
import { claims, contractProblems, isAt, location, settingOf, type StateContract } from "./contract";
import { type ContractOf, families } from "./families";
import { type BackendEnvironment } from "./family";
import { fill } from "./fill";
import { chosenBackend, flagPath } from "./flag";
import { type HttpContract, httpContract } from "./http/contract";
import { noLegacyPlace, notInLedger, notWhereLedgerSays, placeChanged, sharedState } from "./refusals";

/**
 * The state contracts of `stacks`, by stack id.
 * @throws UserError naming every stack that has no address, shares a place with another, or lives elsewhere by the ledger.
 */
export async function resolveContracts(
  configuration: Configuration,
  stacks: readonly StackInstance[],
  environment: BackendEnvironment,
): Promise<ReadonlyMap<string, StateContract>> {
  const { contracts, problems } = await findContracts(configuration, stacks, environment);
  refuseIfAny([
    ...problems,
    ...sharedPlaces(stacks, contracts),
    ...sharedObjects(configuration, stacks, contracts),
    ...ledgerProblems(configuration, stacks, contracts),
  ]);
  return contracts;
}

/** As resolveContracts, but problems are returned: a preview can do without an address. */
export async function findContracts(
  configuration: Configuration,
  stacks: readonly StackInstance[],
  environment: BackendEnvironment,
): Promise<{ contracts: ReadonlyMap<string, StateContract>; problems: readonly Problem[] }> {
  const contracts = new Map<string, StateContract>();
  const problems: Problem[] = [];
  for (const stack of stacks) {
    const backend = chosenBackend(configuration, stack);
    const companions = stacks.filter((other) => chosenBackend(configuration, other) === backend);
    try {
      contracts.set(stack.id, await families[backend].resolve({ configuration, stack, environment, companions }));
      problems.push(...(await strayFile(configuration, stack, environment)));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
    }
  }
  return { contracts, problems };
}

/**
 * A file of today for the other backend, beside a place that organization.yaml gives: who of them is right, nobody has reviewed, unless
 * the ledger has the stack. Such files stay behind after a cutover.
 */
async function strayFile(
  configuration: Configuration,
  stack: StackInstance,
  environment: BackendEnvironment,
): Promise<readonly Problem[]> {
  if (ledgerEntry(configuration.ledger, stack) !== undefined) return [];
  const backend = chosenBackend(configuration, stack);
  if (!isMovableBackend(backend)) return [];
  const file = await fileOfOtherKind({ configuration, stack, environment }, backend);
  return file === undefined ? [] : notOfFlag(configuration, stack, backend, file);
}

/**
 * Where a stack's state is, or would be, on one backend, whatever the flag says now.
 * @throws UserError where configuration gives it no place there.
 */
export function contractOn<T extends BackendType>(
  backend: T,
  configuration: Configuration,
  stack: StackInstance,
  environment: BackendEnvironment,
): Promise<ContractOf[T]> {
  return families[backend].resolve({ configuration, stack, environment, companions: [stack] });
}

/** The legacy place of a stack's state, to leave it. @throws UserError where `state.legacy.gitlab` is missing. */
export function legacyContract(configuration: Configuration, stack: StackInstance): HttpContract {
  const { state, source } = configuration.organization;
  const { gitlab } = state.legacy;
  if (gitlab === undefined) throw noLegacyPlace(source.file);
  return httpContract({
    address: fill(configuration, stack, ["state", "legacy", "gitlab", "address"], gitlab.address),
  });
}

/**
 * Problems where stacks would get into each other's state: one state, one lock, or one bucket and key for two of them, or a lock
 * that is a state.
 */
export function sharedPlaces(
  stacks: readonly StackInstance[],
  contracts: ReadonlyMap<string, StateContract>,
): readonly Problem[] {
  const owners = new Map<string, StackInstance>();
  return stacks.flatMap((stack): readonly Problem[] => {
    const contract = contracts.get(stack.id);
    if (contract === undefined) return [];
    for (const { kind, place } of claims(contract)) {
      const owner = owners.get(place) ?? stack;
      owners.set(place, owner);
      if (owner !== stack) return [sharedState(owner.id, stack.id, kind, place)];
    }
    return contractProblems(stack.id, contract);
  });
}

/**
 * Problems where a stack that is elsewhere by the flag would share an object with another in the store that servers of ours stand on:
 * behind such a server its state is there, and its journal and generation lie beside it, whatever the flag says.
 */
function sharedObjects(
  configuration: Configuration,
  stacks: readonly StackInstance[],
  contracts: ReadonlyMap<string, StateContract>,
): readonly Problem[] {
  const movable = stacks.filter((stack) => isMovableBackend(chosenBackend(configuration, stack)));
  return backendTypes.flatMap((backend) => {
    const owners = new Map<string, StackInstance>();
    return movable.flatMap((stack): readonly Problem[] => {
      const place = families[backend].servedFrom(configuration, stack);
      if (place === undefined) return [];
      const owner = owners.get(place) ?? stack;
      owners.set(place, owner);
      // Where both are there by the flag, that was told already.
      const areToldOf = [owner, stack].every(({ id }) => contracts.get(id)?.type === backend);
      return owner === stack || areToldOf ? [] : [sharedState(owner.id, stack.id, "object", place)];
    });
  });
}

/** Problems where the flag names a place that the ledger does not: planning there would plan against an empty state. */
export function ledgerProblems(
  configuration: Configuration,
  stacks: readonly StackInstance[],
  contracts: ReadonlyMap<string, StateContract>,
): readonly Problem[] {
  return stacks.flatMap((stack): Problem[] => {
    const contract = contracts.get(stack.id);
    if (contract === undefined) return [];
    const { source } = configuration.organization;
    const flag = flagPath(configuration, stack);
    const place = { file: source.file, line: source.lineOf(flag), key: flag.join(".") };
    const entry = ledgerEntry(configuration.ledger, stack);
    if (entry === undefined)
      return families[contract.type].ledgerIsOptional
        ? []
        : [notInLedger(place, stack, contract.type, location(contract), configuration.ledger.file)];
    if (isAt(contract, entry)) return [];
    if (entry.backend !== contract.type)
      return [notWhereLedgerSays(place, stack.id, { backend: contract.type, location: location(contract) }, entry)];
    const recorded = entry.location;
    const setting = settingOf(contract, stack, recorded);
    return [
      placeChanged(place, stack.id, {
        location: location(contract),
        recorded,
        setting,
        ...(isMovableBackend(contract.type) ? { by: otherBackend(contract.type) } : {}),
      }),
    ];
  });
}
