import { randomUUID } from "node:crypto";
import { singleWriter } from "../../authority/server/authenticate";
import { type RunningServer, startServer } from "../../authority/server/server";
import { StateAuthority } from "../../authority/state-authority";
import { type StateStore, stateInStore } from "../../authority/state-store";
import { MemoryStore } from "../../authority/stores/memory";
import { HttpStateStore } from "../../authority/stores/http";
import { S3Store } from "../../authority/stores/s3";
import { type HttpContract } from "../../lib/backend/contract";
import { startMinio } from "../../lab/s3/minio";
import { type S3Server } from "../../lab/s3/s3-server";

/** What all runs share: one MinIO with a versioned bucket that has an identity. */
export interface Ground {
  readonly minio: S3Server;
  readonly authority: string;
  close(): Promise<void>;
}

/** Patience of the lab: no fault here lasts longer on purpose than a held request. */
const timeouts = { connect: 2_000, idle: 1_500, total: 6_000 };
const writer = { TF_HTTP_USERNAME: "ann", TF_HTTP_PASSWORD: "secret" };

export type Side = "http" | "s3";

export async function openGround(progress: (line: string) => void): Promise<Ground> {
  const minio = await startMinio({ progress });
  const store = new S3Store({ ...minio, skipS3Checksum: false, environment: minio.environment });
  const { authority } = await store.giveIdentity();
  store.close();
  return { minio, authority, close: () => minio.stop() };
}

/** The ways to both places: straight, or through proxies. */
export interface Ways {
  readonly s3: string;
  readonly http: string;
}

/** Both places of one run: a key of its own in the bucket, and an HTTP server of its own, over memory or over that key. */
export class World {
  readonly name = "attic-dev";
  readonly key: string;
  /** As the ledger writes the places, whatever way somebody takes to them. */
  readonly locations: Readonly<Record<Side, string>>;
  readonly #opened: { close(): void }[] = [];
  readonly #memory = new MemoryStore();
  #straight: S3Store | undefined;
  #server: RunningServer | undefined;

  private constructor(
    readonly ground: Ground,
    readonly sameObject: boolean,
  ) {
    this.key = `runs/${randomUUID()}/terraform.tfstate`;
    this.locations = { http: `http://state.example/state/${this.name}`, s3: `s3://${ground.minio.bucket}/${this.key}` };
  }

  static async open(ground: Ground, sameObject: boolean): Promise<World> {
    const world = new World(ground, sameObject);
    world.#server = await startServer({
      listen: { host: "127.0.0.1", port: 0 },
      states: [{ name: world.name, key: world.key, id: "attic" }],
      store: sameObject ? world.straightBucket : world.#memory,
      authenticator: singleWriter(writer.TF_HTTP_USERNAME, writer.TF_HTTP_PASSWORD),
      log: { write: () => undefined },
    });
    return world;
  }

  /** The ways without a proxy. */
  get straight(): Ways {
    return { s3: this.ground.minio.endpoint, http: this.#server?.url ?? "" };
  }

  /** The bucket, by one way; closed with the world. */
  bucket(endpoint: string): S3Store {
    const { bucket, region, environment } = this.ground.minio;
    const store = new S3Store({ endpoint, bucket, region, skipS3Checksum: false, authority: this.ground.authority, environment, timeouts });
    this.#opened.push(store);
    return store;
  }

  /** A state and its lock as they are, looked at without taking anything. */
  authority(side: Side): StateAuthority {
    return side === "s3" || this.sameObject ? new StateAuthority(this.straightBucket, this.key) : new StateAuthority(this.#memory, this.key);
  }

  /** The bucket without a proxy. */
  get straightBucket(): S3Store {
    return (this.#straight ??= this.bucket(this.straight.s3));
  }

  /** The state on one side, by one way; closed with the world. */
  state(side: Side, ways: Ways, bucket: S3Store = this.straightBucket): StateStore {
    if (side === "s3") return stateInStore(bucket, this.key, this.locations.s3);
    const address = `${ways.http}/state/${this.name}`;
    const contract: HttpContract = { type: "http", address, lockAddress: `${address}/lock`, unlockAddress: `${address}/lock`, lockMethod: "POST", unlockMethod: "DELETE" };
    const state = new HttpStateStore({ contract, environment: writer, timeout: timeouts.idle });
    this.#opened.push(state);
    return state;
  }

  async close(): Promise<void> {
    for (const one of this.#opened) one.close();
    await this.#server?.close();
  }
}
