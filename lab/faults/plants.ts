import { setTimeout as sleep } from "node:timers/promises";
import { type CutoverOptions, type NamedPlace } from "../../authority/cutover/move";
import { type StateRead } from "../../authority/state/state-object";

/** Bugs that can be planted, to see that the invariants find them. */
export const plants = [
  "source is not locked",
  "seal is given back",
  "source is read before it is locked",
  "an outage is an empty state",
  "an errored state is pushed by force",
] as const;
export type Plant = (typeof plants)[number];

/** A cutover with one bug in it, where the bug is a cutover's. */
export function planted(plant: Plant, options: CutoverOptions): CutoverOptions {
  const { source, destination } = options;
  const changed = (place: NamedPlace, change: Partial<NamedPlace["state"]>): NamedPlace => ({
    ...place,
    state: { ...bound(place), ...change },
  });
  switch (plant) {
    case "source is not locked":
      return { ...options, source: changed(source, { lock: async () => undefined }) };
    case "seal is given back": {
      let seal = "";
      return {
        ...options,
        source: changed(source, { lock: (info, who) => ((seal = info.ID), source.state.lock(info, who)) }),
        destination: changed(destination, {
          unlock: async (id, who) => (await destination.state.unlock(id, who), source.state.unlock(seal, who)),
        }),
      };
    }
    case "source is read before it is locked": {
      // A slow process, between a look that it takes for good and the lock.
      let early: Promise<StateRead | undefined> | undefined;
      const look = () => (early ??= source.state.read().finally(() => sleep(80)));
      return {
        ...options,
        source: changed(source, {
          lock: async (info, who) => (await look(), source.state.lock(info, who)),
          read: () => early ?? source.state.read(),
        }),
      };
    }
    // An engine's (writers.ts): in a cutover it does no harm, nothing to move is refused, and a conditional create meets what is there.
    // And one of who puts back what an engine left (recovery.ts).
    case "an outage is an empty state":
    case "an errored state is pushed by force":
      return options;
  }
}

function bound({ state }: NamedPlace): NamedPlace["state"] {
  return {
    read: () => state.read(),
    write: (...args) => state.write(...args),
    lock: (...args) => state.lock(...args),
    unlock: (...args) => state.unlock(...args),
    delete: (...args) => state.delete(...args),
  };
}
