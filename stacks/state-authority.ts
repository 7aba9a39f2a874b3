import { type App } from "cdktf";
import { type Configuration, type InstanceOf } from "../lib/config/load";
import { claimNameOf, type StateAuthoritySettings, stateAuthoritySettings } from "../lib/config/stacks/state-authority";
import { BaseStack, type BaseStackProps } from "../lib/constructs/base-stack";
import { Cluster } from "../lib/constructs/cluster";
import { resourcesOf } from "../lib/constructs/container-resources";
import { literal } from "../lib/constructs/escape";
import { FlywheelConfiguration } from "../lib/constructs/flywheel-configuration";
import { clusterConfigPath, KubectlProvider } from "../lib/constructs/kubectl-provider";
import { Rustfs, rustfsPort } from "../lib/constructs/rustfs";
import { StateAuthorityNamespace } from "../lib/constructs/state-authority-namespace";
import { StateBucket } from "../lib/constructs/state-bucket";
import { type StateJob, StateJobs } from "../lib/constructs/state-jobs";
import { StateMonitoring } from "../lib/constructs/state-monitoring";
import { StateNetwork, type StorePlace } from "../lib/constructs/state-network";
import { serverPort, StateServer, type StateServerProps } from "../lib/constructs/state-server";
import { type AuthorityFacts, authorityFacts } from "./state-authority-facts";

interface StateAuthorityProps extends BaseStackProps<InstanceOf<"state-authority">> {
  /** What it serves. */
  readonly configuration: Configuration;
}

type Facts = Omit<AuthorityFacts, "files">;

const identityPath = "/etc/flywheel/identity";

/** What every state of the others stands on: their bucket, the server before it, and the jobs that look after both. */
export class StateAuthorityStack extends BaseStack {
  private readonly facts: Facts;
  private readonly settings: StateAuthoritySettings;
  private readonly labels: Record<string, string>;

  constructor(app: App, props: StateAuthorityProps) {
    super(app, props, stateAuthoritySettings.secrets);
    const { instance, configuration } = props;
    const { files, ...facts } = authorityFacts(configuration, instance);
    this.facts = literal(facts);
    this.settings = literal(instance.settings);
    const { settings } = this;
    this.labels = {
      "app.kubernetes.io/name": "flywheel",
      "app.kubernetes.io/instance": settings.name,
      "app.kubernetes.io/managed-by": "opentofu",
      "app.kubernetes.io/part-of": "flywheel",
    };

    new Cluster(this, "cluster", { cluster: instance.cluster });
    if (settings.enable_monitoring)
      new KubectlProvider(this, "kubectl", {
        configPath: clusterConfigPath,
        configContext: literal(instance.cluster.context),
      });
    const namespace = new StateAuthorityNamespace(this, "namespace", {
      name: settings.namespace,
      adopt: settings.adopt_existing_namespace,
      holdsData: settings.object_store === "rustfs" && settings.rustfs_namespace === "",
    });
    const common = {
      name: settings.name,
      namespace: namespace.name,
      labels: this.labels,
      dependsOn: namespace.dependables,
    };
    const store = settings.object_store === "rustfs" ? this.rustfs(common) : undefined;
    if (settings.manage_bucket)
      new StateBucket(this, "bucket", {
        ...this.facts.place,
        stateKeys: this.facts.stateKeys,
        capabilities: settings.capabilities,
        noncurrent: { days: settings.noncurrent_days, newer: settings.newer_noncurrent_versions },
        dependsOn: store?.dependables ?? [],
      });
    const configurationMap = new FlywheelConfiguration(this, "configuration", {
      ...common,
      name: `${settings.name}-config`,
      files,
    });
    const pods = {
      ...common,
      image: settings.image,
      imagePullSecrets: settings.image_pull_secret_name === "" ? [] : [settings.image_pull_secret_name],
      nodeSelector: settings.node_selector,
      configuration: configurationMap,
    };
    const server = new StateServer(this, "server", {
      ...pods,
      labels: { ...this.labels, ...this.selector("server") },
      selector: this.selector("server"),
      replicas: settings.replicas,
      waitForRollout: settings.wait_for_rollout,
      resources: resourcesOf(settings, ""),
      usersSecret: settings.users_secret_name,
      storeSecret: settings.store_secret_name,
      ...exposureOf(settings),
    });
    const jobs = jobsOf(settings, this.facts);
    new StateJobs(this, "jobs", {
      ...pods,
      selector: this.selector("job"),
      credentialsSecret: settings.jobs_secret_name,
      ...(settings.kubeconfig_secret_name === "" ? {} : { kubeconfigSecret: settings.kubeconfig_secret_name }),
      jobs,
    });
    new StateNetwork(this, "network", {
      ...common,
      server: { labels: this.selector("server"), port: serverPort },
      jobs: this.selector("job"),
      store: this.storePlace(),
      jobPorts: jobPorts(settings, this.facts),
      serverClients: serverClients(settings),
      storeClients: settings.store_client_namespaces,
      closedNamespaces: settings.pull_request_namespaces,
      clusterCidrs: settings.cluster_cidrs,
    });
    if (settings.enable_monitoring)
      new StateMonitoring(this, "monitoring", {
        ...common,
        selector: this.selector("server"),
        jobs: jobs.map(({ id }) => id),
        lockMinutes: settings.lock_alert_minutes,
        backupHours: settings.backup_alert_hours,
        deniedPerMinute: settings.denied_alert_per_minute,
      });
    this.tell(server, namespace.name);
  }

