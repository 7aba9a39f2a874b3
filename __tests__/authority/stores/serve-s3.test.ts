import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { CreateBucketCommand, DeleteObjectCommand, PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import { parseLedger } from "../../../lib/config/ledger";
import { repositoryRoot } from "../../../lib/root";
import { StateObject } from "../../../authority/state/state-object";
import { S3Store } from "../../../authority/stores/s3";
import { startMinio } from "../../../lab/s3/minio";
import { type S3Server } from "../../../lab/s3/s3-server";
import { run } from "../programs";
import { lockInfo, send, stateBytes, temporaryFolder } from "../support";
import { configurationWith } from "../../support/configuration";

/** The command line over a bucket: `serve`, `register`, `register --authority`. */
jest.setTimeout(20 * 60_000);

const key = "dev/arc-runners/terraform.tfstate";
const lockId = "5f1c0de0-0000-4000-8000-000000000001";
const held = lockInfo(lockId);
const lockBody = JSON.stringify(held);
let minio: S3Server;
let store: S3Store;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  minio = await startMinio();
  store = new S3Store({ ...minio, skipS3Checksum: false, environment: minio.environment });
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  store.close();
  await minio.stop();
});

function configuration(options: { backend?: "http" | "s3"; authority?: string; bucket?: string } = {}): string {
  const authority = options.authority === undefined ? "" : `, authority: "${options.authority}"`;
  return configurationWith(
    `state: {backend: ${options.backend ?? "http"}, s3: {endpoint: "${minio.endpoint}", bucket: "${options.bucket ?? minio.bucket}"${authority}}}`,
  );
}

const environment = (folder: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  HOME: folder,
  FLYWHEEL_CONFIG_DIR: folder,
  TF_HTTP_USERNAME: "ann",
  TF_HTTP_PASSWORD: "secret",
  ...minio.environment,
  ...more,
});
const flywheel = join(repositoryRoot, "bin", "flywheel");
const command = async (folder: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): ReturnType<typeof run> =>
  run(process.execPath, [flywheel, ...args], repositoryRoot, environment(folder, more));

