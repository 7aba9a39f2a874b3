import { PutObjectCommand } from "@aws-sdk/client-s3";
import { writeFileSync } from "node:fs";
import { S3Store } from "../../../authority/stores/s3";
import { emptyBucket, faultOf, ignoresIfNoneMatch, keyOf } from "../../../lab/fault-proxy/faults";
import { type FaultProxy, startFaultProxy } from "../../../lab/fault-proxy/proxy";
import { startMinio } from "../../../lab/s3/minio";
import { type S3Server } from "../../../lab/s3/s3-server";
import { startVersitygw } from "../../../lab/s3/versitygw";
import { Clone, RealWorld } from "./real";
import { temporaryFolder } from "../support";

/** The command line before stores that lie: the shipped `check`, `probe` and `cutover` through the fault proxy. */
jest.setTimeout(6 * 60_000);

let minio: S3Server;
let proxy: FaultProxy;
let world: RealWorld;
beforeAll(async () => {
  minio = await startMinio();
  proxy = await startFaultProxy(minio.endpoint);
  world = await RealWorld.start(minio, { s3: proxy.url });
  await world.put(3);
  await world.clone.flywheel("register", "arc-runners");
});
afterAll(async () => {
  world.stop();
  await proxy.close();
  await minio.stop();
});
afterEach(() => proxy.choose(() => "pass"));

it("check and probe refuse a server that ignores If-None-Match", async () => {
  const client = minio.client();
  proxy.choose(
    ignoresIfNoneMatch(async (key, { body }) => {
      const { ETag } = await client.send(new PutObjectCommand({ Bucket: minio.bucket, Key: key, Body: body }));
      return ETag ?? "";
    }),
  );
  const check = await world.clone.flywheel("check", "arc-runners");
  expect(check).toMatchObject({ code: 1, stdout: expect.stringMatching(/FAILED +lock/) });
  expect(await world.clone.flywheel("probe", "--endpoint", proxy.url, "--bucket", minio.bucket)).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/FAILED/),
  });
  client.destroy();
});

it("takes NoSuchBucket for an outage: nothing is moved, nothing is changed, and the same command finishes later", async () => {
  const before = [world.clone.organization, world.clone.ledger];
  proxy.choose((asked) => faultOf("404 while data exists", "s3", Math.random, asked));
  const refused = await world.clone.flywheel("cutover", "arc-runners", "--to", "s3");
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/bucket/i) });
  expect([world.clone.organization, world.clone.ledger]).toEqual(before);
  await world.put(4);
});

it("takes a bucket that was re-created empty for another bucket, and writes nothing into it", async () => {
  const store = new S3Store({ ...minio, skipS3Checksum: false, environment: minio.environment });
  const { authority } = await store.giveIdentity();
  store.close();
  const clone = world.clone.copy();
  writeFileSync(
    clone.organizationFile,
    clone.organization.replace(/(bucket: .*)\n/, `$1\n    authority: ${authority}\n`),
  );
  const written: string[] = [];
  proxy.choose(emptyBucket((key) => void written.push(key)));
  expect(await clone.flywheel("cutover", "arc-runners", "--to", "s3")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/re-created bucket/),
  });
  expect(written).toEqual([]);
  expect(await clone.flywheel("check", "arc-runners")).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/FAILED/),
  });
});

it("finishes over a store that loses replies, and leaves nothing twice", async () => {
  let count = 0;
  proxy.choose((asked) =>
    asked.method === "PUT" && !keyOf(asked).startsWith(".flywheel/probe") && ++count % 2 === 1 ? "lose-reply" : "pass",
  );
  expect(await world.clone.flywheel("cutover", "arc-runners", "--to", "s3")).toMatchObject({ code: 0 });
  expect(await world.inBucket(async (state) => [(await state.read())?.serial, await state.holder()])).toEqual([
    4,
    undefined,
  ]);
});

it("probe names the delete marker that blocks versitygw's locks", async () => {
  const server = await startVersitygw();
  try {
    const clone = new Clone(temporaryFolder(), { ...world.clone.environment, ...server.environment });
    const probe = await clone.flywheel("probe", "--endpoint", server.endpoint, "--bucket", server.bucket);
    expect(probe).toMatchObject({ code: 1, stdout: expect.stringMatching(/delete marker/) });
  } finally {
    await server.stop();
  }
});
