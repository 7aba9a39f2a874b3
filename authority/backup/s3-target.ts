import { ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { type Configuration, everyStack } from "../../lib/config/load";
import { type UserError } from "../../lib/errors";
import { StoreConflict, StoreUnavailable } from "../stores/object-store";
import { stateKey } from "../state/state-key";
import { summarizeState } from "../state/state-summary";
import { S3Store } from "../stores/s3";
import { defaultTimeouts, s3Client } from "../stores/s3-client";
import { asUnavailable } from "../stores/s3-errors";
import { type BackupTarget } from "./target";
import { backupNameTaken, backupInStateBucket, noBackupCredentials } from "./refusals";

interface S3TargetOptions {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly prefix?: string;
  /** FLYWHEEL_BACKUP_AWS_* are read from it, and no other credentials: the state's own must not reach its backups. */
  readonly environment: NodeJS.ProcessEnv;
}

/** Backups in a bucket of any S3-compatible server. Its versioning, or an object lock, is its owner's business. */
export class S3Target implements BackupTarget {
  readonly description: string;
  readonly #store: S3Store;
  readonly #client: S3Client;
  readonly #prefix: string;

  /** @throws UserError `no-credentials` where the environment has none for the target. */
  constructor(private readonly options: S3TargetOptions) {
    const { endpoint, bucket, region } = options;
    const place = { endpoint, bucket, region, skipS3Checksum: false };
    const environment = backupCredentials(options.environment);
    this.#store = new S3Store({ ...place, environment });
    this.#client = s3Client(place, environment, defaultTimeouts);
    this.#prefix = options.prefix === undefined ? "" : `${options.prefix}/`;
    this.description = `${this.#store.description}${options.prefix === undefined ? "" : `, ${this.#prefix}`}`;
  }

  async list(prefix: string): Promise<readonly string[]> {
    const names: string[] = [];
    for (let token: string | undefined; ;) {
      try {
        const page = await this.#client.send(
          new ListObjectsV2Command({
            Bucket: this.options.bucket,
            Prefix: this.#prefix + prefix,
            ContinuationToken: token,
          }),
          { abortSignal: AbortSignal.timeout(defaultTimeouts.total) },
        );
        for (const { Key } of page.Contents ?? []) if (Key !== undefined) names.push(Key.slice(this.#prefix.length));
        if (page.IsTruncated !== true) return names;
        token = page.NextContinuationToken;
      } catch (error) {
        throw asUnavailable(this.description, "listing backups", error);
      }
    }
  }

  async read(name: string): Promise<Buffer | undefined> {
    return (await this.#store.read(this.#prefix + name))?.bytes;
  }

  async write(name: string, bytes: Buffer): Promise<void> {
    try {
      await this.#store.create(this.#prefix + name, bytes);
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
      if ((await this.read(name))?.equals(bytes) !== true) throw backupNameTaken(this.description, name);
    }
  }

  close(): void {
    this.#store.close();
    this.#client.destroy();
  }

  /**
   * Refuses a bucket that keeps states, under whatever address it was reached: by its identity, and by a state at one of our keys.
   * A key that may see neither sees no state either.
   */
  async requireNoState(configuration: Configuration): Promise<void> {
    const found = await Promise.all([
      this.#unlessRefused(async () => (await this.#store.identity()) !== undefined),
      this.#unlessRefused(async () => this.#hasIdentityBelow(configuration.organization.state.s3?.prefix ?? "")),
      ...everyStack(configuration).map((stack) =>
        this.#unlessRefused(async () => {
          const stored = await this.#store.read(stateKey(configuration, stack));
          return stored !== undefined && typeof summarizeState(stored.bytes) !== "string";
        }),
      ),
    ]);
    if (found.includes(true)) throw ownBucket(configuration, `${this.#store.description} keeps states`);
  }

  /** Where the states' own bucket is shared, its identity lies below a prefix. */
  async #hasIdentityBelow(prefix: string): Promise<boolean> {
    if (prefix === "") return false;
    const { endpoint, bucket, region, environment } = this.options;
    const place = { endpoint, bucket, region, prefix, skipS3Checksum: false };
    const store = new S3Store({ ...place, environment: backupCredentials(environment) });
    try {
      return (await store.identity()) !== undefined;
    } finally {
      store.close();
    }
  }

  /** False where the server does not let this key look. An outage shows in what comes next. */
  async #unlessRefused(look: () => Promise<boolean>): Promise<boolean> {
    try {
      return await look();
    } catch (error) {
      if (error instanceof StoreUnavailable) return false;
      throw error;
    }
  }
}

/** The error for a target that would be lost together with the states. */
export function ownBucket(configuration: Configuration, what: string): UserError {
  return backupInStateBucket(configuration.organization.source, what);
}

/** FLYWHEEL_BACKUP_AWS_* under the names the client knows. */
function backupCredentials(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = (name: string) => environment[`FLYWHEEL_BACKUP_${name}`] || undefined;
  if (
    (own("AWS_ACCESS_KEY_ID") === undefined || own("AWS_SECRET_ACCESS_KEY") === undefined) &&
    own("AWS_PROFILE") === undefined
  ) {
    throw noBackupCredentials();
  }
  return {
    HOME: environment["HOME"],
    AWS_SHARED_CREDENTIALS_FILE: environment["AWS_SHARED_CREDENTIALS_FILE"],
    AWS_CONFIG_FILE: environment["AWS_CONFIG_FILE"],
    AWS_ACCESS_KEY_ID: own("AWS_ACCESS_KEY_ID"),
    AWS_SECRET_ACCESS_KEY: own("AWS_SECRET_ACCESS_KEY"),
    AWS_SESSION_TOKEN: own("AWS_SESSION_TOKEN"),
    AWS_PROFILE: own("AWS_PROFILE"),
  };
}
