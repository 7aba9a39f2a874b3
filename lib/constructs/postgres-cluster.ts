import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1";
import { Secret } from "@cdktf/provider-kubernetes/lib/secret";
import { Password } from "@cdktf/provider-random/lib/password";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { addressOf } from "./address";
import { KubectlManifest } from "./kubectl-manifest";
import { movedFrom } from "./moved";
import { PostgresBackup, type PostgresBackupProps } from "./postgres-backup";
import { clusterObject, type ClusterObjectProps } from "./postgres-cluster-object";
import { PostgresNetworkPolicy, type PostgresNetworkPolicyProps } from "./postgres-network-policy";
import { protectData } from "./protect";

export interface PostgresClusterProps extends Omit<ClusterObjectProps, "labels" | "credentialsSecret" | "backup"> {
  readonly partOf: string;
  /** @default no backups */
  readonly backup?: Pick<
    PostgresBackupProps,
    "endpoint" | "bucket" | "accessKeyId" | "secretAccessKey" | "retention" | "schedule"
  >;
  /** Who may connect. @default everybody */
  readonly network?: Pick<PostgresNetworkPolicyProps, "clientNamespaces" | "clientLabels" | "operatorNamespace">;
  readonly dependsOn: ITerraformDependable[];
  readonly formerModule: string;
}

export const postgresPort = 5432;

/** A PostgreSQL cluster that CloudNativePG runs: credentials, cluster, and as wanted backups, network policies and a budget. */
export class PostgresCluster extends Construct {
  readonly name: string;
  /** Host of the primary. */
  readonly primaryHost: string;
  /** Host of the replicas. */
  readonly replicaHost: string;
  /** Name of the secret with user and password. */
  readonly credentialsSecret: string;
  /** Address with user and password, as a sensitive reference. */
  readonly url: string;
  /** What must exist before anything that connects. */
  readonly dependables: ITerraformDependable[];
  private readonly labels: Record<string, string>;

  constructor(scope: Construct, id: string, props: PostgresClusterProps) {
    super(scope, id);
    const { name, namespace, database, formerModule } = props;
    this.name = name;
    this.labels = {
      "app.kubernetes.io/name": name,
      "app.kubernetes.io/component": "database",
      "app.kubernetes.io/managed-by": "opentofu",
      "app.kubernetes.io/part-of": props.partOf,
      "cnpg.io/cluster": name,
    };
    this.primaryHost = `${name}-rw.${namespace}.svc.cluster.local`;
    this.replicaHost = `${name}-ro.${namespace}.svc.cluster.local`;
    const shared = { cluster: name, namespace, labels: this.labels, formerModule };

    const password = this.password(props);
    const credentials = this.credentials(props, password);
    this.credentialsSecret = credentials.metadata.name;
    this.url = `postgresql://${database}:\${urlencode(${addressOf(password)}.result)}@${this.primaryHost}:${postgresPort}/${database}?sslmode=require`;

    const backup =
      props.backup === undefined
        ? undefined
        : new PostgresBackup(this, "backup", {
            ...shared,
            ...props.backup,
            instances: props.instances,
            storage: props.storage,
            dependsOn: props.dependsOn,
          });
    const cluster = new KubectlManifest(this, "resource", {
      object: clusterObject({
        ...props,
        labels: this.labels,
        credentialsSecret: this.credentialsSecret,
        backup: backup?.specification,
      }),
      // The operator and its administrators tune these on the living cluster.
      ignoreFields: ["spec.postgresql.parameters", "spec.monitoring.customQueriesConfigMap"],
      dependsOn: [...props.dependsOn, credentials, ...(backup?.dependables ?? [])],
    });
    protectData(cluster);
    movedFrom(cluster, `${formerModule}.kubectl_manifest.cluster`);
    this.dependables = [credentials, cluster];

    backup?.scheduleFor(cluster);
    if (props.network !== undefined) {
      new PostgresNetworkPolicy(this, "network", {
        ...shared,
        ...props.network,
        port: postgresPort,
        monitoring: props.monitoring,
        backup: backup !== undefined,
        dependsOn: props.dependsOn,
      });
    }
    if (props.instances > 1) this.budget(props, cluster);
  }

  private password(props: PostgresClusterProps): Password {
    const password = new Password(this, "password", {
      length: 32,
      special: true,
      overrideSpecial: "!$%()*-_=+[]",
      dependsOn: props.dependsOn,
    });
    protectData(password);
    movedFrom(password, `${props.formerModule}.random_password.app_password[0]`);
    return password;
  }

  private credentials(
    { name, namespace, database, dependsOn, formerModule }: PostgresClusterProps,
    password: Password,
  ): Secret {
    const secret = new Secret(this, "credentials", {
      metadata: { name: `${name}-app-credentials`, namespace, labels: this.labels },
      type: "kubernetes.io/basic-auth",
      data: { username: database, password: password.result },
      dependsOn,
    });
    movedFrom(secret, `${formerModule}.kubernetes_secret.app_credentials`);
    return secret;
  }

  /** Of three and more instances two stay up while nodes are drained, of two one. */
  private budget({ name, namespace, instances, formerModule }: PostgresClusterProps, cluster: KubectlManifest): void {
    const budget = new PodDisruptionBudgetV1(this, "disruption_budget", {
      metadata: { name: `${name}-pdb`, namespace, labels: this.labels },
      spec: { minAvailable: instances > 2 ? "2" : "1", selector: { matchLabels: { "cnpg.io/cluster": name } } },
      dependsOn: [cluster],
    });
    movedFrom(budget, `${formerModule}.kubernetes_pod_disruption_budget_v1.pg_pdb[0]`);
  }
}
