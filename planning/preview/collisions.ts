import { type StackInstance } from "../../lib/config/load";
import { type Problem } from "../../lib/errors";
import { chartsWithDefinitions, type OwnedObject, ownedObjects } from "./planned-objects";
import { type PlanDocument } from "./plan-document";

/**
 * Objects that two of the planned stacks would own on one cluster, each with both settings files and the setting to change.
 * Clusters are one where their kubeconfig context is.
 */
export function collisions(
  plans: readonly { readonly stack: StackInstance; readonly plan: PlanDocument }[],
): readonly Problem[] {
  const owners = new Map<string, { stack: StackInstance; object: OwnedObject }>();
  const problems: Problem[] = [];
  for (const { stack, plan } of plans) {
    for (const object of ownedObjects(plan)) {
      const key = `${stack.cluster.context} ${object.identity}`;
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, { stack, object });
      else if (owner.object.address !== object.address || owner.stack.id !== stack.id)
        problems.push(collision(owner, { stack, object }));
    }
  }
  return problems;
}

type Owner = { readonly stack: StackInstance; readonly object: OwnedObject };

function collision(first: Owner, second: Owner): Problem {
  const { source } = second.stack;
  const settings = settingsBehind(second.object, second.stack);
  const [setting] = settings;
  const change =
    second.object.chart === undefined
      ? `Change ${settings.length === 0 ? "the stack" : settings.join(" or ")} in ${source.file}`
      : `Set \`${chartsWithDefinitions[second.object.chart] ?? ""}: false\` in ${source.file} or in ${first.stack.source.file}`;
  return {
    code: "collision",
    file: source.file,
    line: source.lineOf(setting === undefined ? [] : setting.split(".")),
    ...(setting === undefined ? {} : { key: setting }),
    what: `${second.stack.id} would own ${second.object.description}, which ${first.stack.id} owns (${first.stack.source.file})`,
    expected: `one owner for each object on cluster ${second.stack.cluster.context}`,
    remedy: change,
  };
}

/** The settings an object's names come from: equal to one of them, or the first part of one. Names that say more come first. */
function settingsBehind(object: OwnedObject, stack: StackInstance): string[] {
  if (object.chart !== undefined)
    return [chartsWithDefinitions[object.chart] ?? ""].filter((key) => key in stack.settings);
  const matches = Object.entries(stack.settings).flatMap(([key, value]: [string, unknown]): [string, number][] => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return Object.keys(value).flatMap((inner): [string, number][] =>
        object.names.includes(inner) ? [[`${key}.${inner}`, object.names.indexOf(inner)]] : [],
      );
    }
    if (typeof value !== "string" || value === "") return [];
    const exact = object.names.indexOf(value);
    if (exact >= 0) return [[key, exact]];
    const prefix = object.names.findIndex((name) => name.startsWith(`${value}-`));
    return prefix >= 0 ? [[key, prefix + 0.5]] : [];
  });
  return matches
    .sort(([, a], [, b]) => a - b)
    .slice(0, 2)
    .map(([key]) => key);
}
