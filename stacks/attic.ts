import { DataKubernetesService } from "@cdktf/provider-kubernetes/lib/data-kubernetes-service";
import { RandomProvider } from "@cdktf/provider-random/lib/provider";
import { type App, TerraformOutput } from "cdktf";
import { type InstanceOf } from "../lib/config/load";
import { type AtticSettings, atticSettings } from "../lib/config/stacks/attic";
import { minioBackupBucket } from "../lib/config/stacks/attic-rules";
import { AtticCacheInit } from "../lib/constructs/attic-cache-init";
import { AtticCacheWarming } from "../lib/constructs/attic-cache-warming";
import { AtticGc } from "../lib/constructs/attic-gc";
import { AtticJwtSigning } from "../lib/constructs/attic-jwt-signing";
import { AtticNamespace } from "../lib/constructs/attic-namespace";
import { AtticObjectStore, type AtticObjectStoreProps } from "../lib/constructs/attic-object-store";
import { AtticServer } from "../lib/constructs/attic-server";
import { BaseStack, type BaseStackProps } from "../lib/constructs/base-stack";
import { BazelCache } from "../lib/constructs/bazel-cache";
import { Cluster } from "../lib/constructs/cluster";
import { CnpgOperator } from "../lib/constructs/cnpg-operator";
import { resourcesOf } from "../lib/constructs/container-resources";
import { DnsRecords } from "../lib/constructs/dns-records";
import { literal } from "../lib/constructs/escape";
import { clusterConfigPath, KubectlProvider } from "../lib/constructs/kubectl-provider";
import { type MinioTenant, minioPort, totalStorage } from "../lib/constructs/minio-tenant";
import { PostgresCluster, postgresPort } from "../lib/constructs/postgres-cluster";
import { pullSecretName, RegistryPullSecret } from "../lib/constructs/registry-pull-secret";
import { type InitContainer, waitFor } from "../lib/constructs/wait-for";
import { backupOf, databaseOf, minioOf, serverOf } from "./attic-props";

const minioTenantName = "attic-minio";

/** The Nix binary cache: object store, database, Attic's API and garbage collector, DNS, and optionally a Bazel cache. */
export class AtticStack extends BaseStack {
  private readonly settings: AtticSettings;
  private readonly domain: string;
  private readonly context: string;
  private readonly namespace: AtticNamespace;
  private readonly imagePullSecrets: readonly string[];

  constructor(app: App, props: BaseStackProps<InstanceOf<"attic">>) {
    super(app, props, atticSettings.secrets);
    const settings = literal(props.instance.settings);
    const { context, domain } = literal(props.instance.cluster);
    this.settings = settings;
    this.context = context;
    this.domain = domain;
    // All of them, so that one that this configuration does not need is checked like the others.
    for (const name of props.instance.secrets) this.secret(name);

    new Cluster(this, "cluster", { cluster: props.instance.cluster, helm: true });
    new KubectlProvider(this, "kubectl", {
      configPath: clusterConfigPath,
      configContext: context,
      loadConfigFile: true,
    });
    new RandomProvider(this, "random");

    this.namespace = new AtticNamespace(this, "namespace", {
      name: settings.namespace,
      adopt: settings.adopt_existing_namespace,
    });
    this.imagePullSecrets = this.pullSecret();
    const jwt = new AtticJwtSigning(this, "jwt_signing", {
      namespace: this.namespace.name,
      dependsOn: this.namespace.dependables,
    });
    const store = new AtticObjectStore(this, "object_store", this.objectStore());
    const database = settings.use_cnpg_postgres ? this.database(store) : undefined;
    const databaseUrl = database?.url ?? this.requiredSecret("database_url");

    const dependsOn = [...(database?.dependables ?? []), ...store.dependables];
    const shared = {
      namespace: this.namespace.name,
      image: settings.attic_image,
      imagePullSecrets: this.imagePullSecrets,
      initContainers: this.waits(database, store),
      dependsOn,
    };
    const server = new AtticServer(this, "api", {
      ...shared,
      ...serverOf(settings, store),
      databaseUrl,
      jwtKey: jwt.base64,
      objectStoreKey: store.key,
      ingress: settings.enable_ingress
        ? {
            host: this.host,
            className: settings.ingress_class,
            tls: settings.enable_tls,
            issuer: settings.cert_manager_issuer,
          }
        : undefined,
    });
    const gc = new AtticGc(this, "gc", { ...shared, runtime: server.runtime, resources: resourcesOf(settings, "gc_") });
    new AtticCacheInit(this, "cache_init", {
      ...shared,
      image: settings.init_cache_image,
      serverImage: settings.attic_image,
      endpoint: `http://attic.${this.namespace.name}.svc.cluster.local`,
      jwtSecret: jwt.secretName,
      dependsOn: [server.api.deployment, server.api.service],
    });
    if (settings.enable_cache_warming) new AtticCacheWarming(this, "cache_warming", { namespace: this.namespace.name });
    const bazelCache =
      settings.enable_bazel_cache && store.tenant !== undefined ? this.bazelCache(store, store.tenant) : undefined;
    const address = this.address();
    const dns = this.dns(address);

    this.output("namespace", "Namespace of the cache", this.namespace.name);
    this.output("api_service_endpoint", "Where the API answers inside the cluster", server.api.endpoint);
    this.output(
      "ingress_url",
      "Where the API answers outside; null without an ingress",
      settings.enable_ingress ? `${settings.enable_tls ? "https" : "http"}://${this.host}` : undefined,
    );
    this.output("deployment_name", "Deployment of the API", server.api.deployment.metadata.name);
    this.output("gc_deployment_name", "Deployment of the garbage collector", gc.deploymentName);
    this.output("hpa_config", "How the API scales", {
      min_replicas: settings.api_min_replicas,
      max_replicas: settings.api_max_replicas,
      cpu_target_percent: settings.api_cpu_target_percent,
      memory_target_percent: settings.api_memory_target_percent,
    });
    this.output("jwt_signing_k8s_secret", "Secret with the key that tokens are signed with", jwt.secretName);
    this.sensitiveOutput("jwt_signing_secret_base64", "The key that tokens are signed with, in base64", jwt.base64);
    this.storeOutputs(store);
    this.databaseOutputs(database, databaseUrl);
    this.output("dns_provider", "Who keeps the DNS records", settings.dns_provider);
    this.output("dns_records", "Records kept here; none with external-dns", dns.records);
    this.output("dns_fqdns", "Names the cache has", settings.dns_provider === "external-dns" ? [this.host] : dns.fqdns);
    this.output("load_balancer_ip", "Address the records point to; empty with external-dns", address);
    this.output("bazel_cache_enabled", "Whether there is a Bazel cache", bazelCache !== undefined);
    this.output(
      "bazel_cache_grpc_endpoint",
      "Where Bazel reaches its cache inside the cluster; null without one",
      bazelCache?.grpcEndpoint,
    );
    this.output(
      "bazel_cache_http_endpoint",
      "Status and metrics of the Bazel cache inside the cluster; null without one",
      bazelCache?.httpEndpoint,
    );
    this.output(
      "bazel_cache_bazelrc_config",
      "Lines for .bazelrc inside the cluster; null without a Bazel cache",
      bazelCache?.bazelrc,
    );
  }

