import { loadConfiguration } from "../../../lib/config/load";
import { remarksOn } from "../../../lib/config/remarks";
import { parseSettings } from "../../../lib/config/settings";
import { parseSource } from "../../../lib/config/source";
import { arcRunnersSettings } from "../../../lib/config/stacks/arc-runners";
import { configFolder, leastSettings, organization } from "./support";

const parse = (text: string) =>
  parseSettings(
    arcRunnersSettings,
    "arc-runners",
    parseSource("arc-runners.yaml", `github_config_url: https://github.com/acme\n${text}\n`).source,
  );
const refusals = (text: string) => parse(text).problems.map(({ code, line, key }) => [code, line, key]);

const set = (name: string, label: string, url = "https://github.com/acme", more = "") =>
  `  ${name}: {github_config_url: "${url}", runner_label: ${label}${more}}`;
const sets = (...lines: string[]) => ["extra_runner_sets:", ...lines].join("\n");

describe("two runner sets that register under one name", () => {
  it.each([
    ["two extra ones", sets(set("a", "gpu"), set("b", "gpu")), 4, "extra_runner_sets.b.runner_label"],
    ["a built-in's", sets(set("a", "tinyland-nix")), 3, "extra_runner_sets.a.runner_label"],
    [
      "one place, written otherwise",
      sets(set("a", "tinyland-nix", "https://github.com/ACME/")),
      3,
      "extra_runner_sets.a.runner_label",
    ],
    [
      "by their own names",
      `nix_runner_scale_set_name: one\n${sets(set("a", "gpu", "https://github.com/acme", ", runner_scale_set_name: one"))}`,
      4,
      "extra_runner_sets.a.runner_scale_set_name",
    ],
    [
      "built-in ones",
      "docker_runner_scale_set_name: one\nnix_runner_scale_set_name: one",
      2,
      "docker_runner_scale_set_name",
    ],
  ])("are refused: %s", (_name, text, line, key) => {
    expect(refusals(text)).toEqual([["settings-disagree", line, key]]);
  });

  it.each([
    ["at two places", sets(set("a", "gpu"), set("b", "gpu", "https://github.com/acme/images"))],
    ["a built-in that is not deployed", sets(set("a", "tinyland-dind"))],
    ["a name of its own", sets(set("a", "tinyland-nix", "https://github.com/acme", ", runner_scale_set_name: a-nix"))],
    [
      "the built-in one has a name of its own",
      `nix_runner_scale_set_name: acme-nix\n${sets(set("a", "tinyland-nix"))}`,
    ],
  ])("are none: %s", (_name, text) => {
    expect(refusals(text)).toEqual([]);
  });
});

describe("runner sets of two environments", () => {
  function remarks(prod: string, dev = "") {
    const least = leastSettings["arc-runners"] ?? "";
    const { stacks } = loadConfiguration(
      configFolder({
        "organization.yaml": organization(),
        "environments/dev/arc-runners.yaml": `${least}${dev}\n`,
        "environments/prod/arc-runners.yaml": prod.startsWith("github_config_url") ? `${prod}\n` : `${least}${prod}\n`,
      }),
    );
    return stacks.flatMap((stack) => remarksOn(stack, stacks)).map(({ code, key, line }) => [code, key, line]);
  }
  const named = (suffix: string) =>
    `nix_runner_scale_set_name: nix-${suffix}\ndocker_runner_scale_set_name: docker-${suffix}`;

  it("that register under one name are told on both sides, and accepted", () => {
    const both = remarks("");
    expect(both).toHaveLength(4);
    expect(both).toContainEqual(["runner-set-shared", "nix_runner_scale_set_name", expect.any(Number)]);
    expect(remarks(named("x"), named("x"))).toHaveLength(4);
    expect(remarks("nix_runner_scale_set_name: nix-x")).toHaveLength(2);
    expect(remarks(sets(set("a", "gpu")), sets(set("b", "gpu", "https://github.com/ACME/")))).toHaveLength(6);
  });

  it.each([
    ["a name of its own", named("prod")],
    ["another group", "runner_group: prod"],
    ["another place", "github_config_url: https://github.com/acme/images"],
  ])("are apart by %s", (_name, prod) => {
    expect(remarks(prod)).toEqual([]);
  });
});

