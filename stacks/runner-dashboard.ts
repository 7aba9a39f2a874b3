import { type App } from "cdktf";
import { type InstanceOf } from "../lib/config/load";
import { type RunnerDashboardSettings, runnerDashboardSettings } from "../lib/config/stacks/runner-dashboard";
import { BaseStack, type BaseStackProps } from "../lib/constructs/base-stack";
import { Cluster } from "../lib/constructs/cluster";
import { resourcesOf } from "../lib/constructs/container-resources";
import { literal } from "../lib/constructs/escape";
import { pullSecretName } from "../lib/constructs/registry-pull-secret";
import { dashboardPort, RunnerDashboard, type RunnerDashboardProps } from "../lib/constructs/runner-dashboard";

/** The runner dashboard: a web application with GitLab's OAuth, alone or behind a Caddy side-car. */
export class RunnerDashboardStack extends BaseStack {
  constructor(app: App, props: BaseStackProps<InstanceOf<"runner-dashboard">>) {
    super(app, props, runnerDashboardSettings.secrets);
    const settings = literal(props.instance.settings);

    new Cluster(this, "cluster", { cluster: props.instance.cluster });
    const dashboard = new RunnerDashboard(this, "dashboard", {
      name: settings.name,
      namespace: settings.namespace,
      image: settings.image,
      replicas: settings.replicas,
      waitForRollout: settings.wait_for_rollout,
      resources: resourcesOf(settings, ""),
      variables: variablesOf(settings),
      secrets: this.secretEnvironment(),
      sessionSecret: this.secret("session_secret"),
      environments: settings.environments_config || undefined,
      environmentVariables: settings.environment_variables,
      runnersNamespace: settings.runners_namespace,
      arcNamespaces: settings.arc_namespaces,
      prometheusScrape: settings.enable_prometheus_scrape,
      ...this.registryOf(settings),
      ingress: ingressOf(settings),
      caddy: settings.enable_caddy_proxy ? this.caddyOf(settings) : undefined,
    });

    this.output("namespace", "Namespace of the dashboard", dashboard.namespaceName);
    this.output("deployment_name", "Name of the deployment", dashboard.deployment.metadata.name);
    this.output(
      "service_endpoint",
      "Where the dashboard answers inside the cluster",
      `${dashboard.service.metadata.name}.${dashboard.namespaceName}.svc.cluster.local`,
    );
    this.output(
      "ingress_url",
      "Where the dashboard answers outside; null without an ingress",
      settings.enable_ingress ? `${settings.enable_tls ? "https" : "http"}://${settings.ingress_host}` : undefined,
    );
    this.output("service_account", "Service account of the dashboard", dashboard.access.serviceAccount.metadata.name);
    this.output("resource_config", "What the dashboard asks for and may use", {
      cpu_request: settings.cpu_request,
      cpu_limit: settings.cpu_limit,
      memory_request: settings.memory_request,
      memory_limit: settings.memory_limit,
    });
  }

  private secretEnvironment(): Record<string, string> {
    const database = this.secret("database_url");
    return {
      GITLAB_OAUTH_CLIENT_ID: this.requiredSecret("gitlab_oauth_client_id"),
      GITLAB_OAUTH_CLIENT_SECRET: this.requiredSecret("gitlab_oauth_client_secret"),
      GITLAB_TOKEN: this.requiredSecret("gitlab_token"),
      ...(database === undefined ? {} : { DATABASE_URL: database }),
    };
  }

  private registryOf(settings: RunnerDashboardSettings): Pick<RunnerDashboardProps, "registry" | "imagePullSecret"> {
    const token = this.secret("ghcr_token");
    return {
      registry: token === undefined ? undefined : { username: settings.ghcr_username, token },
      imagePullSecret: settings.image_pull_secret_name || (token === undefined ? undefined : pullSecretName),
    };
  }

  private caddyOf(settings: RunnerDashboardSettings): RunnerDashboardProps["caddy"] {
    return {
      mode: settings.caddy_mode,
      image: settings.caddy_image,
      port: settings.caddy_port,
      clientAuthMode: settings.caddy_mtls_client_auth_mode,
      tailscaleHostname: settings.caddy_tailscale_hostname,
      resources: resourcesOf(settings, "caddy_"),
      clientCa: this.secret("caddy_mtls_ca_cert"),
      tailscaleAuthKey: this.secret("caddy_tailscale_auth_key"),
    };
  }
}

function variablesOf(settings: RunnerDashboardSettings): Record<string, string> {
  const [arcNamespace] = settings.arc_namespaces;
  return {
    NODE_ENV: settings.node_env,
    PORT: String(dashboardPort),
    GITLAB_URL: settings.gitlab_url,
    GITLAB_OAUTH_REDIRECT_URI: settings.gitlab_oauth_redirect_uri,
    PROMETHEUS_URL: settings.prometheus_url,
    RUNNERS_NAMESPACE: settings.runners_namespace,
    K8S_NAMESPACE: settings.runners_namespace,
    K8S_RUNNER_NAMESPACES: [settings.runners_namespace, ...settings.arc_namespaces].join(","),
    GITLAB_GROUP_ID: settings.gitlab_group_id,
    GITLAB_PROJECT_ID: settings.gitlab_project_id,
    RUNNER_STACK_NAME: settings.runner_stack_name,
    ATTIC_DEFAULT_ENV: settings.default_env,
    LOG_LEVEL: settings.log_level,
    ...(arcNamespace === undefined ? {} : { ARC_NAMESPACE: arcNamespace }),
    ...(settings.webauthn_rp_id === ""
      ? {}
      : { WEBAUTHN_RP_ID: settings.webauthn_rp_id, WEBAUTHN_RP_NAME: settings.webauthn_rp_name }),
    ...(settings.trust_proxy_headers ? { TRUST_PROXY_HEADERS: "true" } : {}),
  };
}

function ingressOf(settings: RunnerDashboardSettings): RunnerDashboardProps["ingress"] {
  if (!settings.enable_ingress) return undefined;
  return {
    host: settings.ingress_host,
    className: settings.ingress_class,
    tls: settings.enable_tls,
    annotations: { "cert-manager.io/cluster-issuer": settings.cert_manager_issuer, ...settings.ingress_annotations },
  };
}
