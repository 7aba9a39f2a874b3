import { missingKindsHint } from "../../../planning/preview/missing-kinds";

const file = "config/environments/dev/attic.yaml";

// The providers' own forms, framed and broken as the engines do it.
const kubernetes = `╷
│ Error: API did not recognize GroupVersionKind from manifest (CRD may not be installed)
│ 
│   with kubernetes_manifest.object_store_service_monitor,
│   on cdk.tf.json line 9, in resource.kubernetes_manifest.x:
│    9:       }
│ 
│ no matches for kind "ServiceMonitor" in group
│ "monitoring.coreos.com"
╵
`;
const kubectl = `Error: monitoring/bazel resource [monitoring.coreos.com/v1/ServiceMonitor] isn't valid for cluster, check the APIVersion and Kind fields are valid`;
const helm = `Error: unable to build kubernetes objects from release manifest: resource mapping not found for name: "cnpg" namespace: "cnpg-system" from "": no matches for kind "PodMonitor" in version "monitoring.coreos.com/v1"
ensure CRDs are installed first`;

describe("a kind that the cluster does not know", () => {
  it.each([
    ["kubernetes", kubernetes, "ServiceMonitor"],
    ["kubectl", kubectl, "ServiceMonitor"],
    ["helm", helm, "PodMonitor"],
    ["in colour", kubernetes.replace("no matches", "\u001b[1mno matches\u001b[0m"), "ServiceMonitor"],
  ])("by %s", (_name, said, kind) => {
    expect(missingKindsHint("attic", file, said)).toBe(
      `The cluster does not know ${kind} (monitoring.coreos.com): the Prometheus operator brings it: install that first, or do without: enable_prometheus_monitoring: false in ${file}`,
    );
  });

  it("names the setting of the stack, or none where it has none", () => {
    expect(missingKindsHint("gitlab-runners", "g.yaml", kubernetes)).toContain("enable_monitoring: false in g.yaml");
    expect(missingKindsHint("runner-dashboard", "d.yaml", kubernetes)).not.toContain("do without");
  });

  it("is told once for each group, and of no other group's settings", () => {
    const both = `${kubernetes}${helm}no matches for kind "Wheel" in group "example.org"`;
    const hint = missingKindsHint("attic", file, both);
    expect(hint?.split("\n")).toEqual([
      expect.stringContaining("ServiceMonitor, PodMonitor (monitoring.coreos.com)"),
      "The cluster does not know Wheel (example.org): install what brings it, then plan again",
    ]);
  });

  it("is not seen in other errors", () => {
    expect(missingKindsHint("attic", file, 'Error: namespaces "x" not found')).toBeUndefined();
  });
});
