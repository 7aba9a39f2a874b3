import { readApplies } from "../../../authority/lease/applies";
import { besideObjects } from "../../../authority/lease/beside-objects";
import { underLease } from "../../../authority/lease/held-lease";
import { readLease } from "../../../authority/lease/lease";
import { type Lease } from "../../../authority/lease/schema";
import { type ObjectStore } from "../../../authority/stores/object-store";
import { MemoryStore } from "../../../authority/stores/memory";
import { Killed, mortal } from "../../authority/cutover/world";

const bundle = "a".repeat(64);
const lease: Lease = {
  version: 1,
  id: "run",
  who: "ann",
  host: "laptop",
  since: "2026-04-16T09:12:00Z",
  bundle,
  phase: "checking",
};
const besideIn = (store: ObjectStore) => ({
  ...besideObjects(store, "k"),
  generation: () => Promise.resolve(undefined),
  close: () => undefined,
});

/** An apply that dies at an operation of its store: how far its engine had come, and what is left for others to see. */
async function killedAt(operation: number, after: boolean) {
  const store = new MemoryStore();
  const death = { remaining: operation, after };
  const engine = { started: false, ended: false };
  const state = { lineage: "one", serial: 4 };
  const run = underLease(besideIn(mortal(store, death)), lease, async (held) => {
    await held.attempt({
      id: "run",
      who: "ann",
      host: "laptop",
      at: "2026-04-16T09:12:00Z",
      bundle,
      state,
      changes: [],
      outcome: "attempted",
    });
    engine.started = true;
    await held.applied();
    await held.settle("applied", 5);
    engine.ended = true;
  });
  const died = await run.then(
    () => false,
    (error: unknown) => error instanceof Killed,
  );
  const beside = besideIn(store);
  const [left, applies] = [await readLease(beside.lease), await readApplies(beside.applies)];
  return { died, engine, left: left?.record, applies };
}

test.each([false, true])("an apply that is killed at any operation (after it took effect: %s)", async (after) => {
  let operation = 0;
  for (; ; operation += 1) {
    const { died, engine, left, applies } = await killedAt(operation, after);
    if (!died) break;
    // Whoever looks sees that it was submitted before the engine can have started, and the lease stays until it is settled.
    if (engine.started) expect(applies.submitted).toEqual([bundle]);
    if (engine.started && applies.applies[0]?.outcome === "attempted") expect(left?.phase).not.toBe("checking");
    if (left === undefined) expect(engine.started ? applies.applies[0]?.outcome : "applied").toBe("applied");
    expect(engine.ended && left === undefined ? applies.applies[0]?.outcome : "applied").toBe("applied");
  }
  expect(operation).toBeGreaterThan(6);
});
