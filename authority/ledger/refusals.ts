import { type LedgerEntry } from "../../lib/config/ledger";
import { UserError, type Problem } from "../../lib/errors";
import { type Trace } from "./trace";
import { type StackInstance } from "../../lib/config/load";

/** `no-state-yet`: nothing is there, and nobody said that nothing should be. */
export function noStateYet(id: string, where: string): UserError {
  return new UserError({
    code: "no-state-yet",
    what: `there is no state at ${where}`,
    expected: "the state of this stack: nothing there is a wrong key or address more often than a new stack",
    remedy: `Where it lives elsewhere: put its address or key into state (docs/contract.md), then run this again\nWhere nothing was ever deployed: flywheel register ${id} --new`,
  });
}

/** `not-new`: a stack is said to be new, or nothing is at its place, and something of it is there. Lists all that was found. */
export function notNew(
  { id, stack, environment }: { readonly id: string; readonly stack: string; readonly environment: string },
  where: string,
  traces: readonly Trace[],
): UserError {
  const keys = traces.flatMap(({ key }) => key ?? []);
  const remedies = [
    ...keys.map(
      (key) =>
        `Where that is its state, in organization.yaml: state.s3.keys: {${stack}: {${environment}: ${JSON.stringify(key)}}}`,
    ),
    ...(keys.length > 0 ? [`Then: flywheel register ${id}`] : []),
    ...new Set(traces.flatMap(({ remedy }) => remedy ?? [])),
  ];
  return new UserError({
    code: "not-new",
    what: `${id} is not new at ${where}: ${traces.map(({ what }) => what).join("; ")}`,
    expected:
      "no state, backup, version, generation or seal of it anywhere: a plan on an empty state would make all of it twice",
    remedy: remedies.join("\n"),
  });
}

/** The checkout is from before the last move of the state of that name. */
export function olderCheckout(
  name: string,
  known: { readonly generation: number; readonly location: string; readonly at: string },
  { file, entry }: { readonly file: string; readonly entry: LedgerEntry | undefined },
): Problem {
  return {
    code: "stale-checkout",
    file,
    what: `this checkout is from before the cutover of ${known.at.slice(0, 10)}: ${name} is at ${known.location}, generation ${known.generation}`,
    expected:
      entry === undefined
        ? "a ledger entry for it"
        : `a ledger that knows generation ${known.generation}; this one has ${entry.generation}`,
    remedy: "Pull the newest configuration. Roll code back as you like, but never the ledger",
  };
}

/** The object beside a state is no generation. */
export function generationUnreadable(place: string): UserError {
  return new UserError({
    code: "generation-unreadable",
    what: `${place} cannot be read as a generation`,
    expected: "what `flywheel cutover` wrote there",
  });
}

/** The ledger has an entry for the stack, with another place or lineage. */
export function alreadyRegistered(file: string, stack: StackInstance, known: LedgerEntry): UserError {
  return new UserError({
    code: "already-registered",
    file,
    what: `${stack.stateName} is at ${known.location}, serial ${known.serial}, by the ledger`,
    expected: "no entry yet: a state moves by cutover, not by registering it anew",
    remedy: `Where the entry is wrong: flywheel register ${stack.id} --repair`,
  });
}

/** By the ledger, another stack is at that place. */
export function placeOfAnother(
  file: string,
  where: string,
  [twin, name]: readonly [twin: string, name: string],
): UserError {
  return new UserError({
    code: "shared-state",
    file,
    what: `${where} is where ${twin} is, by the ledger`,
    expected: `a place of its own for ${name}`,
  });
}

/** The ledger knows a state, and nothing is at its place. */
export function stateGone(id: string, file: string, known: LedgerEntry, where: string): UserError {
  return new UserError({
    code: "state-missing",
    file,
    what: `there is no state at ${where}, and the ledger knows one: serial ${known.serial}, lineage ${known.lineage}`,
    expected: "the state: that it is gone is an outage, not a beginning",
    remedy: `It was at ${known.location}. Where it was removed on purpose: remove its block from the ledger, then flywheel register ${id} --new`,
  });
}

/** What is at a place is no state. */
export function noStateAt(where: string, summary: string): UserError {
  return new UserError({
    code: "not-a-state",
    what: `what is at ${where} is no state: ${summary}`,
    expected: "a state file of version 4",
  });
}

/** The ledger knows a state, and nothing is at its place. */
export function stateMissing(location: string, known: LedgerEntry, id: string): UserError {
  return new UserError({
    code: "state-missing",
    what: `there is no state at ${location}, and the ledger knows one: serial ${known.serial}, lineage ${known.lineage}`,
    expected: "the state: that it is gone is an outage, not a beginning",
    remedy: `flywheel check ${id}`,
  });
}

/** The state is not the one that the ledger knows. */
export function lineageNotInLedger(location: string, lineage: string, knownLineage: string): UserError {
  return new UserError({
    code: "lineage-not-in-ledger",
    what: `${location} has lineage ${lineage}, and the ledger says ${knownLineage}`,
    expected: "the state that the ledger knows",
    remedy: "See which state this is before anything is written",
  });
}

/** The state is older than the ledger. */
export function serialBehindLedger({
  location,
  serial,
  knownSerial,
  id,
}: {
  readonly location: string;
  readonly serial: number;
  readonly knownSerial: number;
  readonly id: string;
}): UserError {
  return new UserError({
    code: "serial-behind-ledger",
    what: `${location} is at serial ${serial}, and the ledger knows ${knownSerial}`,
    expected: "a serial of at least that: something newer was lost",
    remedy: `flywheel history ${id}`,
  });
}
