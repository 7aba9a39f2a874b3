import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { lockKey, type LockInfo, marshalLockInfo, parseLockInfo } from "../../authority/lock-info";
import { StateRefusal } from "../../authority/refusals";
import { defaultTimeouts, s3Client } from "../../authority/stores/s3-client";
import { type FaultProxy, startFaultProxy } from "../../lab/fault-proxy/proxy";
import { type Random, randomFaults } from "../../lab/fault-proxy/faults";
import { after, contentsOf } from "./document";
import { type Side, type World } from "./world";

/** A write that a place has accepted. */
export interface Accepted {
  readonly side: Side;
  readonly name: string;
  readonly serial: number;
}

/** A busy machine stretches a run; it is not to become more of one. */
const appliesAtMost = 10;

/** What a door does for an engine: nothing is conditional but the lock. */
interface Door {
  lock(info: LockInfo): Promise<boolean>;
  read(): Promise<Buffer | undefined>;
  write(bytes: Buffer, id: string): Promise<void>;
  unlock(id: string): Promise<void>;
}

/**
 * Applies through one door again and again while users move the state, as an engine does: lock, read, write, unlock. Where there is no state it stops: a
 * client whose ledger names a place does not begin anew there. Its network has faults of its own.
 */
export class ApplyLoop {
  readonly accepted: Accepted[] = [];
  #stopping = false;
  #running: Promise<void> = Promise.resolve();
  #left: string | undefined;

  private constructor(
    private readonly side: Side,
    private readonly door: Door,
    private readonly straight: Door,
    private readonly random: Random,
    private readonly free: () => Promise<void>,
  ) {}

  static async start(world: World, side: Side, random: Random, faults: number): Promise<ApplyLoop> {
    const proxy = await startFaultProxy(world.straight[side], randomFaults(random, faults, side));
    const [door, straight] = [openDoor(world, side, proxy), openDoor(world, side)];
    const loop = new ApplyLoop(side, door.door, straight.door, random, async () => {
      door.close();
      straight.close();
      await proxy.close();
    });
    loop.#running = loop.#run();
    return loop;
  }

  /** Lets the apply that is under way come to its end. A lock that was left by a lost answer is given back, as its holder does by name. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    await this.#running;
    await this.#giveBack();
    await this.free();
  }

  async #run(): Promise<void> {
    for (let count = 1; !this.#stopping && count <= appliesAtMost; count += 1) {
      const name = `${this.side}-${count}`;
      await this.#apply(name).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 10 + this.random() * 60));
    }
  }

  /** A lock that was not taken, or is somebody else's by now, needs nothing. */
  async #giveBack(): Promise<void> {
    if (this.#left === undefined) return;
    try {
      await this.straight.unlock(this.#left);
    } catch (error) {
      if (!(error instanceof StateRefusal)) throw error;
    }
    this.#left = undefined;
  }

  async #apply(name: string): Promise<void> {
    await this.#giveBack();
    const info: LockInfo = { ID: `apply-${name}`, Operation: "OperationTypeApply", Info: "", Who: `${this.side}-client@ci`, Version: "1.11.4", Created: new Date().toISOString(), Path: "" };
    this.#left = info.ID;
    if (!(await this.door.lock(info))) {
      this.#left = undefined;
      return;
    }
    const before = await this.door.read();
    if (before !== undefined) {
      const bytes = after(before, name);
      await this.door.write(bytes, info.ID);
      this.accepted.push({ side: this.side, name, serial: contentsOf(bytes).serial });
    }
    await this.door.unlock(info.ID);
    this.#left = undefined;
  }
}

function openDoor(world: World, side: Side, proxy?: FaultProxy): { door: Door; close: () => void } {
  const way = proxy?.url ?? world.straight[side];
  if (side === "s3") {
    const { minio } = world.ground;
    const client = s3Client({ ...minio, endpoint: way, skipS3Checksum: false }, minio.environment, { ...defaultTimeouts, idle: 2_000 });
    return { door: s3Door(client, minio.bucket, world.key), close: () => client.destroy() };
  }
  const state = world.state("http", { ...world.straight, http: way });
  return {
    door: {
      lock: (info) => state.lock(info).then(() => true),
      read: async () => (await state.read())?.bytes,
      write: async (bytes, id) => void (await state.write(bytes, id)),
      unlock: (id) => state.unlock(id),
    },
    close: () => undefined,
  };
}

/** The requests of the engines' s3 backend with `use_lockfile`: the state is put without a precondition. */
function s3Door(client: S3Client, bucket: string, key: string): Door {
  const lock = { Bucket: bucket, Key: lockKey(key) };
  const get = async (object: { Bucket: string; Key: string }): Promise<Buffer | undefined> => {
    try {
      const { Body } = await client.send(new GetObjectCommand(object));
      return Body && Buffer.from(await Body.transformToByteArray());
    } catch (error) {
      if (error instanceof Error && error.name === "NoSuchKey") return undefined;
      throw error;
    }
  };
  return {
    async lock(info) {
      try {
        await client.send(new PutObjectCommand({ ...lock, Body: marshalLockInfo(info), IfNoneMatch: "*" }));
        return true;
      } catch (error) {
        if (error instanceof Error && ["PreconditionFailed", "ConditionalRequestConflict"].includes(error.name)) return false;
        throw error;
      }
    },
    read: () => get({ Bucket: bucket, Key: key }),
    async write(bytes) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes }));
    },
    async unlock(id) {
      const held = await get(lock);
      if (held !== undefined && parseLockInfo(held)?.ID === id) await client.send(new DeleteObjectCommand(lock));
    },
  };
}
