import { location, type StateContract } from "../../lib/backend/contract";
import { families } from "../../lib/backend/families";
import { contractOn, legacyContract } from "../../lib/backend/resolve";
import { isMovableBackend, movableBackends, otherBackend } from "../../lib/config/backends";
import { type Configuration, type StackInstance } from "../../lib/config/load";
import { UserError } from "../../lib/errors";
import { configuredBucket, configuredS3Store } from "../stores/configured-store";
import { openLegacyPlace, openStateStore } from "../state/open-state-store";
import { type StateStore } from "../state/state-store";
import { type S3Store } from "../stores/s3";
import { type S3Bucket } from "../stores/s3-bucket";
import { type CheckLine } from "./line";

/** The bucket of `state.s3`, opened to look at it and at what lies in it. */
export interface OpenBucket {
  readonly raw: S3Bucket;
  readonly store: S3Store;
}

/** Opens the bucket. Who works through the HTTP server alone needs no credentials for it, and is told what was not looked at. */
export function openBucket(
  configuration: Configuration,
  environment: NodeJS.ProcessEnv,
  httpOnly: boolean,
): { bucket?: OpenBucket; note?: readonly CheckLine[] } {
  if (configuration.organization.state.s3 === undefined)
    // A stack can be in a bucket by a backend file of today alone.
    return httpOnly
      ? {}
      : {
          note: notLookedAt("state.s3 is missing (flywheel convert writes it)"),
        };
  try {
    const store = configuredS3Store(configuration, environment);
    return { bucket: { raw: configuredBucket(configuration, environment), store } };
  } catch (error) {
    if (!httpOnly || !(error instanceof UserError) || error.problems[0]?.code !== "no-credentials") throw error;
    return { note: notLookedAt("no AWS credentials, and no stack here is on s3") };
  }
}

function notLookedAt(why: string): readonly CheckLine[] {
  return [{ name: "bucket", status: "note", detail: `not looked at: ${why}`, milliseconds: 0 }];
}

/** The place of the other backend, where configuration gives it one. */
export async function otherDoor(
  configuration: Configuration,
  stack: StackInstance,
  contract: StateContract,
  environment: NodeJS.ProcessEnv,
): Promise<StateStore | undefined> {
  const { state } = configuration.organization;
  if (!isMovableBackend(contract.type)) return undefined;
  const backend = otherBackend(contract.type);
  if (!families[backend].isConfigured(state)) return undefined;
  return openStateStore(await contractOn(backend, configuration, stack, environment), environment, state.s3?.authority);
}

/** The place that the ledger sealed, where configuration still tells the way to it. */
export async function sealedPlace(
  configuration: Configuration,
  stack: StackInstance,
  sealed: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<StateStore | undefined> {
  if (sealed === undefined) return undefined;
  for (const backend of movableBackends) {
    try {
      const contract = await contractOn(backend, configuration, stack, environment);
      if (location(contract) === sealed)
        return openStateStore(contract, environment, configuration.organization.state.s3?.authority);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  const { gitlab } = configuration.organization.state.legacy;
  if (gitlab === undefined || location(legacyContract(configuration, stack)) !== sealed) return undefined;
  return openLegacyPlace(legacyContract(configuration, stack), environment);
}
