import { existsSync } from "node:fs";
import { relative, sep } from "node:path";
import { namedFor, servedKey } from "../lib/backend/s3/served-key";
import { chosenBackend } from "../lib/backend/flag";
import { isMovableBackend } from "../lib/config/backends";
import { type Configuration, type InstanceOf, type StackInstance } from "../lib/config/load";
import { withoutImports } from "../lib/config/import-file";
import { type Organization } from "../lib/config/organization";
import { readText } from "../lib/config/text-file";
import { comparableUrl } from "../lib/config/url";
import { refuseIfAny } from "../lib/errors";
import { type ConfigurationFile } from "../lib/constructs/flywheel-configuration";
import { backupOnSameStore, configurationTooLarge, jobWithoutTarget, noBucketToMake, stateInItself } from "./refusals";

type Authority = InstanceOf<"state-authority">;

/** The bucket of `state.s3`, as the stack makes it. */
interface Place {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  /** Namespace of the cluster's service that it is behind, where configuration or the address tells. */
  readonly namespace?: string;
  readonly port: number;
}

/** What the authority's stack is made from beside its own settings: the organization that it serves. */
export interface AuthorityFacts {
  readonly place: Place;
  /** Keys of the states in the bucket. */
  readonly stateKeys: readonly string[];
  /** Ids of the stacks whose states the jobs look after. */
  readonly served: readonly string[];
  readonly files: readonly ConfigurationFile[];
  /** The folder of a backup's target, and the port of its server: one of the two. Absent without a target. */
  readonly backup?: { readonly directory: string } | { readonly port: number };
}

/** @throws UserError for what makes the authority impossible, or less than one. */
export function authorityFacts(configuration: Configuration, instance: Authority): AuthorityFacts {
  const { organization, stacks } = configuration;
  const { state, source } = organization;
  const { s3 } = state;
  if (s3 === undefined) throw noBucketToMake(source.file, instance);
  const own = namedFor(instance, state.kubernetes.namespace);
  if (own === instance.settings.namespace) throw stateInItself(instance, own);
  const served = stacks.filter((stack) => isMovableBackend(chosenBackend(configuration, stack)));
  const place = placeOf(organization, instance);
  const backup = backupOf(organization, instance, place);
  return {
    place,
    stateKeys: served.map((stack) => servedKey(s3, stack)),
    served: served.map(({ id }) => id),
    files: filesOf(configuration, instance),
    ...(backup === undefined ? {} : { backup }),
  };
}

function placeOf({ state: { s3 }, source }: Organization, instance: Authority): Place {
  if (s3 === undefined) throw noBucketToMake(source.file, instance);
  const [endpoint, bucket, region] = [s3.endpoint, s3.bucket, s3.region].map((text) => namedFor(instance, text));
  const url = new URL(endpoint ?? "");
  const [, named] = /^([^/]+)\//.exec(s3.service ?? "") ?? [];
  // SERVICE.NAMESPACE.svc, with the cluster's domain or without.
  const [, inHost] = /^[^.]+\.([^.]+)\.svc(\.|$)/.exec(url.hostname) ?? [];
  const namespace = named ?? inHost;
  return {
    endpoint: endpoint ?? "",
    bucket: bucket ?? "",
    region: region ?? "",
    ...(namespace === undefined ? {} : { namespace }),
    port: portOf(url),
  };
}

/** Where backups go. @throws UserError for a target on the states' own server or volume, and for a job that could only fail. */
function backupOf(organization: Organization, instance: Authority, place: Place): AuthorityFacts["backup"] {
  const { backup, s3 } = organization.state;
  const { backup_schedule, drill_schedule, backup_claim_name } = instance.settings;
  const key = backup_schedule === "" ? "drill_schedule" : "backup_schedule";
  const isWanted = backup_schedule !== "" || drill_schedule !== "";
  if (backup === undefined) {
    if (isWanted)
      throw jobWithoutTarget(instance, key, `${key} is set, and organization.yaml has no state.backup`, "a target");
    return undefined;
  }
  const { directory, endpoint } = backup.target;
  if (directory !== undefined) {
    if (isWanted && (backup_claim_name === "" || directory.startsWith("~")))
      throw jobWithoutTarget(
        instance,
        "backup_claim_name",
        `backups go to ${directory}, and no volume of the jobs is mounted there`,
        "an absolute path, and the claim of the volume that it is on",
      );
    return { directory };
  }
  const file = organization.source.file;
  const target = comparableUrl(namedFor(instance, endpoint ?? ""));
  if (target === comparableUrl(place.endpoint))
    throw backupOnSameStore(file, `backups would go to ${target}, the server that has the states`);
  const url = new URL(target);
  const [service, namespace] = url.hostname.split(".");
  if (s3?.service !== undefined && s3.service.split(":")[0] === `${namespace ?? ""}/${service ?? ""}`)
    throw backupOnSameStore(file, `backups would go to ${url.hostname}, the service of state.s3 (${s3.service})`);
  const { settings } = instance;
  const own = `${settings.rustfs_service_name || settings.rustfs_name}/${settings.rustfs_namespace || settings.namespace}`;
  if (settings.object_store === "rustfs" && own === `${service ?? ""}/${namespace ?? ""}`)
    throw backupOnSameStore(file, `backups would go to ${url.hostname}, the object store that ${instance.id} makes`);
  return { port: portOf(url) };
}

function portOf(url: URL): number {
  return Number(url.port) || (url.protocol === "https:" ? 443 : 80);
}

/** The configuration folder as it stands, without what pods never read. */
function filesOf({ organization, ledger, stacks, folder }: Configuration, instance: Authority): ConfigurationFile[] {
  const problems = [];
  const files: ConfigurationFile[] = [];
  const sources = [organization.source, ...stacks.map(({ source }: StackInstance) => source)].map(({ file }) => file);
  for (const file of [...sources, ...(existsSync(ledger.file) ? [ledger.file] : [])]) {
    const { text, problems: found } = readText(file);
    problems.push(...found);
    // What a pod reads must not differ for what only the next plan imports: the ConfigMap that exists was made without it.
    const read = file === organization.source.file ? withoutImports(text) : text;
    files.push({ path: relative(folder, file).split(sep).join("/"), text: read });
  }
  refuseIfAny(problems);
  const bytes = files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  if (bytes > 1_000_000) throw configurationTooLarge(instance, bytes);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
