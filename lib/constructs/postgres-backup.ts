import { ConfigMap } from "@cdktf/provider-kubernetes/lib/config-map";
import { Secret } from "@cdktf/provider-kubernetes/lib/secret";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { stringify } from "yaml";
import { KubectlManifest } from "./kubectl-manifest";
import { movedFrom } from "./moved";

export interface PostgresBackupProps {
  /** Name of the cluster that is backed up. */
  readonly cluster: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly instances: number;
  readonly storage: { readonly size: string; readonly storageClass: string };
  /** URL of the S3 API, as the cluster's pods reach it. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** How long backups are kept, such as 30d. */
  readonly retention: string;
  /** When they are made, as CloudNativePG's cron reads it. */
  readonly schedule: string;
  readonly dependsOn: ITerraformDependable[];
  readonly formerModule: string;
}

const apiVersion = "postgresql.cnpg.io/v1";

/** Backups of a PostgreSQL cluster to S3: the key, the schedule, and manifests for the day something has to be restored. */
export class PostgresBackup extends Construct {
  /** The cluster's `spec.backup`. */
  readonly specification: object;
  /** What must exist before the cluster. */
  readonly dependables: ITerraformDependable[];
  private readonly props: PostgresBackupProps;

  constructor(scope: Construct, id: string, props: PostgresBackupProps) {
    super(scope, id);
    this.props = props;
    const { cluster, namespace, formerModule } = props;
    const labels = { ...props.labels };
    const key = new Secret(this, "key", {
      metadata: { name: `${cluster}-s3-credentials`, namespace, labels },
      type: "Opaque",
      data: { ACCESS_KEY_ID: props.accessKeyId, SECRET_ACCESS_KEY: props.secretAccessKey },
      dependsOn: props.dependsOn,
    });
    movedFrom(key, `${formerModule}.kubernetes_secret.s3_credentials[0]`);
    this.dependables = [key];

    const store = objectStore(props);
    this.specification = {
      barmanObjectStore: { ...store, wal: { compression: "gzip", maxParallel: 2 }, data: { compression: "gzip" } },
      retentionPolicy: props.retention,
    };
    const templates = new ConfigMap(this, "templates", {
      metadata: { name: `${cluster}-backup-template`, namespace, labels },
      data: { "on-demand-backup.yaml": yaml(backupNow(props)), "pitr-recovery.yaml": yaml(recovery(props, store)) },
      dependsOn: props.dependsOn,
    });
    movedFrom(templates, `${formerModule}.kubernetes_config_map.backup_template[0]`);
  }

  /** Backups by schedule, the first one at once. */
  scheduleFor(cluster: KubectlManifest): void {
    const { cluster: name, namespace, labels, schedule, formerModule } = this.props;
    const scheduled = new KubectlManifest(this, "schedule", {
      object: {
        apiVersion,
        kind: "ScheduledBackup",
        metadata: { name: `${name}-scheduled`, namespace, labels },
        spec: { schedule, backupOwnerReference: "cluster", cluster: { name }, immediate: true },
      },
      dependsOn: [cluster],
    });
    movedFrom(scheduled, `${formerModule}.kubectl_manifest.scheduled_backup[0]`);
  }
}

function objectStore({ cluster, bucket, endpoint }: PostgresBackupProps) {
  const keyOf = (key: string) => ({ name: `${cluster}-s3-credentials`, key });
  return {
    destinationPath: `s3://${bucket}/${cluster}/`,
    endpointURL: endpoint,
    s3Credentials: { accessKeyId: keyOf("ACCESS_KEY_ID"), secretAccessKey: keyOf("SECRET_ACCESS_KEY") },
  };
}

/** A backup outside the schedule; a shell fills in the date. */
function backupNow({ cluster, namespace }: PostgresBackupProps): object {
  return {
    apiVersion,
    kind: "Backup",
    metadata: { name: `${cluster}-backup-$(date +%Y%m%d-%H%M%S)`, namespace },
    spec: { cluster: { name: cluster } },
  };
}

/** The same cluster, filled from its backups. */
function recovery({ cluster, namespace, instances, storage }: PostgresBackupProps, store: object): object {
  return {
    apiVersion,
    kind: "Cluster",
    metadata: { name: cluster, namespace },
    spec: {
      instances,
      storage,
      bootstrap: { recovery: { source: cluster } },
      externalClusters: [{ name: cluster, barmanObjectStore: store }],
    },
  };
}

function yaml(object: object): string {
  return stringify(object, { indentSeq: false, lineWidth: 0 });
}
