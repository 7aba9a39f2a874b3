import { type ContainerResources } from "./container-resources";
import { type KubernetesObject } from "./kubectl-manifest";

export interface ClusterObjectProps {
  readonly name: string;
  readonly namespace: string;
  /** Name of the database and of the user that owns it. */
  readonly database: string;
  readonly instances: number;
  readonly storage: { readonly size: string; readonly storageClass: string };
  readonly maxConnections: number;
  readonly sharedBuffers: string;
  readonly resources: ContainerResources;
  /** Whether Prometheus' operator is there to scrape it. */
  readonly monitoring: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly credentialsSecret: string;
  /** The cluster's `spec.backup`. @default no backups */
  readonly backup?: object;
}

/** Stands in the manifest, so that a state that has it there sees no change; cdktf drops a null of its own. */
const none = "${null}";

/** CloudNativePG's `Cluster` (https://cloudnative-pg.io/documentation/1.22/cloudnative-pg.v1/). */
export function clusterObject(props: ClusterObjectProps): KubernetesObject {
  const { name, namespace, database, instances } = props;
  return {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    metadata: { name, namespace, labels: props.labels },
    spec: {
      instances,
      postgresql: {
        parameters: {
          max_connections: String(props.maxConnections),
          shared_buffers: props.sharedBuffers,
          password_encryption: "scram-sha-256",
          log_statement: "ddl",
          log_connections: "on",
          log_disconnections: "on",
          log_lock_waits: "on",
          log_checkpoints: "on",
          statement_timeout: "60s",
        },
        // TLS only, from anywhere.
        pg_hba: ["hostssl all all all scram-sha-256"],
      },
      bootstrap: {
        initdb: {
          database,
          owner: database,
          secret: { name: props.credentialsSecret },
          localeCType: "en_US.UTF-8",
          localeCollate: "en_US.UTF-8",
          encoding: "UTF8",
        },
      },
      storage: props.storage,
      backup: props.backup ?? none,
      resources: props.resources,
      // One node is enough for one instance; more must not share a node.
      affinity: {
        podAntiAffinityType: instances > 1 ? "required" : "preferred",
        topologyKey: "kubernetes.io/hostname",
      },
      monitoring: props.monitoring ? { enablePodMonitor: true, customQueriesConfigMap: [] } : none,
      logLevel: "info",
      primaryUpdateStrategy: "unsupervised",
      switchoverDelay: 60,
      startDelay: 30,
      stopDelay: 30,
      // The operator makes its own certificates.
      certificates: { serverTLSSecret: none, serverCASecret: none, clientCASecret: none, replicationTLSSecret: none },
    },
  };
}
