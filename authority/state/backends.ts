import { type BackendType } from "../../lib/config/backends";
import { type Configuration, type StackInstance } from "../../lib/config/load";
import { type ContractOf } from "../../lib/backend/families";
import { location } from "../../lib/backend/contract";
import { UserError } from "../../lib/errors";
import { configuredS3Store } from "../stores/configured-store";
import { HttpStateStore } from "../stores/http";
import { type CredentialNames } from "../stores/http-credentials";
import { KubernetesStateStore } from "../stores/kubernetes";
import { S3Store } from "../stores/s3";
import { removeVersions } from "../check/locking-proof";
import { S3Bucket } from "../stores/s3-bucket";
import { lockKey } from "./lock-info";
import { stateKey } from "./state-key";
import { type StateStore, stateInStore } from "./state-store";

/** With what a place is opened. */
interface Opening {
  readonly environment: NodeJS.ProcessEnv;
  /** In which variables the credentials for an HTTP server are. Default: the contract's. */
  readonly credentials?: CredentialNames;
  /** `state.s3.authority`. */
  readonly authority?: string;
  /** What an HTTP server's 200 with nothing in it means. Default: refused. */
  readonly emptyAnswer?: "refused" | "no state";
}

/** Whose state is meant, by which configuration. */
export interface StateOwner {
  readonly configuration: Configuration;
  readonly stack: StackInstance;
  readonly environment: NodeJS.ProcessEnv;
}

/** The store of ours that keeps what lies beside a state: its generation and its journal. */
export interface Beside {
  readonly store: S3Store;
  /** The state's own key, or the one that it would have. */
  readonly stateKey: string;
}

/** How the states of one backend family are reached while the program runs. Everything throws UserError where credentials are missing. */
interface OpenFamily<C> {
  /** Opens the place that a contract names. */
  open(contract: C, opening: Opening): StateStore;

  /** What is at the place, also where that is no state; undefined where nothing is. @throws StoreUnavailable for an outage. */
  readBytes(contract: C, opening: Opening): Promise<Buffer | undefined>;

  /** Opens what lies beside the state; undefined where there is no way to it for whoever works on this backend. */
  beside(contract: C, owner: StateOwner): Beside | undefined;

  /** Whether the place of a check's own state may be written: it is in our bucket, or its server says that it keeps one for checks. */
  mayScratch(place: StateStore): Promise<boolean>;

  /** Removes what a check's own state leaves where a removal leaves versions. What can't be removed is harmless: its name is nobody's. */
  purge(contract: C, opening: Opening): Promise<void>;

  /** Whether its states are objects in a bucket, reached with the bucket's credentials. */
  readonly isInBucket: boolean;

  /** The address at which a server that may be one of ours answers for the state; undefined where none does. */
  servedAt(contract: C): string | undefined;
}

/** The backend families of lib/backend, each with how to open it. */
export const openFamilies: { readonly [T in BackendType]: OpenFamily<ContractOf[T]> } = {
  http: {
    open: (contract, { environment, emptyAnswer, credentials }) =>
      new HttpStateStore({ contract, environment, emptyAnswer, credentials }),
    readBytes: (contract, { environment }) => new HttpStateStore({ contract, environment }).readBytes(),
    // An operator of the HTTP contract may have no way to the bucket: there the seal keeps an old checkout out.
    beside: (_contract, { configuration, stack, environment }) => {
      const store = bucketIfReachable(configuration, environment);
      return store === undefined ? undefined : { store, stateKey: stateKey(configuration, stack) };
    },
    mayScratch: (place) => (place.isForChecks === undefined ? Promise.resolve(false) : place.isForChecks()),
    purge: () => Promise.resolve(),
    isInBucket: false,
    servedAt: ({ address }) => address.replace(/\/$/, ""),
  },
  s3: {
    open: (contract, { environment, authority }) => {
      const store = new S3Store({ ...contract, authority, environment });
      return stateInStore(store, contract.key, location(contract), () => store.close());
    },
    readBytes: async (contract, { environment, authority }) => {
      const store = new S3Store({ ...contract, authority, environment });
      try {
        return (await store.read(contract.key))?.bytes;
      } finally {
        store.close();
      }
    },
    beside: (contract, { configuration, environment }) => ({
      store: new S3Store({ ...contract, authority: configuration.organization.state.s3?.authority, environment }),
      stateKey: contract.key,
    }),
    mayScratch: () => Promise.resolve(true),
    purge: async (contract, { environment }) => {
      const bucket = new S3Bucket(contract, environment);
      try {
        await Promise.all([contract.key, lockKey(contract.key)].map((key) => removeVersions(bucket, key)));
      } finally {
        bucket.close();
      }
    },
    isInBucket: true,
    servedAt: () => undefined,
  },
  // A Secret has no versions, nothing lies beside it, and no scratch state is made in a cluster for a check.
  kubernetes: {
    open: (contract, { environment }) => new KubernetesStateStore(contract, environment),
    readBytes: async (contract, { environment }) => {
      const store = new KubernetesStateStore(contract, environment);
      return store.readBytes().finally(() => store.close());
    },
    beside: () => undefined,
    mayScratch: () => Promise.resolve(false),
    purge: () => Promise.resolve(),
    isInBucket: false,
    servedAt: () => undefined,
  },
};

function bucketIfReachable(configuration: Configuration, environment: NodeJS.ProcessEnv): S3Store | undefined {
  try {
    return configuredS3Store(configuration, environment);
  } catch (error) {
    if (
      error instanceof UserError &&
      error.problems.every(({ code }) => ["no-bucket", "many-buckets", "no-credentials"].includes(code))
    )
      return undefined;
    throw error;
  }
}
