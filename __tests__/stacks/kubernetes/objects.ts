import { manifestsOf, type PlannedManifest } from "../../../planning/manifests/manifests";
import { isRecord } from "../../../lib/config/kind";
import { stackNames } from "../../../lib/config/names";
import { readCases } from "../parity/facts";
import { plan } from "../parity/plans";

export type Tree = Readonly<Record<string, unknown>>;

/** One stack's planned objects in one recorded case. */
export interface PlannedCase {
  readonly name: string;
  readonly objects: readonly PlannedManifest[];
}

/** Every recorded case of every stack, planned in one run. Secrets have their (fake) values: keys and formats are checked, too. */
export async function plannedCases(engine: string): Promise<readonly PlannedCase[]> {
  const cases = stackNames
    .flatMap((stack) => readCases(stack))
    .map(({ stack, case: name, variables }) => ({ environment: `${stack}-${name}`, stack, variables }));
  const plans = await plan(engine, cases);
  return plans.map(({ stack, shown }) => ({
    name: stack.environment,
    objects: manifestsOf(shown, { mask: false }).manifests,
  }));
}

/** What stands at a path; undefined where the path ends before. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (isRecord(inner) || Array.isArray(inner) ? Reflect.get(inner, key) : undefined),
    value,
  );
}

export function list(value: unknown): readonly Tree[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

export function map(value: unknown): Tree {
  return isRecord(value) ? value : {};
}

/** Every object and list in a tree with the path to it. */
export function nodes(value: unknown, path = ""): readonly { readonly path: string; readonly value: unknown }[] {
  const inner = Array.isArray(value)
    ? value.map((item: unknown, index): [string, unknown] => [`${path}[${index}]`, item])
    : isRecord(value)
      ? Object.entries(value).map(([key, item]): [string, unknown] => [`${path}.${key}`, item])
      : [];
  return [{ path, value }, ...inner.flatMap(([where, item]) => nodes(item, where))];
}

const templates: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};

/** The pod template of a workload. */
export function podTemplate(manifest: Tree): Tree | undefined {
  const path = templates[String(manifest["kind"])];
  const template = path === undefined ? undefined : at(manifest, ...path);
  return isRecord(template) ? template : undefined;
}

export function containers(pod: Tree): readonly Tree[] {
  return [...list(at(pod, "spec", "initContainers")), ...list(at(pod, "spec", "containers"))];
}

/** Whether labels satisfy a selector's matchLabels, or a plain map. */
export function selects(labels: Tree, selector: Tree): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}