describe("a label", () => {
  it.each([
    '"linux,gpu"',
    '"Linux X64"',
    '"-x"',
    '"x-"',
    '"a\\nb"',
    '"a\\n"',
    '""',
    '"{a}"',
    '"a\\\\b"',
    '" a"',
    "x".repeat(46),
  ])("is refused: %s", (label) => {
    expect(refusals(sets(set("a", label)))).toEqual([["invalid-setting", 3, "extra_runner_sets.a.runner_label"]]);
  });

  it.each(['"true"', '"2024"', "ubuntu-22.04", "x".repeat(45)])("is fine: %s", (label) => {
    expect(refusals(sets(set("a", label)))).toEqual([]);
  });
});

describe("other rules of runner sets", () => {
  it.each([
    ["settings-disagree", 2, "nix_runner_name", "nix_runner_name: arc-controller"],
    ["settings-disagree", 3, "extra_runner_sets.arc-controller", sets(set("arc-controller", "a"))],
    ["double-setting", 3, "deploy_arc_controller", "install_controller: false\ndeploy_arc_controller: false"],
    ["invalid-setting", 2, "deploy_arc_controller", "deploy_arc_controller: maybe"],
    ["settings-disagree", 2, "runner_group_policy", "runner_group_policy: organization-restricted"],
    ["settings-disagree", 3, "runner_group", "runner_group_policy: organization-restricted\nrunner_group: Default"],
    ["invalid-setting", 2, "runner_group", 'runner_group: "a\\nb"'],
    ["invalid-setting", 2, "runner_group_policy", "runner_group_policy: open"],
    ["invalid-setting", 2, "nix_store_enabled", "nix_store_enabled: true"],
    ["invalid-setting", 2, "nix_store_prepopulate_enabled", "nix_store_prepopulate_enabled: true"],
    ["invalid-setting", 2, "nix_warm_pool_enabled", "nix_warm_pool_enabled: true"],
    ["invalid-setting", 2, "deploy_longhorn", "deploy_longhorn: true"],
    [
      "settings-disagree",
      2,
      "nix_ephemeral_storage_request",
      "nix_ephemeral_storage_request: 8Gi\nnix_ephemeral_storage_limit: 4Gi",
    ],
    ["settings-disagree", 2, "nix_work_volume_size", "nix_work_volume_size: 8Gi"],
    ["settings-disagree", 2, "attic_public_key", "attic_public_key: main:YQ=="],
    ["invalid-setting", 3, "attic_public_key", "attic_server: http://a\nattic_public_key: main"],
    ["invalid-setting", 2, "bazel_executor_endpoint", "bazel_executor_endpoint: http://h:1"],
    ["settings-disagree", 2, "nix_env_vars.0.name", "nix_env_vars: [{name: NIX_CONFIG, value: a}]"],
    ["settings-disagree", 4, "nix_env_vars.1.name", "nix_env_vars:\n- {name: A, value: a}\n- {name: A, value: b}"],
    ["invalid-setting", 2, "nix_env_vars.0.name", 'nix_env_vars: [{name: "A B", value: a}]'],
    ["invalid-setting", 2, "shared_runner_node_selector", 'shared_runner_node_selector: {"a b": c}'],
    ["invalid-setting", 2, "listener_node_selector.a", "listener_node_selector: {a: b c}"],
    ["unknown-setting", 2, "shared_runner_tolerations.0.kee", "shared_runner_tolerations: [{kee: a}]"],
    ["unknown-setting", 2, "shared_runner_affinity.node", "shared_runner_affinity: {node: {}}"],
  ])("%s, line %i, %s", (code, line, key, text) => {
    expect(refusals(text).map(([c, l, k]) => [c, l, String(k).replace(/\.a b$/, "")])).toEqual([[code, line, key]]);
  });

  it("take the controller's switch under both names", () => {
    expect(parse("deploy_arc_controller: false").parsed?.values.install_controller).toBe(false);
    expect(parse("install_controller: false").parsed?.values.install_controller).toBe(false);
    expect(parse("").parsed?.values.install_controller).toBe(true);
  });
});
