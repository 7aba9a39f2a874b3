import { type ProgramInstance } from "../lib/config/load";
import { type Problem } from "../lib/errors";
import { chartsWithDefinitions, installations, type OwnedObject, ownedObjects } from "./owned-objects";
import { type SynthesizedResource } from "./synthesized-resources";
import { changeOf, ownedByTwo, ownedTwice, switchOff } from "./refusals";

/** A stack with what it is synthesized to. */
export interface StackResources {
  readonly stack: ProgramInstance;
  readonly resources: readonly SynthesizedResource[];
}

/**
 * Objects that two stacks would own on one cluster, or one stack twice, each with both settings files and the setting to change.
 * Clusters are one where their kubeconfig context is.
 */
export function collisions(stacks: readonly StackResources[]): readonly Problem[] {
  const owners = new Map<string, Owner>();
  const problems: Problem[] = [];
  for (const { stack, resources } of stacks) {
    for (const object of ownedObjects(resources)) {
      const key = `${stack.cluster.context} ${object.identity}`;
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, { stack, object });
      else if (owner.object.address !== object.address || owner.stack.id !== stack.id)
        problems.push(collision(owner, { stack, object }));
    }
  }
  return problems;
}

interface Owner {
  readonly stack: ProgramInstance;
  readonly object: OwnedObject;
}

function collision(first: Owner, second: Owner): Problem {
  const isOne = first.stack.id === second.stack.id;
  const [changed, other] =
    installationOf(second) === undefined && installationOf(first) !== undefined ? [first, second] : [second, first];
  const { source } = changed.stack;
  const installation = installationOf(changed);
  const settings = installation === undefined ? settingsBehind(changed.object, changed.stack) : [installation];
  const [setting] = settings;
  const others = installationOf(other) === installation && !isOne ? ` or in ${other.stack.source.file}` : "";
  const place = {
    file: source.file,
    line: source.lineOf(setting === undefined ? [] : setting.split(".")),
    ...(setting === undefined ? {} : { key: setting }),
  };
  const remedy =
    installation === undefined ? changeOf(source.file, settings) : switchOff(installation, source.file, others);
  const { description } = second.object;
  const { context } = second.stack.cluster;
  return isOne
    ? ownedTwice(
        place,
        { id: second.stack.id, description, addresses: [first.object.address, second.object.address] },
        context,
        remedy,
      )
    : ownedByTwo(
        place,
        { id: changed.stack.id, description, owner: other.stack.id, ownerFile: other.stack.source.file },
        context,
        remedy,
      );
}

/** The setting that turns on what an object belongs to; undefined where it is no installation's. */
function installationOf({ stack, object }: Owner): string | undefined {
  const setting =
    object.chart === undefined
      ? Object.keys(installations).find((name) => installations[name]?.test(object.address) === true)
      : chartsWithDefinitions[object.chart];
  return setting !== undefined && setting in stack.settings ? setting : undefined;
}

/** The settings an object's names come from: equal to one of them, or the first part of one. Names that say more come first. */
function settingsBehind(object: OwnedObject, stack: ProgramInstance): string[] {
  const matches = Object.entries(stack.settings).flatMap(([key, value]: [string, unknown]): [string, number][] => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return Object.keys(value).flatMap((inner): [string, number][] =>
        object.names.includes(inner) ? [[`${key}.${inner}`, object.names.indexOf(inner)]] : [],
      );
    }
    if (typeof value !== "string" || value === "") return [];
    const exact = object.names.indexOf(value);
    if (exact >= 0) return [[key, exact]];
    const prefix = object.names.findIndex((name) => name.startsWith(`${value}-`) || name.startsWith(`${value}.`));
    return prefix >= 0 ? [[key, prefix + 0.5]] : [];
  });
  return matches
    .sort(([, a], [, b]) => a - b)
    .slice(0, 2)
    .map(([key]) => key);
}
