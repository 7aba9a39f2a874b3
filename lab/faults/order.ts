import { abortCutover, cutover } from "../../authority/cutover/cutover";
import { type CutoverOptions, type NamedPlace } from "../../authority/cutover/move";
import { systemClock } from "../../authority/clock";
import { type LedgerEntry } from "../../lib/config/ledger";
import { traceOf, UserError } from "../../lib/errors";
import { otherBackend, type MovableBackend } from "../../lib/config/backends";
import { openBucket, openState, type Places, type Ways } from "./places";
import { planted, type Plant } from "./plants";

/** A command that a user types, with all that it depends on: plain data, so that another process can carry it out. */
export interface Order {
  readonly verb: "cutover" | "abort";
  readonly to: MovableBackend;
  readonly user: string;
  /** What the ledger of the user's clone says. */
  readonly entry?: LedgerEntry;
  /** How wrong the user's clock is, in milliseconds. */
  readonly skew: number;
  readonly places: Places;
  readonly ways: Ways;
  readonly plant?: Plant;
}

/** How a command ended: well, refused with a code, or as no operator should see it. */
export interface Ending {
  readonly refused?: string;
  readonly unexpected?: string;
}

/** Carries an order out by the shipped code. `record` hears of each entry that is written into the user's ledger. */
export async function carryOut(
  order: Order,
  environment: NodeJS.ProcessEnv,
  record: (entry: LedgerEntry) => void,
): Promise<Ending> {
  const { places, ways, to } = order;
  const store = openBucket(places, ways.s3, environment);
  const states = {
    s3: openState("s3", places, ways, store, environment),
    http: openState("http", places, ways, store, environment),
  };
  const place = (side: MovableBackend): NamedPlace => ({
    backend: side,
    location: places.locations[side],
    state: states[side],
  });
  const options: CutoverOptions = {
    id: "attic",
    stack: "attic",
    environment: "dev",
    store,
    stateKey: places.key,
    source: place(otherBackend(to)),
    destination: place(to),
    ledgerFile: "state-ledger.yaml",
    ...(order.entry === undefined ? {} : { ledgerEntry: order.entry }),
    who: order.user,
    clock: { now: () => new Date(Date.now() + order.skew), uniqueId: systemClock.uniqueId },
    progress: () => undefined,
    record,
  };
  const asWritten = order.plant === undefined ? options : planted(order.plant, options);
  try {
    await (order.verb === "abort" ? abortCutover(asWritten) : cutover(asWritten));
    return {};
  } catch (error) {
    if (error instanceof UserError) return { refused: error.problems[0]?.code ?? "unknown" };
    return { unexpected: traceOf(error) };
  } finally {
    for (const opened of [states.s3, states.http, store]) opened.close();
  }
}
