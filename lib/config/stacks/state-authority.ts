import { z } from "zod";
import { annotations, count, dnsLabel, hostName, image, labelValue, objectName, quantity } from "../kubernetes";
import { defineSettings, type RuleFailure, type SettingsOf } from "../settings";
import { requestLimitRule } from "./rules";

const exposures = ["none", "ingress", "tailnet"] as const;
const objectStores = ["existing", "rustfs"] as const;

/** What runs as the authority is named by its bytes: a tag can be moved under it. */
const imageByDigest = () =>
  image().regex(/@sha256:[0-9a-f]{64}$/, "an image by digest, as ghcr.io/owner/name@sha256:...");

/** A CronJob's schedule: five fields, as Kubernetes reads them; empty for no job. */
const schedule = () =>
  z.union([z.literal(""), z.string().regex(/^\S+( \S+){4}$/, 'five fields, as in "17 * * * *", or nothing')]);

const optionalName = () => z.union([z.literal(""), objectName()]).default("");
const nodeSelector = () => z.record(z.string(), labelValue());
const positive = () => z.number().int("a whole number").min(1, "a whole number from 1");

/** What an object store can do beside what every one must. On one that cannot, an apply would wait minutes and fail. */
const capabilities = z
  .strictObject(
    {
      policy: z.boolean().default(false),
      lifecycle: z.boolean().default(false),
      public_access_block: z.boolean().default(false),
    },
    "one of policy, lifecycle, public_access_block",
  )
  .default({ policy: false, lifecycle: false, public_access_block: false });