  /** The API's host: with the ingress on there always is one. */
  private get host(): string {
    const { enable_ingress, ingress_host } = this.settings;
    return enable_ingress && ingress_host === "" ? `nix-cache.${this.domain}` : ingress_host;
  }

  private get backupBucket(): string {
    const { use_minio, pg_backup_bucket_name, s3_bucket_name } = this.settings;
    return use_minio ? minioBackupBucket : pg_backup_bucket_name || `${s3_bucket_name}-pg-backup`;
  }

  private pullSecret(): readonly string[] {
    const token = this.secret("ghcr_token");
    if (token === undefined) return [];
    new RegistryPullSecret(this, "pull_secret", {
      namespace: this.namespace.name,
      labels: {
        "app.kubernetes.io/name": "ghcr-auth",
        "app.kubernetes.io/component": "registry-credentials",
        "app.kubernetes.io/managed-by": "opentofu",
      },
      username: this.settings.ghcr_username,
      token,
      dependsOn: this.namespace.dependables,
      formerly: "kubernetes_secret.ghcr_auth[0]",
    });
    // Sensitive, because it is in the old stack's state, where the token decides whether there is one.
    return [`\${sensitive("${pullSecretName}")}`];
  }

  private objectStore(): AtticObjectStoreProps {
    const { settings } = this;
    if (!settings.use_minio) {
      const [accessKeyId, secretAccessKey] = [
        this.requiredSecret("s3_access_key_id"),
        this.requiredSecret("s3_secret_access_key"),
      ];
      return {
        external: { endpoint: settings.s3_endpoint, bucket: settings.s3_bucket_name, accessKeyId, secretAccessKey },
      };
    }
    const [rootUser, rootPassword] = [this.secret("minio_root_user"), this.secret("minio_root_password")];
    return {
      own: {
        ...minioOf(settings),
        name: minioTenantName,
        namespace: this.namespace.name,
        context: this.context,
        rootUser,
        rootPassword,
        dependsOn: this.namespace.dependables,
      },
    };
  }

  private database(store: AtticObjectStore): PostgresCluster {
    const { settings } = this;
    const namespace = this.namespace.name;
    const operator = settings.install_cnpg_operator
      ? new CnpgOperator(this, "cnpg_operator", {
          namespace: settings.cnpg_operator_namespace,
          createNamespace: settings.cnpg_operator_create_namespace,
          chartVersion: settings.cnpg_chart_version,
          podMonitor: settings.enable_prometheus_monitoring,
        }).dependables
      : [];
    const backup = settings.pg_enable_backup ? backupOf(settings, store, namespace, this.backupBucket) : undefined;
    return new PostgresCluster(this, "database", {
      ...databaseOf(settings),
      name: "attic-pg",
      namespace,
      backup,
      dependsOn: operator,
      formerModule: "module.attic_pg[0]",
    });
  }

