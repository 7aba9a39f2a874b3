import { type AtticSettings } from "../lib/config/stacks/attic";
import { minioBackupBucket } from "../lib/config/stacks/attic-rules";
import { type AtticObjectStore, type OwnObjectStore } from "../lib/constructs/attic-object-store";
import { type AtticServerProps } from "../lib/constructs/attic-server";
import { resourcesOf } from "../lib/constructs/container-resources";
import { type PostgresClusterProps } from "../lib/constructs/postgres-cluster";

// The settings of attic as the props of each construct.

/** The cache's own object store. */
export function minioOf(
  settings: AtticSettings,
): Omit<OwnObjectStore, "name" | "namespace" | "context" | "rootUser" | "rootPassword" | "dependsOn"> {
  const operator = {
    namespace: settings.minio_operator_namespace,
    createNamespace: settings.minio_operator_create_namespace,
    chartVersion: settings.minio_operator_version,
  };
  const others = [
    ...(settings.pg_enable_backup ? [minioBackupBucket] : []),
    ...(settings.enable_bazel_cache ? [settings.bazel_cache_bucket] : []),
  ];
  return {
    operator: settings.install_minio_operator ? operator : undefined,
    distributed: settings.minio_distributed_mode,
    volumeSize: settings.minio_volume_size,
    storageClass: settings.minio_storage_class || settings.pg_storage_class,
    buckets: [settings.minio_bucket_name, ...others],
    expiry: { nar: settings.minio_nar_retention_days, chunks: settings.minio_chunk_retention_days },
    resources: resourcesOf(settings, "minio_"),
    monitoring: settings.enable_prometheus_monitoring,
  };
}

/** The database, without its backups. */
export function databaseOf(
  settings: AtticSettings,
): Omit<PostgresClusterProps, "name" | "namespace" | "backup" | "dependsOn" | "formerModule"> {
  const network = {
    clientNamespaces: [settings.namespace],
    clientLabels: { "app.kubernetes.io/name": "attic" },
    operatorNamespace: settings.cnpg_operator_namespace,
  };
  return {
    partOf: "nix-cache",
    database: "attic",
    instances: settings.pg_instances,
    storage: { size: settings.pg_storage_size, storageClass: settings.pg_storage_class },
    maxConnections: settings.pg_max_connections,
    sharedBuffers: settings.pg_shared_buffers,
    resources: resourcesOf(settings, "pg_"),
    monitoring: settings.enable_prometheus_monitoring,
    network: settings.pg_enable_network_policy ? network : undefined,
  };
}

/** The database's backups. They reach MinIO by its service, as the old stack has it, and the API by its pods. */
export function backupOf(
  settings: AtticSettings,
  store: AtticObjectStore,
  namespace: string,
  bucket: string,
): NonNullable<PostgresClusterProps["backup"]> {
  return {
    endpoint: settings.use_minio ? `http://minio.${namespace}.svc:80` : settings.s3_endpoint,
    bucket,
    accessKeyId: store.key.id,
    secretAccessKey: store.key.secret,
    retention: settings.pg_backup_retention,
    schedule: settings.pg_backup_schedule,
  };
}

/** How the API runs, and what its server.toml says. */
export function serverOf(
  settings: AtticSettings,
  store: AtticObjectStore,
): Pick<
  AtticServerProps,
  "storage" | "chunking" | "compression" | "garbageCollection" | "resources" | "waitForRollout" | "scaling"
> {
  return {
    storage: { region: settings.s3_region, bucket: store.bucket, endpoint: store.endpoint },
    chunking: {
      narSizeThreshold: settings.chunking_nar_size_threshold,
      minSize: settings.chunking_min_size,
      avgSize: settings.chunking_avg_size,
      maxSize: settings.chunking_max_size,
    },
    compression: { type: settings.compression_type, level: settings.compression_level },
    garbageCollection: { interval: settings.gc_interval, retentionPeriod: settings.gc_retention_period },
    resources: resourcesOf(settings, "api_"),
    waitForRollout: settings.api_wait_for_rollout,
    scaling: {
      minReplicas: settings.api_min_replicas,
      maxReplicas: settings.api_max_replicas,
      cpuPercent: settings.api_cpu_target_percent,
      memoryPercent: settings.api_memory_target_percent,
    },
  };
}
