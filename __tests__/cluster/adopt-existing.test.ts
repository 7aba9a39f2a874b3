import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type Cluster, startCluster } from "../../lab/cluster/cluster";
import { startMinio } from "../../lab/s3/minio";
import { type S3Server } from "../../lab/s3/s3-server";
import { loadConfiguration } from "../../lib/config/load";
import { repositoryRoot } from "../../lib/root";
import { documentsOf } from "../../planning/manifests/documents";
import { manifestsOf, type PlannedManifest } from "../../planning/manifests/manifests";
import { preview } from "../../planning/preview/preview";
import { authorityFolder, fullAuthority, leastAuthority } from "../stacks/state-authority/configuration";
import { findEngine } from "../support/engines";
import { kubectl, letIn } from "./kubectl";

/** The authority's objects before a real API server, and its state made anew from what that has. */

let cluster: Cluster;
let minio: S3Server;

beforeAll(async () => {
  [cluster, minio] = await Promise.all([startCluster(), startMinio()]);
});

afterAll(async () => {
  await Promise.all([cluster.stop(), minio.stop()]);
});

const place = () => ({ endpoint: minio.endpoint, bucket: minio.bucket });
const folderOf = (settings: Readonly<Record<string, unknown>>) =>
  authorityFolder({ settings, cluster: { context: "lab", kubeconfig: cluster.kubeconfig }, state: { s3: place() } });

async function manifestsIn(folder: string): Promise<readonly PlannedManifest[]> {
  const configuration = loadConfiguration(folder);
  const stacks = configuration.stacks.filter(({ stack }) => stack === "state-authority");
  const engine = findEngine().path;
  const options = { configuration, stacks, engine, environment: process.env, priorStates: new Map() };
  const [planned] = (await preview({ ...options, progress: () => undefined })).stacks;
  return manifestsOf(JSON.parse(planned?.document ?? "{}")).manifests;
}

const strict = ["apply", "--validate=strict", "-f", "-"];
const ownNamespaces = /^Warning: resource namespaces\/\S+ is missing the .* annotation/;

test.each([
  ["the least", leastAuthority],
  ["everything", fullAuthority],
])("with %s, every object passes a strict dry run", async (_what, settings) => {
  const manifests = await manifestsIn(folderOf(settings));
  await letIn(cluster, manifests);
  const { code, out, errors } = await kubectl(cluster, [...strict, "--dry-run=server"], documentsOf(manifests));
  expect(errors.split("\n").filter((line) => line !== "" && !ownNamespaces.test(line))).toEqual([]);
  expect([code, out.trim().split("\n").length]).toEqual([0, manifests.length]);
});

test("what exists is found and imported, what does not is planned; a look that fails writes nothing", async () => {
  const folder = folderOf(leastAuthority);
  const file = join(folder, "organization.yaml");
  const before = readFileSync(file, "utf8");
  const manifests = await manifestsIn(folder);
  const adopt = async (more: NodeJS.ProcessEnv) => {
    const { PATH, HOME } = process.env;
    const args = [join(repositoryRoot, "bin/flywheel"), "adopt", "state-authority", "--from-cluster", "--json"];
    const env = { PATH, HOME, FLYWHEEL_CONFIG_DIR: folder, ...more };
    const child = spawn(process.execPath, args, { cwd: folder, env });
    const [out, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    return { code: Number(code), out, errors };
  };
  const wrong = await adopt({ ...minio.environment, AWS_SECRET_ACCESS_KEY: "wrong" });
  expect(wrong).toMatchObject({ code: 1, errors: expect.stringContaining("cannot be told") });
  expect(readFileSync(file, "utf8")).toBe(before);

  const some = manifests.filter(({ manifest }) =>
    ["Namespace", "ConfigMap", "Deployment"].includes(String(manifest["kind"])),
  );
  expect(await kubectl(cluster, strict, documentsOf(some))).toMatchObject({ code: 0 });
  const { code, out, errors } = await adopt(minio.environment);
  expect([code, code === 0 ? "" : errors]).toEqual([0, ""]);
  const result = JSON.parse(out) as { found: readonly { address: string; id: string }[]; plan: object };
  expect(result.found).toEqual([
    { address: "aws_s3_bucket.bucket", id: minio.bucket },
    { address: "aws_s3_bucket_versioning.bucket_versioning", id: minio.bucket },
    { address: "kubernetes_config_map.configuration", id: "state-authority/flywheel-state-config" },
    { address: "kubernetes_deployment.server", id: "state-authority/flywheel-state" },
    { address: "kubernetes_namespace.namespace", id: "state-authority" },
  ]);
  expect(result.plan).toEqual({ import: 5, add: manifests.length - 3 });
  const again = loadConfiguration(folder).organization.state.import["state-authority"];
  expect(again).toEqual(Object.fromEntries(result.found.map(({ address, id }) => [address, id])));
});
