import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DeleteBucketCommand } from "@aws-sdk/client-s3";
import fc from "fast-check";
import { cleaner } from "../../../authority/check/collect/clean";
import { type Collected } from "../../../authority/check/collect/collect";
import { startMinio } from "../../../lab/s3/minio";
import { type S3Server } from "../../../lab/s3/s3-server";
import { collectCommand } from "../../../cli/commands/collect";
import { configurationWith } from "../../support/configuration";
import { temporaryFolder } from "../support";

/** `check --collect`: what the store says goes into one file, and no secret does, whatever is wrong with the store. */
let minio: S3Server;
const before = { ...process.env };
beforeAll(async () => (minio = await startMinio()));
afterAll(() => minio.stop());
afterEach(() => {
  process.env = { ...before };
  jest.restoreAllMocks();
});

async function collected(endpoint: string, more: object = {}): Promise<{ file: string; document: Collected }> {
  const state = `state: {backend: s3, s3: {endpoint: "${endpoint}", bucket: "${minio.bucket}", authority: "the-one"}}`;
  process.env = { ...before, ...minio.environment, FLYWHEEL_CONFIG_DIR: configurationWith(state) };
  for (const stream of [process.stdout, process.stderr]) jest.spyOn(stream, "write").mockReturnValue(true);
  const file = join(temporaryFolder(), "before.json");
  await collectCommand(["arc-runners"], { collect: file, ...more });
  return { file, document: JSON.parse(readFileSync(file, "utf8")) as Collected };
}

it("keeps what a store says that has lost its bucket, what lies on the disk, and what kubectl printed, for its owner alone", async () => {
  const client = minio.client();
  await client.send(new DeleteBucketCommand({ Bucket: minio.bucket }));
  client.destroy();
  const folder = temporaryFolder();
  mkdirSync(join(folder, "disk/tofu-state/dev/arc-runners"), { recursive: true });
  writeFileSync(join(folder, "disk/tofu-state/dev/arc-runners/terraform.tfstate"), "hunter2");
  writeFileSync(join(folder, "pods.txt"), `NAME READY\nrustfs-0 1/1\nenv RUSTFS_SECRET_KEY=${minio.secretAccessKey}\n`);
  const { file, document } = await collected(minio.endpoint, {
    disk: join(folder, "disk"),
    attach: [join(folder, "pods.txt")],
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const of = (asked: string) => document.store.find((one) => one.asked === asked);
  expect(of("list the bucket")).toMatchObject({ status: 404, error: expect.stringContaining("NoSuchBucket") });
  expect(of("list the buckets")).toMatchObject({ status: 200, answer: "" });
  expect(of("GET /minio/health/live, without credentials")).toMatchObject({ status: 200 });
  expect(of("versions of dev/arc-runners/terraform.tfstate")).toMatchObject({ status: 404 });
  expect(document.disk?.map((line) => line.split(" ")[0])).toContain("tofu-state/dev/arc-runners/terraform.tfstate");
  expect(document.attached[0]?.lines).toEqual(["NAME READY", "rustfs-0 1/1", "env RUSTFS_SECRET_KEY=***", ""]);
  const text = readFileSync(file, "utf8");
  for (const secret of [minio.secretAccessKey, minio.accessKeyId, "hunter2"]) expect(text).not.toContain(secret);
});

it("is written where nobody answers, and never over an earlier one", async () => {
  const { file, document } = await collected("http://127.0.0.1:1");
  expect(document.store.every(({ error }) => error !== undefined)).toBe(true);
  await expect(collectCommand([], { collect: file })).rejects.toMatchObject({
    problems: [{ code: "collected-before" }],
  });
  await expect(collected(minio.endpoint, { attach: ["/nowhere"] })).rejects.toMatchObject({
    problems: [{ code: "cannot-collect" }],
  });
});

it.each([
  ["AWS_SECRET_ACCESS_KEY=abc/def+1", "abc/def+1"],
  [`{"secretKey": "s3cr3t!"}`, "s3cr3t!"],
  ["Authorization: Basic YW5uOnNlY3JldA==", "YW5uOnNlY3JldA=="],
  ["key AKIAIOSFODNN7EXAMPLE was used", "AKIAIOSFODNN7EXAMPLE"],
  ["http://ann:hunter2@state.example.org/", "hunter2"],
  ["AGE-SECRET-KEY-1QQQQQQQQ", "AGE-SECRET-KEY-1QQQQQQQQ"],
  ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.sig-nature", "eyJhbGciOiJIUzI1NiJ9"],
  ["-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----", "abc"],
  ["?X-Amz-Signature=0123abcd&x=1", "0123abcd"],
])("leaves the secret out of %j", (text, secret) => {
  expect(cleaner({})(text)).not.toContain(secret);
});

it("leaves out every value of this environment's secrets, as it is and encoded, and keeps the rest", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 8, maxLength: 40 }), (secret) => {
      fc.pre(secret.trim() === secret && !"*** pods of ".includes(secret));
      const clean = cleaner({ AWS_SECRET_ACCESS_KEY: secret, PATH: "/usr/bin" });
      const text = `pods of /usr/bin ${secret} ${Buffer.from(secret).toString("base64")} ready`;
      expect(clean(text)).toBe("pods of /usr/bin *** *** ready");
    }),
  );
});
