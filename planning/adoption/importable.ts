import { isRecord, within } from "../../lib/config/kind";
import { manifestsOf } from "../manifests/manifests";
import { type PlanDocument, plannedResources } from "../preview/plan-document";

/** A resource of the program that may exist already, outside every state. */
export interface Importable {
  readonly address: string;
  readonly type: string;
  /** What the provider imports it by. */
  readonly id: string;
  /** What the API server has it under; absent where it is none of its objects. */
  readonly object?: { apiVersion: string; kind: string; name: string; namespace?: string };
}

/** What a plan would make that an import can take: objects of Kubernetes, and the parts of a bucket. */
export function importables(plan: PlanDocument): readonly Importable[] {
  const objects = manifestsOf(plan).manifests.flatMap(({ address, manifest }): Importable[] => {
    const { apiVersion, kind, metadata } = manifest;
    const [name, namespace] = [within(metadata, "name"), within(metadata, "namespace")];
    if (typeof apiVersion !== "string" || typeof kind !== "string" || typeof name !== "string") return [];
    const place = typeof namespace === "string" ? { namespace } : {};
    const type = address.split(".")[0] ?? "";
    const plain = place.namespace === undefined ? name : `${place.namespace}/${name}`;
    const full = [apiVersion, kind, name, ...(place.namespace === undefined ? [] : [place.namespace])].join("//");
    return [
      { address, type, id: type === "kubectl_manifest" ? full : plain, object: { apiVersion, kind, name, ...place } },
    ];
  });
  const parts = plannedResources(plan).flatMap(({ address, type, values }): Importable[] => {
    const bucket = isRecord(values) ? values["bucket"] : undefined;
    return /^aws_s3_bucket(_|$)/.test(type) && typeof bucket === "string" ? [{ address, type, id: bucket }] : [];
  });
  return [...objects, ...parts].sort((a, b) => (a.address < b.address ? -1 : 1));
}
