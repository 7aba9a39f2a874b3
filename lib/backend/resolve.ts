import { type Configuration, type StackInstance } from "../config/load";
import { ledgerEntry } from "../config/ledger";
import { type BackendChoice } from "../config/organization";
import { type Problem, refuseIfAny, UserError } from "../errors";
import {
  addressesFromFile,
  addressesFromVariables,
  backendFileIn,
  type BackendEnvironment,
  type HttpAddresses,
} from "./compatibility";
import {
  comparableLocation,
  comparableUrl,
  type HttpContract,
  location,
  type S3Contract,
  type StateContract,
} from "./contract";

/** The backend the flag chooses for a stack: its stack-and-environment's choice, else its stack's, else the flag itself. */
export function chosenBackend(configuration: Configuration, stack: StackInstance): BackendChoice {
  const { backend, stacks } = configuration.organization.state;
  const choice = stacks[stack.stack];
  if (typeof choice === "string") return choice;
  return choice?.[stack.environment] ?? backend;
}

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
  refuseIfAny([...problems, ...sharedPlaces(stacks, contracts), ...ledgerProblems(configuration, stacks, contracts)]);
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
  const withoutAddress = stacks.filter(
    (stack) =>
      chosenBackend(configuration, stack) === "http" && configuration.organization.state.http.address === undefined,
  );
  for (const stack of stacks) {
    try {
      const backend = chosenBackend(configuration, stack);
      contracts.set(
        stack.id,
        backend === "s3"
          ? s3Contract(configuration, stack)
          : await httpContract(configuration, stack, withoutAddress, environment),
      );
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
    }
  }
  return { contracts, problems };
}

/**
 * Where a stack's state is, or would be, on one side of the flag, whatever the flag says now.
 * @throws UserError where configuration gives that side no place.
 */
export async function contractOn(
  side: BackendChoice,
  configuration: Configuration,
  stack: StackInstance,
  environment: BackendEnvironment,
): Promise<StateContract> {
  return side === "s3" ? s3Contract(configuration, stack) : httpContract(configuration, stack, [stack], environment);
}

/** The legacy place of a stack's state, to leave it. @throws UserError where `state.legacy.gitlab` is missing. */
export function legacyContract(configuration: Configuration, stack: StackInstance): HttpContract {
  const { state, source } = configuration.organization;
  const { gitlab } = state.legacy;
  if (gitlab === undefined) {
    throw new UserError({
      code: "no-legacy-place",
      file: source.file,
      key: "state.legacy.gitlab",
      what: "`state.legacy.gitlab` is missing",
      expected: "its address, with {stack} and {env} in it",
    });
  }
  const address = fill(configuration, stack, ["state", "legacy", "gitlab", "address"], gitlab.address);
  return {
    type: "http",
    address,
    lockAddress: lockOf(address),
    unlockAddress: lockOf(address),
    lockMethod: "POST",
    unlockMethod: "DELETE",
  };
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
    for (const [kind, place] of placesOf(contract)) {
      const owner = owners.get(place) ?? stack;
      owners.set(place, owner);
      if (owner === stack) continue;
      return [
        {
          code: "shared-state",
          what: `${owner.id} and ${stack.id} resolve to the same ${kind}: ${place}`,
          expected: "a place of its own for every stack and environment",
          remedy: "Put {stack} and {env} into the address or key in organization.yaml",
        },
      ];
    }
    return lockIsState(stack, contract);
  });
}

function placesOf(contract: StateContract): readonly (readonly [kind: string, place: string])[] {
  const state = ["state", comparableLocation(contract)] as const;
  if (contract.type === "s3") return [state];
  return [state, ["lock", comparableUrl(contract.lockAddress)], ["lock", comparableUrl(contract.unlockAddress)]];
}

