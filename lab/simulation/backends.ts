import { lockKey, marshalLockInfo, parseLockInfo, type LockInfo } from "../../authority/state/lock-info";
import { StoreUnavailable } from "../../authority/stores/object-store";
import { StateRefusal } from "../../authority/refusals";
import { Precondition } from "./bucket";
import { type Fault, type Task } from "./scheduler";
import { ask } from "./stores";
import { type World } from "./world";

/** What an engine's backend says: a no, or that it does not know. */
export class Refused extends Error {}
export class NoAnswer extends Error {}

/** A state backend as the engines have it. All methods throw Refused, or NoAnswer where nobody knows what happened. */
export interface Backend {
  readonly name: "http" | "s3";
  /** True where it was taken; false where somebody else has it. */
  lock(info: LockInfo): Promise<boolean>;
  read(): Promise<Buffer | undefined>;
  write(bytes: Buffer, info: LockInfo): Promise<void>;
  unlock(info: LockInfo): Promise<void>;
}

/** Requests that the engines' HTTP client makes of one: the first and `retry_max`. */
const tries = 3;

/**
 * terraform 1.11 internal/backend/remote-state/http/client.go: every request is repeated while there is no answer or a 5xx, LOCK
 * with the same ID too.
 */
export function httpBackend(world: World, task: Task): Backend {
  const server = world.server(task);
  const repeated = async <T>(request: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await request();
      } catch (error) {
        if (error instanceof StateRefusal)
          throw error.code === "locked" || error.code.startsWith("lock-") ? error : new Refused(error.message);
        if (!(error instanceof StoreUnavailable)) throw error;
        if (attempt === tries) throw new NoAnswer(error.message);
        await world.scheduler.sleep(task, 1000);
      }
    }
  };
  const refusing = async <T>(request: () => Promise<T>): Promise<T> => {
    try {
      return await repeated(request);
    } catch (error) {
      throw error instanceof StateRefusal ? new Refused(error.message) : error;
    }
  };
  return {
    name: "http",
    lock: async (info) => {
      try {
        await repeated(() => server.lock(info));
        return true;
      } catch (error) {
        if (error instanceof StateRefusal && error.code === "locked") return false;
        throw error instanceof StateRefusal ? new Refused(error.message) : error;
      }
    },
    read: () => refusing(async () => (await server.read())?.bytes),
    write: (bytes, info) => refusing(async () => void (await server.write(bytes, info.ID))),
    unlock: (info) => refusing(() => server.unlock(info.ID)),
  };
}

// A PUT of the engine has no precondition, its DELETE neither: where one of them arrives after the engine gave up on it, nothing
// that we could write would stop it. So these two can be lost, but not late, and are not repeated by the SDK after a lost reply.
const unconditional: readonly Fault[] = ["die-before", "die-after", "outage", "lost"];

/**
 * terraform 1.11 internal/backend/remote-state/s3/client.go with `use_lockfile`: PUT of the lock with If-None-Match, PUT of the
 * state without a condition, and for the unlock GET, compare, DELETE. Not a line of ours is between it and the bucket.
 */
export function s3Backend(world: World, task: Task): Backend {
  const { bucket, key } = world.seat("s3");
  const connection = { scheduler: world.scheduler, task, bucket, name: "bucket" };
  const now = () => task.clock.now();
  const answered = async <T>(request: Promise<T>): Promise<T> => {
    try {
      return await request;
    } catch (error) {
      throw error instanceof StoreUnavailable ? new NoAnswer(error.message) : error;
    }
  };
  return {
    name: "s3",
    lock: async (info) => {
      try {
        await answered(
          ask(connection, `put ${lockKey(key)}`, true, () =>
            bucket.put(lockKey(key), marshalLockInfo(info), { ifNoneMatch: true, at: now() }),
          ),
        );
        return true;
      } catch (error) {
        // It does not compare the ID: after a lost reply it takes its own lock for somebody else's.
        if (error instanceof Precondition) return false;
        throw error;
      }
    },
    read: () => answered(ask(connection, `get ${key}`, false, () => bucket.get(key)?.bytes)),
    write: async (bytes) =>
      void (await answered(
        ask(connection, `put ${key}`, true, () => bucket.put(key, bytes, { at: now() }), unconditional),
      )),
    unlock: async (info) => {
      const found = await answered(ask(connection, `get ${lockKey(key)}`, false, () => bucket.get(lockKey(key))));
      if (found === undefined || parseLockInfo(found.bytes)?.ID !== info.ID)
        throw new Refused("lock ID does not match");
      await answered(
        ask(connection, `delete ${lockKey(key)}`, true, () => bucket.delete(lockKey(key), now()), unconditional),
      );
    },
  };
}
