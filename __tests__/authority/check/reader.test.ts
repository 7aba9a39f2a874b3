import { proveReader } from "../../../authority/check/reader";
import { type Identity } from "../../../authority/server/authenticate";
import { S3Bucket } from "../../../authority/stores/s3-bucket";
import { limitedKey } from "../../../lab/s3/limited-key";
import { startMinio } from "../../../lab/s3/minio";
import { type S3Server } from "../../../lab/s3/s3-server";
import { serve } from "../server/served";

const stateKey = "attic/terraform.tfstate";
const statusOf = async (run: ReturnType<typeof proveReader>) => (await run).map(({ status }) => status);

describe("a reader of a bucket", () => {
  let minio: S3Server;
  beforeAll(async () => {
    minio = await startMinio();
  });
  afterAll(() => minio.stop());

  /** What is found out of a key with this policy. */
  async function found(...actions: readonly string[]): Promise<readonly string[]> {
    const environment = await limitedKey(minio, {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: actions, Resource: [`arn:aws:s3:::${minio.bucket}/*`] }],
    });
    const place = { endpoint: minio.endpoint, bucket: minio.bucket, region: minio.region, skipS3Checksum: false };
    const raw = new S3Bucket(place, { ...environment });
    try {
      return await statusOf(proveReader({ id: "attic", bucket: { raw, stateKey }, environment: {} }));
    } finally {
      raw.close();
    }
  }

  it("is told from one who may write, who has changed nothing by that", async () => {
    expect(await found("s3:GetObject")).toEqual(["ok"]);
    expect(await found("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload")).toEqual(["failed"]);
    const place = { endpoint: minio.endpoint, bucket: minio.bucket, region: minio.region, skipS3Checksum: false };
    const raw = new S3Bucket(place, minio.environment);
    expect(await raw.get(stateKey)).toBeUndefined();
    raw.close();
  });
});

describe("a reader of our server", () => {
  const roles = (role: Identity["role"]) => ({
    authenticate: () => Promise.resolve({ name: "ann", role, mayUse: () => true }),
  });

  it.each<[Identity["role"], string]>([
    ["read", "ok"],
    ["write", "failed"],
  ])("%s", async (role, status) => {
    const { server, store } = await serve({ authenticator: roles(role) });
    const served = `${server.url}/state/attic-dev`;
    const environment = { TF_HTTP_USERNAME: "ann", TF_HTTP_PASSWORD: "x" };
    expect(await statusOf(proveReader({ id: "attic", served, environment }))).toEqual([status]);
    expect(await store.read(`${stateKey}.apply`)).toBeUndefined();
  });

  it("what cannot be told fails: a server of somebody else's, and no place", async () => {
    const { server } = await serve();
    expect(await statusOf(proveReader({ id: "attic", served: `${server.url}/elsewhere`, environment: {} }))).toEqual([
      "failed",
    ]);
    expect(await statusOf(proveReader({ id: "attic", environment: {} }))).toEqual(["failed"]);
  });
});