  private waits(database: PostgresCluster | undefined, store: AtticObjectStore): InitContainer[] {
    const { init_image } = this.settings;
    return [
      ...(database === undefined ? [] : [waitFor("postgres", init_image, database.primaryHost, postgresPort)]),
      ...(store.tenant === undefined ? [] : [this.waitForMinio(store.tenant)]),
    ];
  }

  private waitForMinio(tenant: MinioTenant): InitContainer {
    return waitFor("minio", this.settings.init_image, `${tenant.host}.cluster.local`, minioPort);
  }

  private bazelCache(store: AtticObjectStore, tenant: MinioTenant): BazelCache {
    const { settings } = this;
    const host = settings.bazel_cache_ingress_host || `bazel-cache.${this.domain}`;
    return new BazelCache(this, "bazel_cache", {
      name: "bazel-cache",
      namespace: this.namespace.name,
      objectStore: `${tenant.host}:${minioPort}`,
      bucket: settings.bazel_cache_bucket,
      accessKey: store.key.id,
      secretKey: store.key.secret,
      maxSize: settings.bazel_cache_max_size_gb,
      minReplicas: settings.bazel_cache_min_replicas,
      maxReplicas: settings.bazel_cache_max_replicas,
      resources: resourcesOf(settings, "bazel_cache_"),
      imagePullSecrets: this.imagePullSecrets,
      initContainers: [this.waitForMinio(tenant)],
      monitoring: settings.enable_prometheus_monitoring,
      ingress: settings.bazel_cache_enable_ingress ? { host, issuer: settings.cert_manager_issuer } : undefined,
      dependsOn: store.dependables,
    });
  }

  /** Where the DNS records point to: as set, or where nginx answers. external-dns finds out by itself. */
  private address(): string {
    const { load_balancer_ip, dns_provider } = this.settings;
    if (load_balancer_ip !== "" || dns_provider === "external-dns") return load_balancer_ip;
    const nginx = new DataKubernetesService(this, "nginx", {
      metadata: { name: "ingress-nginx-controller", namespace: "ingress-nginx" },
    });
    return `\${try(data.kubernetes_service.${nginx.friendlyUniqueId}.status[0].load_balancer[0].ingress[0].ip, "")}`;
  }

  private dns(address: string): DnsRecords {
    const { dns_provider, enable_ingress, enable_staging_dns, domain } = this.settings;
    const names = [...(enable_ingress ? ["nix-cache"] : []), ...(enable_staging_dns ? ["nix-cache-staging"] : [])];
    return new DnsRecords(this, "dns_record", {
      names: dns_provider === "dreamhost" ? names : [],
      domain,
      address,
      apiKey: this.secret("dreamhost_api_key"),
    });
  }

  private storeOutputs(store: AtticObjectStore): void {
    const { use_minio, minio_distributed_mode, minio_volume_size } = this.settings;
    this.output("s3_provider", "Whose object store it is: minio or external", use_minio ? "minio" : "external");
    this.output("s3_endpoint", "URL of the object store", store.endpoint);
    this.output("s3_bucket", "Bucket of the store paths", store.bucket);
    this.output("minio_enabled", "Whether the object store is a MinIO of the cache's own", use_minio);
    this.output("minio_tenant_name", "MinIO's tenant", use_minio ? minioTenantName : "N/A");
    this.output("minio_distributed_mode", "Whether MinIO runs on four servers", use_minio && minio_distributed_mode);
    this.output(
      "minio_storage_total",
      "What MinIO's volumes hold together",
      use_minio ? totalStorage(minio_volume_size, minio_distributed_mode) : "N/A",
    );
  }

  private databaseOutputs(database: PostgresCluster | undefined, url: string): void {
    const elsewhere = "N/A (using Neon)";
    this.output("pg_cluster_name", "PostgreSQL cluster", database?.name ?? elsewhere);
    this.output("pg_host_rw", "Host of the primary", database?.primaryHost ?? elsewhere);
    this.output("pg_host_ro", "Host of the replicas", database?.replicaHost ?? elsewhere);
    this.output(
      "pg_credentials_secret",
      "Secret with the database's user and password",
      database?.credentialsSecret ?? elsewhere,
    );
    this.output(
      "pg_backup_bucket",
      "Bucket of the database's backups",
      database !== undefined && this.settings.pg_enable_backup ? this.backupBucket : "N/A",
    );
    this.sensitiveOutput("pg_database_url", "Address of the database with its password", url);
  }

  private sensitiveOutput(name: string, description: string, value: string): void {
    new TerraformOutput(this, `sensitive_${name}`, { description, value, sensitive: true }).overrideLogicalId(name);
  }
}
