import { type Program, programOf } from "../../../lib/addresses/program";
import { type Standing, standings } from "../../../lib/addresses/standing";

const program: Program = programOf({
  resource: {
    helm_release: { nix_runners: {}, extra_runners_one: {} },
    terraform_data: { record: { for_each: { a: {}, "b.c/d": {} } } },
    random_password: { key: { lifecycle: { prevent_destroy: true } } },
  },
  moved: [
    { from: "module.gh_nix.helm_release.arc_runner", to: "helm_release.nix_runners" },
    { from: 'module.extra_runners["one"].helm_release.arc_runner', to: "helm_release.extra_runners_one" },
    { from: "module.dns[0].terraform_data.dns", to: "terraform_data.record" },
  ],
  removed: [{ from: "module.rustfs.kubernetes_service_v1.main", lifecycle: { destroy: false } }],
});

interface Resource {
  readonly module?: string;
  readonly type: string;
  readonly name: string;
  readonly keys?: readonly (string | number | undefined)[];
  readonly deposed?: string;
  readonly mode?: string;
}

function kinds(...resources: readonly Resource[]): readonly Standing["kind"][] {
  const state = {
    version: 4,
    resources: resources.map(({ keys = [undefined], deposed, mode = "managed", ...rest }) => ({
      mode,
      ...rest,
      instances: keys.map((key) => ({
        attributes: {},
        ...(key === undefined ? {} : { index_key: key }),
        ...(deposed === undefined ? {} : { deposed }),
      })),
    })),
  };
  return standings(state, "arc-runners", program).map(({ standing }) => standing.kind);
}

const release = { type: "helm_release" } as const;

describe("an address in a state", () => {
  test.each<[string, Resource, readonly Standing["kind"][]]>([
    ["the program's own", { ...release, name: "nix_runners" }, ["kept"]],
    ["its own with a count that is gone", { ...release, name: "nix_runners", keys: [0, 1] }, ["kept", "turned-off"]],
    ["a former one", { ...release, module: "module.gh_nix", name: "arc_runner" }, ["kept"]],
    [
      "a former one with a key of the module",
      { ...release, module: 'module.extra_runners["one"]', name: "arc_runner" },
      ["kept"],
    ],
    [
      "one that other settings have",
      { ...release, module: 'module.extra_runners["gone"]', name: "arc_runner" },
      ["turned-off"],
    ],
    [
      "keyed instances, moved together",
      { type: "terraform_data", module: "module.dns[0]", name: "dns", keys: ["a", "b.c/d"] },
      ["kept", "kept"],
    ],
    [
      "a key that is no longer there and nobody catalogued",
      { type: "terraform_data", module: "module.dns[0]", name: "dns", keys: ["x"] },
      ["unknown"],
    ],
    [
      "what is released, in every instance",
      { type: "kubernetes_service_v1", module: 'module.rustfs["a.b/c"]', name: "main", keys: [0, "k"] },
      ["released", "released"],
    ],
    ["what nobody knows", { type: "kubernetes_stateful_set", name: "rustfs" }, ["unknown"]],
    ["a left-over of a known one", { ...release, name: "nix_runners", deposed: "1a2b" }, ["deposed"]],
    ["a left-over of an unknown one", { type: "kubernetes_service", name: "rustfs", deposed: "1a2b" }, ["unknown"]],
    ["a data source", { type: "kubernetes_namespace", name: "asked", mode: "data" }, []],
    ["something that no engine wrote", { type: "not a type", name: "x" }, ["unknown"]],
  ])("%s", (_what, resource, expected) => {
    expect(kinds(resource)).toEqual(expected);
  });

  test("two claims to one address: the one that is there stays, the other is displaced", () => {
    const [former, own] = [
      { ...release, module: "module.gh_nix", name: "arc_runner" },
      { ...release, name: "nix_runners" },
    ];
    expect(kinds(former, own)).toEqual(["displaced", "kept"]);
    expect(kinds(own, former)).toEqual(["kept", "displaced"]);
  });

  test.each([[null], [[]], [{}], [{ resources: [null, { mode: "managed", instances: [null] }] }]])(
    "a state that is none: %j",
    (state) => {
      expect(standings(state, "arc-runners", program)).toEqual([]);
    },
  );

  test("protected data is known as such", () => {
    expect(program.own.get("random_password.key")).toEqual({ data: true });
  });
});
