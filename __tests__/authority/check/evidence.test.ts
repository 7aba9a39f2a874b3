import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CreateBucketCommand, PutBucketLifecycleConfigurationCommand } from "@aws-sdk/client-s3";
import { checkBackups } from "../../../authority/check/evidence/backups";
import { disposableStack } from "../../../authority/check/evidence/disposable";
import { checkReach } from "../../../authority/check/evidence/reach";
import { checkRetention } from "../../../authority/check/evidence/retention";
import { checkSeparation } from "../../../authority/check/evidence/separation";
import { DirectoryTarget } from "../../../authority/backup/directory-target";
import { recordDrill } from "../../../authority/backup/drilled";
import { backupName, encodeManifest, manifestEnding } from "../../../authority/backup/manifest";
import { systemClock } from "../../../authority/clock";
import { singleWriter } from "../../../authority/server/authenticate";
import { startServer } from "../../../authority/server/server";
import { MemoryStore } from "../../../authority/stores/memory";
import { S3Store } from "../../../authority/stores/s3";
import { startMinio } from "../../../lab/s3/minio";
import { type S3Server } from "../../../lab/s3/s3-server";
import { scopedCredentials } from "../../../lab/s3/session";
import { type StateContract } from "../../../lib/backend/contract";
import { httpContract } from "../../../lib/backend/http/contract";
import { type Configuration, loadConfiguration } from "../../../lib/config/load";
import { repositoryRoot } from "../../../lib/root";
import { configurationWith } from "../../support/configuration";
import { findEngines } from "../../support/engines";
import { stateBytes, temporaryFolder } from "../support";

/** What `check --deep` adds: each of its findings on a place that has the fault, and none on one that has not. */
const stack = { id: "arc-runners", stateName: "arc-runners-dev" };
const [own, foreign] = ["dev/arc-runners/terraform.tfstate", "prod/arc-runners/terraform.tfstate"];
const base = { PATH: process.env["PATH"], HOME: process.env["HOME"] };
const [engine] = findEngines();

let minio: S3Server;
let place: Extract<StateContract, { type: "s3" }>;
beforeAll(async () => {
  minio = await startMinio();
  const { endpoint, bucket, region } = minio;
  place = { type: "s3", endpoint, bucket, region, key: own, useLockfile: true, skipS3Checksum: false };
  const client = minio.client();
  for (const name of ["another", "without-versions"]) await client.send(new CreateBucketCommand({ Bucket: name }));
  client.destroy();
  const store = new S3Store({ ...place, environment: minio.environment });
  for (const key of [own, foreign]) await store.create(key, stateBytes(3));
  store.close();
});
afterAll(() => minio.stop());

/** What an environment's own key needs: docs/trust.md has it. */
const narrow = (bucket: string) => [
  {
    Effect: "Allow",
    Action: ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"],
    Resource: [`arn:aws:s3:::${bucket}/dev/*`, `arn:aws:s3:::${bucket}/.flywheel/*`],
  },
  {
    Effect: "Allow",
    Action: ["s3:ListBucket", "s3:ListBucketVersions"],
    Resource: [`arn:aws:s3:::${bucket}`],
    Condition: { StringLike: { "s3:prefix": ["dev/*", ".flywheel/*"] } },
  },
  {
    Effect: "Allow",
    Action: ["s3:ListBucket"],
    Resource: [`arn:aws:s3:::${bucket}`],
    Condition: { Null: { "s3:prefix": "true" } },
  },
  {
    Effect: "Allow",
    Action: ["s3:GetBucketVersioning", "s3:GetLifecycleConfiguration"],
    Resource: [`arn:aws:s3:::${bucket}`],
  },
];

describe("what the key must not reach", () => {
  const others = [{ id: "arc-runners-prod", key: foreign }];
  const look = async (environment: NodeJS.ProcessEnv, found = others) =>
    (await checkReach({ place, environment, others: found })).map(({ status, detail }) => [status, detail]);

  it("is a finding each for a key that may do everything", async () => {
    expect(await look(minio.environment)).toEqual([
      ["finding", "this key lists 2 other buckets; it needs none"],
      ["finding", "this key reads states of other environments: arc-runners-prod"],
      ["finding", "this key lists where states of other environments are: arc-runners-prod"],
    ]);
  });

  it("is refused to a key of one environment, and that is told", async () => {
    expect(await look(await scopedCredentials(minio, narrow(minio.bucket)))).toEqual([
      ["ok", expect.stringMatching(/^(no other bucket is listed|buckets are not listed)/)],
      ["ok", "refused (403): 1 of 1 states of other environments"],
      ["ok", "where other environments' states are, nothing is listed"],
    ]);
  });

  it("is not proven by a state that is not there, nor where every environment is checked at once", async () => {
    const absent = await look(minio.environment, [{ id: "attic-prod", key: "prod/attic/terraform.tfstate" }]);
    expect(absent[1]).toEqual(["note", expect.stringContaining("404")]);
    expect((await look(minio.environment, []))[1]).toEqual(["note", expect.stringContaining("every environment")]);
  });
});

