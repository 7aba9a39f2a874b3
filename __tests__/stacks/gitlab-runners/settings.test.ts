import { parseSettings } from "../../../lib/config/settings";
import { parseSource } from "../../../lib/config/source";
import { gitlabRunnersSettings } from "../../../lib/config/stacks/gitlab-runners";

const file = "config/environments/dev/gitlab-runners.yaml";
const secrets = "secrets: [nix_runner_token, docker_runner_token]";

const parse = (text: string) => parseSettings(gitlabRunnersSettings, "gitlab-runners", parseSource(file, text).source);

/** The problems of a file whose first line lists the secrets and whose second is `line`, by code, line and key. */
const refusals = (...lines: string[]) =>
  parse([secrets, ...lines].join("\n")).problems.map(({ code, line, key }) => [code, line, key]);

describe("settings of gitlab-runners", () => {
  it("are complete with the tokens alone", () => {
    const { parsed, problems } = parse(secrets);
    expect(problems).toEqual([]);
    expect(parsed?.values).toMatchObject({
      namespace: "gitlab-runners",
      nix_runner_name: "nix-runner",
      nix_hpa_max_replicas: 5,
      enable_pdb: false,
      enable_monitoring: false,
    });
  });

  it.each([
    ["invalid-setting", "nix_concurrent_jobs", "nix_concurrent_jobs: many"],
    ["invalid-setting", "nix_concurrent_jobs", "nix_concurrent_jobs: 1.5"],
    ["invalid-setting", "namespace", "namespace: Bad_Name"],
    ["invalid-setting", "nix_runner_name", "nix_runner_name: Nix Runner"],
    ["invalid-setting", "nix_runner_name", "nix_runner_name: nix.runner"],
    ["invalid-setting", "nix_runner_name", `nix_runner_name: ${"n".repeat(54)}`],
    ["invalid-setting", "nix_runner_name", 'nix_runner_name: "42"'],
    ["invalid-setting", "nix_runner_name", 'nix_runner_name: "null"'],
    ["invalid-setting", "gitlab_url", "gitlab_url: not a url"],
    ["invalid-setting", "gitlab_url", "gitlab_url: https://gitlab.com,rbac.clusterWideAccess=true"],
    ["invalid-setting", "manager_cpu_limit", "manager_cpu_limit: abc"],
    ["invalid-setting", "nix_job_memory_limit", "nix_job_memory_limit: 8GB"],
    ["invalid-setting", "attic_server", `attic_server: 'has "quotes"'`],
    ["invalid-setting", "attic_cache", "attic_cache: 'main{{ .Values.runnerToken }}'"],
    ["invalid-setting", "nix_hpa_max_replicas", "nix_hpa_max_replicas: 0"],
    ["invalid-setting", "nix_hpa_min_replicas", "nix_hpa_min_replicas: 0"],
    ["invalid-setting", "kubectl_image", 'kubectl_image: ""'],
    ["invalid-setting", "job_priority_class_name", "job_priority_class_name: Not_A_Name"],
    ["invalid-setting", "monitoring_labels.release", `monitoring_labels: {release: ${"r".repeat(64)}}`],
    ["settings-disagree", "nix_hpa_max_replicas", "nix_hpa_min_replicas: 9"],
    ["settings-disagree", "dind_hpa_max_replicas", "dind_hpa_max_replicas: 1\ndind_hpa_min_replicas: 2"],
    ["settings-disagree", "docker_job_cpu_request", "docker_job_cpu_request: '3'"],
    ["settings-disagree", "nix_job_memory_request", "nix_job_memory_request: 9Gi"],
    ["settings-disagree", "manager_memory_request", "manager_memory_request: 1Gi"],
    ["settings-disagree", "docker_runner_name", "docker_runner_name: nix-runner"],
    ["settings-disagree", "nix_runner_name", "nix_runner_name: runner-cleanup\nenable_runner_cleanup: true"],
    ["secret-in-file", "ghcr_token", "ghcr_token: ghp_fake"],
    ["secret-in-file", "nix_runner_token", "nix_runner_token: ''"],
    ["setting-elsewhere", "cluster_context", "cluster_context: honey"],
    ["unknown-setting", "deploy_k8s_runner", "deploy_k8s_runner: true"],
    ["unknown-setting", "k8s_concurrent_jobs", "k8s_concurrent_jobs: 4"],
    ["unknown-setting", "nix_cpu_request", "nix_cpu_request: 100m"],
    ["unknown-setting", "nix_memory_request", "nix_memory_request: 128Mi"],
  ])("are refused: %s at %s, for `%s`", (code, key, line) => {
    // Where the rule speaks of a key that the file does not have, it points at the file's beginning.
    const at = line.includes(`${key.split(".")[0] ?? ""}:`) ? 2 : 1;
    expect(refusals(line)).toEqual([[code, at, key]]);
  });

  it.each([
    ["docker_runner_token", "secrets: [nix_runner_token]"],
    ["dind_runner_token", `deploy_dind_runner: true\n${secrets}`],
  ])("are refused where a runner is deployed without its %s", (token, text) => {
    const { problems } = parse(text);
    expect(problems).toMatchObject([
      {
        code: "settings-disagree",
        key: "secrets",
        line: text.split("\n").findIndex((line) => line.startsWith("secrets")) + 1,
      },
    ]);
    expect(problems[0]?.remedy).toContain(`TF_VAR_${token}`);
  });

  it("are refused without the nix runner's token, which is always deployed", () => {
    expect(parse("secrets: [docker_runner_token]").problems).toMatchObject([
      { code: "missing-secret", key: "secrets", line: 1 },
    ]);
  });

  it("are refused where a registry token has no user", () => {
    const { problems } = parse("namespace: ci\nsecrets: [nix_runner_token, docker_runner_token, ghcr_token]");
    expect(problems).toMatchObject([{ code: "settings-disagree", key: "ghcr_username" }]);
  });

  it("let names meet that no two objects have", () => {
    // No dind runner is deployed, and no cleanup job.
    expect(refusals("dind_runner_name: nix-runner", "docker_runner_name: runner-cleanup")).toEqual([]);
  });

  it("take a runner that rests: no concurrent jobs", () => {
    expect(refusals("nix_concurrent_jobs: 0")).toEqual([]);
  });
});