/** Starts `flywheel serve` and returns its address. */
async function serve(
  folder: string,
  ...args: string[]
): Promise<{ url: string; stop: () => Promise<number | null>; said: () => string }> {
  const child = spawn(process.execPath, [flywheel, "serve", "--listen", "127.0.0.1:0", ...args], {
    cwd: repositoryRoot,
    env: environment(folder),
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  let said = "";
  child.stderr.on("data", (text) => (said += String(text)));
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const exited = once(child, "close").then(() => child.exitCode);
  return {
    url: String(line).replace("listening on ", ""),
    stop: () => (child.kill("SIGTERM"), exited),
    said: () => said,
  };
}

it("serves the bucket where state.s3 is configured; two replicas are one", async () => {
  const folder = configuration();
  const [one, two] = await Promise.all([serve(folder), serve(folder, "--store", "s3")]);
  const state = (url: string): string => `${url}/state/arc-runners-dev`;
  const auth = "ann:secret";
  expect((await send("GET", `${one.url}/readyz`, { auth: "ann:secret" })).body).toContain(minio.endpoint);
  expect(await send("GET", state(one.url), { auth })).toMatchObject({ status: 404 });
  expect(await send("POST", `${state(one.url)}/lock`, { auth, body: lockBody })).toMatchObject({ status: 200 });
  expect(
    await send("POST", `${state(two.url)}/lock`, { auth, body: lockBody.replace(lockId, "another") }),
  ).toMatchObject({ status: 423, body: expect.stringContaining("ann@laptop") });
  expect(await send("POST", `${state(two.url)}?ID=${lockId}`, { auth, body: stateBytes(1) })).toMatchObject({
    status: 200,
  });
  expect((await send("GET", state(one.url), { auth })).body).toBe(stateBytes(1).toString());
  expect((await store.read(key))?.bytes).toEqual(stateBytes(1));
  expect((await store.history(key))[0]?.writer).toBe("ann");
  expect(await send("DELETE", `${state(two.url)}/lock?ID=${lockId}`, { auth })).toMatchObject({ status: 200 });
  expect([await one.stop(), await two.stop()]).toEqual([143, 143]);
});

it("answers 503 and never 404 where the bucket is gone", async () => {
  const server = await serve(configuration({ bucket: "tofu-lost" }));
  const answer = await send("GET", `${server.url}/state/arc-runners-dev`, { auth: "ann:secret" });
  expect(answer.status).toBe(503);
  expect(answer.body).toContain("NoSuchBucket");
  expect((await send("GET", `${server.url}/readyz`)).status).toBe(503);
  await server.stop();
});

it("answers 503 for a state that vanished, also one that it has not seen itself, and 404 for one that was removed", async () => {
  const lost = "prod/gitlab-runners/terraform.tfstate";
  const folder = configuration();
  copyFileSync(
    join(folder, "environments", "dev", "gitlab-runners.yaml"),
    join(folder, "environments", "prod", "gitlab-runners.yaml"),
  );
  const [seeing, blind] = await Promise.all([serve(folder), serve(folder)]);
  expect(seeing.said()).toContain("flywheel register --authority");
  const get = (url: string) => send("GET", `${url}/state/gitlab-runners-prod`, { auth: "ann:secret" });
  const version = await store.create(lost, stateBytes(5));
  expect((await get(seeing.url)).status).toBe(200);
  const versionId = version.split(" ")[1];
  const client = minio.client();
  await client.send(new DeleteObjectCommand({ Bucket: minio.bucket, Key: lost, VersionId: versionId }));
  client.destroy();
  expect(await get(seeing.url)).toMatchObject({ status: 503, body: expect.stringContaining("serial 5, lineage ") });
  // Who has seen nothing cannot tell, and said so; a move that made it the place of the state tells.
  expect((await get(blind.url)).status).toBe(404);
  const generation = { generation: 1, backend: "s3", location: `s3://${minio.bucket}/${lost}`, at: "2026-04-16" };
  await store.create(`${lost}.generation`, Buffer.from(JSON.stringify(generation)));
  expect(await get(blind.url)).toMatchObject({ status: 503, body: expect.stringContaining("moved here") });
  await store.remove(lost, await store.create(lost, stateBytes(6)));
  expect([(await get(seeing.url)).status, (await get(blind.url)).status]).toEqual([404, 404]);
  await Promise.all([seeing.stop(), blind.stop()]);
});

it("takes files where they are asked for, and never a folder for a bucket", async () => {
  const folder = configuration();
  for (const more of [[], ["--store", "s3"]])
    expect(await command(folder, ["serve", "--listen", "127.0.0.1:0", "--dir", folder, ...more])).toMatchObject({
      code: 2,
      output: expect.stringContaining("--store file"),
    });
  const server = await serve(folder, "--store", "file", "--dir", join(folder, "files"));
  expect((await send("GET", `${server.url}/readyz`, { auth: "ann:secret" })).body).toContain("files in");
  await server.stop();
});

it("holds up a 64 MiB state", async () => {
  const server = await serve(configuration());
  const auth = "ann:secret";
  const address = `${server.url}/state/arc-runners-prod`;
  const bytes = stateBytes(1, undefined, { big: { value: "x".repeat(64 * 1024 * 1024 - 300), type: "string" } });
  expect(await send("POST", `${address}/lock`, { auth, body: lockBody })).toMatchObject({ status: 200 });
  expect(await send("POST", `${address}?ID=${lockId}`, { auth, body: bytes })).toMatchObject({ status: 200 });
  expect((await send("GET", address, { auth })).body.length).toBe(bytes.length);
  await server.stop();
});

describe("register", () => {
  it("writes the entry of a state in the bucket, and of one that is not there yet", async () => {
    const authority = new StateObject(store, key);
    await authority.lock(held);
    await authority.write(stateBytes(7), lockId);
    await authority.unlock(lockId);
    const folder = configuration({ backend: "s3" });
    expect(await command(folder, ["register", "arc-runners"])).toMatchObject({
      code: 0,
      output: expect.stringContaining("serial 7"),
    });
    expect(await command(folder, ["register", "gitlab-runners", "--new"])).toMatchObject({
      code: 0,
      output: expect.stringContaining("no state yet"),
    });
    const { ledger } = parseLedger("x", readFileSync(join(folder, "state-ledger.yaml"), "utf8"));
    expect(ledger.entries.get("arc-runners-dev")).toMatchObject({
      backend: "s3",
      location: `s3://${minio.bucket}/${key}`,
      serial: 7,
      generation: 1,
    });
    expect(ledger.entries.get("gitlab-runners-dev")).toMatchObject({ lineage: "new", serial: 0 });
  });

  it("never takes a stack for new beside what tells otherwise, and offers the key of its state", async () => {
    const bucket = "tofu-traces";
    const client = minio.client();
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    await client.send(
      new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } }),
    );
    client.destroy();
    const there = new S3Store({ ...minio, bucket, skipS3Checksum: false, environment: minio.environment });
    const folder = configuration({ backend: "s3", bucket });
    const register = async (...more: string[]) => command(folder, ["register", "arc-runners-prod", ...more]);
    const own = "prod/arc-runners/terraform.tfstate";
    const resources = [
      {
        mode: "managed",
        type: "helm_release",
        name: "controller",
        provider: 'provider["registry.terraform.io/hashicorp/helm"]',
        instances: [{ attributes: {} }],
      },
    ];
    try {
      // Another's state is none of this stack.
      await there.create("others/terraform.tfstate", stateBytes(4));
      expect(await register()).toMatchObject({ code: 1, output: expect.stringContaining("arc-runners-prod --new") });
      const at = "old/clusters/arc/terraform.tfstate";
      const whole: unknown = { ...JSON.parse(stateBytes(9).toString()), resources };
      const version = await there.create(at, Buffer.from(JSON.stringify(whole)));
      const { code, output } = await register("--new");
      expect([code, output]).toEqual([1, expect.stringContaining(`s3://${bucket}/${at}, serial 9`)]);
      expect(output).toContain(`state.s3.keys: {arc-runners: {prod: "${at}"}}`);
      await there.remove(at, version);

      // What is left of a state that was removed.
      await there.remove(own, await there.create(own, stateBytes(3)));
      const moved = { generation: 2, backend: "http", location: "http://elsewhere/x", at: "2026-04-16T09:12:00Z" };
      await there.create(`${own}.generation`, Buffer.from(JSON.stringify(moved)));
      const seal = { ...held, ID: "moved-to:http://elsewhere/x#1" };
      await there.create(`${own}.tflock`, Buffer.from(JSON.stringify(seal)));
      expect(await register("--new")).toMatchObject({
        code: 1,
        output: expect.stringMatching(/2 versions of .*generation 2, .*a seal at /s),
      });
      expect(() => readFileSync(join(folder, "state-ledger.yaml"))).toThrow();
    } finally {
      there.close();
    }
  });

  it("writes nothing in an outage, nor without credentials", async () => {
    const lost = configuration({ backend: "s3", bucket: "tofu-lost" });
    expect(await command(lost, ["register", "arc-runners"])).toMatchObject({
      code: 1,
      output: expect.stringContaining("NoSuchBucket"),
    });
    const none = await command(lost, ["register", "arc-runners"], { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" });
    expect(none).toMatchObject({ code: 1, output: expect.stringContaining("AWS_ACCESS_KEY_ID") });
    expect(() => readFileSync(join(lost, "state-ledger.yaml"))).toThrow();
  });

  it("--authority names the bucket for good; another bucket is then never taken for it", async () => {
    const first = await command(configuration(), ["register", "--authority", "--json"]);
    const { authority, isNew } = JSON.parse(first.output);
    expect(isNew).toBe(true);
    const again = await command(configuration(), ["register", "--authority"]);
    expect(again).toMatchObject({ code: 0, output: expect.stringContaining(`authority: ${authority}`) });

    const client = minio.client();
    await client.send(new CreateBucketCommand({ Bucket: "tofu-again" }));
    await client.send(
      new PutBucketVersioningCommand({ Bucket: "tofu-again", VersioningConfiguration: { Status: "Enabled" } }),
    );
    client.destroy();
    expect(
      await command(configuration({ backend: "s3", authority }), ["register", "gitlab-runners", "--new"]),
    ).toMatchObject({
      code: 0,
    });
    const wrong = await command(configuration({ backend: "s3", authority, bucket: "tofu-again" }), [
      "register",
      "gitlab-runners",
      "--new",
    ]);
    expect(wrong).toMatchObject({
      code: 1,
      output: expect.stringContaining("re-created bucket or the wrong endpoint"),
    });
  });

  it("takes a profile, and never a mistyped one", async () => {
    const folder = configuration({ backend: "s3" });
    const files = temporaryFolder();
    writeFileSync(
      join(files, "credentials"),
      `[lab]\naws_access_key_id = ${minio.accessKeyId}\naws_secret_access_key = ${minio.secretAccessKey}\n`,
    );
    const profile = (name: string): NodeJS.ProcessEnv => ({
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
      AWS_SHARED_CREDENTIALS_FILE: join(files, "credentials"),
      AWS_CONFIG_FILE: join(files, "config"),
      AWS_PROFILE: name,
    });
    expect(await command(folder, ["register", "gitlab-runners", "--new"], profile("lab"))).toMatchObject({ code: 0 });
    expect(await command(folder, ["register", "gitlab-runners", "--repair"], profile("lad"))).toMatchObject({
      code: 1,
      output: expect.stringContaining("lad"),
    });
  });

  it("is told what it is about", async () => {
    for (const args of [["register"], ["register", "arc-runners", "--authority"]])
      expect(await command(configuration(), args)).toMatchObject({ code: 2 });
  });
});
