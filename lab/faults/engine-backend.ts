import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { lockKey, type LockInfo, marshalLockInfo, parseLockInfo } from "../../authority/state/lock-info";
import { defaultTimeouts, s3Client } from "../../authority/stores/s3-client";
import { type MovableBackend } from "../../lib/config/backends";
import { type StateStore } from "../../authority/state/state-store";
import { type S3Server } from "../s3/s3-server";
import { type Ways } from "./places";

/** What a backend does for an engine: nothing is conditional but the lock. */
export interface EngineBackend {
  lock(info: LockInfo): Promise<boolean>;
  read(): Promise<Buffer | undefined>;
  write(bytes: Buffer, id: string): Promise<void>;
  unlock(id: string): Promise<void>;
}

/** As much of a world as an engine's backend needs. */
export interface EngineWorld {
  readonly ground: { readonly minio: S3Server };
  readonly key: string;
  /** The ways without a proxy. */
  readonly straight: Ways;
  state(side: "http", ways: Ways): StateStore;
}

/** Opens a backend, straight or by a way through a proxy. */
export function openEngineBackend(
  world: EngineWorld,
  side: MovableBackend,
  way = world.straight[side],
): { readonly backend: EngineBackend; close(): void } {
  if (side === "s3") {
    const { minio } = world.ground;
    const client = s3Client({ ...minio, endpoint: way, skipS3Checksum: false }, minio.environment, {
      ...defaultTimeouts,
      idle: 2_000,
    });
    return { backend: overS3(client, minio.bucket, world.key), close: () => client.destroy() };
  }
  const state = world.state("http", { ...world.straight, http: way });
  return {
    backend: {
      lock: (info) => state.lock(info).then(() => true),
      read: async () => (await state.read())?.bytes,
      write: async (bytes, id) => void (await state.write(bytes, id)),
      unlock: (id) => state.unlock(id),
    },
    close: () => undefined,
  };
}

/** The requests of the engines' s3 backend with `use_lockfile`: the state is put without a precondition. */
function overS3(client: S3Client, bucket: string, key: string): EngineBackend {
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
        if (error instanceof Error && ["PreconditionFailed", "ConditionalRequestConflict"].includes(error.name))
          return false;
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
