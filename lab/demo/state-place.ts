import { existsSync } from "node:fs";
import { UserError } from "../../lib/errors";
import { buildTool } from "../../tools/build-tool";
import { minio } from "../../tools/catalogue";
import { pathOf } from "../../tools/tool";
import { startMinio } from "../s3/minio";
import { type S3Server } from "../s3/s3-server";
import { type Stage } from "./stage";
import { noMinio } from "../refusals";

/** Longer than this nobody waits for a build in a demo: the file store goes on instead. */
const patience = 15_000;

/** Where act 3 keeps its states: MinIO, or the file store where MinIO is not there in time. */
export class StatePlace {
  #server: S3Server | undefined;
  readonly #starting: Promise<S3Server | UserError>;
  #isBuilding: boolean;

  /** Begins at once, so that a build runs while the first acts play. Its data goes with the demo's folder. */
  constructor(private readonly stage: Stage) {
    this.#isBuilding = !existsSync(pathOf(minio));
    const building = buildTool(minio, (line) => stage.say(line));
    this.#starting = building
      .then(() => startMinio({ folder: `${stage.folder}/minio` }))
      .then(
        (server) => (this.#server = server),
        (error: unknown) => (error instanceof UserError ? error : noMinio(error)),
      );
    void this.#starting.then(() => (this.#isBuilding = false));
  }

  /** The S3 server, or undefined: then it was said why. */
  async s3(): Promise<S3Server | undefined> {
    const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), patience).unref());
    const found = await Promise.race([this.#starting, late]);
    if (found !== undefined && !(found instanceof UserError)) return found;
    const why =
      found?.problems[0]?.what ??
      (this.#isBuilding ? `MinIO is still being built (some ${minio.minutes} minutes, once)` : "MinIO does not start");
    this.stage.say(`${why}: this act goes on with the file store, without the bucket beside it and without a cutover.`);
    return undefined;
  }

  async stop(): Promise<void> {
    // One that is being built ends with the process; what was built stays in Go's cache.
    await this.#server?.stop();
  }
}
