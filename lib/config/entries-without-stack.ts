import { type LedgerEntry } from "./ledger";
import { type Configuration, everyStack } from "./load";

/** A state that the ledger knows as a living one, and that no stack of the configuration has. */
export interface EntryWithoutStack {
  /** The name of the state: `attic-prod`. */
  readonly state: string;
  readonly location: string;
  readonly serial: number;
  readonly at: string;
}

/** Entries of the ledger without a stack, by name. One that has ended is the record of its history, and none of them. */
export function entriesWithoutStack(configuration: Configuration): readonly EntryWithoutStack[] {
  const known = new Set(everyStack(configuration).map(({ stateName }) => stateName));
  return [...configuration.ledger.entries]
    .filter(([name, { ended }]) => ended === undefined && !known.has(name))
    .map(([state, { location, serial, at }]: [string, LedgerEntry]) => ({ state, location, serial, at }))
    .sort((a, b) => (a.state < b.state ? -1 : 1));
}

/** The same for people, in one sentence without a full stop. `ledger`: its file. */
export function describeEntryWithoutStack({ state, location, serial }: EntryWithoutStack, ledger: string): string {
  return `${ledger} knows ${state}, serial at least ${serial}, at ${location}, and no settings file and no folder is its stack: its objects live on, and nobody plans them. Put the settings back, or retire it (docs/environments.md)`;
}
