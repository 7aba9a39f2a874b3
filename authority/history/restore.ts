import { UserError } from "../../lib/errors";
import { type LockInfo } from "../state/lock-info";
import { type ObjectStore } from "../stores/object-store";
import { StateObject } from "../state/state-object";
import { summarizeState } from "../state/state-summary";
import { type Clock } from "../clock";

export interface RestoreOptions {
  readonly id: string;
  readonly store: ObjectStore;
  readonly stateKey: string;
  readonly version: string;
  readonly who: string;
  readonly clock: Clock;
}

/**
 * Makes an earlier version the state again, as a new serial: nothing of the history is lost, and a client that has seen the
 * newer serial is not confused. Under the lock, like any write.
 * @throws UserError for a version that is not there, of another lineage, or encrypted (its serial is inside).
 */
export async function restore(options: RestoreOptions): Promise<{ serial: number; from: number }> {
  const { id, store, stateKey, version, who, clock } = options;
  const refuse = (code: string, what: string, expected: string): never => {
    throw new UserError({ code, what, expected, remedy: `See what is there: npx flywheel history ${id}` });
  };
  const bytes =
    (await store.readVersion(stateKey, version)) ??
    refuse("no-such-version", `there is no version ${version} of the state of ${id}`, "a version from the history");
  const summary = summarizeState(bytes);
  if (typeof summary === "string")
    return refuse("not-a-state", `version ${version} is no state: ${summary}`, "a version that is one");
  const document = JSON.parse(bytes.toString("utf8")) as Record<string, unknown>; // summarizeState has read it
  if ("encrypted_data" in document)
    return refuse(
      "encrypted-state",
      `version ${version} is encrypted, and its serial is inside`,
      "a plain state; the engine itself can push this one: tofu state push -force",
    );

  const state = new StateObject(store, stateKey, clock);
  const lock: LockInfo = {
    ID: clock.uniqueId(),
    Operation: "restore",
    Info: `version ${version}`,
    Who: who,
    Version: "flywheel",
    Created: clock.now().toISOString(),
    Path: stateKey,
  };
  await state.lock(lock, who);
  try {
    const current = await state.read();
    if (current !== undefined && current.lineage !== summary.lineage)
      refuse(
        "lineage-changed",
        `version ${version} has lineage ${summary.lineage}, and the state has ${current.lineage}`,
        "a version of the same state",
      );
    const serial = Math.max(current?.serial ?? 0, summary.serial) + 1;
    await state.write(Buffer.from(`${JSON.stringify({ ...document, serial }, null, 2)}\n`), lock.ID, who);
    return { serial, from: summary.serial };
  } finally {
    await state.unlock(lock.ID, who);
  }
}