/** POST and DELETE write and delete a state at its own address: there only LOCK and UNLOCK, or methods as clear, can lock. */
function lockIsState(stack: StackInstance, contract: StateContract): readonly Problem[] {
  if (contract.type === "s3") return [];
  const isState = (url: string, method: string) =>
    comparableUrl(url) === comparableLocation(contract) && /^(POST|PUT|DELETE)$/.test(method);
  const lock = isState(contract.lockAddress, contract.lockMethod);
  if (!lock && !isState(contract.unlockAddress, contract.unlockMethod)) return [];
  return [
    {
      code: "lock-is-state",
      key: lock ? "lock_address" : "unlock_address",
      what: `${stack.id} would ${lock ? "lock" : "unlock"} by ${lock ? contract.lockMethod : contract.unlockMethod} at the address of its state, which ${lock ? "overwrites" : "deletes"} the state`,
      expected: "a lock address of its own (default: <address>/lock), or the methods LOCK and UNLOCK",
    },
  ];
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
    if (entry === undefined) {
      if (contract.type === "http") return [];
      return [
        {
          ...place,
          code: "not-in-ledger",
          what: `${stack.id} is on s3 and ${configuration.ledger.file} has no entry for ${stack.stateName}`,
          expected: `an entry that says that its state is at ${location(contract)}`,
          remedy: `Its state is still elsewhere: npx flywheel cutover ${stack.id} --to s3\nIt is there already, or nowhere yet: npx flywheel register ${stack.id}`,
        },
      ];
    }
    if (
      entry.backend === contract.type &&
      (entry.location === location(contract) || comparableUrl(entry.location) === comparableLocation(contract))
    )
      return [];
    const sameKind = entry.backend === contract.type;
    return [
      {
        ...place,
        code: "not-where-ledger-says",
        what: `${sameKind ? "configuration" : "the flag"} puts the state of ${stack.id} at ${location(contract)}, the ledger says ${entry.location}`,
        expected: "the place where the state is: planning at another one would plan to create everything",
        remedy: `Move it: npx flywheel cutover ${stack.id} --to ${contract.type}\nOr ${sameKind ? `name its place again: ${entry.location}` : `set the flag back: ${flag.join(".")}, to ${entry.backend}`}`,
      },
    ];
  });
}

function flagPath(configuration: Configuration, stack: StackInstance): string[] {
  const choice = configuration.organization.state.stacks[stack.stack];
  if (typeof choice === "string") return ["state", "stacks", stack.stack];
  return choice?.[stack.environment] === undefined
    ? ["state", "backend"]
    : ["state", "stacks", stack.stack, stack.environment];
}

function s3Contract(configuration: Configuration, stack: StackInstance): S3Contract {
  const { organization } = configuration;
  const { s3 } = organization.state;
  if (s3 === undefined) {
    const flag = flagPath(configuration, stack);
    throw new UserError({
      code: "no-bucket",
      file: organization.source.file,
      line: organization.source.lineOf(flag),
      key: flag.join("."),
      what: `${stack.id} is on s3 and \`state.s3\` is missing`,
      expected: "state.s3 with at least endpoint and bucket",
    });
  }
  const ownKey = s3.keys[stack.stack]?.[stack.environment];
  const path = ["state", "s3"];
  return {
    type: "s3",
    endpoint: fill(configuration, stack, [...path, "endpoint"], s3.endpoint),
    bucket: fill(configuration, stack, [...path, "bucket"], s3.bucket),
    key: fill(
      configuration,
      stack,
      ownKey === undefined ? [...path, "key"] : [...path, "keys", stack.stack, stack.environment],
      ownKey ?? s3.key,
    ),
    region: fill(configuration, stack, [...path, "region"], s3.region),
    useLockfile: s3.use_lockfile,
    skipS3Checksum: s3.skip_s3_checksum,
  };
}

async function httpContract(
  configuration: Configuration,
  stack: StackInstance,
  withoutAddress: readonly StackInstance[],
  environment: BackendEnvironment,
): Promise<HttpContract> {
  const { http } = configuration.organization.state;
  if (http.address !== undefined) {
    const field = (key: "address" | "lock_address" | "unlock_address", template: string) =>
      fill(configuration, stack, ["state", "http", key], template);
    const address = field("address", http.address);
    const lockAddress = http.lock_address === undefined ? lockOf(address) : field("lock_address", http.lock_address);
    return {
      type: "http",
      address,
      lockAddress,
      unlockAddress: http.unlock_address === undefined ? lockAddress : field("unlock_address", http.unlock_address),
      lockMethod: http.lock_method,
      unlockMethod: http.unlock_method,
    };
  }
  const { origin: _origin, ...given } = await addressesFromEnvironment(
    configuration,
    stack,
    withoutAddress,
    environment,
  );
  const lockAddress = given.lockAddress ?? lockOf(given.address);
  return {
    type: "http",
    lockMethod: "POST",
    unlockMethod: "DELETE",
    ...given,
    lockAddress,
    unlockAddress: given.unlockAddress ?? lockAddress,
  };
}

