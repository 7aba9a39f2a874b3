import { z } from "zod";
import { count, dnsLabel, hostName, image, objectName, quantity } from "../kubernetes";
import { defineSettings, type SettingsOf } from "../settings";
import {
  bazelCacheRule,
  bazelLabelRule,
  bucketsRule,
  databaseRule,
  dreamhostRule,
  objectStoreRule,
} from "./attic-rules";
import { backupSchedule, bucketName, period, postgresMemory, retention } from "./attic-types";
import { ghcrRule, minMaxRule, requestLimitRule } from "./rules";
import { httpUrl } from "../url";

const between = (min: number, max: number) => {
  const range = `a whole number from ${min} to ${max}`;
  return z.number().int(range).min(min, range).max(max, range);
};
const percent = () => between(0, 100);
const atLeastOne = () => count().min(1, "a whole number from 1");
const optional = <T extends z.ZodType>(type: T) => z.union([z.literal(""), type]).default("");
/** The empty name is Kubernetes' way to say "no class". */
const storageClass = () => z.union([z.literal(""), objectName()]);

/** Settings of the Nix binary cache: Attic, its database, its object store, and the optional Bazel cache. */
export const atticSettings = defineSettings({
  fields: {
    namespace: dnsLabel().max(57, "at most 57 characters, so that the labels made of it fit").default("nix-cache"),
    adopt_existing_namespace: z.boolean().default(false),
    environment: z.enum(["production", "staging", "development"]).default("production"),
    deploy_version: z.string().default(""),
    enable_prometheus_monitoring: z.boolean().default(true),
    ghcr_username: z.string().default("tinyland-inc"),

    attic_image: image().default("ghcr.io/tinyland-inc/attic:12cbeca141f46e1ade76728bce8adc447f2166c6"),
    init_image: image().default("ghcr.io/tinyland-inc/busybox:1.36"),
    init_cache_image: image().default("ghcr.io/tinyland-inc/alpine:3.19"),
    api_cpu_request: quantity().default("100m"),
    api_cpu_limit: quantity().default("1000m"),
    api_memory_request: quantity().default("128Mi"),
    api_memory_limit: quantity().default("512Mi"),
    api_min_replicas: atLeastOne().default(2),
    api_max_replicas: atLeastOne().default(10),
    api_cpu_target_percent: percent().default(70),
    api_memory_target_percent: percent().default(80),
    api_wait_for_rollout: z.boolean().default(true),
    enable_ingress: z.boolean().default(true),
    /** Empty: nix-cache.<domain of the environment>. */
    ingress_host: optional(hostName()),
    ingress_class: objectName().default("traefik"),
    enable_tls: z.boolean().default(true),
    cert_manager_issuer: z.string().default("letsencrypt-prod"),

    chunking_nar_size_threshold: count().default(65536),
    chunking_min_size: count().default(16384),
    chunking_avg_size: count().default(65536),
    chunking_max_size: count().default(262144),
    compression_type: z.enum(["zstd", "none"]).default("zstd"),
    compression_level: between(1, 22).default(8),
    gc_interval: period().default("12 hours"),
    gc_retention_period: period().default("3 months"),
    gc_cpu_request: quantity().default("50m"),
    gc_cpu_limit: quantity().default("500m"),
    gc_memory_request: quantity().default("64Mi"),
    gc_memory_limit: quantity().default("256Mi"),
    enable_cache_warming: z.boolean().default(false),

    use_cnpg_postgres: z.boolean().default(true),
    install_cnpg_operator: z.boolean().default(true),
    cnpg_operator_namespace: dnsLabel().default("cnpg-system"),
    cnpg_operator_create_namespace: z.boolean().default(true),
    cnpg_chart_version: z.string().min(1, "a chart version").default("0.20.0"),
    pg_instances: between(1, 10).default(3),
    pg_storage_size: quantity().default("10Gi"),
    pg_storage_class: storageClass().default("trident-expandable-delete"),
    pg_max_connections: between(10, 10000).default(100),
    pg_shared_buffers: postgresMemory().default("256MB"),
    pg_cpu_request: quantity().default("250m"),
    pg_cpu_limit: quantity().default("1000m"),
    pg_memory_request: quantity().default("512Mi"),
    pg_memory_limit: quantity().default("1Gi"),
    pg_enable_network_policy: z.boolean().default(false),
    pg_enable_backup: z.boolean().default(true),
    /** Ignored with MinIO, where backups go to the bucket pg-backup. Empty: <s3_bucket_name>-pg-backup. */
    pg_backup_bucket_name: z.string().default(""),
    pg_backup_max_size_gb: z.number().min(500, "a number from 500").default(500),
    pg_backup_retention: retention().default("30d"),
    pg_backup_schedule: backupSchedule().default("0 0 * * *"),

    s3_endpoint: optional(httpUrl),
    s3_region: z.string().min(1, "a region").default("us-east-1"),
    s3_bucket_name: z.string().default(""),

    use_minio: z.boolean().default(false),
    install_minio_operator: z.boolean().default(true),
    minio_operator_namespace: dnsLabel().default("minio-operator"),
    minio_operator_create_namespace: z.boolean().default(true),
    minio_operator_version: z.string().min(1, "a chart version").default("6.0.4"),
    minio_distributed_mode: z.boolean().default(false),
    minio_volume_size: quantity().default("10Gi"),
    /** Empty: pg_storage_class. */
    minio_storage_class: storageClass().default(""),
    minio_cpu_request: quantity().default("100m"),
    minio_cpu_limit: quantity().default("500m"),
    minio_memory_request: quantity().default("256Mi"),
    minio_memory_limit: quantity().default("512Mi"),
    minio_bucket_name: bucketName().default("attic"),
    /** 0: for ever. */
    minio_nar_retention_days: count().default(90),
    /** 0: for ever. */
    minio_chunk_retention_days: count().default(90),

    enable_bazel_cache: z.boolean().default(false),
    bazel_cache_bucket: bucketName().default("bazel-cache"),
    bazel_cache_max_size_gb: atLeastOne().default(100),
    bazel_cache_min_replicas: atLeastOne().default(1),
    bazel_cache_max_replicas: atLeastOne().default(2),
    bazel_cache_cpu_request: quantity().default("100m"),
    bazel_cache_cpu_limit: quantity().default("500m"),
    bazel_cache_memory_request: quantity().default("256Mi"),
    bazel_cache_memory_limit: quantity().default("1Gi"),
    bazel_cache_enable_ingress: z.boolean().default(false),
    /** Empty: bazel-cache.<domain of the environment>. */
    bazel_cache_ingress_host: optional(hostName()),

    dns_provider: z.enum(["external-dns", "dreamhost"]).default("external-dns"),
    /** The zone that DreamHost serves. */
    domain: optional(hostName()),
    load_balancer_ip: optional(z.ipv4("an IPv4 address: the records are A records")),
    enable_staging_dns: z.boolean().default(false),
  },
  unused: ["environment", "deploy_version", "pg_backup_max_size_gb"],
  secrets: {
    ghcr_token: { required: false },
    database_url: {
      required: false,
      validation: {
        condition: (self) => `can(regex("^postgresql://", ${self})) && !can(regex("placeholder", ${self}))`,
        message: "database_url must start with postgresql:// and must not be the placeholder.",
      },
      placeholder: "postgresql://preview:preview@localhost/attic",
    },
    s3_access_key_id: { required: false },
    s3_secret_access_key: { required: false },
    minio_root_user: { required: false },
    minio_root_password: { required: false },
    dreamhost_api_key: { required: false },
  },
  rules: (rule) => [
    rule(["ghcr_username"], ghcrRule),
    rule(["use_cnpg_postgres"], databaseRule),
    rule(["use_minio", "s3_endpoint", "s3_bucket_name"], objectStoreRule),
    rule(["enable_bazel_cache", "use_minio"], bazelCacheRule),
    rule(["enable_bazel_cache", "namespace"], bazelLabelRule),
    rule(
      ["use_minio", "minio_bucket_name", "pg_enable_backup", "enable_bazel_cache", "bazel_cache_bucket"],
      bucketsRule,
    ),
    rule(["dns_provider", "domain", "enable_ingress", "enable_staging_dns"], dreamhostRule),
    rule(["api_min_replicas", "api_max_replicas"], minMaxRule("api_min_replicas", "api_max_replicas")),
    rule(
      ["bazel_cache_min_replicas", "bazel_cache_max_replicas"],
      minMaxRule("bazel_cache_min_replicas", "bazel_cache_max_replicas"),
    ),
    ...(["api", "gc", "pg", "minio", "bazel_cache"] as const).flatMap((part) => [
      rule([`${part}_cpu_request`, `${part}_cpu_limit`], requestLimitRule(`${part}_cpu_request`, `${part}_cpu_limit`)),
      rule(
        [`${part}_memory_request`, `${part}_memory_limit`],
        requestLimitRule(`${part}_memory_request`, `${part}_memory_limit`),
      ),
    ]),
  ],
});

export type AtticSettings = SettingsOf<typeof atticSettings>;