describe("the disposable stack", () => {
  const live = (contract: StateContract, environment: NodeJS.ProcessEnv) =>
    disposableStack({
      stack,
      contract,
      clock: systemClock,
      environment: { ...base, FLYWHEEL_ENGINE: engine?.path, ...environment },
    });

  it("lives and dies in a bucket, by a key that may no more than its environment's, and leaves nothing", async () => {
    const environment = await scopedCredentials(minio, narrow(minio.bucket));
    expect(await live(place, environment)).toMatchObject({
      status: "ok",
      detail: expect.stringContaining("state removed and put back, an empty plan, destroy"),
    });
    const store = new S3Store({ ...place, environment: minio.environment });
    expect((await store.read(own))?.bytes).toEqual(stateBytes(3));
    store.close();
  });

  it("says what is not proven where the bucket keeps no versions", async () => {
    expect(await live({ ...place, bucket: "without-versions" }, minio.environment)).toMatchObject({
      status: "finding",
      detail: expect.stringContaining("keeps no versions"),
    });
  });

  it("lives behind the state server", async () => {
    const server = await startServer({
      listen: { host: "127.0.0.1", port: 0 },
      states: [{ name: stack.stateName, key: own, id: stack.id }],
      store: new MemoryStore(),
      authenticator: singleWriter("ann", "secret"),
      log: { write: () => undefined },
    });
    const contract = httpContract({ address: `${server.url}/state/${stack.stateName}` });
    const line = await live(contract, { TF_HTTP_USERNAME: "ann", TF_HTTP_PASSWORD: "secret" });
    await server.close();
    expect(line).toMatchObject({ status: "ok" });
  });
});

it("tells how long earlier states stay, and a rule that removes states themselves", async () => {
  const client = minio.client();
  const retention = async (rule: object | undefined) => {
    if (rule !== undefined)
      await client.send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket: minio.bucket,
          LifecycleConfiguration: { Rules: [{ ID: "old", Status: "Enabled", Filter: { Prefix: "dev/" }, ...rule }] },
        }),
      );
    const { status, detail } = await checkRetention(place, minio.environment, [own]);
    return [status, detail];
  };
  expect(await retention(undefined)).toEqual(["ok", "no rule of the bucket's removes an earlier state"]);
  expect(await retention({ NoncurrentVersionExpiration: { NoncurrentDays: 30 } })).toEqual([
    "ok",
    "earlier states stay for 30 days",
  ]);
  expect(await retention({ Expiration: { Days: 90 } })).toEqual([
    "finding",
    "a rule removes states themselves once they are old: old",
  ]);
  client.destroy();
});

describe("backups", () => {
  it("are told with their age and their last drill", async () => {
    const folder = temporaryFolder();
    const configuration = loadConfiguration(
      configurationWith(
        `state: {http: {address: "http://127.0.0.1:1/{stack}-{env}"}, backup: {target: {directory: "${folder}"}, recipients: [age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z]}}`,
      ),
    );
    const [one] = configuration.stacks.filter(({ id }) => id === "arc-runners");
    if (one === undefined) throw new Error("no stack");
    const look = async (serial: number | undefined, now = new Date()) =>
      (
        await checkBackups({
          configuration,
          stack: one,
          environment: base,
          serial: async () => serial,
          clock: { ...systemClock, now: () => now },
        })
      ).map(({ status, detail }) => [status, detail]);
    expect(await look(4)).toEqual([
      ["finding", `no backup in ${folder}`],
      ["finding", expect.stringContaining("no drill of this state is recorded")],
    ]);
    const [at, sum] = [new Date(), "a".repeat(64)];
    const { base: name } = backupName(one.stateName, 4, sum, at);
    const manifest = {
      version: 1 as const,
      state: one.stateName,
      lineage: "l",
      serial: 4,
      sha256: sum,
      size: 1,
      at: at.toISOString(),
      location: "x",
      file: `${name}.tfstate.age`,
      encrypted_sha256: sum,
      recipients: [],
    };
    const target = DirectoryTarget.open(folder);
    await target.write(`${name}${manifestEnding}`, encodeManifest(manifest));
    await recordDrill(target, manifest, "ann@laptop", at);
    expect(await look(4)).toEqual([
      ["ok", `serial 4, 0 h old, in ${folder}`],
      ["ok", "serial 4 was restored, served and planned on 0 h ago, by ann@laptop"],
    ]);
    const later = new Date(at.getTime() + 40 * 24 * 3_600_000);
    expect((await look(4, later)).map(([status]) => status)).toEqual(["ok", "finding"]);
    expect((await look(5, later)).map(([status]) => status)).toEqual(["finding", "finding"]);
  });
});

