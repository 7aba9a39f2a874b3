import { readFileSync } from "node:fs";
import { join } from "node:path";
import { resolveContracts } from "../../../lib/backend/resolve";
import { loadConfiguration } from "../../../lib/config/load";
import { isRecord } from "../../../lib/config/kind";
import { writeImports } from "../../../lib/config/import-file";
import { type Problem } from "../../../lib/errors";
import { repositoryRoot } from "../../../lib/root";
import { synthesize } from "../../../stacks/synth";
import { problemsIn, problemsOf, temporaryFolder } from "../../lib/config/support";
import { authorityFolder, fullAuthority, leastAuthority } from "./configuration";

/** What the settings of the authority make, and which it refuses. */

type Document = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

async function synthesized(folder: string): Promise<Document> {
  const configuration = loadConfiguration(folder);
  const stacks = configuration.stacks;
  const out = temporaryFolder();
  synthesize({ configuration, stacks, contracts: await resolveContracts(configuration, stacks, {}), folder: out });
  return JSON.parse(readFileSync(join(out, "stacks", "state-authority", "cdk.tf.json"), "utf8")) as Document; // ours
}

const refusal = (folder: string): Promise<readonly Problem[]> =>
  synthesized(folder).then(
    () => [],
    (error: unknown) => problemsOf(folder, error),
  );

const addresses = ({ resource = {} }: Document) =>
  Object.entries(resource).flatMap(([type, named]) => Object.keys(named).map((name) => `${type}.${name}`));

/** What stands at a path in the synthesized JSON. */
const at = (document: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (inner, key) => (isRecord(inner) || Array.isArray(inner) ? (Reflect.get(inner, key) as unknown) : undefined),
    document,
  );

describe("the stack", () => {
  it("has these resources with the least settings", async () => {
    expect(addresses(await synthesized(authorityFolder())).sort()).toMatchSnapshot();
  });

  it("has these with every switch on, and these values", async () => {
    const document = await synthesized(authorityFolder({ settings: fullAuthority }));
    expect(addresses(document).sort()).toMatchSnapshot();
    expect(document["resource"]?.["kubernetes_deployment"]).toMatchSnapshot();
    expect(document["resource"]?.["kubernetes_network_policy"]).toMatchSnapshot();
    expect(document["provider"]).toMatchSnapshot();
  });

  it("keeps what holds data: bucket, versions, volume, namespace", async () => {
    const { resource = {} } = await synthesized(authorityFolder({ settings: fullAuthority }));
    const kept = Object.entries(resource).flatMap(([type, named]) =>
      Object.entries(named).flatMap(([name, values]) =>
        at(values, "lifecycle", "prevent_destroy") === true ? [`${type}.${name}`] : [],
      ),
    );
    expect(kept.sort()).toEqual([
      "aws_s3_bucket.bucket",
      "aws_s3_bucket_versioning.bucket_versioning",
      "kubernetes_namespace.namespace",
      "kubernetes_persistent_volume_claim.store_claim",
    ]);
  });

  it("has no secret in it, and makes none", async () => {
    const document = await synthesized(authorityFolder({ settings: fullAuthority }));
    expect(addresses(document).filter((address) => address.startsWith("kubernetes_secret"))).toEqual([]);
    expect(document["variable"]).toEqual({ k8s_config_path: expect.anything() });
  });

  it("gives pods the configuration folder as it stands, braces and all", async () => {
    const files = {
      "environments/dev/gitlab-runners.yaml":
        "# ${not.an.expression} %{ if }\ndeploy_docker_runner: false\nsecrets: [nix_runner_token]\n",
    };
    const folder = authorityFolder({ files });
    const data = at(await synthesized(folder), "resource", "kubernetes_config_map", "configuration", "data");
    expect(at(data, "environments.-.dev.-.gitlab-runners.yaml")).toContain("$${not.an.expression} %%{ if }");
    expect(at(data, "organization.yaml")).toBe(readFileSync(join(folder, "organization.yaml"), "utf8"));
    const items = at(
      await synthesized(folder),
      ...[
        "resource",
        "kubernetes_deployment",
        "server",
        "spec",
        "template",
        "spec",
        "volume",
        0,
        "config_map",
        "items",
      ],
    );
    expect(items).toContainEqual({
      key: "environments.-.dev.-.gitlab-runners.yaml",
      path: "environments/dev/gitlab-runners.yaml",
    });
  });

  it("gives pods the same configuration where something is to be imported: what exists was made without", async () => {
    const folder = authorityFolder();
    const data = ["resource", "kubernetes_config_map", "configuration", "data"];
    const before = await synthesized(folder);
    const { organization } = loadConfiguration(folder);
    writeImports(organization, "state-authority", { "aws_s3_bucket.bucket": "tofu-state" });
    const after = await synthesized(folder);
    expect(after["import"]).toEqual([{ to: "aws_s3_bucket.bucket", id: "tofu-state" }]);
    expect(at(after, ...data)).toEqual(at(before, ...data));
  });

  it("refuses to import what it has not", async () => {
    const folder = authorityFolder({ state: { import: { "state-authority": { "aws_s3_bucket.other": "x" } } } });
    expect(await refusal(folder)).toMatchObject([{ code: "unknown-address", key: "state.import.state-authority" }]);
  });

  it("makes jobs of the states that a flag moves, and of no other", async () => {
    const document = await synthesized(authorityFolder({ settings: fullAuthority }));
    const args = (job: string) =>
      at(
        document["resource"]?.["kubernetes_cron_job_v1"]?.[job],
        ...["spec", "job_template", "spec", "template", "spec", "container", 0, "args"],
      );
    expect([args("jobs_backup"), args("jobs_check"), args("jobs_drill")]).toEqual([
      ["backup", "arc-runners"],
      ["check", "--deep", "arc-runners"],
      ["restore-drill", "--identity", "/etc/flywheel/identity/identity"],
    ]);
  });
});

