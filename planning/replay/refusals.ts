import { UserError, messageOf } from "../../lib/errors";

/** There is nothing to run. */
export function noCommand(): UserError {
  return new UserError({
    code: "no-command",
    what: "there is no command to run with replayed providers",
    remedy: "flywheel replay -- terraform plan",
  });
}

/** A data source that asks the outside world. */
export function dataNotReplayed(type: string, reason: string): Refusal {
  return new Refusal(
    `data source ${type} cannot be replayed`,
    `Replay answers for providers without asking anything outside, and ${reason}. Plan this stack with the real provider, ` +
      "or give the value as a setting. See docs/replay.md.",
  );
}

/** An id that names no Kubernetes object. */
export function importIdUnusable(id: string): Refusal {
  return new Refusal(
    `cannot import kubectl_manifest by "${id}"`,
    "The id has the form apiVersion//kind//name, or apiVersion//kind//name//namespace.",
  );
}

/** What replay does not do, said to the engine as an error: a made-up answer would pass for a real one. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    readonly summary: string,
    readonly detail: string,
  ) {
    super(`${summary}: ${detail}`);
  }
}

/** A manifest that is no YAML, by its parser's words. */
export function notYaml(error: unknown): Refusal {
  return new Refusal("yaml_body is not YAML", messageOf(error));
}

/** A manifest that is no Kubernetes object. */
export function notAnObject(): Refusal {
  return new Refusal(
    "yaml_body is not a Kubernetes object",
    "It must hold one object with apiVersion, kind and metadata.",
  );
}

/** The state was written with a schema that replay does not know. */
export function stateOfNewerProvider({
  typeName,
  version,
  address,
  thisVersion,
  schemaVersion,
}: {
  readonly typeName: string;
  readonly version: number;
  readonly address: string;
  readonly thisVersion: string;
  readonly schemaVersion: number;
}): Refusal {
  return new Refusal(
    `the state of ${typeName} was written by a newer provider`,
    `It has schema version ${version}; ${address} ${thisVersion}, which is replayed, has ${schemaVersion}.`,
  );
}

/** A type whose schema was not recorded. */
export function noRecordedSchema({
  what,
  type,
  address,
  version,
}: {
  readonly what: string;
  readonly type: string;
  readonly address: string;
  readonly version: string;
}): Refusal {
  return new Refusal(
    `no recorded schema for ${what} ${type}`,
    `Replay knows the types of ${address} ${version} that lie in planning/schemas. Add it there (docs/replay.md), or use the real provider.`,
  );
}

/** What is said to be changed outside is no attribute of the object. */
export function noSuchAttribute(type: string, path: string): Refusal {
  return new Refusal(
    `${type} has no ${path} to be changed outside`,
    "A path is written as in a plan, such as spec[0].replicas, and names what the state has.",
  );
}

/** A move from one type to another. */
export function cannotMove(from: string, to: string): Refusal {
  return new Refusal(
    `cannot move ${from} to ${to}`,
    "The replayed providers, like the real ones, do not turn one resource type into another. A moved block may rename, not retype.",
  );
}
