import { type RuleFailure } from "../settings";
import { requestLimitRule } from "./rules";

/** The label of each built-in runner set: `runs-on` in workflows. */
export const builtInLabels = { nix: "tinyland-nix", docker: "tinyland-docker", dind: "tinyland-dind" } as const;

type BuiltInRunner = keyof typeof builtInLabels;

export const builtInRunners: readonly BuiltInRunner[] = ["nix", "docker", "dind"];

/** The Helm release of the controller. */
export const controllerReleaseName = "arc-controller";

interface ExtraSet {
  readonly github_config_url: string;
  readonly runner_label: string;
  readonly runner_scale_set_name: string;
}

/** What tells which sets there are and what they register as. */
interface RunnerSets {
  readonly github_config_url: string;
  readonly deploy_docker_runner: boolean;
  readonly deploy_dind_runner: boolean;
  readonly nix_runner_scale_set_name: string;
  readonly docker_runner_scale_set_name: string;
  readonly dind_runner_scale_set_name: string;
  readonly extra_runner_sets: Readonly<Record<string, ExtraSet>>;
}

/** A runner set as GitHub sees it. */
interface Registration {
  readonly name: string;
  readonly url: string;
  /** The setting that gives the name, and the set in words. */
  readonly at: readonly string[];
  readonly set: string;
  /** The setting that gives it a name of its own. */
  readonly ownName: string;
}

/** The registrations of the sets that are deployed, the built-in ones first. */
export function registrationsOf(s: RunnerSets): readonly Registration[] {
  const isDeployed = { nix: true, docker: s.deploy_docker_runner, dind: s.deploy_dind_runner };
  return [
    ...builtInRunners
      .filter((kind) => isDeployed[kind])
      .map((kind): Registration => {
        const key = `${kind}_runner_scale_set_name` as const;
        return {
          name: s[key] || builtInLabels[kind],
          url: s.github_config_url,
          at: [key],
          set: `the built-in ${kind} runners`,
          ownName: key,
        };
      }),
    ...Object.entries(s.extra_runner_sets).map(([key, set]): Registration => {
      const named = set.runner_scale_set_name === "" ? "runner_label" : "runner_scale_set_name";
      return {
        name: set[named],
        url: set.github_config_url,
        at: ["extra_runner_sets", key, named],
        set: `the runner set "${key}"`,
        ownName: `extra_runner_sets.${key}.runner_scale_set_name`,
      };
    }),
  ];
}

/** Where a URL points at GitHub: neither letter case nor a slash at the end makes another place. */
export function gitHubPlace(url: string): string {
  return url.toLowerCase().replace(/\/+$/, "");
}

/** GitHub knows a scale set by its name: of two with one name at one place, the second takes over the first. */
export function registrationRule(s: RunnerSets): RuleFailure | undefined {
  const known = new Map<string, Registration>();
  for (const registration of registrationsOf(s)) {
    const identity = `${gitHubPlace(registration.url)} ${registration.name}`;
    const other = known.get(identity);
    known.set(identity, other ?? registration);
    if (other === undefined) continue;
    // A built-in's default label stands in no file.
    const at = registration.at;
    return {
      at,
      what: `${other.set} and ${registration.set} both register as "${registration.name}" at ${registration.url}`,
      expected: "one name for each runner set at a GitHub URL",
      remedy: `Give one of them a name of its own: ${registration.ownName}`,
    };
  }
  return undefined;
}

/** No runner set has the Helm release of the controller. */
export function controllerNameRule(
  s: Readonly<Record<`${BuiltInRunner}_runner_name`, string>> & {
    readonly extra_runner_sets: Readonly<Record<string, unknown>>;
  },
): RuleFailure | undefined {
  const kind = builtInRunners.find((name) => s[`${name}_runner_name`] === controllerReleaseName);
  const at =
    kind !== undefined
      ? [`${kind}_runner_name`]
      : Object.hasOwn(s.extra_runner_sets, controllerReleaseName)
        ? ["extra_runner_sets", controllerReleaseName]
        : undefined;
  if (at === undefined) return undefined;
  return {
    at,
    what: `a runner set is named "${controllerReleaseName}"`,
    expected: "another name: that one is the Helm release of the controller",
  };
}