it("the example for a new authority is one", async () => {
  const settings = readFileSync(join(repositoryRoot, "examples/state-authority.yaml"), "utf8");
  const folder = authorityFolder({ files: { "environments/dev/state-authority.yaml": settings } });
  expect(addresses(await synthesized(folder))).toContain("kubernetes_deployment.store");
});

describe("settings are refused", () => {
  const settings = (more: object) => authorityFolder({ settings: { ...leastAuthority, ...more } });

  it.each([
    ["image", { image: "ghcr.io/acme/flywheel:1" }],
    ["host", { exposure: "tailnet" }],
    ["host", { host: "state.example.org" }],
    ["rustfs_image", { object_store: "rustfs" }],
    ["pull_request_namespaces", { pull_request_namespaces: ["a"], store_client_namespaces: ["a"] }],
    ["pull_request_namespaces", { pull_request_namespaces: ["state-authority"] }],
    ["drill_identity_secret_name", { drill_schedule: "1 2 * * *" }],
    ["backup_schedule", { backup_schedule: "every hour" }],
    ["capabilities.acl", { capabilities: { acl: true } }],
    ["memory_request", { memory_request: "2Gi" }],
    ["backup_claim_name", { ...fullAuthority, backup_claim_name: "tofu-state-rustfs-data" }],
  ])("at %s: %j", (key, more) => {
    expect(problemsIn(settings(more))).toEqual([expect.objectContaining({ key })]);
  });
});

describe("what would make it less than an authority is refused", () => {
  const target = (endpoint: string) => ({
    backup: { target: { endpoint, bucket: "backups" }, recipients: recipients() },
  });
  const recipients = () => ["age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"];

  it.each([
    ["no-bucket-to-make", leastAuthority, { s3: undefined }],
    ["state-in-itself", { ...leastAuthority, namespace: "flywheel-bootstrap" }, {}],
    ["job-without-target", { ...leastAuthority, backup_schedule: "1 * * * *" }, { backup: undefined }],
    [
      "job-without-target",
      { ...leastAuthority, backup_schedule: "1 * * * *" },
      { backup: { target: { directory: "/backup" }, recipients: recipients() } },
    ],
    ["backup-on-same-store", leastAuthority, target("http://tofu-state-rustfs.state-authority.svc:9000/")],
    [
      "backup-on-same-store",
      leastAuthority,
      {
        s3: { endpoint: "https://s3.example.org", bucket: "tofu-state", service: "cache/store:9000" },
        ...target("http://store.cache.svc.cluster.local:9000"),
      },
    ],
    [
      "backup-on-same-store",
      { ...fullAuthority, rustfs_service_name: "s3" },
      {
        s3: { endpoint: "https://s3.example.org", bucket: "tofu-state" },
        ...target("http://s3.state-authority.svc:9000"),
      },
    ],
  ])("%s", async (code, settings, state) => {
    expect(await refusal(authorityFolder({ settings, state }))).toMatchObject([{ code }]);
  });
});
