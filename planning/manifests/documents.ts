import { stringify } from "yaml";
import { type PlannedManifest } from "./manifests";

/** Kubernetes reads YAML 1.1, where a plain `on` is true: such texts are quoted. */
const yaml = { version: "1.1", lineWidth: 0 } as const;

/** A manifest as a YAML document that says from which resource it comes. */
export function documentOf({ address, manifest }: PlannedManifest): string {
  return `# ${address}\n${stringify(manifest, yaml)}`;
}

/** All of them as one file that `kubectl apply -f` takes. */
export function documentsOf(manifests: readonly PlannedManifest[]): string {
  return `${manifests.map(documentOf).join("---\n").trimEnd()}\n`;
}