/** Who restricts runners to a group of the organization has no set in the group that every repository may use. */
export function runnerGroupRule(s: {
  readonly runner_group?: string | undefined;
  readonly runner_group_policy?: "organization-restricted" | "legacy-default" | undefined;
}): RuleFailure | undefined {
  const group = s.runner_group ?? "default";
  if (s.runner_group_policy !== "organization-restricted" || group.toLowerCase() !== "default") return undefined;
  return {
    at: [s.runner_group === undefined ? "runner_group_policy" : "runner_group"],
    what: `runner_group_policy is organization-restricted and the runner sets are in the group "${group}"`,
    expected: "a runner_group of the organization, other than default",
  };
}

/** What the program itself puts into a nix runner's environment. */
const ownVariables = [
  "NIX_CONFIG",
  "ATTIC_SERVER",
  "ATTIC_CACHE",
  "ATTIC_PUBLIC_KEY",
  "BAZEL_REMOTE_CACHE",
  "GF_BAZEL_SUBSTRATE_MODE",
  "GF_FLYWHEEL_PROFILE_STATE",
  "DOCKER_HOST",
  "DOCKER_TLS_CERTDIR",
];

/** A variable has one value. */
export function nixVariablesRule(s: {
  readonly nix_env_vars: readonly { readonly name: string }[];
}): RuleFailure | undefined {
  const names = s.nix_env_vars.map(({ name }) => name);
  const index = names.findIndex((name, i) => ownVariables.includes(name) || names.indexOf(name) !== i);
  if (index < 0) return undefined;
  const name = names[index] ?? "";
  const isOwn = ownVariables.includes(name);
  return {
    at: ["nix_env_vars", String(index), "name"],
    what: isOwn ? `${name} follows from other settings` : `${name} is there twice`,
    expected: isOwn
      ? "the setting it follows from, such as attic_server or bazel_cache_endpoint"
      : "each variable once",
  };
}

/** The key of a substituter that is not there would trust nobody. */
export function atticKeyRule(s: {
  readonly attic_server: string;
  readonly attic_public_key: string;
}): RuleFailure | undefined {
  if (s.attic_public_key === "" || s.attic_server !== "") return undefined;
  return {
    at: ["attic_public_key"],
    what: "attic_public_key is set and attic_server is empty",
    expected: "the server whose key it is",
  };
}

/** A storage request is never above its limit; both may be absent. */
export function nixStorageRule(s: {
  readonly nix_ephemeral_storage_request: string;
  readonly nix_ephemeral_storage_limit: string;
}): RuleFailure | undefined {
  if (s.nix_ephemeral_storage_request === "" || s.nix_ephemeral_storage_limit === "") return undefined;
  return requestLimitRule("nix_ephemeral_storage_request", "nix_ephemeral_storage_limit")(s);
}

export const nixVolumes = ["root", "work", "cache"] as const;

type VolumeSettings = Readonly<Record<`nix_${(typeof nixVolumes)[number]}_volume_${"storage_class" | "size"}`, string>>;

/** A volume has a class; its size is then given or the usual one. */
export function nixVolumeRule(s: VolumeSettings): RuleFailure | undefined {
  const volume = nixVolumes.find(
    (name) => s[`nix_${name}_volume_size`] !== "" && s[`nix_${name}_volume_storage_class`] === "",
  );
  if (volume === undefined) return undefined;
  return {
    at: [`nix_${volume}_volume_size`],
    what: `nix_${volume}_volume_size is set and nix_${volume}_volume_storage_class is empty`,
    expected: "the storage class that makes the volume",
  };
}
