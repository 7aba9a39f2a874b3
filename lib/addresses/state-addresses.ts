import { isRecord } from "../config/kind";
import { type InstanceAddress, parseAddress } from "./instance-address";

/** One instance of a managed resource in a state. */
export interface StateInstance {
  readonly address: InstanceAddress;
  /** The key of an object that a replacement left behind: the engine destroys it with its next apply. */
  readonly deposed?: string;
}

/** Every managed instance in a state document (JSON, version 4), in its order. Data sources are no one's: they are left out. */
export function stateInstances(document: unknown): readonly StateInstance[] {
  const resources =
    isRecord(document) && Array.isArray(document["resources"]) ? (document["resources"] as readonly unknown[]) : [];
  return resources.flatMap((resource): StateInstance[] => {
    if (!isRecord(resource) || resource["mode"] !== "managed" || !Array.isArray(resource["instances"])) return [];
    const { module, type, name } = resource;
    const base = `${typeof module === "string" ? `${module}.` : ""}${String(type)}.${String(name)}`;
    return (resource["instances"] as readonly unknown[]).flatMap((instance): StateInstance[] => {
      if (!isRecord(instance)) return [];
      const { index_key: key, deposed } = instance;
      const text = key === undefined || key === null ? base : `${base}[${JSON.stringify(key)}]`;
      // A state that no engine wrote may have anything there: it is named as it is, and known to nobody.
      const address = parseAddress(text) ?? { text, type: String(type), resource: base, withoutOwnKey: base };
      return [{ address, ...(typeof deposed === "string" ? { deposed } : {}) }];
    });
  });
}
