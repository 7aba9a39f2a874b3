import { ListObjectsV2Command, PutBucketVersioningCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { writeFileSync } from "node:fs";
import { S3Store } from "../../../authority/stores/s3";
import { ignoresIfNoneMatch } from "../../../lab/fault-proxy/faults";
import { startFaultProxy } from "../../../lab/fault-proxy/proxy";
import { startMinio } from "../../../lab/s3/minio";
import { type S3Server } from "../../../lab/s3/s3-server";
import { startVersitygw } from "../../../lab/s3/versitygw";
import { type Clone, type Outcome, RealWorld, stateText } from "./real";

/** The shipped `cutover` looks at both sides first: what it refuses then has not begun. */
jest.setTimeout(6 * 60_000);

const servers: S3Server[] = [];
const worlds: RealWorld[] = [];
afterAll(async () => {
  for (const world of worlds) world.stop();
  await Promise.all(servers.map((server) => server.stop()));
});

async function bucket(options: Parameters<typeof startMinio>[0] = {}): Promise<S3Server> {
  const server = await startMinio(options);
  servers.push(server);
  return server;
}

/** A registered state at serial 3, on http. */
async function start(minio: S3Server, options: Parameters<typeof RealWorld.start>[1] = {}): Promise<RealWorld> {
  const world = await RealWorld.start(minio, options);
  worlds.push(world);
  await world.put(3);
  expect(await world.clone.flywheel("register", "arc-runners")).toMatchObject({ code: 0 });
  return world;
}

async function objectsIn(minio: S3Server): Promise<readonly string[]> {
  const client = minio.client();
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: minio.bucket }));
  client.destroy();
  return Contents.map(({ Key, ETag }) => `${Key ?? ""} ${ETag ?? ""}`);
}

const move = ["cutover", "arc-runners", "--to", "s3"];

/** Types the move with --json, and its rehearsal: each is refused, and nothing is changed, nothing locked. Returns the move's outcome. */
async function refused(
  world: RealWorld,
  clone: Clone = world.clone,
): Promise<Outcome & { readonly codes: readonly string[] }> {
  const seen = async () => [
    clone.organization,
    clone.ledger,
    (await world.get()).body,
    ...(await objectsIn(world.minio)),
  ];
  const before = await seen();
  const outcome = await clone.flywheel(...move, "--json");
  const dry = await clone.flywheel(...move, "--dry-run");
  expect([outcome.code, dry.code]).toEqual([1, 1]);
  expect(outcome.stderr).not.toMatch(/step 1 of 9/);
  expect(await seen()).toEqual(before);
  // Whoever applies now finds no lock.
  await world.put(Number(/"serial":(\d+)/.exec((await world.get()).body)?.[1]) + 1);
  const document = JSON.parse(outcome.stdout) as { ok: boolean; problems: readonly { code: string }[] };
  expect(document.ok).toBe(false);
  return { ...outcome, codes: document.problems.map(({ code }) => code) };
}

it("refuses versitygw, whose delete markers block every lock that was given back", async () => {
  const server = await startVersitygw();
  servers.push(server);
  const outcome = await refused(await start(server));
  expect(outcome.codes[0]).toBe("check-failed");
  expect(outcome.stderr).toMatch(/delete marker/);
});

it("refuses a bucket without versioning; a move that had begun is finished all the same", async () => {
  const minio = await bucket({ versioned: false });
  const world = await start(minio);
  const outcome = await refused(world);
  expect(outcome.codes).toEqual(["check-failed", "versioning-off"]);
  expect(outcome.stderr).toMatch(/checks: \d+ hold, .*1 failed, \d+ ms/);
  expect(outcome.stderr).toMatch(/arc-runners was not moved: 1 of \d+ checks failed: versioning/);
  expect(outcome.stderr).toMatch(/versioning: versioning is off\n.*\n +Switch it on/);

  const client = minio.client();
  const version = (Status: "Enabled" | "Suspended") =>
    client.send(new PutBucketVersioningCommand({ Bucket: minio.bucket, VersioningConfiguration: { Status } }));
  await version("Enabled");
  expect(await world.clone.killedAt(/step 5 of 9/, ...move)).toMatchObject({ code: null });
  await version("Suspended");
  const finished = await world.clone.flywheel(...move);
  expect(finished).toMatchObject({ code: 0 });
  expect(finished.stderr).not.toMatch(/checks:/);
  expect(await world.clone.flywheel("cutover", "arc-runners", "--to", "http")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/versioning is Suspended/),
  });
  await version("Enabled");
  // The seal of the way there stands at the destination of the way back.
  expect(await world.clone.flywheel("cutover", "arc-runners", "--to", "http")).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/checks: \d+ hold/),
  });
  client.destroy();
});

