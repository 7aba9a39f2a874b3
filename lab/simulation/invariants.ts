import { sealedTo } from "../../authority/cutover/seal";
import { isLinearizable } from "./history";
import { otherBackend, movableBackends, type MovableBackend } from "../../lib/config/backends";
import { decodeState } from "./state";
import { type World } from "./world";

/** What must hold between any two operations of anybody. */
export function checkStep(world: World): void {
  if (world.scenario.places === "one object" || world.moveLockWasBroken) return;
  // A slow process may write its copy after its move was undone. Nobody is sent there, and the next run takes it away; see the end.
  const open = movableBackends.filter((side) => world.isOpen(side) && world.isNamed(side));
  if (open.length > 1)
    world.violate(
      `two unlocked places: ${movableBackends.map((side) => `${side} at ${world.stateOn(side)?.id ?? "nothing"}`).join(", ")}`,
    );
}

/** What must hold when all is finished, and `live` is the place that the ledger names. */
export function checkEnd(world: World, live: MovableBackend): void {
  const current = world.stateOn(live);
  if (current === undefined) return world.violate(`there is no state at the live place ${live}`);
  const ancestors = new Set<string>();
  for (let state = world.known.get(current.id); state !== undefined; state = world.known.get(state.parent ?? ""))
    ancestors.add(state.id);
  const kept = idsOf(world);
  for (const { id } of world.accepted) {
    // After a lock was broken by force under a client of the s3 backend, its write can fall on top of another one.
    // After a seal was broken a stale client can write at the place that was left: that is a fork, and it must be told.
    if (!ancestors.has(id) && !world.s3LockWasBroken && !world.forkWasTold)
      world.violate(`the accepted write ${id} is not below the live state ${current.id}`);
    if (!kept.has(id)) world.violate(`the accepted write ${id} is nowhere any more`);
  }
  if (!world.s3LockWasBroken && !world.forkWasTold && !isLinearizable(world.history.calls, world.history.first))
    world.violate("what the clients saw is not linearizable");
  checkLocks(world, live);
}

function checkLocks(world: World, live: MovableBackend): void {
  const held = world.lockOn(live);
  if (held !== undefined) world.violate(`the live place ${live} is still locked by ${held.Who} (${held.Operation})`);
  if (world.scenario.places === "one object") return;
  const other: MovableBackend = otherBackend(live);
  const lock = world.lockOn(other);
  if (lock !== undefined && sealedTo(lock) === undefined)
    world.violate(
      `the place that is not live, ${other}, is locked by ${lock.Who} (${lock.Operation}), and that is no seal`,
    );
  if (lock === undefined && world.stateOn(other) !== undefined)
    world.violate(`the place that is not live, ${other}, has a state and no seal`);
}

/** The ids of all states that some version somewhere still holds. */
function idsOf(world: World): Set<string> {
  const ids = new Set<string>();
  for (const side of movableBackends) {
    const { bucket, key } = world.seat(side);
    for (const { bytes, removed } of bucket.versions(key)) {
      const state = removed ? undefined : decodeState(bytes);
      if (state !== undefined) ids.add(state.id);
    }
  }
  return ids;
}
