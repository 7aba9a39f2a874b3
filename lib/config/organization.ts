import { z } from "zod";
import { type Problem } from "../errors";
import { backendSettings, backendType, type BackendType, movableBackend } from "./backends";
import { keyProblem, prefixProblem } from "./backends/object-key";
import { objectKeys } from "./backends/s3";
import { backupSchema, checkBackup } from "./backup";
import { checkDeploy, deploySchema } from "./deploy";
import { checkFolders, foldersSchema } from "./folders";
import { findingsOf } from "./issue";
import { isRecord } from "./kind";
import { authorityStack, stackId, stackNames } from "./names";
import { checkPlan, planSchema, requirements } from "./plan";
import { type Path, type Source } from "./source";
import { hasCredentials, httpUrl } from "./url";
import { type Report, reportTo } from "./report";
import {
  organizationNoMapping,
  doubleEnvironment,
  unknownDefaultEnvironment,
  secretInAddress,
  invalidPrefix,
  invalidKey,
  unknownEnvironmentName,
  unknownStackName,
  unknownStackId,
  authorityOnItself,
  backendOfAuthority,
} from "./organization-refusals";

/** Names of environments become parts of stack ids, state names and folders. */
const environmentName = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, "a name of lower case letters, digits and -");

const clusterSchema = z.strictObject(
  {
    name: environmentName,
    role: z.string(),
    domain: z.string().min(1, "the domain of the environment"),
    context: z.string().min(1, "the kubeconfig context of the cluster"),
    kubeconfig: z.string().optional(),
    /** Of the cluster's namespace kube-system: an apply refuses another cluster behind the same context. */
    uid: z
      .string()
      .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "the UID of the cluster's namespace kube-system")
      .optional(),
    /** The kubeconfig itself holds the credentials: an exec plugin is refused. */
    require_static: z.boolean().optional(),
    deploy: deploySchema.optional(),
  },
  "one of name, role, domain, context, kubeconfig, uid, require_static, deploy",
);

const addresses = z.record(z.string(), z.array(z.string().min(1, "a resource address")));

const stateSchema = z.strictObject(
  {
    backend: movableBackend.default("http"),
    stacks: z.record(z.string(), z.union([backendType, z.record(z.string(), backendType)])).default({}),
    http: backendSettings.http.schema.default({ lock_method: "POST", unlock_method: "DELETE", update_method: "POST" }),
    s3: backendSettings.s3.schema.optional(),
    kubernetes: backendSettings.kubernetes.schema.default(() => backendSettings.kubernetes.schema.parse({})),
    legacy: z
      .strictObject({ gitlab: z.strictObject({ address: httpUrl }, "only `address`").optional() }, "only `gitlab`")
      .default({}),
    /** Folders of plain HCL that stand on the same authority. */
    folders: foldersSchema.default({}),
    backup: backupSchema.optional(),
    plan: planSchema.optional(),
    require: z.array(z.enum(requirements)).default([]),
    require_scope: z.boolean().default(false),
    /** What the authority itself stands on: no apply touches it. */
    stands_on: addresses.default({}),
    allow_destroy: addresses.default({}),
    release: addresses.default({}),
    /** What exists outside every state: its id, by the address that it gets. */
    import: z
      .record(z.string(), z.record(z.string(), z.string().min(1, "what the provider imports it by")))
      .default({}),
  },
  "one of backend, stacks, http, s3, kubernetes, legacy, folders, backup, plan, require, require_scope, stands_on, allow_destroy, release, import",
);

const organizationSchema = z.strictObject(
  {
    organization: z.strictObject(
      { name: z.string().min(1, "a name"), full_name: z.string().optional(), group_path: z.string().optional() },
      "one of name, full_name, group_path",
    ),
    clusters: z.array(clusterSchema).min(1, "one entry per environment"),
    default_environment: z.string().optional(),
    state: stateSchema.default(() => stateSchema.parse({})),
    // Known to operators, read by other tools.
    namespaces: z.unknown().optional(),
    network: z.unknown().optional(),
    links: z.unknown().optional(),
    gitlab: z.unknown().optional(),
  },
  "one of organization, clusters, default_environment, state, namespaces, network, links, gitlab",
);

export type Cluster = z.output<typeof clusterSchema>;
export type StateSettings = z.output<typeof stateSchema>;

/** organization.yaml, checked: environments are unique, and every stack and environment that `state` names exists. */
export interface Organization {
  readonly name: string;
  readonly clusters: readonly Cluster[];
  readonly defaultEnvironment: string;
  readonly state: StateSettings;
  readonly source: Source;
}

