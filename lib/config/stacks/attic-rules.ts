import { type RuleFailure } from "../settings";

type Secrets = ReadonlySet<string>;

/** Without CloudNativePG there must be a database elsewhere. */
export function databaseRule(
  values: { readonly use_cnpg_postgres: boolean },
  secrets: Secrets,
): RuleFailure | undefined {
  if (values.use_cnpg_postgres || secrets.has("database_url")) return undefined;
  return {
    at: ["use_cnpg_postgres"],
    what: "use_cnpg_postgres is false and there is no other database",
    expected: "database_url among `secrets: [...]`: the address of a PostgreSQL that Attic may use",
  };
}

interface ObjectStore {
  readonly use_minio: boolean;
  readonly s3_endpoint: string;
  readonly s3_bucket_name: string;
}

/** Without MinIO there must be an object store elsewhere: its address, its bucket and both parts of its key. */
export function objectStoreRule(values: ObjectStore, secrets: Secrets): RuleFailure | undefined {
  if (values.use_minio) return undefined;
  const setting = (["s3_endpoint", "s3_bucket_name"] as const).find((key) => values[key] === "");
  if (setting !== undefined)
    return {
      at: [setting],
      what: `use_minio is false and ${setting} is empty`,
      expected: `${setting} of the object store that Attic may use`,
    };
  const secret = ["s3_access_key_id", "s3_secret_access_key"].find((name) => !secrets.has(name));
  if (secret === undefined) return undefined;
  return {
    at: ["secrets"],
    what: `use_minio is false and ${secret} is not among the secrets`,
    expected: `${secret} among \`secrets: [...]\`: the key of the object store`,
  };
}

/** The Bazel cache keeps its blobs in MinIO. */
export function bazelCacheRule(values: {
  readonly enable_bazel_cache: boolean;
  readonly use_minio: boolean;
}): RuleFailure | undefined {
  if (!values.enable_bazel_cache || values.use_minio) return undefined;
  return {
    at: ["enable_bazel_cache"],
    what: "enable_bazel_cache is true and use_minio is false",
    expected: "use_minio: true: the Bazel cache keeps its blobs in MinIO only",
  };
}

/** The bucket that MinIO keeps database backups in. */
export const minioBackupBucket = "pg-backup";

interface Buckets {
  readonly use_minio: boolean;
  readonly minio_bucket_name: string;
  readonly pg_enable_backup: boolean;
  readonly enable_bazel_cache: boolean;
  readonly bazel_cache_bucket: string;
}

/** What Attic, the backups and the Bazel cache keep, they keep apart. */
export function bucketsRule(values: Buckets): RuleFailure | undefined {
  if (!values.use_minio) return undefined;
  const taken = values.pg_enable_backup ? [minioBackupBucket] : [];
  const clash = (key: "minio_bucket_name" | "bazel_cache_bucket"): RuleFailure => ({
    at: [key],
    what: `${key} is ${values[key]}, which is a bucket of MinIO already`,
    expected: "a bucket of its own",
  });
  if (taken.includes(values.minio_bucket_name)) return clash("minio_bucket_name");
  if (values.enable_bazel_cache && [...taken, values.minio_bucket_name].includes(values.bazel_cache_bucket))
    return clash("bazel_cache_bucket");
  return undefined;
}

interface Dns {
  readonly dns_provider: string;
  readonly domain: string;
  readonly enable_ingress: boolean;
  readonly enable_staging_dns: boolean;
}

/** A record at DreamHost needs its zone and the account's key. */
export function dreamhostRule(values: Dns, secrets: Secrets): RuleFailure | undefined {
  if (values.dns_provider !== "dreamhost" || !(values.enable_ingress || values.enable_staging_dns)) return undefined;
  if (values.domain === "")
    return {
      at: ["domain"],
      what: "dns_provider is dreamhost and domain is empty",
      expected: "the zone at DreamHost that gets the records",
    };
  if (secrets.has("dreamhost_api_key")) return undefined;
  return {
    at: ["dns_provider"],
    what: "dns_provider is dreamhost and there is no API key",
    expected: "dreamhost_api_key among `secrets: [...]`",
  };
}

/** The label `bazel-cache-<namespace>` is at most 63 characters. */
export function bazelLabelRule(values: {
  readonly enable_bazel_cache: boolean;
  readonly namespace: string;
}): RuleFailure | undefined {
  if (!values.enable_bazel_cache || values.namespace.length <= 51) return undefined;
  return {
    at: ["namespace"],
    what: `the label "bazel-cache-${values.namespace}" has more than 63 characters`,
    expected: "a namespace of at most 51 characters",
  };
}
