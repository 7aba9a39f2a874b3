import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { S3Store } from "../../../authority/stores/s3";
import { startMinio } from "../../../lab/s3/minio";
import { type S3Server } from "../../../lab/s3/s3-server";
import { itConformsAsObjectStore } from "./conformance";

// The first run on a machine builds MinIO.
jest.setTimeout(20 * 60_000);

let server: S3Server;
beforeAll(async () => (server = await startMinio()));
afterAll(() => server.stop());

/** MinIO keeps objects as files, so it takes no empty or dotted part of a key and none over 255 bytes. */
const refusedByMinio = (key: string): boolean =>
  key.startsWith("/") ||
  key.includes("//") ||
  key.split("/").some((part) => part === "." || part === ".." || part.length > 255);

describe("S3Store on MinIO, with versions", () => {
  itConformsAsObjectStore(
    async () => new S3Store({ ...server, skipS3Checksum: false, environment: server.environment }),
    { mayRefuse: refusedByMinio },
  );
});

it("gives back what is known where the server says that it is the same, and never after a write through another door", async () => {
  const store = new S3Store({ ...server, skipS3Checksum: false, environment: server.environment });
  const [other, key] = [server.client(), "conditional/terraform.tfstate"];
  const known = { version: await store.create(key, Buffer.from("one")), bytes: Buffer.from("one") };
  expect(await store.read(key, known)).toBe(known);
  // As an engine's s3 backend writes: without a condition.
  await other.send(new PutObjectCommand({ Bucket: server.bucket, Key: key, Body: "two" }));
  const now = await store.read(key, known);
  expect(now?.bytes.toString()).toBe("two");
  await other.send(new DeleteObjectCommand({ Bucket: server.bucket, Key: key }));
  expect(await store.read(key, now)).toBeUndefined();
  other.destroy();
  store.close();
});
