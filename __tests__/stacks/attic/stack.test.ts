import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { loadConfiguration } from "../../../lib/config/load";
import { totalStorage } from "../../../lib/constructs/minio-tenant";
import { synthesize } from "../../../stacks/synth";

const resource = z.looseObject({ lifecycle: z.looseObject({ prevent_destroy: z.boolean().optional() }).optional() });
const stackJson = z.looseObject({
  resource: z.record(z.string(), z.record(z.string(), resource)),
  output: z.record(z.string(), z.looseObject({ value: z.unknown(), sensitive: z.boolean().optional() })),
  variable: z.record(z.string(), z.looseObject({ sensitive: z.boolean().optional() })),
  moved: z.array(z.strictObject({ from: z.string(), to: z.string() })),
});

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "attic-stack-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The JSON of attic in dev.example.org with these settings, as text and as data. */
function synth(...settings: string[]) {
  mkdirSync(join(folder, "environments", "dev"), { recursive: true });
  writeFileSync(
    join(folder, "organization.yaml"),
    "organization: {name: test}\nclusters: [{name: dev, role: development, domain: dev.example.org, context: honey}]\n",
  );
  writeFileSync(join(folder, "environments", "dev", "attic.yaml"), settings.join("\n"));
  const configuration = loadConfiguration(folder);
  synthesize({ configuration, stacks: configuration.stacks, contracts: new Map(), folder: join(folder, "out") });
  const text = readFileSync(join(folder, "out", "stacks", "attic", "cdk.tf.json"), "utf8");
  return { text, json: stackJson.parse(JSON.parse(text)) };
}

const everything = [
  ...[
    "use_minio: true",
    "enable_bazel_cache: true",
    "bazel_cache_enable_ingress: true",
    "pg_enable_network_policy: true",
    "enable_cache_warming: true",
  ],
  ...[
    "dns_provider: dreamhost",
    "domain: example.org",
    "load_balancer_ip: 203.0.113.10",
    "secrets: [ghcr_token, dreamhost_api_key]",
  ],
];

describe("the attic stack", () => {
  it("protects all that holds data, and nothing else", () => {
    const { json } = synth(...everything);
    const protectedOnes = Object.entries(json.resource).flatMap(([type, resources]) =>
      Object.entries(resources).flatMap(([name, { lifecycle }]) =>
        lifecycle?.prevent_destroy === true ? [`${type}.${name}`] : [],
      ),
    );
    expect(protectedOnes.sort()).toEqual([
      "kubectl_manifest.database",
      "kubectl_manifest.object_store_tenant",
      "kubernetes_namespace.namespace",
      "random_password.database_password",
      "random_password.jwt_signing_key",
      "random_password.object_store_credentials_password",
    ]);
  });

  it("moves every resource from exactly one former address", () => {
    const { json } = synth(...everything);
    const addresses = Object.entries(json.resource).flatMap(([type, resources]) =>
      Object.keys(resources).map((name) => `${type}.${name}`),
    );
    expect(json.moved.map(({ to }) => to).sort()).toEqual(addresses.sort());
    expect(new Set(json.moved.map(({ from }) => from)).size).toBe(addresses.length);
  });

  it("gives both ingresses a host where none is set", () => {
    const { json } = synth(...everything);
    expect(JSON.stringify(json.resource["kubernetes_ingress_v1"]?.["api_ingress"])).toContain(
      '"host":"nix-cache.dev.example.org"',
    );
    expect(JSON.stringify(json.resource["kubernetes_ingress_v1"]?.["bazel_cache_ingress"])).toContain(
      '"host":"bazel-cache.dev.example.org"',
    );
    expect(json.output["ingress_url"]?.value).toBe("https://nix-cache.dev.example.org");
  });

  it("says where backups go: with MinIO to pg-backup, whatever is set", () => {
    expect(synth("use_minio: true", "pg_backup_bucket_name: other").json.output["pg_backup_bucket"]?.value).toBe(
      "pg-backup",
    );
    const external = [
      "secrets: [s3_access_key_id, s3_secret_access_key]",
      "s3_endpoint: https://s3.example.org",
      "s3_bucket_name: nix",
    ];
    expect(synth(...external).json.output["pg_backup_bucket"]?.value).toBe("nix-pg-backup");
    expect(synth(...external, "pg_enable_backup: false").json.output["pg_backup_bucket"]?.value).toBe("N/A");
  });

  it("declares every listed secret, needed or not, and marks outputs that hold one", () => {
    const { json } = synth("use_minio: true", "secrets: [database_url, s3_access_key_id]");
    for (const name of ["database_url", "s3_access_key_id"])
      expect(json.variable[name]).toMatchObject({ sensitive: true });
    expect(Object.keys(json.output).filter((name) => json.output[name]?.sensitive === true)).toEqual([
      "jwt_signing_secret_base64",
      "pg_database_url",
    ]);
  });

  it("keeps texts of operators literal", () => {
    const { text } = synth("use_minio: true", "cert_manager_issuer: '${var.k8s_config_path} %{ if true }'");
    expect(text).toContain("$${var.k8s_config_path} %%{ if true }");
  });

  it("is the same bytes each time", () => {
    expect(synth(...everything).text).toBe(synth(...everything).text);
  });
});

describe("what MinIO's volumes hold together", () => {
  it.each([
    ["50Gi", true, "800Gi"],
    ["1Ti", true, "16Ti"],
    ["0.5Ti", true, "8Ti"],
    ["100G", true, "1600G"],
    ["1e9", true, "16e9"],
    ["1Ti", false, "1Ti"],
  ])("is for %s, distributed %s, %s", (size, distributed, total) => {
    expect(totalStorage(size, distributed)).toBe(total);
  });
});
