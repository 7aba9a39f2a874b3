import { z } from "zod";
import { annotations, count, dnsLabel, hostName, image, labelValue, objectName, port, quantity } from "../kubernetes";
import { defineSettings, type SettingsOf } from "../settings";
import { ghcrRule, requestLimitRule } from "./rules";
import { parsedJson } from "../../json";

const caddyModes = ["passthrough", "mtls_only", "tailscale_only", "mtls_and_tailscale"] as const;

/** Caddy's own modes of client authentication (https://caddyserver.com/docs/caddyfile/directives/tls). */
const clientAuthModes = ["request", "require", "verify_if_given", "require_and_verify"] as const;

/** An environment variable's name, as the Kubernetes API accepts it. */
const environmentName = z.string().regex(/^[-._a-zA-Z][-._a-zA-Z0-9]*$/, "the name of an environment variable");

/** Settings of the runner dashboard. */
export const runnerDashboardSettings = defineSettings({
  fields: {
    /** New: a second dashboard on one cluster needs another name, because its cluster role is cluster-wide. */
    name: dnsLabel().max(48, "at most 48 characters, so that the names made of it fit").default("runner-dashboard"),
    namespace: dnsLabel().default("runner-dashboard"),
    image: image(),
    replicas: count().default(1),
    wait_for_rollout: z.boolean().default(true),
    image_pull_secret_name: z.union([z.literal(""), objectName()]).default(""),
    ghcr_username: z.string().default(""),

    cpu_request: quantity().default("50m"),
    cpu_limit: quantity().default("500m"),
    memory_request: quantity().default("64Mi"),
    memory_limit: quantity().default("256Mi"),

    gitlab_oauth_redirect_uri: z.string(),
    gitlab_url: z.string().default("https://gitlab.com"),
    gitlab_group_id: z.string().default(""),
    gitlab_project_id: z.string().default(""),
    runner_stack_name: z.string().default("gitlab-runners"),
    default_env: z.string().default("dev"),
    prometheus_url: z.string().default("http://prometheus.tinyland-staging.svc.cluster.local:9090"),
    runners_namespace: dnsLabel().default("gitlab-runners"),
    arc_namespaces: z.array(dnsLabel()).default([]),
    node_env: z.string().default("production"),
    log_level: z.string().default("info"),
    environment_variables: z.record(environmentName, z.string()).default({}),
    environments_config: z.string().default(""),

    enable_ingress: z.boolean().default(true),
    ingress_host: z.union([z.literal(""), hostName()]),
    ingress_class: objectName().default("nginx"),
    enable_tls: z.boolean().default(true),
    cert_manager_issuer: z.string().default("letsencrypt-prod"),
    ingress_annotations: annotations().default({}),
    enable_prometheus_scrape: z.boolean().default(true),

    enable_caddy_proxy: z.boolean().default(false),
    caddy_mode: z.enum(caddyModes).default("passthrough"),
    caddy_image: image().default("ghcr.io/jesssullivan/caddy-tailscale:latest"),
    caddy_port: port().default(8443),
    caddy_mtls_client_auth_mode: z.enum(clientAuthModes).default("require_and_verify"),
    caddy_tailscale_hostname: labelValue().min(1, "a host name on the tailnet").default("runner-dashboard"),
    caddy_cpu_request: quantity().default("10m"),
    caddy_cpu_limit: quantity().default("100m"),
    caddy_memory_request: quantity().default("32Mi"),
    caddy_memory_limit: quantity().default("64Mi"),
    trust_proxy_headers: z.boolean().default(false),

    webauthn_rp_id: z.string().default(""),
    webauthn_rp_name: z.string().default("Runner Dashboard"),
  },
  secrets: {
    gitlab_oauth_client_id: { required: true },
    gitlab_oauth_client_secret: { required: true },
    gitlab_token: { required: true },
    session_secret: { required: false },
    ghcr_token: { required: false },
    caddy_mtls_ca_cert: { required: false },
    caddy_tailscale_auth_key: { required: false },
    database_url: { required: false },
  },
  rules: (rule) => [
    rule(["ghcr_username"], ghcrRule),
    rule(["cpu_request", "cpu_limit"], requestLimitRule("cpu_request", "cpu_limit")),
    rule(["memory_request", "memory_limit"], requestLimitRule("memory_request", "memory_limit")),
    rule(["caddy_cpu_request", "caddy_cpu_limit"], requestLimitRule("caddy_cpu_request", "caddy_cpu_limit")),
    rule(
      ["caddy_memory_request", "caddy_memory_limit"],
      requestLimitRule("caddy_memory_request", "caddy_memory_limit"),
    ),
    rule(["enable_ingress", "ingress_host"], (s) =>
      s.enable_ingress && s.ingress_host === ""
        ? {
            at: ["ingress_host"],
            what: "the ingress is on and ingress_host is empty",
            expected: "the host name of the dashboard",
          }
        : undefined,
    ),
    rule(["environments_config"], (s) => {
      if (s.environments_config === "" || isJson(s.environments_config)) return undefined;
      return {
        at: ["environments_config"],
        what: "environments_config is not JSON",
        expected: "a JSON document: the dashboard reads it at start",
      };
    }),
    rule(["enable_caddy_proxy", "caddy_mode"], (s, secrets) =>
      s.enable_caddy_proxy && s.caddy_mode.startsWith("mtls") && !secrets.has("caddy_mtls_ca_cert")
        ? {
            at: ["caddy_mode"],
            what: `caddy_mode is ${s.caddy_mode} and there is no CA`,
            expected: "caddy_mtls_ca_cert among `secrets: [...]`",
          }
        : undefined,
    ),
    rule(["enable_caddy_proxy", "caddy_mode"], (s, secrets) =>
      s.enable_caddy_proxy && s.caddy_mode.includes("tailscale") && !secrets.has("caddy_tailscale_auth_key")
        ? {
            at: ["caddy_mode"],
            what: `caddy_mode is ${s.caddy_mode} and there is no auth key`,
            expected: "caddy_tailscale_auth_key among `secrets: [...]`",
          }
        : undefined,
    ),
    rule(["enable_caddy_proxy", "caddy_port"], (s) =>
      s.enable_caddy_proxy && s.caddy_port === 3000
        ? {
            at: ["caddy_port"],
            what: "caddy_port is 3000, where the dashboard itself listens",
            expected: "another port: both are in one pod",
          }
        : undefined,
    ),
    rule(["name", "namespace"], (s) =>
      s.name.length + s.namespace.length > 62
        ? {
            at: ["namespace"],
            what: `the label "${s.name}-${s.namespace}" has more than 63 characters`,
            expected: "a name and a namespace of at most 62 characters together",
          }
        : undefined,
    ),
    rule(["runners_namespace", "arc_namespaces"], (s) => {
      const namespaces = [s.runners_namespace, ...s.arc_namespaces];
      const index = namespaces.findIndex((namespace, i) => namespaces.indexOf(namespace) !== i);
      if (index < 0) return undefined;
      return {
        at: ["arc_namespaces", index - 1],
        what: `namespace "${namespaces[index] ?? ""}" is named twice`,
        expected: "each namespace once: it gets one role binding",
      };
    }),
  ],
});

export type RunnerDashboardSettings = SettingsOf<typeof runnerDashboardSettings>;

function isJson(text: string): boolean {
  return parsedJson(text) !== undefined;
}
