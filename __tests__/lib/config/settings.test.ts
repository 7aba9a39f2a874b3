import { configFolder, leastSettings, organization, problemsIn } from "./support";

const arc = "environments/dev/arc-runners.yaml";
const dashboard = "environments/dev/runner-dashboard.yaml";

const inArc = (text: string) => problemsIn(configFolder({ "organization.yaml": organization(), [arc]: text }));
const inDashboard = (text: string) =>
  problemsIn(configFolder({ "organization.yaml": organization(), [dashboard]: text }));
const least = leastSettings["arc-runners"] ?? "";

describe("a settings file", () => {
  it("that says the least is complete", () => {
    expect(inArc(least)).toEqual([]);
  });

  it.each([
    ["unknown-setting", "nix_max_runner", 2, "nix_max_runner: 3", 'did you mean "nix_max_runners"?'],
    ["unknown-setting", "secret", 2, "secret: [ghcr_token]", 'did you mean "secrets"?'],
    ["unknown-setting", "zzzzzzzzzzzz", 2, "zzzzzzzzzzzz: 3", /settings$/],
    ["unknown-setting", "constructor", 2, "constructor: 3", "arc-runners settings"],
    ["unknown-setting", "<<", 2, "<<: {a: 1}", "arc-runners settings"],
    [
      "unknown-setting",
      "extra_runner_sets.linux.max_runner",
      5,
      "extra_runner_sets:\n  linux:\n    runner_label: linux\n    max_runner: 3\n    github_config_url: https://github.com/a",
      'did you mean "max_runners"?',
    ],
    [
      "missing-setting",
      "extra_runner_sets.linux.runner_label",
      3,
      "extra_runner_sets:\n  linux: {github_config_url: https://github.com/a}",
      "a text",
    ],
    ["invalid-setting", "nix_max_runners", 2, "nix_max_runners: many", "a number"],
    ["invalid-setting", "nix_max_runners", 2, "nix_max_runners: 1.5", "a whole number"],
    ["invalid-setting", "nix_max_runners", 2, "nix_max_runners:", "a number"],
    ["invalid-setting", "install_controller", 2, 'install_controller: "yes"', "true or false"],
    ["invalid-setting", "nix_cpu_limit", 2, "nix_cpu_limit: 4", 'write it in quotes, "4"'],
    ["invalid-setting", "nix_memory_limit", 2, "nix_memory_limit: 8GB", "8Gi"],
    ["invalid-setting", "runner_namespace", 2, "runner_namespace: Bad_Name", "DNS label"],
    ["invalid-setting", "extra_runner_sets", 2, "extra_runner_sets: [linux]", "a mapping"],
    [
      "invalid-setting",
      "extra_runner_sets.linux.runner_type",
      3,
      "extra_runner_sets:\n  linux: {runner_label: l, github_config_url: https://github.com/a, runner_type: dockr}",
      'did you mean "docker"?',
    ],
    [
      "invalid-setting",
      "extra_runner_sets.linux.runner_image",
      3,
      "extra_runner_sets:\n  linux: {runner_label: l, github_config_url: https://github.com/a, runner_image: 'a b'}",
      "an image reference",
    ],
    ["settings-disagree", "nix_max_runners", 3, "nix_min_runners: 4\nnix_max_runners: 3", "at least 4"],
    ["setting-elsewhere", "cluster_context", 2, "cluster_context: honey", "context` in organization.yaml"],
    ["setting-elsewhere", "ingress_domain", 2, "ingress_domain: example.org", "domain` in organization.yaml"],
    ["setting-elsewhere", "k8s_config_path", 2, "k8s_config_path: ~/.kube/config", "kubeconfig` in organization.yaml"],
    ["secret-in-file", "ghcr_token", 2, "ghcr_token: ghp_canary", "TF_VAR_ghcr_token"],
    ["unknown-secret", "secrets.0", 2, "secrets: [ghcr_tokn]", 'did you mean "ghcr_token"?'],
    ["unknown-secret", "secrets.0", 2, "secrets: [constructor]", "secrets of arc-runners"],
    ["double-secret", "secrets.1", 3, "ghcr_username: bot\nsecrets: [ghcr_token, ghcr_token]", "each secret once"],
    ["wrong-type", "secrets", 2, "secrets: {ghcr_token: ghp_canary}", "a list"],
  ])("is refused: %s at %s, line %i", (code, key, line, text, expected) => {
    const problems = inArc(`${least}${text}\n`);
    expect(problems).toMatchObject([{ code, file: arc, key, line }]);
    expect(problems[0]?.expected).toMatch(expected);
    expect(JSON.stringify(problems)).not.toContain("ghp_canary");
  });

  it.each([
    ["yaml-syntax", 2, 'attic_cache: "main" more\n'],
    ["yaml-syntax", 3, "nix_max_runners: 1\nnix_max_runners: 2\n"],
    ["yaml-syntax", 2, "attic_cache: *main\n"],
    ["yaml-syntax", 2, "attic_cache: !vault main\n"],
    ["yaml-syntax", 2, "---\nattic_cache: main\n"],
    ["yaml-syntax", 2, "<<<<<<< HEAD\n"],
  ])("is refused where it is no plain YAML: %s at line %i for %j", (code, line, text) => {
    expect(inArc(`${least}${text}`)).toContainEqual(expect.objectContaining({ code, file: arc, line }));
  });

  it.each(["nix_max_runners", '"nix_max_runners"'])("names the key that is set twice: %s", (key) => {
    expect(inArc(`${least}nix_max_runners: 1\n${key}: 2\n`)).toMatchObject([
      { line: 3, what: `${key} is set a second time` },
    ]);
  });

  it("with aliases without end is refused, not expanded", () => {
    const bomb = [
      "a: &a [x, x, x, x, x, x, x, x, x, x]",
      ...[..."bcdefg"].map((name, index) => `${name}: &${name} [${`*${"abcdef"[index] ?? ""}, `.repeat(10)}]`),
    ].join("\n");
    expect(inArc(bomb)).toMatchObject([{ code: "yaml-syntax", file: arc }]);
  });

  it("may use anchors", () => {
    expect(inArc(`${least}nix_cpu_limit: &cpu "2"\ndocker_cpu_limit: *cpu\n`)).toEqual([]);
  });

  it.each(["- a list", "a text", "42"])("is refused where it is no mapping: %s", (text) => {
    expect(inArc(text)).toMatchObject([
      { code: "wrong-type", file: arc, line: 1, expected: expect.stringContaining("a mapping") },
    ]);
  });

  it("that is empty lacks what has no default, each at its own key", () => {
    const problems = inDashboard("# nothing yet\n");
    expect(problems.map(({ code, key, line }) => [code, key, line])).toEqual([
      ["missing-secret", "secrets", 1],
      ["missing-secret", "secrets", 1],
      ["missing-secret", "secrets", 1],
      ["missing-setting", "image", 1],
      ["missing-setting", "gitlab_oauth_redirect_uri", 1],
      ["missing-setting", "ingress_host", 1],
    ]);
    expect(problems.at(-1)).toMatchObject({ expected: "a text", remedy: expect.stringContaining("ingress_host: ...") });
  });

  it("that cannot be read is a problem, not a crash", () => {
    const folder = configFolder({ "organization.yaml": organization(), "environments/dev/arc-runners.yaml/oops": "" });
    expect(problemsIn(folder)).toMatchObject([{ code: "misplaced-file", file: arc }]);
  });
});