it.each([
  ["https://s3.honey.example.ts.net", "", "", "ok", "neither a cache's store nor the backups"],
  [
    "https://s3.honey.example.ts.net",
    "https://s3.elsewhere.example.org",
    "",
    "ok",
    "neither a cache's store nor the backups",
  ],
  ["https://s3.honey.example.ts.net", "https://s3.honey.example.ts.net", "", "finding", "is on the states' server"],
  ["https://s3.honey.example.ts.net", "https://s3.honey.example.ts.net", "tofu-state", "finding", "the very bucket"],
  ["http://attic-rustfs-hl.nix-cache.svc:9000", "https://s3.elsewhere.example.org", "", "finding", "attic's namespace"],
])("of states on %s and a cache on %s (%s): %s", async (states, cache, bucket, status, detail) => {
  const configuration = {
    stacks: [
      { stack: "attic", id: "attic", settings: { s3_endpoint: cache, s3_bucket_name: bucket, namespace: "nix-cache" } },
    ],
    organization: { state: { s3: { endpoint: states, bucket: "tofu-state" } } },
    // The fields that are looked at.
  } as unknown as Configuration;
  expect(await checkSeparation(configuration)).toMatchObject({ status, detail: expect.stringContaining(detail) });
});

it("is one document to attach: every line with its command, and no secret", async () => {
  const folder = configurationWith(
    `state: {backend: http, http: {address: "${minio.endpoint}/{stack}-{env}"}, stacks: {arc-runners: {dev: s3}}, s3: {endpoint: "${minio.endpoint}", bucket: "${minio.bucket}"}}`,
    {
      "state-ledger.yaml": `states:\n  - {stack: arc-runners, environment: dev, backend: s3, location: "s3://${minio.bucket}/${own}", lineage: 11111111-2222-3333-4444-555555555555, serial: 3, sha256: ${"a".repeat(64)}, at: 2026-04-16T09:12:00Z, generation: 1}\n`,
    },
  );
  mkdirSync(join(folder, "work"));
  const check = (credentials: NodeJS.ProcessEnv, ...more: string[]) => {
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(repositoryRoot, "bin/flywheel"), "check", "arc-runners", "--deep", "--json", ...more],
      {
        encoding: "utf8",
        cwd: join(folder, "work"),
        env: { ...base, ...credentials, FLYWHEEL_ENGINE: engine?.path, FLYWHEEL_CONFIG_DIR: folder },
      },
    );
    for (const secret of Object.values(credentials)) expect(stdout).not.toContain(secret);
    return {
      status,
      document: JSON.parse(stdout) as {
        ok: boolean;
        findings: number;
        lines: { name: string; command?: string; status: string }[];
      },
    };
  };
  const { status, document } = check(minio.environment);
  expect(document.lines.filter((line) => line.status === "failed")).toEqual([]);
  expect([status, document.ok]).toEqual([0, true]);
  expect(document.lines.filter(({ command }) => command === undefined)).toEqual([]);
  expect(document.lines.filter(({ status }) => status === "finding").map(({ name }) => name)).toEqual(
    expect.arrayContaining(["credentials: other environments", "arc-runners: last drill"]),
  );
  expect(document.findings).toBeGreaterThanOrEqual(4);
  const scoped = check(await scopedCredentials(minio, narrow(minio.bucket)), "--strict");
  expect(scoped.document.lines.filter(({ status }) => status === "failed")).toEqual([]);
  expect(scoped.document.lines.filter(({ status }) => status === "finding").map(({ name }) => name)).toEqual([
    "retention",
    "arc-runners: backup age",
    "arc-runners: last drill",
  ]);
  expect(scoped.status).toBe(1);
});
