import { parseSettings } from "../../../lib/config/settings";
import { parseSource } from "../../../lib/config/source";
import { atticSettings } from "../../../lib/config/stacks/attic";

const file = "config/environments/dev/attic.yaml";
const external = [
  "secrets: [s3_access_key_id, s3_secret_access_key]",
  "s3_endpoint: https://s3.example.org",
  "s3_bucket_name: nix-cache",
];
const own = ["use_minio: true", "secrets: [ghcr_token]", "# MinIO"];

const parse = (lines: readonly string[]) =>
  parseSettings(atticSettings, "attic", parseSource(file, lines.join("\n")).source);

/** The problems of a sound file of three lines with `lines` after it, by code, line and key. */
const refusals = (base: readonly string[], ...lines: string[]) =>
  parse([...base, ...lines]).problems.map(({ code, line, key }) => [code, line, key]);

describe("settings of attic", () => {
  it("are complete with an object store alone", () => {
    expect(parse(external).problems).toEqual([]);
    expect(parse(["use_minio: true"]).parsed?.values).toMatchObject({
      namespace: "nix-cache",
      pg_instances: 3,
      minio_bucket_name: "attic",
      ingress_host: "",
    });
  });

  it.each([
    ["namespace", "Bad_Name"],
    ["namespace", "n".repeat(58)],
    ["environment", "prod"],
    ["environment", '""'],
    ["pg_instances", "0"],
    ["pg_instances", "11"],
    ["pg_instances", "three"],
    ["pg_instances", "1.5"],
    ["pg_max_connections", "9"],
    ["pg_max_connections", "10001"],
    ["pg_backup_max_size_gb", "499"],
    ["pg_backup_retention", "forever"],
    ["pg_backup_schedule", "daily"],
    ["pg_backup_schedule", "0 0 * *"],
    ["pg_shared_buffers", "lots"],
    ["pg_storage_size", "abc"],
    ["compression_type", "gzip"],
    ["compression_level", "0"],
    ["compression_level", "23"],
    ["gc_interval", "soon"],
    ["gc_retention_period", "3 moons"],
    ["api_cpu_request", "abc"],
    ["api_min_replicas", "0"],
    ["api_max_replicas", "0"],
    ["api_cpu_target_percent", "-1"],
    ["api_cpu_target_percent", "101"],
    ["api_memory_target_percent", "-1"],
    ["api_memory_target_percent", "101"],
    ["s3_endpoint", "s3.example.org"],
    ["enable_ingress", "maybe"],
    ["ingress_host", "Not A Host"],
    ["dns_provider", "none"],
    ["dns_provider", "cloudflare"],
    ["load_balancer_ip", "2001:db8::1"],
    ["minio_bucket_name", "No"],
    ["minio_volume_size", "big"],
    ["bazel_cache_max_size_gb", "0"],
    ["bazel_cache_min_replicas", "0"],
    ["bazel_cache_max_replicas", "0"],
    ["attic_image", '""'],
  ])("refuse a value that no cluster takes: %s: %s", (key, value) => {
    const base = key === "s3_endpoint" ? own : external;
    expect(refusals(base, `${key}: ${value}`)).toEqual([["invalid-setting", 4, key]]);
  });

  it.each([
    ["api_max_replicas", external, ["api_max_replicas: 2", "api_min_replicas: 5"]],
    ["bazel_cache_max_replicas", own, ["bazel_cache_max_replicas: 1", "bazel_cache_min_replicas: 2"]],
    ["api_cpu_request", external, ['api_cpu_request: "2"']],
    ["gc_memory_request", external, ["gc_memory_request: 1Gi"]],
    ["pg_memory_request", external, ["pg_memory_request: 2Gi"]],
    ["minio_cpu_request", own, ["minio_cpu_request: 600m"]],
    ["bazel_cache_memory_request", own, ["bazel_cache_memory_request: 2Gi"]],
    ["use_cnpg_postgres", external, ["use_cnpg_postgres: false"]],
    ["enable_bazel_cache", external, ["enable_bazel_cache: true"]],
    ["minio_bucket_name", own, ["minio_bucket_name: pg-backup"]],
    ["bazel_cache_bucket", own, ["bazel_cache_bucket: attic", "enable_bazel_cache: true"]],
    ["domain", external, ['domain: ""', "dns_provider: dreamhost"]],
    ["dns_provider", external, ["dns_provider: dreamhost", "domain: example.org"]],
    ["namespace", own, [`namespace: ${"n".repeat(52)}`, "enable_bazel_cache: true"]],
    ["ghcr_username", own, ['ghcr_username: ""']],
  ])("refuse what does not go together, at %s", (key, base, lines) => {
    expect(refusals(base, ...lines)).toEqual([["settings-disagree", 4, key]]);
  });

  it.each(["s3_endpoint", "s3_bucket_name"])("refuse an object store elsewhere without %s", (key) => {
    const base = external.map((line) => (line.startsWith(key) ? `${key}: ""` : line));
    expect(refusals(base)).toEqual([["settings-disagree", base.indexOf(`${key}: ""`) + 1, key]]);
  });

  it.each(["s3_access_key_id", "s3_secret_access_key"])("refuse an object store elsewhere without %s", (name) => {
    const [secrets = "", ...rest] = external;
    const others = secrets.replace(name, "ghcr_token");
    expect(refusals([others, ...rest])).toEqual([["settings-disagree", 1, "secrets"]]);
  });

  it.each(["database_url: postgresql://u:p@h/d", "minio_root_user: admin", "dreamhost_api_key: K"])(
    "refuse a secret in the file: %s",
    (line) => {
      expect(refusals(external, line)).toEqual([["secret-in-file", 4, line.split(":")[0]]]);
    },
  );

  it.each(["cluster_context", "ingress_domain", "k8s_config_path"])(
    "refuse %s, which organization.yaml decides",
    (key) => {
      expect(refusals(external, `${key}: x`)).toEqual([["setting-elsewhere", 4, key]]);
    },
  );

  it.each([
    ["percentages of 0", ["api_cpu_target_percent: 0", "api_memory_target_percent: 0"]],
    ["settings that nothing reads", ["environment: staging", "deploy_version: v1", "pg_backup_max_size_gb: 600"]],
    ["a schedule with seconds", ['pg_backup_schedule: "0 15 2 * * *"']],
    ["a schedule by name", ['pg_backup_schedule: "@daily"']],
    ["objects that stay for ever", ["minio_nar_retention_days: 0", "minio_chunk_retention_days: 0"]],
    [
      "a volume of 1Ti in distributed mode",
      ["use_minio: true", "minio_distributed_mode: true", "minio_volume_size: 1Ti"],
    ],
  ])("accept %s", (_what, lines) => {
    expect(parse([...external, ...lines]).problems).toEqual([]);
  });
});

describe("the database's address", () => {
  const { validation, placeholder } = atticSettings.secrets["database_url"] ?? {};

  it("is checked by the engine, and a preview's stands the check", () => {
    expect(validation?.condition("var.x")).toBe(
      'can(regex("^postgresql://", var.x)) && !can(regex("placeholder", var.x))',
    );
    expect(placeholder).toMatch(/^postgresql:\/\//);
    expect(placeholder).not.toContain("placeholder");
  });
});
