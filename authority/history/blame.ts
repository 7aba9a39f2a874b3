import { stateInstances } from "../../lib/addresses/state-addresses";
import { isRecord } from "../../lib/config/kind";
import { type ObjectStore } from "../stores/object-store";
import { type StateVersion, stateVersions } from "./versions";

/** When a resource got the content it has. */
export interface Blame {
  /** As the newest version that has it calls it. */
  readonly address: string;
  readonly last: StateVersion;
  readonly what: "created" | "changed" | "moved" | "removed" | "there since the oldest version that is kept";
  /** What it was called before, where it moved then. */
  readonly previousAddress?: string;
}

/** Names the thing that an address means, whatever it was called when. */
type Identity = (address: string) => string;

/**
 * Walks a state's history backwards to the version that last changed the content of an address, through the addresses that it had before.
 * Undefined where no version that is kept has it. Only whether it differs is looked at; values are never told.
 */
export async function blame(
  store: ObjectStore,
  stateKey: string,
  address: string,
  limit: number,
  identity: Identity = (text) => text,
): Promise<Blame | undefined> {
  const changes = await addressHistory(store, stateKey, address, limit, identity);
  return changes.find(({ what }) => what !== "moved") ?? changes[0];
}

/** Every version that created, changed, moved or removed what an address means, newest first. Empty where none has it. */
export async function addressHistory(
  store: ObjectStore,
  stateKey: string,
  address: string,
  limit: number,
  identity: Identity = (text) => text,
): Promise<readonly Blame[]> {
  const versions = (await stateVersions(store, stateKey, limit)).filter(({ serial }) => serial !== undefined);
  const changes: Blame[] = [];
  let newer: { version: StateVersion; found: Found | undefined } | undefined;
  for (const version of versions) {
    const bytes = await store.readVersion(stateKey, version.version);
    const found = bytes === undefined ? undefined : find(JSON.parse(bytes.toString("utf8")), address, identity);
    if (newer !== undefined) {
      const what = difference(found, newer.found);
      const moved = found !== undefined && newer.found !== undefined && found.address !== newer.found.address;
      if (what !== undefined)
        changes.push({
          address: newer.found?.address ?? found?.address ?? address,
          last: newer.version,
          what,
          ...(moved ? { previousAddress: found.address } : {}),
        });
    }
    newer = { version, found };
  }
  if (newer?.found !== undefined)
    changes.push({
      address: newer.found.address,
      last: newer.version,
      what: "there since the oldest version that is kept",
    });
  return changes;
}

interface Found {
  readonly address: string;
  readonly content: string;
}

function difference(before: Found | undefined, after: Found | undefined): Blame["what"] | undefined {
  if (before === undefined) return after === undefined ? undefined : "created";
  if (after === undefined) return "removed";
  if (before.content !== after.content) return "changed";
  return before.address === after.address ? undefined : "moved";
}

/** The instance that an address means: at the address itself, else at another one of the same thing. */
function find(document: unknown, address: string, identity: Identity): Found | undefined {
  const wanted = identity(address);
  const standing = stateInstances(document).filter(({ deposed }) => deposed === undefined);
  const found =
    standing.find((instance) => instance.address.text === address) ??
    standing.find((instance) => identity(instance.address.text) === wanted);
  return found === undefined
    ? undefined
    : { address: found.address.text, content: contentOf(document, found.address.text) };
}

/** The instance's own JSON, without what a move changes: its key, and the names of what it depends on. */
function contentOf(document: unknown, address: string): string {
  const resources =
    isRecord(document) && Array.isArray(document["resources"]) ? (document["resources"] as readonly unknown[]) : [];
  for (const resource of resources) {
    if (!isRecord(resource) || !Array.isArray(resource["instances"])) continue;
    for (const instance of resource["instances"] as readonly unknown[]) {
      const single = { ...resource, instances: [instance] };
      if (isRecord(instance) && stateInstances({ resources: [single] })[0]?.address.text === address)
        return JSON.stringify({ ...instance, index_key: undefined, dependencies: undefined });
    }
  }
  return "";
}
