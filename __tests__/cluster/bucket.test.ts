import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startMinio } from "../../lab/s3/minio";
import { startMoto } from "../../lab/s3/moto";
import { type S3Server } from "../../lab/s3/s3-server";
import { isRecord } from "../../lib/config/kind";
import { loadConfiguration } from "../../lib/config/load";
import { runEngine } from "../../lib/engine/run";
import { synthesize } from "../../stacks/synth";
import { temporaryFolder } from "../lib/config/support";
import { authorityFolder, leastAuthority } from "../stacks/state-authority/configuration";
import { findEngines } from "../support/engines";

/**
 * The bucket part of the authority, by the real aws provider, against two servers. Other providers cannot be had without a registry: what
 * is theirs is cut away here, and judged by the API server (manifests.test.ts).
 */

/** Where a machine keeps providers for engines without a registry: unpacked, by host, name, version and platform. */
const mirror = process.env["FLYWHEEL_PROVIDER_MIRROR"] ?? "/opt/tf-plugins";
const hosts = existsSync(mirror) ? readdirSync(mirror) : [];
const isThere = hosts.some((host) => existsSync(join(mirror, host, "hashicorp/aws")));
const terraform = findEngines().find(({ name }) => name === "terraform")?.path;
const canRun = isThere && terraform !== undefined;

const all = { policy: true, lifecycle: true, public_access_block: true };
const servers: readonly (readonly [string, () => Promise<S3Server>, object])[] = [
  // Lifecycle and public access are what it does not answer, or answers after minutes.
  ["MinIO", () => startMinio({ bucket: "other" }), { policy: true }],
  ["moto", () => startMoto({ bucket: "other" }), all],
];

if (!canRun)
  test.skip(`the aws provider is in no mirror of this machine (${mirror}; FLYWHEEL_PROVIDER_MIRROR), or terraform is not on PATH`, () =>
    undefined);
else
  describe.each(servers)("%s", (_name, startServer, capabilities) => {
    let server: S3Server;
    let folder: string;

    beforeAll(async () => {
      server = await startServer();
      folder = bucketOnly(server, capabilities);
    });

    afterAll(() => server.stop());

    const run = async (...args: readonly string[]) => {
      const env = {
        PATH: process.env["PATH"],
        HOME: folder,
        CHECKPOINT_DISABLE: "1",
        TF_CLI_CONFIG_FILE: join(folder, "mirror.tfrc"),
        ...server.environment,
      };
      return runEngine({ engine: terraform, folder, env, args: [...args, "-no-color"] });
    };

    test("is made as planned, and the second plan is empty", async () => {
      expect(await run("init", "-input=false")).toMatchObject({ exitCode: 0 });
      const applied = await run("apply", "-input=false", "-auto-approve");
      expect([applied.exitCode, applied.stderr]).toEqual([0, ""]);
      const { exitCode, stdout } = await run("plan", "-input=false", "-detailed-exitcode");
      expect([exitCode, /No changes/.test(stdout) ? "" : stdout]).toEqual([0, ""]);
    });
  });

/** A folder with what the stack synthesizes for this server, less what other providers make. */
function bucketOnly({ endpoint }: S3Server, capabilities: object): string {
  const state = { s3: { endpoint, bucket: "tofu-state" } };
  const configuration = loadConfiguration(authorityFolder({ settings: { ...leastAuthority, capabilities }, state }));
  const stacks = configuration.stacks.filter(({ stack }) => stack === "state-authority");
  const folder = temporaryFolder();
  synthesize({ configuration, stacks, contracts: new Map(), folder });
  const document: unknown = JSON.parse(readFileSync(join(folder, "stacks/state-authority/cdk.tf.json"), "utf8"));
  const only = (part: string, keep: RegExp) => {
    const found = isRecord(document) ? document[part] : undefined;
    return Object.fromEntries(Object.entries(isRecord(found) ? found : {}).filter(([name]) => keep.test(name)));
  };
  const aws = { source: "hashicorp/aws", version: "5.100.0" };
  const cut = {
    terraform: { required_providers: { aws } },
    provider: only("provider", /^aws$/),
    locals: only("locals", /^bucket/),
    resource: only("resource", /^aws_/),
  };
  const place = temporaryFolder();
  writeFileSync(join(place, "main.tf.json"), JSON.stringify(cut));
  writeFileSync(
    join(place, "mirror.tfrc"),
    `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`,
  );
  return place;
}
