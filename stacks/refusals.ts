import { type StackInstance } from "../lib/config/load";
import { type Problem, UserError } from "../lib/errors";

type Instance = Pick<StackInstance, "id" | "source">;

const at = ({ source }: Instance, key: string): Pick<Problem, "file" | "line" | "key"> => ({
  file: source.file,
  line: source.lineOf([key]),
  key,
});

/** `no-bucket-to-make`: the authority's stack, in an organization that names no bucket. */
export function noBucketToMake(organization: string, { id }: Instance): UserError {
  return new UserError({
    code: "no-bucket-to-make",
    file: organization,
    key: "state.s3",
    what: `${id} makes the bucket of state.s3, and \`state.s3\` is missing`,
    expected: "state.s3 with at least endpoint and bucket, the same for every stack",
  });
}

/** `backup-in-state-store`: a target that goes where the states go. */
export function backupOnSameStore(organization: string, what: string): UserError {
  return new UserError({
    code: "backup-on-same-store",
    file: organization,
    key: "state.backup.target",
    what,
    expected: "another server, on other disks: what takes the states away would take their backups with them",
  });
}

/** `job-without-target`: a job that could only fail. */
export function jobWithoutTarget(instance: Instance, key: string, what: string, expected: string): UserError {
  return new UserError({ ...at(instance, key), code: "job-without-target", what, expected });
}

/** `state-in-itself`: the namespace of the Secret would be the stack's own. */
export function stateInItself(instance: Instance, namespace: string): UserError {
  return new UserError({
    ...at(instance, "namespace"),
    code: "state-in-itself",
    what: `${instance.id} would make namespace ${namespace}, and its own state is a Secret in it`,
    expected: "a namespace that no stack makes: state.kubernetes.namespace",
  });
}

/** `configuration-too-large`: a ConfigMap holds a mebibyte. */
export function configurationTooLarge(instance: Instance, bytes: number): UserError {
  return new UserError({
    ...at(instance, "name"),
    code: "configuration-too-large",
    what: `the configuration has ${bytes} bytes, and the server gets it as a ConfigMap`,
    expected: "at most 1000000 bytes in organization.yaml, the ledger and the settings files together",
  });
}

type Place = Pick<Problem, "file" | "line" | "key">;

/** One stack has an object on a cluster under two addresses. */
export function ownedTwice(
  place: Place,
  {
    id,
    description,
    addresses: [first, second],
  }: { readonly id: string; readonly description: string; readonly addresses: readonly [string, string] },
  context: string,
  remedy: string,
): Problem {
  return {
    code: "collision",
    ...place,
    what: `${id} would own ${description} twice: as ${first} and as ${second}`,
    expected: `one owner for each object on cluster ${context}`,
    remedy,
  };
}

/** Two stacks have one object on a cluster. */
export function ownedByTwo(
  place: Place,
  {
    id,
    description,
    owner,
    ownerFile,
  }: { readonly id: string; readonly description: string; readonly owner: string; readonly ownerFile: string },
  context: string,
  remedy: string,
): Problem {
  return {
    code: "collision",
    ...place,
    what: `${id} would own ${description}, which ${owner} owns (${ownerFile})`,
    expected: `one owner for each object on cluster ${context}`,
    remedy,
  };
}

/** What to do about a collision that settings decide. */
export function changeOf(file: string, settings: readonly string[]): string {
  return `Change ${settings.length === 0 ? "the stack" : settings.join(" or ")} in ${file}`;
}

/** What to do about a collision of what a setting installs. */
export function switchOff(setting: string, file: string, others: string): string {
  return `Set \`${setting}: false\` in ${file}${others}`;
}
