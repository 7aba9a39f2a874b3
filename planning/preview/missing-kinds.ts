import { isStackName, type StackName } from "../../lib/config/names";
import { unknownKindsIn } from "../../lib/foreign-words";

/** What brings the kinds of an API group to a cluster, and the settings by which a stack goes without them. */
interface Group {
  readonly broughtBy: string;
  readonly without: Readonly<Partial<Record<StackName, string>>>;
}

const groups: Readonly<Record<string, Group>> = {
  "monitoring.coreos.com": {
    broughtBy: "the Prometheus operator",
    without: {
      attic: "enable_prometheus_monitoring: false",
      "gitlab-runners": "enable_monitoring: false",
      "state-authority": "enable_monitoring: false",
    },
  },
  "postgresql.cnpg.io": {
    broughtBy: "CloudNativePG's operator",
    without: { attic: "use_cnpg_postgres: false, with the secret database_url" },
  },
  "minio.min.io": {
    broughtBy: "MinIO's operator",
    without: { attic: "use_minio: false, with s3_endpoint and its secrets" },
  },
  "actions.github.com": { broughtBy: "the controller of the runner scale sets", without: {} },
};

/**
 * Reads what an engine said of an error, and tells what to do about kinds that the cluster does not know; undefined where it said nothing of
 * the sort. `settings` is the file that a setting belongs into, or what stands for it.
 */
export function missingKindsHint(stack: string, settings: string, said: string): string | undefined {
  // No advice for a folder of HCL: its kinds are its own.
  if (!isStackName(stack)) return undefined;
  const kinds = new Map<string, Set<string>>();
  for (const { group, kind } of unknownKindsIn(said)) kinds.set(group, (kinds.get(group) ?? new Set()).add(kind));
  if (kinds.size === 0) return undefined;
  return [...kinds].map(([group, names]) => hintFor(stack, settings, group, [...names])).join("\n");
}

function hintFor(stack: StackName, settings: string, group: string, kinds: readonly string[]): string {
  const known = groups[group];
  const missing = `The cluster does not know ${kinds.join(", ")} (${group})`;
  if (known === undefined) return `${missing}: install what brings it, then plan again`;
  const without = known.without[stack];
  const install = `${known.broughtBy} brings ${kinds.length === 1 ? "it" : "them"}: install that first`;
  return without === undefined
    ? `${missing}: ${install}`
    : `${missing}: ${install}, or do without: ${without} in ${settings}`;
}
