import { conformState } from "./conform";
import { isZero } from "./equality";
import { importIdUnusable } from "./refusals";
import { type Path } from "./replace";
import { type Block } from "./schema";
import { type Value, type ValueMap, elements, isMap } from "./values";

/** Kept by the engine beside an imported state, until it is applied. */
export const IMPORTED: Uint8Array = Buffer.from("replayed import");

/** True of the private data of a state that an import made up. */
export function isImported(meta: Uint8Array): boolean {
  return Buffer.compare(meta, IMPORTED) === 0;
}

/**
 * Reasons to replace something imported: only those where the import knew the value. What it left empty is set outside, and
 * surely to what is configured; to plan a replacement for it would be a scare.
 */
export function knownReplacements(prior: ValueMap, paths: readonly Path[]): Path[] {
  return paths.filter((path) => !isZero(path.reduce<Value>(step, prior)));
}

function step(value: Value, name: string | number): Value {
  if (typeof name === "number") return elements(value)[name] ?? null;
  return isMap(value) ? (value[name] ?? null) : null;
}

/**
 * A state for something that is said to exist: its id, and the names that follow from the id. Everything else is empty, so the
 * next plan shows the whole configuration as a change; with the real provider it would show the real differences.
 */
export function importedState(type: string, block: Block, id: string): ValueMap {
  return conformState(block, { ...known(type, block, id), id });
}

function known(type: string, block: Block, id: string): ValueMap {
  if (type === "random_password" || type === "random_string") return importedText(id);
  if (type === "kubectl_manifest") return importedManifest(id);
  const { namespace, name } = idParts(id);
  if (type === "helm_release") return { namespace: namespace ?? "default", name };
  if (type === "kubernetes_manifest" || block.block_types?.["metadata"] === undefined) return {};
  const namespaced = block.block_types["metadata"].block.attributes?.["namespace"] !== undefined;
  const metadata: Record<string, Value> = { name };
  if (namespaced) metadata["namespace"] = namespace ?? "default";
  return { metadata: [metadata] };
}

/** The id of an existing password is the password itself, and its state follows from that. */
function importedText(id: string): ValueMap {
  const used = { upper: true, lower: true, numeric: true, number: true, special: true };
  return { ...used, result: id, length: [...id].length, min_upper: 0, min_lower: 0, min_numeric: 0, min_special: 0 };
}

function importedManifest(id: string): ValueMap {
  const [api_version, kind, name, namespace] = id.split("//");
  if (api_version === undefined || kind === undefined || name === undefined) {
    throw importIdUnusable(id);
  }
  return { api_version, kind, name, namespace: namespace ?? null };
}

function idParts(id: string): { readonly namespace?: string; readonly name: string } {
  const slash = id.indexOf("/");
  return slash < 0 ? { name: id } : { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}
