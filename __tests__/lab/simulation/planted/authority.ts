import { type LockInfo } from "../../../../authority/state/lock-info";
import { type ObjectStore } from "../../../../authority/stores/object-store";
import { StateObject, type StateChange } from "../../../../authority/state/state-object";
import { type Code, shipped } from "../../../../lab/simulation/shipped";
import { replaceThatComparesNothing } from "./stores";

function withAuthority(planted: new (...args: ConstructorParameters<typeof StateObject>) => StateObject): Code {
  return { ...shipped, authority: (store, key, clock) => new planted(store, key, clock) };
}

/** Writes over what it has not compared with: the rules are checked against one version, another one is replaced. */
export const writeWithoutCondition: Code = {
  ...shipped,
  authority: (store, key, clock) =>
    new StateObject(onlyFor(key, store, replaceThatComparesNothing.store(store)), key, clock),
};

/** Any ID will do. */
export const writeThatIgnoresTheLock: Code = withAuthority(
  class extends StateObject {
    override async write(bytes: Buffer, lockId: string | undefined, user?: string): Promise<StateChange> {
      return super.write(bytes, (await this.holder())?.ID ?? lockId, user);
    }
  },
);

/** Gives back whatever lock there is. */
export const unlockThatIgnoresTheId: Code = withAuthority(
  class extends StateObject {
    override async unlock(id: string | undefined, user?: string): Promise<void> {
      return super.unlock((await this.holder())?.ID ?? id, user);
    }
  },
);

/** A second LOCK takes the place of the first. */
export const lockThatTakesOver: Code = withAuthority(
  class extends StateObject {
    override async lock(info: LockInfo, user?: string): Promise<void> {
      const holder = await this.holder();
      if (holder !== undefined) await this.unlock(holder.ID, user);
      return super.lock(info, user);
    }
  },
);

/** An outage is answered with "no state". */
export const readThatTakesAnOutageForEmpty: Code = withAuthority(
  class extends StateObject {
    override async read(): ReturnType<StateObject["read"]> {
      return super.read().catch(() => undefined);
    }
  },
);

function onlyFor(key: string, store: ObjectStore, planted: ObjectStore): ObjectStore {
  return { ...planted, replace: (asked, ...rest) => (asked === key ? planted : store).replace(asked, ...rest) };
}
