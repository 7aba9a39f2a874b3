import { randomUUID } from "node:crypto";
import { type ObjectStore } from "../../authority/stores/object-store";
import { singleWriter } from "../../authority/server/authenticate";
import { type RunningServer, startServer } from "../../authority/server/server";
import { StateObject } from "../../authority/state/state-object";
import { type StateStore } from "../../authority/state/state-store";
import { MemoryStore } from "../../authority/stores/memory";
import { S3Store } from "../../authority/stores/s3";
import { startMinio } from "../s3/minio";
import { type S3Server } from "../s3/s3-server";
import { type MovableBackend } from "../../lib/config/backends";
import { openBucket, openState, type Places, type Ways } from "./places";

/** What all runs share: one MinIO with a versioned bucket that has an identity. */
export interface Ground {
  readonly minio: S3Server;
  readonly authority: string;
  close(): Promise<void>;
}

const writer = { TF_HTTP_USERNAME: "ann", TF_HTTP_PASSWORD: "secret" };

export async function openGround(): Promise<Ground> {
  const minio = await startMinio();
  const store = new S3Store({ ...minio, skipS3Checksum: false, environment: minio.environment });
  const { authority } = await store.giveIdentity();
  store.close();
  return { minio, authority, close: () => minio.stop() };
}

/** Both places of one run: a key of its own in the bucket, and an HTTP server of its own, over memory or over that key. */
export class World {
  readonly places: Places;
  readonly #opened: { close(): void }[] = [];
  readonly #memory = new MemoryStore();
  #straight: S3Store | undefined;
  #server: RunningServer | undefined;

  private constructor(
    readonly ground: Ground,
    readonly sameObject: boolean,
  ) {
    const { bucket, region } = ground.minio;
    const [name, key] = ["attic-dev", `runs/${randomUUID()}/terraform.tfstate`];
    this.places = {
      name,
      bucket,
      region,
      authority: ground.authority,
      key,
      locations: { http: `http://state.example/state/${name}`, s3: `s3://${bucket}/${key}` },
    };
  }

  static async open(ground: Ground, sameObject: boolean): Promise<World> {
    const world = new World(ground, sameObject);
    world.#server = await startServer({
      listen: { host: "127.0.0.1", port: 0 },
      states: [{ name: world.places.name, key: world.key, id: "attic" }],
      store: sameObject ? world.straightBucket : world.#memory,
      authenticator: singleWriter(writer.TF_HTTP_USERNAME, writer.TF_HTTP_PASSWORD),
      log: { write: () => undefined },
    });
    return world;
  }

  get key(): string {
    return this.places.key;
  }

  get locations(): Ways {
    return this.places.locations;
  }

  /** The variables that let a user in, at both places. */
  get environment(): NodeJS.ProcessEnv {
    return { ...this.ground.minio.environment, ...writer };
  }

  /** The ways without a proxy. */
  get straight(): Ways {
    return { s3: this.ground.minio.endpoint, http: this.#server?.url ?? "" };
  }

  /** What keeps the state on one side, and its past. */
  store(side: MovableBackend): ObjectStore {
    return side === "s3" || this.sameObject ? this.straightBucket : this.#memory;
  }

  /** A state and its lock as they are, looked at without taking anything. */
  authority(side: MovableBackend): StateObject {
    return new StateObject(this.store(side), this.key);
  }

  /** The bucket without a proxy. */
  get straightBucket(): S3Store {
    if (this.#straight === undefined)
      this.#opened.push((this.#straight = openBucket(this.places, this.straight.s3, this.environment)));
    return this.#straight;
  }

  /** The state on one side, in the bucket without a proxy or by any way to the HTTP server; closed with the world. */
  state(side: MovableBackend, ways: Ways = this.straight): StateStore {
    const state = openState(side, this.places, ways, this.straightBucket, this.environment);
    this.#opened.push(state);
    return state;
  }

  async close(): Promise<void> {
    for (const one of this.#opened) one.close();
    await this.#server?.close();
  }
}