/** Checks a parsed organization.yaml and reports every problem in it. */
export function parseOrganization(source: Source): { organization?: Organization; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const report = reportTo(problems, source);

  if (!isRecord(source.value)) {
    report([], organizationNoMapping(source.value));
    return { problems };
  }
  const result = organizationSchema.safeParse(source.value);
  if (!result.success) {
    for (const { code, path, what, expected } of findingsOf(organizationSchema, result.error.issues, source.value)) {
      const isCredential =
        code === "unknown-setting" && /^(username|password|access_key|secret_key|token)$/.test(String(path.at(-1)));
      report(path, {
        code,
        what,
        expected: isCredential ? "no credentials in a file; they come from the environment" : expected,
      });
    }
    return { problems };
  }
  const { organization, clusters, default_environment, state } = result.data;
  const names = clusters.map((cluster) => cluster.name);
  names.forEach((name, index) => {
    if (names.indexOf(name) !== index) report(["clusters", index, "name"], doubleEnvironment(name));
  });
  if (default_environment !== undefined && !names.includes(default_environment)) {
    report(["default_environment"], unknownDefaultEnvironment(default_environment, names));
  }
  checkFolders(state.folders, names, default_environment ?? names[0] ?? "", report);
  checkStateNames(state, names, default_environment ?? names[0] ?? "", report);
  checkCredentials(state, report);
  checkObjectKeys(state, names, report);
  checkBackup(state.backup, report);
  checkPlan(state.plan, state.backup, (path, name) => checkEnvironment(names, path, name, report), report);
  checkDeploy(clusters, report);
  if (problems.length > 0) return { problems };
  return {
    organization: {
      name: organization.name,
      clusters,
      defaultEnvironment: default_environment ?? names[0] ?? "",
      state,
      source,
    },
    problems,
  };
}

/** Addresses go into the synthesized JSON, so a user and password in one would, too. Its text is not repeated. */
function checkCredentials(state: StateSettings, report: Report): void {
  const addresses: readonly [Path, unknown][] = [
    ...Object.entries(backendSettings).flatMap(([type, { urls }]) => {
      const settings: unknown = Reflect.get(state, type);
      return urls.map((key): [Path, unknown] => [["state", type, key], isRecord(settings) ? settings[key] : undefined]);
    }),
    [["state", "legacy", "gitlab", "address"], state.legacy.gitlab?.address],
    [["state", "backup", "target", "endpoint"], state.backup?.target.endpoint],
  ];
  for (const [path, address] of addresses) {
    if (typeof address === "string" && hasCredentials(address)) {
      report(path, secretInAddress(path));
    }
  }
}

/** A key that no stack has yet counts, too: each is looked at as the longest names fill it in. */
function checkObjectKeys({ s3, folders }: StateSettings, environments: readonly string[], report: Report): void {
  if (s3 === undefined) return;
  const wrongPrefix = s3.prefix === "" ? undefined : prefixProblem(s3.prefix);
  if (wrongPrefix !== undefined) {
    report(["state", "s3", "prefix"], invalidPrefix(wrongPrefix));
    return;
  }
  const stacks = [...stackNames, ...Object.keys(folders)];
  const longest = (names: readonly string[]) => names.reduce((a, b) => (b.length > a.length ? b : a), "");
  for (const [below, template] of objectKeys(s3)) {
    const key = template.replaceAll("{stack}", longest(stacks)).replaceAll("{env}", longest(environments));
    const problem = keyProblem(key);
    if (problem === undefined) continue;
    const path = ["state", "s3", ...below];
    report(path, invalidKey(path, problem));
  }
}

function checkEnvironment(environments: readonly string[], path: Path, name: string, report: Report): void {
  if (!environments.includes(name)) report(path, unknownEnvironmentName(name, environments));
}

/** The authority's own state must not live in what that stack makes, and what makes it keeps nobody else's. */
function checkChoice(path: Path, stack: string, backend: BackendType, report: Report): void {
  if (stack === authorityStack && backend !== "kubernetes") report(path, authorityOnItself(stack, backend));
  else if (stack !== authorityStack && backend === "kubernetes") report(path, backendOfAuthority(stack));
}

function checkStateNames(
  state: StateSettings,
  environments: readonly string[],
  defaultEnvironment: string,
  report: Report,
): void {
  const folders = Object.keys(state.folders);
  const known = [...stackNames, ...folders];
  const checkStack = (path: Path, name: string) => {
    if (!known.includes(name)) report(path, unknownStackName(name, known));
  };
  for (const [stack, choice] of Object.entries(state.stacks)) {
    checkStack(["state", "stacks", stack], stack);
    const choices = typeof choice === "string" ? { "": choice } : choice;
    for (const [environment, backend] of Object.entries(choices)) {
      const path = ["state", "stacks", stack, ...(environment === "" ? [] : [environment])];
      checkChoice(path, stack, backend, report);
      if (environment !== "") checkEnvironment(environments, path, environment, report);
    }
  }
  for (const [stack, keys] of Object.entries(state.s3?.keys ?? {})) {
    checkStack(["state", "s3", "keys", stack], stack);
    for (const environment of Object.keys(keys))
      checkEnvironment(environments, ["state", "s3", "keys", stack, environment], environment, report);
  }
  // Exactly the ids that stacks have: under another one an entry would mean nothing.
  const idsOf = (stacks: readonly string[]) =>
    stacks.flatMap((stack) => environments.map((environment) => stackId({ stack, environment }, defaultEnvironment)));
  for (const list of ["allow_destroy", "release", "import", "stands_on"] as const) {
    for (const id of Object.keys(state[list])) {
      // What is protected, and what is forgotten, stands in a folder's own HCL.
      const ids = idsOf(list === "stands_on" ? known : stackNames);
      if (!ids.includes(id)) report(["state", list, id], unknownStackId(id, ids));
    }
  }
}
