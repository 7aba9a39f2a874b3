import { join } from "node:path";
import { type LivePlace } from "../../authority/state/live-place";
import { readGeneration, staleCheckout } from "../../authority/ledger/generation";
import { recover } from "../../authority/operations/recover";
import { systemClock } from "../../authority/clock";
import { type LedgerEntry } from "../../lib/config/ledger";
import { loadConfiguration, type StackInstance } from "../../lib/config/load";
import { UserError } from "../../lib/errors";
import { repositoryRoot } from "../../lib/root";
import { contentsOf } from "./document";
import { openEngineBackend } from "./engine-backend";
import { type Errored } from "./outage";
import { isMovableBackend, type MovableBackend } from "../../lib/config/backends";
import { httpPlace, s3Contract } from "./places";
import { type Plant } from "./plants";
import { type World } from "./world";
import { type Accepted } from "./writers";

let attic: StackInstance | undefined;

/** A stack as operators have it; what the runs move has its name. */
function stackOf(): StackInstance {
  attic ??= loadConfiguration(join(repositoryRoot, "config")).stacks.find(({ id }) => id === "attic");
  if (attic === undefined) throw new Error("no attic is configured");
  return attic;
}

/** What one try to put a state back came to. */
type Outcome =
  | { readonly kind: "recovered"; readonly write: Accepted }
  /** Another write got in, as docs/errored-tfstate.md has it. */
  | { readonly kind: "refused"; readonly code: string }
  /** Not now: somebody holds the lock, moves the state, or has not shared a ledger yet. */
  | { readonly kind: "later"; readonly code: string }
  | { readonly kind: "wrong"; readonly what: string };

/**
 * Puts a state that an engine could not save back by the shipped `recover`, at the place that the newest ledger names.
 * @param begun where the state was before it was ever moved
 */
export async function tryRecover(
  world: World,
  errored: Errored,
  begun: MovableBackend,
  entry: LedgerEntry | undefined,
  plant?: Plant,
): Promise<Outcome> {
  const stack = stackOf();
  const stale = staleCheckout(
    stack.stateName,
    "state-ledger.yaml",
    entry,
    await readGeneration(world.straightBucket, world.key),
  );
  if (stale !== undefined) return { kind: "later", code: stale.code };
  const side = entry !== undefined && isMovableBackend(entry.backend) ? entry.backend : begun;
  if (plant === "an errored state is pushed by force" && side === "s3") return pushed(world, errored);
  const contract = side === "s3" ? s3Contract(world.places, world.straight) : httpPlace(world.places, world.straight);
  const place: LivePlace = { state: world.state(side), contract, ...(entry === undefined ? {} : { entry }) };
  try {
    const { changed, serial } = await recover({
      stack,
      place,
      file: "errored.tfstate",
      bytes: errored.bytes,
      who: "erin@laptop",
      clock: systemClock,
      keep: async () => undefined,
      progress: () => undefined,
    });
    if (!changed) return { kind: "wrong", what: "the state that an engine could not save was there already" };
    return { kind: "recovered", write: { side, name: errored.name, serial } };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const code = error.problems[0]?.code ?? "unknown";
    if (["locked", "sealed"].includes(code)) return { kind: "later", code };
    if (!["serial-lowered", "serial-taken"].includes(code))
      return { kind: "wrong", what: `a state that an engine could not save is refused: ${error.message}` };
    return (await hasOtherWrite(world, errored, side))
      ? { kind: "refused", code }
      : { kind: "wrong", what: `a state that an engine could not save is refused, and nobody wrote: ${error.message}` };
  }
}

/** `state push -force`: no lock, and no look at what is there. */
async function pushed(world: World, { bytes, lock, name }: Errored): Promise<Outcome> {
  const { backend, close } = openEngineBackend(world, "s3");
  await backend.write(bytes, lock).finally(close);
  return { kind: "recovered", write: { side: "s3", name, serial: contentsOf(bytes).serial } };
}

/** Whether the state there has a write that the engine had not read: then it is newer by right. */
async function hasOtherWrite(world: World, { bytes }: Errored, side: MovableBackend): Promise<boolean> {
  const there = await world.state(side).read();
  const { writes } = contentsOf(bytes);
  return there !== undefined && contentsOf(there.bytes).writes.some((name) => !writes.includes(name));
}
