import { readScope } from "../../../lib/config/scope";
import { loadConfiguration } from "../../../lib/config/load";
import { fromInside, ownPlace } from "../../../planning/scope/inside";
import { outside, scopeText } from "../../../planning/scope/scope";
import { type ReceiptChange } from "../../../planning/bundle/receipt";
import { configFolder, leastSettings, organization, problemsOf, writeFiles } from "./support";

const change = (
  address: string,
  action: ReceiptChange["action"],
  more: Partial<ReceiptChange> = {},
): ReceiptChange => ({
  address,
  action,
  attributes: [],
  ...more,
});
const does = {
  changes: [
    change("a.new", "add"),
    change("a.same", "change"),
    change("a.old", "destroy"),
    change("a.renamed", "replace", { previous_address: "a.was" }),
    change("a.taken", "change", { imported: true }),
    change("a.left", "forget"),
  ],
  drift: [change("a.drifted", "change")],
};
const folder = (scope: string) =>
  configFolder({
    "organization.yaml": organization(""),
    "environments/dev/attic.yaml": leastSettings["attic"] ?? "",
    "scopes/attic.yaml": scope,
  });

describe("a scope", () => {
  it("admits by default what is added or changed, and nothing else", () => {
    expect(outside(does, { admit: [] }).map(({ address, action }) => `${action} ${address}`)).toEqual([
      "drift a.drifted",
      "forget a.left",
      "destroy a.old",
      "replace a.renamed",
      "move a.renamed",
      "import a.taken",
    ]);
  });

  it("that was written from a plan admits exactly it; a glob admits addresses, and only the actions that it names", () => {
    const configuration = loadConfiguration(folder(scopeText("attic", does)));
    const scope = readScope(configuration, "attic");
    expect(outside(does, scope)).toEqual([]);
    expect(outside({ ...does, changes: [change("a.other", "destroy")] }, scope)).toHaveLength(1);
    const glob = readScope(loadConfiguration(folder('admit: [{address: "a.*", actions: [destroy]}]\n')), "attic");
    expect(outside({ changes: [change('a.x["y"]', "destroy")], drift: [] }, glob)).toEqual([]);
    expect(outside({ changes: [change("a.x", "replace")], drift: [] }, glob)).toHaveLength(1);
  });

  it.each([
    ["invalid-setting", "admit: [{address: x, actions: [destory]}]\n"],
    ["unknown-setting", "admits: []\n"],
  ])("is refused with file and line: %s", (code, text) => {
    const configuration = loadConfiguration(folder(text));
    expect(problemsOf(() => readScope(configuration, "attic"))).toMatchObject([{ code, line: 1 }]);
  });

  it("of no stack is refused: nobody would read it", () => {
    const configuration = loadConfiguration(writeFiles(folder(""), { "scopes/atic.yaml": "admit: []\n" }));
    expect(problemsOf(() => readScope(configuration, "attic"))).toMatchObject([
      { code: "unknown-stack", expected: expect.stringContaining("attic") },
    ]);
  });
});

describe("a plan that is applied from inside", () => {
  const resource = (address: string, type: string, before: object, actions: readonly string[] = ["update"]) => ({
    address,
    mode: "managed" as const,
    type,
    change: { actions, before, after: before, after_unknown: {}, before_sensitive: {}, after_sensitive: {} },
  });
  const scaleSet = (name: string) => ({ name, chart: "oci://x/gha-runner-scale-set", namespace: "arc-runners" });
  const plan = {
    resource_changes: [
      resource("helm_release.nix", "helm_release", scaleSet("gh-nix")),
      resource("helm_release.docker", "helm_release", scaleSet("gh-docker")),
      resource("helm_release.controller", "helm_release", {
        name: "arc",
        chart: "gha-runner-scale-set-controller",
        namespace: "arc-systems",
      }),
      resource("kubernetes_namespace_v1.runners", "kubernetes_namespace_v1", { metadata: [{ name: "arc-runners" }] }, [
        "delete",
      ]),
      resource("kubernetes_secret.pull", "kubernetes_secret", { metadata: [{ name: "x", namespace: "arc-runners" }] }),
      resource("kubernetes_secret.far", "kubernetes_secret", { metadata: [{ name: "x", namespace: "attic" }] }),
      resource("kubernetes_secret.new", "kubernetes_secret", { metadata: [{ name: "n", namespace: "arc-runners" }] }, [
        "create",
      ]),
    ],
  };
  const addresses = (list: readonly { readonly address: string }[]) => list.map(({ address }) => address);

  it("may not touch the job's own scale set, controller or namespace; what is close is told", () => {
    const own = ownPlace({
      KUBERNETES_SERVICE_HOST: "10.0.0.1",
      POD_NAMESPACE: "arc-runners",
      HOSTNAME: "gh-nix-abcde-runner-x2",
    });
    const { refused, near } = fromInside(plan, [], own);
    expect(addresses(refused)).toEqual([
      "helm_release.nix",
      "helm_release.controller",
      "kubernetes_namespace_v1.runners",
    ]);
    expect(addresses(near)).toEqual(["helm_release.docker", "kubernetes_secret.pull"]);
  });

  it("may be its own where that cannot be told, and is nobody's on a laptop", () => {
    const unknown = ownPlace({ KUBERNETES_SERVICE_HOST: "10.0.0.1" }, "/nowhere");
    expect(unknown).toEqual({ namespace: "" });
    expect(addresses(fromInside(plan, [], unknown).refused)).toContain("helm_release.docker");
    expect(ownPlace({})).toBeUndefined();
    expect(fromInside(plan, [], undefined)).toEqual({ refused: [], near: [] });
  });

  it("may not touch what state.stands_on names, wherever it is applied", () => {
    expect(addresses(fromInside(plan, ["kubernetes_secret.f*"], undefined).refused)).toEqual(["kubernetes_secret.far"]);
  });
});
