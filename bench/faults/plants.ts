import { type CutoverOptions } from "../../authority/cutover/cutover";
import { type NamedPlace } from "../../authority/cutover/place";
import { StoreUnavailable, type ObjectStore } from "../../authority/object-store";
import { type StateRead } from "../../authority/state-authority";

/** Bugs that can be planted, to see that the invariants find them. */
export const plants = ["source is not locked", "seal is given back", "source is read before it is locked", "an outage is an empty state"] as const;
export type Plant = (typeof plants)[number];

/** A cutover with one bug in it. */
export function planted(plant: Plant, options: CutoverOptions): CutoverOptions {
  const { source, destination } = options;
  const changed = (place: NamedPlace, change: Partial<NamedPlace["state"]>): NamedPlace => ({ ...place, state: { ...bound(place), ...change } });
  switch (plant) {
    case "source is not locked":
      return { ...options, source: changed(source, { lock: async () => undefined }) };
    case "seal is given back": {
      let seal = "";
      return {
        ...options,
        source: changed(source, { lock: (info, who) => ((seal = info.ID), source.state.lock(info, who)) }),
        destination: changed(destination, { unlock: async (id, who) => (await destination.state.unlock(id, who), source.state.unlock(seal, who)) }),
      };
    }
    case "source is read before it is locked": {
      let early: StateRead | undefined;
      return { ...options, source: changed(source, { lock: async (info, who) => ((early = await source.state.read()), await new Promise((resolve) => setTimeout(resolve, 30)), source.state.lock(info, who)), read: async () => early ?? source.state.read() }) };
    }
    case "an outage is an empty state": {
      const read = async <T>(run: () => Promise<T>): Promise<T | undefined> => {
        try {
          return await run();
        } catch (error) {
          if (error instanceof StoreUnavailable) return undefined;
          throw error;
        }
      };
      const store: ObjectStore = { ...boundStore(options.store), read: (key) => read(() => options.store.read(key)) };
      return { ...options, store, source: changed(source, { read: () => read(() => source.state.read()), lock: async (info, who) => void (await read(() => source.state.lock(info, who))) }) };
    }
  }
}

function bound({ state }: NamedPlace): NamedPlace["state"] {
  return { read: () => state.read(), write: (...args) => state.write(...args), lock: (...args) => state.lock(...args), unlock: (...args) => state.unlock(...args), delete: (...args) => state.delete(...args) };
}

function boundStore(store: ObjectStore): ObjectStore {
  return {
    description: store.description,
    read: (key) => store.read(key),
    create: (...args) => store.create(...args),
    replace: (...args) => store.replace(...args),
    remove: (...args) => store.remove(...args),
    history: (key) => store.history(key),
    readVersion: (...args) => store.readVersion(...args),
  };
}
