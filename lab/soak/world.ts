import { type ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { S3Store } from "../../authority/stores/s3";
import { type StateStore } from "../../authority/state/state-store";
import { repositoryRoot } from "../../lib/root";
import { Stage } from "../demo/stage";
import { type EngineWorld } from "../faults/engine-backend";
import { openBucket, openState, type Places, type Ways } from "../faults/places";
import { residentMemory } from "../resident-memory";
import { startMinio } from "../s3/minio";
import { freePort } from "../s3/server-process";
import { type S3Server } from "../s3/s3-server";

const writer = { TF_HTTP_USERNAME: "ann", TF_HTTP_PASSWORD: "correct-horse" };

/** The four stacks in both environments of the checked-in configuration, by environment. */
const stacks = ["attic", "arc-runners", "gitlab-runners", "runner-dashboard"];
const environments = ["dev", "prod"];

/** One state of the soak, as engines and movers reach it. */
export interface SoakState extends EngineWorld {
  readonly places: Places;
}

/** MinIO over a folder that stays, and the shipped `flywheel serve` over it as a process of its own. Both can be killed. */
export class SoakWorld {
  readonly states: readonly SoakState[];
  /** The most memory that the server had, and what it had last, in MiB. */
  readonly memory = { most: 0, last: 0, first: 0 };
  #server: ChildProcess | undefined;
  readonly #opened: { close(): void }[] = [];
  readonly #sampling: NodeJS.Timeout;

  private constructor(
    private readonly stage: Stage,
    private minio: S3Server,
    private readonly port: number,
    authority: string,
  ) {
    const straight: Ways = { s3: minio.endpoint, http: `http://127.0.0.1:${port}` };
    const { bucket, region } = minio;
    this.states = environments.flatMap((environment) =>
      stacks.map((stack): SoakState => {
        const [name, key] = [`${stack}-${environment}`, `${environment}/${stack}/terraform.tfstate`];
        const locations = { http: `${straight.http}/state/${name}`, s3: `s3://${bucket}/${key}` };
        const places: Places = { name, bucket, region, authority, key, locations };
        return { places, key, straight, ground: { minio }, state: (side, ways) => this.#open(side, places, ways) };
      }),
    );
    this.#sampling = setInterval(() => this.#sample(), 250);
  }

  static async open(folder: string): Promise<SoakWorld> {
    const stage = new Stage(folder, () => undefined);
    const minio = await startMinio({ folder: join(folder, "minio") });
    const store = new S3Store({ ...minio, skipS3Checksum: false, environment: minio.environment });
    const { authority } = await store.giveIdentity();
    store.close();
    const port = await freePort();
    stage.setOrganization([
      [["state", "http", "address"], `http://127.0.0.1:${port}/state/{stack}-{env}`],
      [["state", "s3"], { endpoint: minio.endpoint, bucket: minio.bucket, region: minio.region, authority }],
    ]);
    const world = new SoakWorld(stage, minio, port, authority);
    await world.#serve();
    return world;
  }

  /** What lets everybody in, at both places. */
  get environment(): NodeJS.ProcessEnv {
    return { ...this.minio.environment, ...writer };
  }

  /** The bucket itself; closed with the world. */
  bucket(places: Places): S3Store {
    const store = openBucket(places, this.minio.endpoint, this.environment);
    this.#opened.push(store);
    return store;
  }

  /** `kill -9`, and after so many milliseconds another one on the same port. */
  async killServer(downFor: number): Promise<void> {
    if (this.#server !== undefined) await this.stage.kill(this.#server);
    await sleep(downFor);
    await this.#serve();
  }

  /** The same of the store, on its data. */
  async killStore(downFor: number): Promise<void> {
    const { accessKeyId, secretAccessKey, endpoint } = this.minio;
    await this.minio.kill();
    await sleep(downFor);
    const folder = join(this.stage.folder, "minio");
    this.minio = await startMinio({ folder, port: Number(new URL(endpoint).port), accessKeyId, secretAccessKey });
  }

  async close(): Promise<void> {
    clearInterval(this.#sampling);
    for (const one of this.#opened) one.close();
    await this.stage.strike();
    await this.minio.stop();
  }

  async #serve(): Promise<void> {
    const args = [
      join(repositoryRoot, "bin", "flywheel"),
      "serve",
      "--listen",
      `127.0.0.1:${this.port}`,
      "--store",
      "s3",
    ];
    const server = this.stage.start(process.execPath, args, { env: this.environment });
    this.#server = server;
    await this.stage.waitFor(server, /^listening on /m, "flywheel serve");
    // Audit lines are read by nobody here, and a full pipe would hold the server up.
    server.stdout?.resume();
    server.stderr?.resume();
  }

  #open(side: "http" | "s3", places: Places, ways: Ways): StateStore {
    const state = openState(side, places, ways, this.bucket(places), this.environment);
    this.#opened.push(state);
    return state;
  }

  #sample(): void {
    const resident = residentMemory(this.#server?.pid);
    if (resident === undefined) return;
    const memory = Math.round(resident);
    if (this.memory.first === 0) this.memory.first = memory;
    this.memory.last = memory;
    this.memory.most = Math.max(this.memory.most, memory);
  }
}