/** Settings of the state authority: the bucket of `state.s3`, and `flywheel serve` before it. */
export const stateAuthoritySettings = defineSettings({
  fields: {
    name: dnsLabel().max(40, "at most 40 characters, so that the names made of it fit").default("flywheel-state"),
    namespace: dnsLabel().default("state-authority"),
    adopt_existing_namespace: z.boolean().default(false),
    image: imageByDigest(),
    image_pull_secret_name: optionalName(),
    replicas: count().default(2),
    wait_for_rollout: z.boolean().default(true),
    node_selector: nodeSelector().default({}),
    cpu_request: quantity().default("50m"),
    cpu_limit: quantity().default("1"),
    memory_request: quantity().default("256Mi"),
    memory_limit: quantity().default("1Gi"),

    users_secret_name: objectName().default("flywheel-users"),
    store_secret_name: objectName().default("flywheel-store"),
    jobs_secret_name: objectName().default("flywheel-jobs"),
    kubeconfig_secret_name: optionalName(),

    exposure: z.enum(exposures).default("none"),
    host: z.union([z.literal(""), hostName()]).default(""),
    ingress_class: objectName().default("nginx"),
    ingress_annotations: annotations().default({}),
    cert_manager_issuer: objectName().default("letsencrypt-prod"),
    proxy_namespace: z.union([z.literal(""), dnsLabel()]).default(""),

    client_namespaces: z.array(dnsLabel()).default([]),
    store_client_namespaces: z.array(dnsLabel()).default([]),
    pull_request_namespaces: z.array(dnsLabel()).default([]),
    cluster_cidrs: z
      .array(z.string().regex(/^\d+(\.\d+){3}\/\d+$/, "a range of addresses, as 10.42.0.0/16"))
      .default(["10.42.0.0/16", "10.43.0.0/16"]),

    manage_bucket: z.boolean().default(true),
    capabilities,
    noncurrent_days: positive().default(180),
    /** How many of a key are kept whatever their age; 0: none more. Some servers with lifecycle drop it, and an apply would wait for it in vain. */
    newer_noncurrent_versions: count().default(0),

    object_store: z.enum(objectStores).default("existing"),
    rustfs_image: z.union([z.literal(""), imageByDigest()]).default(""),
    rustfs_name: dnsLabel().max(50, "at most 50 characters").default("tofu-state-rustfs"),
    rustfs_namespace: z.union([z.literal(""), dnsLabel()]).default(""),
    rustfs_service_name: z.union([z.literal(""), dnsLabel()]).default(""),
    /** What a Deployment that is there already tells its pods by: it cannot be changed, only made anew. */
    rustfs_match_labels: nodeSelector().default({}),
    rustfs_claim_name: optionalName(),
    rustfs_storage_class: objectName().default("openebs-bumble-zfs"),
    rustfs_volume_size: quantity().default("50Gi"),
    rustfs_node_selector: nodeSelector().default({ "kubernetes.io/hostname": "bumble" }),
    rustfs_secret_name: objectName().default("tofu-state-rustfs"),
    rustfs_cpu_request: quantity().default("100m"),
    rustfs_cpu_limit: quantity().default("2"),
    rustfs_memory_request: quantity().default("256Mi"),
    rustfs_memory_limit: quantity().default("2Gi"),

    backup_schedule: schedule().default(""),
    backup_claim_name: optionalName(),
    check_schedule: schedule().default("43 3 * * *"),
    drill_schedule: schedule().default(""),
    drill_identity_secret_name: optionalName(),

    enable_monitoring: z.boolean().default(false),
    monitoring_namespace: dnsLabel().default("monitoring"),
    lock_alert_minutes: positive().default(120),
    backup_alert_hours: positive().default(26),
    denied_alert_per_minute: z.number().positive("a number above 0").default(6),
  },
  rules: (rule) => [
    rule(["cpu_request", "cpu_limit"], requestLimitRule("cpu_request", "cpu_limit")),
    rule(["memory_request", "memory_limit"], requestLimitRule("memory_request", "memory_limit")),
    rule(["rustfs_cpu_request", "rustfs_cpu_limit"], requestLimitRule("rustfs_cpu_request", "rustfs_cpu_limit")),
    rule(
      ["rustfs_memory_request", "rustfs_memory_limit"],
      requestLimitRule("rustfs_memory_request", "rustfs_memory_limit"),
    ),
    rule(["exposure", "host"], ({ exposure, host }) =>
      (exposure === "none") === (host === "")
        ? undefined
        : {
            at: ["host"],
            what: `exposure is ${exposure} and host is ${host === "" ? "empty" : host}`,
            expected:
              exposure === "none"
                ? "no host: nothing leads to it from outside"
                : "the name under which it is reached from outside",
          },
    ),
    rule(["object_store", "rustfs_image"], ({ object_store, rustfs_image }) =>
      object_store === "existing" || rustfs_image !== ""
        ? undefined
        : {
            at: ["rustfs_image"],
            what: "object_store is rustfs and rustfs_image is empty",
            expected: "RustFS by digest, 1.0 or later: earlier ones fail the engines' lock",
          },
    ),
    rule(
      ["pull_request_namespaces", "client_namespaces", "store_client_namespaces", "namespace", "rustfs_namespace"],
      pullRequestRule,
    ),
    rule(["drill_schedule", "drill_identity_secret_name"], ({ drill_schedule, drill_identity_secret_name }) =>
      drill_schedule === "" || drill_identity_secret_name !== ""
        ? undefined
        : {
            at: ["drill_identity_secret_name"],
            what: "drill_schedule is set and drill_identity_secret_name is empty",
            expected: "the Secret with the key that opens the backups, as its entry `identity`",
          },
    ),
    rule(
      ["backup_claim_name", "rustfs_claim_name", "rustfs_name", "object_store"],
      ({ backup_claim_name, rustfs_claim_name, rustfs_name, object_store }) =>
        object_store === "existing" ||
        backup_claim_name === "" ||
        backup_claim_name !== (rustfs_claim_name || claimNameOf(rustfs_name))
          ? undefined
          : {
              at: ["backup_claim_name"],
              what: `backups would go to ${backup_claim_name}, the volume of the object store itself`,
              expected: "another volume: what takes the state away would take its backups with it",
            },
    ),
  ],
});

/** The volume of an object store of this name. */
export function claimNameOf(rustfs: string): string {
  return `${rustfs}-data`;
}

/** What runs a pull request's own code may not be let in by another list. */
function pullRequestRule(values: {
  readonly pull_request_namespaces: readonly string[];
  readonly client_namespaces: readonly string[];
  readonly store_client_namespaces: readonly string[];
  readonly namespace: string;
  readonly rustfs_namespace: string;
}): RuleFailure | undefined {
  const { pull_request_namespaces: closed, namespace, rustfs_namespace } = values;
  const open: readonly (readonly [string, readonly string[]])[] = [
    ["store_client_namespaces", values.store_client_namespaces],
    ["client_namespaces", values.client_namespaces],
    ["namespace", [namespace]],
    ["rustfs_namespace", [rustfs_namespace]],
  ];
  for (const [key, names] of open) {
    const both = names.find((name) => closed.includes(name));
    if (both !== undefined)
      return {
        at: ["pull_request_namespaces"],
        what: `${both} is among pull_request_namespaces and ${key}`,
        expected: "runners of pull requests, which run code nobody has reviewed, to reach neither server nor store",
      };
  }
  return undefined;
}

export type StateAuthoritySettings = SettingsOf<typeof stateAuthoritySettings>;
