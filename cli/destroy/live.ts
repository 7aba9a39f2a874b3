import { createHash } from "node:crypto";
import { heldLock } from "../../authority/state/held-lock";
import { describeLock } from "../../authority/state/lock-info";
import { openLivePlace } from "../../authority/state/live-place";
import { type StateRead } from "../../authority/state/state-object";
import { systemClock } from "../../authority/clock";
import { stateInstances } from "../../lib/addresses/state-addresses";
import { standings } from "../../lib/addresses/standing";
import { type Configuration, type StackInstance } from "../../lib/config/load";
import { ledgerEntry, type LedgerEntry } from "../../lib/config/ledger";
import { writeLedgerEntry } from "../../lib/config/ledger-file";
import { whoAmI } from "../who";
import { programsOf } from "../programs";
import { encryptedState, stillInState } from "../refusals";
import { stateDocument } from "../unknown-addresses";
import { heldData, type HeldData } from "./data";

/** What a stack's state has, before it is destroyed. Undefined where there is no state. */
export async function dataIn(configuration: Configuration, stack: StackInstance): Promise<HeldData | undefined> {
  const { state } = await readLive(configuration, stack);
  if (state === undefined) return undefined;
  // What holds data there, its own HCL says: the engine heeds its prevent_destroy.
  if (stack.folder !== undefined) return { allowed: [], kept: [] };
  const program = (await programsOf(configuration, [stack])).get(stack.id);
  if (program === undefined) throw new Error(`${stack.id} was not synthesized`);
  const allowed = configuration.organization.state.allow_destroy[stack.id] ?? [];
  return heldData(standings(documentOf(stack, state), stack.stack, program), program, allowed);
}

/** Whether there is a state, and nothing in it. */
export async function hasNothingLeft(configuration: Configuration, stack: StackInstance): Promise<boolean> {
  const { state } = await readLive(configuration, stack);
  return state !== undefined && stateInstances(documentOf(stack, state)).length === 0;
}

/** What is left of a stack after its destroy. */
export interface Remains {
  readonly location: string;
  readonly serial?: number;
  /** Who holds the lock; undefined where nobody does. */
  readonly lock?: string;
  /** Its entry, which says now that it has ended; undefined where the ledger has none. */
  readonly entry?: LedgerEntry;
}

/** Looks whether the state is empty, and ends its ledger entry. @throws UserError where something is left in it. */
export async function endState(configuration: Configuration, stack: StackInstance): Promise<Remains> {
  const { state, location, lock } = await readLive(configuration, stack, "with its lock");
  if (state !== undefined) {
    const left = stateInstances(documentOf(stack, state)).map(({ address }) => address.text);
    if (left.length > 0) throw stillInState(stack.id, left);
  }
  const known = ledgerEntry(configuration.ledger, stack);
  const at = systemClock.now().toISOString();
  const entry: LedgerEntry | undefined =
    known === undefined
      ? undefined
      : {
          ...known,
          ...(state === undefined
            ? {}
            : { lineage: state.lineage, serial: state.serial, sha256: sha256Of(state.bytes) }),
          at,
          ended: at,
        };
  if (entry !== undefined) writeLedgerEntry(configuration.ledger.file, entry);
  return {
    location,
    ...(state === undefined ? {} : { serial: state.serial }),
    ...(lock === undefined ? {} : { lock }),
    ...(entry === undefined ? {} : { entry }),
  };
}

function documentOf(stack: StackInstance, state: StateRead): unknown {
  const document = stateDocument(state);
  if (document === undefined) throw encryptedState(stack.id);
  return document;
}

async function readLive(
  configuration: Configuration,
  stack: StackInstance,
  what: "the state" | "with its lock" = "the state",
): Promise<{ readonly state: StateRead | undefined; readonly location: string; readonly lock?: string }> {
  const { state: place } = await openLivePlace(configuration, stack, process.env);
  try {
    const state = await place.read();
    const holder = what === "with its lock" ? await heldLock(place, whoAmI(), systemClock) : undefined;
    return { state, location: place.location, ...(holder === undefined ? {} : { lock: describeLock(holder) }) };
  } finally {
    place.close();
  }
}

function sha256Of(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
