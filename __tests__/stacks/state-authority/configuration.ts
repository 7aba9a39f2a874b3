import { stringify } from "yaml";
import { configFolder, leastSettings } from "../../lib/config/support";

const digest = "0".repeat(64);

/** An age recipient that nobody has the key of. */
const recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

/** The least that the authority must be told. */
export const leastAuthority = { image: `ghcr.io/acme/flywheel@sha256:${digest}` };

/** Every switch on, every place given. */
export const fullAuthority = {
  ...leastAuthority,
  image_pull_secret_name: "ghcr",
  kubeconfig_secret_name: "flywheel-kubeconfig",
  node_selector: { "kubernetes.io/hostname": "sting" },
  exposure: "ingress",
  host: "state.example.org",
  client_namespaces: ["arc-deploy"],
  store_client_namespaces: ["arc-deploy"],
  pull_request_namespaces: ["arc-runners", "gitlab-runners"],
  capabilities: { policy: true, lifecycle: true, public_access_block: true },
  newer_noncurrent_versions: 50,
  object_store: "rustfs",
  rustfs_image: `docker.io/rustfs/rustfs@sha256:${digest}`,
  backup_schedule: "17 * * * *",
  drill_schedule: "23 4 * * 0",
  drill_identity_secret_name: "flywheel-drill",
  enable_monitoring: true,
};

/** What the catalogue of addresses is recorded from. */
export const authorityCases = [leastAuthority, fullAuthority, { ...leastAuthority, adopt_existing_namespace: true }];

const s3 = { endpoint: "http://tofu-state-rustfs.state-authority.svc:9000", bucket: "tofu-state" };
const backup = { target: { endpoint: "https://backup.example.org", bucket: "state-backups" }, recipients: [recipient] };

interface AuthorityConfiguration {
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Merged into `state`; undefined takes a part away. */
  readonly state?: Readonly<Record<string, unknown>>;
  /** Of its cluster's entry. */
  readonly cluster?: Readonly<Record<string, unknown>>;
  /** @default dev, the default environment */
  readonly environment?: string;
  /** More files of the folder. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A configuration folder with the authority in one environment, and one stack that it serves. */
export function authorityFolder(given: AuthorityConfiguration = {}): string {
  const { settings = leastAuthority, state, cluster, environment = "dev", files } = given;
  const entry = (name: string, more = {}) => ({ name, role: "r", domain: "example.org", context: "honey", ...more });
  const organization = {
    organization: { name: "acme" },
    clusters: ["dev", ...(environment === "dev" ? [] : [environment])].map((name) => entry(name, cluster)),
    state: { http: { address: "https://state.example.org/state/{stack}-{env}" }, s3, backup, ...state },
  };
  return configFolder({
    "organization.yaml": stringify(organization),
    [`environments/${environment}/state-authority.yaml`]: stringify(settings),
    [`environments/${environment}/arc-runners.yaml`]: leastSettings["arc-runners"] ?? "",
    ...files,
  });
}