it("refuses a server that ignores If-None-Match", async () => {
  const minio = await bucket();
  const proxy = await startFaultProxy(minio.endpoint);
  const world = await start(minio, { s3: proxy.url });
  const client = minio.client();
  proxy.choose(
    ignoresIfNoneMatch(
      async (key, { body }) =>
        (await client.send(new PutObjectCommand({ Bucket: minio.bucket, Key: key, Body: body }))).ETag ?? "",
    ),
  );
  const outcome = await refused(world);
  expect(outcome.codes[0]).toBe("check-failed");
  expect(outcome.codes).toContain("lock-race");
  expect(outcome.stderr).toMatch(
    /lock: one winner: 8 of 8 simultaneous conditional creates succeeded\n.*\n +Do not keep state on it/,
  );
  client.destroy();
  await proxy.close();
});

it("refuses a bucket of another identity", async () => {
  const minio = await bucket();
  const world = await start(minio);
  const store = new S3Store({ ...minio, skipS3Checksum: false, environment: minio.environment });
  const { authority } = await store.giveIdentity();
  store.close();
  const identified = (value: string) =>
    writeFileSync(
      world.clone.organizationFile,
      world.clone.organization.replace(/( {4}bucket: .*)\n( {4}authority: .*\n)?/, `$1\n    authority: ${value}\n`),
    );
  identified("another");
  expect((await refused(world)).codes).toContain("wrong-authority");
  identified(authority);
  const dry = await world.clone.flywheel(...move, "--dry-run", "--json");
  expect(JSON.parse(dry.stdout)).toMatchObject({
    ok: true,
    checks: expect.arrayContaining([expect.objectContaining({ name: "identity", status: "ok", detail: authority })]),
  });
});

it("refuses with the move's own words what the move would refuse, before it locks anything", async () => {
  const minio = await bucket();
  const world = await start(minio);
  const { clone } = world;
  const old = clone.copy();
  writeFileSync(clone.ledgerFile, old.ledger.replace("lineage-1", "lineage-2"));
  expect((await refused(world)).codes).toEqual(["lineage-not-in-ledger"]);
  writeFileSync(clone.ledgerFile, old.ledger.replace("serial: 3", "serial: 30"));
  expect((await refused(world)).codes).toEqual(["serial-behind-ledger"]);
  writeFileSync(clone.ledgerFile, old.ledger);
  await world.inBucket(async (_state, store) => store.create(world.key, Buffer.from(stateText(1, "somebody-else"))));
  expect((await refused(world)).codes).toEqual(["foreign-destination"]);
  await world.inBucket(async (_state, store) => store.remove(world.key, (await store.read(world.key))?.version ?? ""));

  expect(await clone.flywheel(...move)).toMatchObject({ code: 0 });
  const stale = await old.flywheel("cutover", "arc-runners", "--to", "http");
  expect(stale).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/this checkout is from before the cutover of/),
  });
  world.server.kill();
  expect(await clone.flywheel("cutover", "arc-runners", "--to", "http")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/arc-runners-dev cannot be read/),
  });
  expect(await world.inBucket((state) => state.holder())).toBeUndefined();
});

it("says again that a state is there, also after a way back that was undone", async () => {
  const minio = await bucket();
  const world = await start(minio);
  const { clone } = world;
  expect(await clone.flywheel(...move)).toMatchObject({ code: 0 });
  await world.inBucket(async (state) => {
    await state.lock({ ID: "apply", Operation: "apply", Info: "", Who: "ann", Version: "", Created: "", Path: "" });
    await state.write(Buffer.from(stateText(4)), "apply");
    await state.unlock("apply");
  });
  expect(await clone.killedAt(/step 2 of 9/, "cutover", "arc-runners", "--to", "http")).toMatchObject({ code: null });
  expect(await clone.flywheel("cutover", "arc-runners", "--to", "http", "--abort")).toMatchObject({ code: 0 });
  const again = await clone.flywheel(...move);
  expect(again).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/nothing to compare with, the state had moved already/),
  });
  expect(again.stderr).not.toMatch(/checks:/);
});

it("moves a state with addresses that nobody knows, and says so", async () => {
  const minio = await bucket();
  const world = await RealWorld.start(minio);
  worlds.push(world);
  const mode = "managed";
  const resources = [
    {
      mode,
      type: "terraform_data",
      name: "nobodys",
      provider: 'provider["terraform.io/builtin/terraform"]',
      instances: [{ schema_version: 0, attributes: { id: "1", input: null, output: null, triggers_replace: null } }],
    },
  ];
  await world.put(3, "lineage-1", resources);
  await world.clone.flywheel("register", "arc-runners");
  expect(await world.clone.flywheel(...move)).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/note: arc-runners: addresses: .*terraform_data\.nobodys/),
  });
});
