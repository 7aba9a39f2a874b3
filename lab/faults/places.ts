import { type StateStore, stateInStore } from "../../authority/state/state-store";
import { HttpStateStore } from "../../authority/stores/http";
import { S3Store } from "../../authority/stores/s3";
import { type MovableBackend } from "../../lib/config/backends";
import { type HttpContract, httpContract } from "../../lib/backend/http/contract";
import { type S3Contract } from "../../lib/backend/s3/contract";

/** The ways to both places: straight, or through proxies. */
export type Ways = Readonly<Record<MovableBackend, string>>;

/** Where both places of one run are: plain data without a secret, so that it can be told to another process. */
export interface Places {
  readonly name: string;
  readonly bucket: string;
  readonly region: string;
  /** The bucket's identity. */
  readonly authority: string;
  readonly key: string;
  /** As the ledger writes the places, whatever way somebody takes to them. */
  readonly locations: Ways;
}

/** Patience of the lab: no fault here lasts longer on purpose than a held request. */
const timeouts = { connect: 2_000, idle: 1_500, total: 6_000 };

/** The bucket, by one way. To be closed. */
export function openBucket(
  { bucket, region, authority }: Places,
  way: string,
  environment: NodeJS.ProcessEnv,
): S3Store {
  return new S3Store({ endpoint: way, bucket, region, skipS3Checksum: false, authority, environment, timeouts });
}

/** The state on one side, by one way; `bucket` has been opened by the same way. To be closed. */
export function openState(
  side: MovableBackend,
  places: Places,
  ways: Ways,
  bucket: S3Store,
  environment: NodeJS.ProcessEnv,
): StateStore {
  if (side === "s3") return stateInStore(bucket, places.key, places.locations.s3);
  return new HttpStateStore({ contract: httpPlace(places, ways), environment, timeout: timeouts.idle });
}

/** The HTTP place as configuration describes it. */
export function httpPlace({ name }: Places, ways: Ways): HttpContract {
  return httpContract({ address: `${ways.http}/state/${name}` });
}

/** The place in the bucket as configuration describes it. */
export function s3Contract({ bucket, key, region }: Places, ways: Ways): S3Contract {
  return { type: "s3", endpoint: ways.s3, bucket, key, region, useLockfile: true, skipS3Checksum: false };
}