function lockOf(address: string): string {
  const [, path = address, query = ""] = /^([^?#]*)(.*)$/s.exec(address) ?? [];
  return `${path.replace(/\/+$/, "")}/lock${query}`;
}

/** Today's ways to give an address, for a stack that organization.yaml gives none. */
async function addressesFromEnvironment(
  configuration: Configuration,
  stack: StackInstance,
  withoutAddress: readonly StackInstance[],
  environment: BackendEnvironment,
): Promise<HttpAddresses> {
  const file = environment["TOFU_BACKEND_CONFIG_FILE"] || undefined;
  const folder = environment["TOFU_BACKEND_CONFIG_DIR"] || undefined;
  const variables = addressesFromVariables(environment);
  const single =
    file === undefined ? (variables === undefined ? undefined : "TF_HTTP_ADDRESS") : "TOFU_BACKEND_CONFIG_FILE";
  if (single !== undefined && withoutAddress.length > 1) {
    throw new UserError({
      code: "one-address-for-many",
      what: `${single} gives one address, and ${stack.id} is one of ${withoutAddress.length} stacks that would share it`,
      expected: "an address of its own for every stack",
      remedy: `Set state.http.address in ${configuration.organization.source.file} with {stack} and {env} in it, or TOFU_BACKEND_CONFIG_DIR with one file per stack`,
    });
  }
  const found: HttpAddresses[] = [];
  if (file !== undefined) found.push(await addressesFromFile(file));
  if (variables !== undefined) found.push(variables);
  const onlyEnvironment = configuration.stacks.filter((other) => other.stack === stack.stack).length === 1;
  const inFolder =
    folder === undefined ? undefined : backendFileIn(folder, stack.stateName, stack.stack, onlyEnvironment);
  if (inFolder !== undefined) found.push(await addressesFromFile(inFolder));

  const [first, ...others] = found;
  if (first === undefined) {
    throw new UserError({
      code: "no-address",
      file: configuration.organization.source.file,
      key: "state.http.address",
      what:
        folder === undefined
          ? `${stack.id} has no state address`
          : `${stack.id} has no state address, and ${folder} has no ${stack.stateName}.hcl`,
      expected: "an address that ends in the state's name",
      remedy: [
        "Any of these gives it one:",
        "  state.http.address in organization.yaml, such as https://state.example.org/state/{stack}-{env}",
        `  TOFU_BACKEND_CONFIG_DIR, a folder with ${stack.stateName}.hcl (see config/backend.http.example.hcl)`,
        "  TOFU_BACKEND_CONFIG_FILE or TF_HTTP_ADDRESS, where the run has one stack only",
      ].join("\n"),
    });
  }
  const other = others.find(({ address }) => comparableUrl(address) !== comparableUrl(first.address));
  if (other !== undefined) {
    throw new UserError({
      code: "two-addresses",
      what: `${first.origin} and ${other.origin} give ${stack.id} two addresses: ${first.address} and ${other.address}`,
      expected: "one of them",
      remedy: `Unset the one that is wrong`,
    });
  }
  return first;
}

/** Fills `{stack}` and `{env}` in. Any other placeholder is refused: it would become part of an address. */
function fill(configuration: Configuration, stack: StackInstance, path: readonly string[], template: string): string {
  const { source } = configuration.organization;
  const filled = template.replaceAll("{stack}", stack.stack).replaceAll("{env}", stack.environment);
  const unknown = /\{[^}]*\}?|\}/.exec(filled)?.[0];
  if (unknown === undefined) return filled;
  throw new UserError({
    code: "unknown-placeholder",
    file: source.file,
    line: source.lineOf(path),
    key: path.join("."),
    what: `unknown placeholder "${unknown}" in "${template}"`,
    expected: "{stack} or {env}",
  });
}
