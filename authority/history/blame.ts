import { stateInstances } from "../../lib/addresses/state-addresses";
import { isRecord } from "../../lib/config/kind";
import { type ObjectStore } from "../stores/object-store";
import { type StateVersion, stateVersions } from "./versions";

/** When a resource got the content it has. */
export interface Blame {
  readonly address: string;
  readonly last: StateVersion;
  readonly what: "created" | "changed" | "removed" | "there since the oldest version that is kept";
}

/**
 * Walks a state's history backwards to the version that last changed an address.
 * Undefined where no version that is kept has it. Only whether it differs is looked at; values are never told.
 */
export async function blame(
  store: ObjectStore,
  stateKey: string,
  address: string,
  limit: number,
): Promise<Blame | undefined> {
  const versions = (await stateVersions(store, stateKey, limit)).filter(({ serial }) => serial !== undefined);
  let newer: { version: StateVersion; content: string | undefined } | undefined;
  for (const version of versions) {
    const bytes = await store.readVersion(stateKey, version.version);
    const content = bytes === undefined ? undefined : contentOf(JSON.parse(bytes.toString("utf8")), address);
    if (newer !== undefined && content !== newer.content) {
      return {
        address,
        last: newer.version,
        what: content === undefined ? "created" : newer.content === undefined ? "removed" : "changed",
      };
    }
    newer = { version, content };
  }
  return newer?.content === undefined
    ? undefined
    : { address, last: newer.version, what: "there since the oldest version that is kept" };
}

function contentOf(document: unknown, address: string): string | undefined {
  const found = stateInstances(document).find(
    (instance) => instance.address.text === address && instance.deposed === undefined,
  );
  return found === undefined ? undefined : attributesOf(document, address);
}

/** The instance's own JSON, by its address. */
function attributesOf(document: unknown, address: string): string | undefined {
  const resources =
    isRecord(document) && Array.isArray(document["resources"]) ? (document["resources"] as readonly unknown[]) : [];
  for (const resource of resources) {
    if (!isRecord(resource) || !Array.isArray(resource["instances"])) continue;
    for (const instance of resource["instances"] as readonly unknown[]) {
      const single = { ...resource, instances: [instance] };
      if (stateInstances({ resources: [single] })[0]?.address.text === address) return JSON.stringify(instance);
    }
  }
  return undefined;
}