  private selector(component: "server" | "job" | "store"): Record<string, string> {
    return { "app.kubernetes.io/instance": this.settings.name, "app.kubernetes.io/component": component };
  }

  private storeLabels(): Record<string, string> {
    const { rustfs_match_labels: given } = this.settings;
    return Object.keys(given).length === 0 ? this.selector("store") : given;
  }

  private rustfs(common: Pick<StateServerProps, "namespace" | "labels" | "dependsOn">): Rustfs {
    const { settings } = this;
    return new Rustfs(this, "store", {
      ...common,
      name: settings.rustfs_name,
      namespace: settings.rustfs_namespace === "" ? common.namespace : settings.rustfs_namespace,
      selector: this.storeLabels(),
      image: settings.rustfs_image,
      ...(settings.rustfs_service_name === "" ? {} : { serviceName: settings.rustfs_service_name }),
      claimName: settings.rustfs_claim_name || claimNameOf(settings.rustfs_name),
      storageClass: settings.rustfs_storage_class,
      volumeSize: settings.rustfs_volume_size,
      nodeSelector: settings.rustfs_node_selector,
      rootSecret: settings.rustfs_secret_name,
      resources: resourcesOf(settings, "rustfs_"),
      waitForRollout: settings.wait_for_rollout,
    });
  }

  private storePlace(): StorePlace {
    const { settings, facts } = this;
    if (settings.object_store === "rustfs")
      return {
        pods: { labels: this.storeLabels(), namespace: settings.rustfs_namespace || settings.namespace },
        port: rustfsPort,
      };
    const { namespace, port } = facts.place;
    return { port, ...(namespace === undefined ? {} : { namespace }) };
  }

  private tell(server: StateServer, namespace: string): void {
    const { settings, facts } = this;
    this.output("namespace", "Namespace of the state authority", namespace);
    this.output(
      "service_endpoint",
      "Where the state server answers inside the cluster",
      `${server.service.metadata.name}.${namespace}.svc.cluster.local`,
    );
    this.output(
      "url",
      "Where the state server answers outside; null where nothing leads to it",
      settings.exposure === "none" ? undefined : `https://${settings.host}`,
    );
    this.output("bucket", "The bucket that the states are in", facts.place.bucket);
    this.output("store_endpoint", "Where the bucket's server answers", facts.place.endpoint);
  }
}

function exposureOf(settings: StateAuthoritySettings): Pick<StateServerProps, "exposure"> {
  const { exposure, host } = settings;
  if (exposure === "none") return {};
  const isTailnet = exposure === "tailnet";
  return {
    exposure: {
      host,
      className: isTailnet ? "tailscale" : settings.ingress_class,
      ownCertificate: isTailnet,
      annotations: {
        ...(isTailnet
          ? {}
          : {
              "cert-manager.io/cluster-issuer": settings.cert_manager_issuer,
              // A state may have 64 MiB, and a lock may be waited for.
              "nginx.ingress.kubernetes.io/proxy-body-size": "64m",
            }),
        ...settings.ingress_annotations,
      },
    },
  };
}

function serverClients(settings: StateAuthoritySettings): string[] {
  const { exposure, proxy_namespace: given } = settings;
  const proxy = given || (exposure === "tailnet" ? "tailscale" : "ingress-nginx");
  return [
    ...(exposure === "none" ? [] : [proxy]),
    ...(settings.enable_monitoring ? [settings.monitoring_namespace] : []),
    ...settings.client_namespaces,
  ];
}

function jobsOf(settings: StateAuthoritySettings, { served, backup }: Facts): StateJob[] {
  const claim =
    settings.backup_claim_name === "" || backup === undefined || !("directory" in backup)
      ? {}
      : { claim: { name: settings.backup_claim_name, path: backup.directory } };
  const job = (id: string, schedule: string, deadline: number, args: readonly string[], rest: Partial<StateJob>) =>
    schedule === "" || served.length === 0 ? [] : [{ id, schedule, deadline, args, ...claim, ...rest }];
  const identity = { secrets: { [identityPath]: settings.drill_identity_secret_name } };
  return [
    ...job("backup", settings.backup_schedule, 1800, ["backup", ...served], {}),
    ...job("check", settings.check_schedule, 1800, ["check", "--deep", ...served], {}),
    ...job(
      "drill",
      settings.drill_schedule,
      3600,
      ["restore-drill", "--identity", `${identityPath}/identity`],
      identity,
    ),
  ];
}

/** What the jobs reach beside store and server: a backup's target, and the API server of a kubeconfig. */
function jobPorts(settings: StateAuthoritySettings, { backup }: Facts): number[] {
  const target = backup !== undefined && "port" in backup ? [backup.port] : [];
  return [...new Set([443, ...target, ...(settings.kubeconfig_secret_name === "" ? [] : [6443])])];
}
